//! Kubernetes Events: written beside the passes, read by people, and by no decision.
//!
//! An Event's name follows from what it says, so that a repetition counts up one object instead
//! of making another, and a run can be repeated exactly. Failing to write one is logged.

use crate::Clock;
use futures::channel::mpsc;
use futures::{Future, StreamExt};
use hopwise_api::names::digest;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client, Resource};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use tracing::warn;

/// How many Events are remembered in order to count them. Beyond it counting starts over.
const REMEMBERED: usize = 10_000;

/// Something that people may want to know about an object.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// One word for it.
    pub reason: String,
    /// A sentence for it.
    pub message: String,
    /// Which controller it comes from.
    pub component: &'static str,
    /// Whether somebody should look after it.
    pub severity: Severity,
    /// How often it is worth writing.
    pub repeat: Repeat,
}

/// Whether somebody should look after an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nobody.
    Normal,
    /// Somebody.
    Warning,
}

/// How often an occurrence is worth writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Each time: the Event counts.
    Counted,
    /// Once per process: a milestone that every later pass sees again.
    Once,
}

impl Occurrence {
    /// Something that went as it should.
    pub fn normal(
        component: &'static str,
        reason: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Occurrence {
            reason: reason.into(),
            message: message.into(),
            component,
            severity: Severity::Normal,
            repeat: Repeat::Counted,
        }
    }

    /// Something that went wrong.
    pub fn warning(
        component: &'static str,
        reason: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Occurrence {
            severity: Severity::Warning,
            ..Self::normal(component, reason, message)
        }
    }

    /// The same, written once per process.
    #[must_use]
    pub fn once(self) -> Self {
        Occurrence {
            repeat: Repeat::Once,
            ..self
        }
    }
}

/// Where controllers leave what happened. Never waits.
#[derive(Clone, Debug)]
pub struct Recorder(mpsc::UnboundedSender<(ObjectReference, Occurrence)>);

impl Recorder {
    /// Leaves word of something that happened to an object.
    pub fn record<K: Resource<DynamicType = ()>>(&self, object: &K, occurrence: Occurrence) {
        let mut about = object.object_ref(&());
        // The revision would make every Event about an object another one.
        about.resource_version = None;
        // Nobody listens any more only while the process ends.
        let _ = self.0.unbounded_send((about, occurrence));
    }
}

/// A recorder, and the work of writing what is left there, which ends when the recorder is gone.
pub fn recorder(
    client: Client,
    clock: Arc<dyn Clock>,
) -> (Recorder, impl Future<Output = ()> + Send + 'static) {
    let (sender, mut receiver) = mpsc::unbounded();
    let writing = async move {
        let mut journal = Journal::default();
        while let Some((about, occurrence)) = receiver.next().await {
            let Some(event) = journal.event(&about, &occurrence, clock.now()) else {
                continue;
            };
            write(&client, &about, occurrence.component, event).await;
        }
    };
    (Recorder(sender), writing)
}

async fn write(client: &Client, about: &ObjectReference, by: &str, event: Value) {
    let namespace = about.namespace.as_deref().unwrap_or("default");
    let api: Api<k8s_openapi::api::core::v1::Event> = Api::namespaced(client.clone(), namespace);
    let name = event["metadata"]["name"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let params = PatchParams::apply(by).force();
    if let Err(error) = api.patch(&name, &params, &Patch::Apply(event)).await {
        let error: &dyn std::error::Error = &error;
        warn!(name, namespace, error, "an Event was not written");
    }
}

/// What was written so far, in order to count repetitions.
#[derive(Debug, Default)]
struct Journal {
    seen: BTreeMap<String, (Timestamp, u32)>,
}

impl Journal {
    fn event(
        &mut self,
        about: &ObjectReference,
        occurrence: &Occurrence,
        now: Timestamp,
    ) -> Option<Value> {
        if self.seen.len() >= REMEMBERED {
            self.seen.clear();
        }
        let name = event_name(about, occurrence);
        let (first, count) = match self.seen.entry(name.clone()) {
            Entry::Occupied(_) if occurrence.repeat == Repeat::Once => return None,
            Entry::Occupied(mut entry) => {
                entry.get_mut().1 += 1;
                *entry.get()
            }
            Entry::Vacant(entry) => *entry.insert((now, 1)),
        };
        Some(json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": { "name": name, "namespace": about.namespace },
            "involvedObject": about,
            "reason": occurrence.reason,
            "message": occurrence.message,
            "type": match occurrence.severity {
                Severity::Normal => "Normal",
                Severity::Warning => "Warning",
            },
            "source": { "component": occurrence.component },
            "reportingComponent": occurrence.component,
            "firstTimestamp": rfc3339(first),
            "lastTimestamp": rfc3339(now),
            "count": count,
        }))
    }
}

/// `metav1.Time` has seconds only.
fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn event_name(about: &ObjectReference, occurrence: &Occurrence) -> String {
    let says = [
        about.uid.as_deref().unwrap_or_default(),
        &occurrence.reason,
        &occurrence.message,
    ];
    let object = about.name.as_deref().unwrap_or_default();
    format!("{object}.{}", digest(&says.join("\n"), 16))
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1::Service;

    fn about() -> ObjectReference {
        let mut service = Service::default();
        service.metadata.name = Some("web".into());
        service.metadata.namespace = Some("default".into());
        service.metadata.uid = Some("u1".into());

        service.object_ref(&())
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_repetition_counts_up_the_same_event() {
        let mut journal = Journal::default();
        let occurrence = Occurrence::normal("ccm", "Reason", "message");
        let first = journal.event(&about(), &occurrence, at(1)).unwrap();
        let second = journal.event(&about(), &occurrence, at(61)).unwrap();
        assert_eq!(first["metadata"]["name"], second["metadata"]["name"]);
        assert_eq!((&first["count"], &second["count"]), (&json!(1), &json!(2)));
        assert_eq!(second["firstTimestamp"], "1970-01-01T00:00:01Z");
        assert_eq!(second["lastTimestamp"], "1970-01-01T00:01:01Z");
    }

    #[test]
    fn a_milestone_is_written_once() {
        let mut journal = Journal::default();
        let milestone = Occurrence::normal("ccm", "Reason", "message").once();
        assert!(journal.event(&about(), &milestone, at(1)).is_some());
        assert!(journal.event(&about(), &milestone, at(2)).is_none());
    }

    #[test]
    fn another_incarnation_has_events_of_its_own() {
        let occurrence = Occurrence::normal("ccm", "Reason", "message");
        let mut recreated = about();
        recreated.uid = Some("u2".into());
        assert_ne!(
            event_name(&about(), &occurrence),
            event_name(&recreated, &occurrence)
        );
    }
}
