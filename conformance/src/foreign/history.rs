//! What has happened to the collections that are watched: listed again after every write, so that it
//! is known what a watch has to deliver.
//!
//! A watch of an API server tells when it pleases, and a world does not wait for what may come. All
//! that is written to a server goes through one door, one request after the other, and a request
//! changes an object once. So what differs between the lists before and after it, each a consistent
//! read, is what every watch of the collection that is older has to tell.

use super::stream::{Reader, parsed};
use bytes::Bytes;
use http::Request;
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::BTreeMap;

/// What of the query of a list or a watch says which objects it is of.
const SELECTORS: [&str; 2] = ["labelSelector=", "fieldSelector="];

/// Which objects a list or a watch is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    path: String,
    selectors: String,
}

impl Target {
    /// The collection that a GET is of; none if it is of an object, or of no object at all.
    pub(super) fn of(request: &Request<Bytes>) -> Option<Target> {
        let path = request.uri().path();
        let query = request.uri().query().unwrap_or_default();
        let selects = |part: &&str| SELECTORS.iter().any(|it| part.starts_with(it));
        let selectors: Vec<&str> = query.split('&').filter(selects).collect();
        is_collection(path).then(|| Target {
            path: path.into(),
            selectors: selectors.join("&"),
        })
    }

    /// Where it is listed.
    pub(super) fn uri(&self) -> String {
        match self.selectors.as_str() {
            "" => self.path.clone(),
            selectors => format!("{}?{selectors}", self.path),
        }
    }

    /// Where it is watched from a list on.
    pub(super) fn watched_from(&self, list: &Value) -> String {
        let version = list["metadata"]["resourceVersion"].as_str();
        let version = version.unwrap_or_default();
        let uri = self.uri();
        let joint = if uri.contains('?') { '&' } else { '?' };
        format!("{uri}{joint}watch=true&resourceVersion={version}")
    }

    fn resource(&self) -> &str {
        resource_of(&self.path)
    }
}

/// The parts of a path behind its group and version: resource, name and more; a namespace is left
/// out.
fn parts_of(path: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let head = match parts.first() {
        Some(&"api") => 2,
        Some(&"apis") => 3,
        Some(_) | None => parts.len(),
    };
    parts.drain(..head.min(parts.len()));
    if parts.len() > 2 && parts[0] == "namespaces" {
        parts.drain(..2);
    }
    parts
}

fn is_collection(path: &str) -> bool {
    parts_of(path).len() == 1
}

fn resource_of(path: &str) -> &str {
    parts_of(path).first().copied().unwrap_or_default()
}

/// What a watch has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// `ADDED`, `MODIFIED` or `DELETED`.
    pub(super) event: &'static str,
    /// The object's name.
    pub(super) name: String,
    /// Its resourceVersion; of one that is deleted it is not known.
    pub(super) version: Option<String>,
}

impl Change {
    /// Whether a line of a watch tells this.
    pub(super) fn is_told_by(&self, line: &Value) -> bool {
        let metadata = &line["object"]["metadata"];
        let version = self.version.as_deref();
        line["type"] == self.event
            && metadata["name"] == *self.name
            && version.is_none_or(|version| metadata["resourceVersion"] == version)
    }
}

/// One collection.
#[derive(Default)]
struct Kept {
    /// The resourceVersion of every object by its name.
    now: BTreeMap<String, String>,
    /// What has changed, with the version that the change has.
    changes: Vec<(u64, Change)>,
    /// A watch of our own, which tells the versions of deletions.
    reader: Option<Reader>,
}

impl Kept {
    /// The version of the change of this number, told by our own watch; of the list that showed it
    /// first, if it does not.
    fn version_of(&self, number: usize, listed: u64) -> u64 {
        let lines = self.reader.as_ref().map(|it| it.lines(number + 1));
        let line = lines.and_then(|lines| lines.get(number).map(parsed));
        let version = line.and_then(|line| number_in(&line["object"]));
        version.unwrap_or(listed)
    }

    fn changed(&mut self, listed: u64, change: Change) {
        let at = self.version_of(self.changes.len(), listed);
        self.changes.push((at, change));
    }
}

/// What has happened at one server.
#[derive(Default)]
pub(super) struct History(Mutex<BTreeMap<Target, Kept>>);

impl History {
    /// Whether what happens to a collection is known.
    pub(super) fn knows(&self, target: &Target) -> bool {
        self.0.lock().contains_key(target)
    }

    /// From here on what happens to a collection is known.
    pub(super) fn learn(&self, target: &Target, list: &Value, reader: Option<Reader>) {
        let kept = Kept {
            now: versions(list),
            changes: Vec::new(),
            reader,
        };
        self.0.lock().insert(target.clone(), kept);
    }

    /// The collections that a write may have changed. A Service that goes takes its Endpoints along,
    /// in the API server itself.
    pub(super) fn touched_by(&self, path: &str) -> Vec<Target> {
        let resource = resource_of(path);
        let all = self.0.lock();
        let is_touched = |target: &&Target| {
            let other = target.resource();
            other == resource || (resource == "services" && other.starts_with("endpoint"))
        };
        all.keys().filter(is_touched).cloned().collect()
    }

    /// A collection was listed after a write.
    pub(super) fn note(&self, target: &Target, list: &Value) {
        let mut all = self.0.lock();
        let Some(kept) = all.get_mut(target) else {
            return;
        };
        let at = number_in(list).unwrap_or_default();
        let now = versions(list);
        for (name, version) in &now {
            let event = match kept.now.get(name) {
                Some(before) if before == version => continue,
                Some(_) => "MODIFIED",
                None => "ADDED",
            };
            let (name, version) = (name.clone(), Some(version.clone()));
            let change = Change {
                event,
                name,
                version,
            };
            kept.changed(at, change);
        }
        let gone = kept.now.keys().filter(|name| !now.contains_key(*name));
        for name in gone.cloned().collect::<Vec<_>>() {
            let change = Change {
                event: "DELETED",
                name,
                version: None,
            };
            kept.changed(at, change);
        }
        kept.now = now;
    }

    /// What a watch of a collection has to tell that begins after this version.
    pub(super) fn since(&self, target: &Target, version: u64) -> Vec<Change> {
        let all = self.0.lock();
        let changes = all.get(target).into_iter().flat_map(|kept| &kept.changes);
        let newer = changes.filter(|(at, _)| *at > version);
        newer.map(|(_, change)| change.clone()).collect()
    }
}

/// The resourceVersion of an object or a list.
fn number_in(value: &Value) -> Option<u64> {
    value["metadata"]["resourceVersion"].as_str()?.parse().ok()
}

fn versions(list: &Value) -> BTreeMap<String, String> {
    let items = list["items"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    // Names of several namespaces are told apart; nothing that is watched here has any.
    let named = items.map(|item| {
        let metadata = &item["metadata"];
        (text(&metadata["name"]), text(&metadata["resourceVersion"]))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn target(uri: &str) -> Option<Target> {
        Target::of(&Request::get(uri).body(Bytes::new()).unwrap())
    }

    fn list(at: u64, items: &[(&str, u64)]) -> Value {
        let item = |(name, version): &(&str, u64)| json!({"metadata": {"name": name, "resourceVersion": version.to_string()}});
        let items: Vec<Value> = items.iter().map(item).collect();
        json!({"metadata": {"resourceVersion": at.to_string()}, "items": items})
    }

    #[test]
    fn a_list_and_the_watch_that_follows_it_are_of_the_same_objects() {
        let services = "/api/v1/namespaces/ns/services";
        let listed = target(&format!("{services}?limit=500&labelSelector=a%3Db")).unwrap();
        let watched = target(&format!(
            "{services}?watch=true&labelSelector=a%3Db&resourceVersion=7"
        ));
        assert_eq!(watched, Some(listed.clone()));
        assert_eq!(listed.uri(), format!("{services}?labelSelector=a%3Db"));
        assert_ne!(target(services), Some(listed));
        for of_no_collection in ["/api/v1/namespaces/ns/services/web", "/readyz", "/api/v1"] {
            assert_eq!(target(of_no_collection), None);
        }
    }

    #[test]
    fn a_watch_has_to_tell_what_changed_after_its_version() {
        let (history, target) = (History::default(), target("/api/v1/services").unwrap());
        history.learn(&target, &list(3, &[("kubernetes", 2)]), None);
        history.note(&target, &list(5, &[("kubernetes", 2), ("web", 5)]));
        history.note(&target, &list(8, &[("kubernetes", 2), ("web", 7)]));
        history.note(&target, &list(9, &[("kubernetes", 2)]));
        let told = |since| {
            let changes = history.since(&target, since).into_iter();
            changes.map(|it| it.event).collect::<Vec<_>>()
        };
        assert_eq!(told(3), ["ADDED", "MODIFIED", "DELETED"]);
        assert_eq!(told(5), ["MODIFIED", "DELETED"]);
        assert_eq!(told(9), [""; 0]);
        let added = &history.since(&target, 3)[0];
        let line = |version| json!({"type": "ADDED", "object": {"metadata": {"name": "web", "resourceVersion": version}}});
        assert!(added.is_told_by(&line("5")) && !added.is_told_by(&line("6")));
    }

    #[test]
    fn a_write_to_a_service_may_change_endpoints_and_no_other_kind() {
        let history = History::default();
        for path in ["/api/v1/services", "/api/v1/endpoints", "/api/v1/nodes"] {
            history.learn(&target(path).unwrap(), &list(1, &[]), None);
        }
        let touched = history.touched_by("/api/v1/namespaces/ns/services/web/status");
        let paths: Vec<_> = touched.iter().map(Target::uri).collect();
        assert_eq!(paths, ["/api/v1/endpoints", "/api/v1/services"]);
    }
}
