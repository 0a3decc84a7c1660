//! What each hop has seen: taken from what the gate delivered to it, and from nothing else.

use crate::call::upstream;
use crate::wire::Found;
use hopwise_vocab::{Hop, Object};
use serde_json::Value;
use std::collections::BTreeMap;

/// The one Service of a replay, under its name on each hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its name in the guest cluster.
    pub guest: String,
    /// The name of what stands for it on the Supervisor.
    pub supervisor: String,
}

impl Subject {
    /// Its name among the objects of a kind.
    pub fn name_of(&self, object: Object) -> &str {
        if object == Object::Service {
            &self.guest
        } else {
            &self.supervisor
        }
    }
}

/// What ccm knows of its VirtualMachineService.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Polled {
    /// No answer was heard.
    #[default]
    Never,
    /// The last answer heard had none.
    Absent,
    /// The last answer heard had this one.
    There(Found),
}

/// What all hops have seen.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    watched: BTreeMap<(Hop, Object), Found>,
    /// What ccm's last poll said.
    pub polled: Polled,
}

impl Seen {
    /// The object as the hop's watch last delivered it.
    pub fn watched(&self, hop: Hop, object: Object) -> Option<&Found> {
        self.watched.get(&(hop, object))
    }

    /// A hop's upstream object as its watch last delivered it.
    pub fn upstream(&self, hop: Hop) -> Option<&Found> {
        self.watched(hop, upstream(hop).1)
    }

    /// A watch delivered this event.
    pub fn deliver(&mut self, hop: Hop, object: Object, event: Option<Found>) {
        match event {
            Some(found) => self.watched.insert((hop, object), found),
            None => self.watched.remove(&(hop, object)),
        };
    }

    /// A hop has lost its memory.
    pub fn forget(&mut self, hop: Hop) {
        self.watched.retain(|(of, _), _| *of != hop);
        if hop == Hop::Ccm {
            self.polled = Polled::Never;
        }
    }

    /// ccm heard the answer of its LIST.
    pub fn hear_poll(&mut self, answer: Option<Found>) {
        self.polled = answer.map_or(Polled::Absent, Polled::There);
    }
}

/// What an event says of the subject: that it is gone, or what it is now. Nothing if the event is
/// about something else.
pub fn event(subject: &Subject, object: Object, event: &Value) -> Option<Option<Found>> {
    let about = &event["object"];
    (about["metadata"]["name"] == subject.name_of(object)).then_some(())?;
    let is_gone = event["type"] == "DELETED";
    Some((!is_gone).then(|| Found::of(object, about.clone())))
}

/// What the answer of a LIST says of the subject.
pub fn listed(subject: &Subject, object: Object, answer: &Value) -> Option<Found> {
    let mut items = answer["items"].as_array()?.iter();
    let item = items.find(|item| item["metadata"]["name"] == subject.name_of(object))?;
    Some(Found::of(object, item.clone()))
}
