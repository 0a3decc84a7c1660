//! What each hop has seen: taken from what the gate delivered to it, and from nothing else.

use crate::call::upstream;
use crate::who::Who;
use crate::wire::Found;
use hopwise_vocab::Object;
use serde_json::Value;
use std::collections::BTreeMap;

/// A Service of a replay, under its name on each hop.
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

/// What all processes have seen of one Service.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    watched: BTreeMap<(Who, Object), Found>,
    polled: BTreeMap<Who, Polled>,
}

impl Seen {
    /// The object as the process' watch last delivered it.
    pub fn watched(&self, who: Who, object: Object) -> Option<&Found> {
        self.watched.get(&(who, object))
    }

    /// A process' upstream object as its watch last delivered it.
    pub fn upstream(&self, who: Who) -> Option<&Found> {
        self.watched(who, upstream(who.hop).1)
    }

    /// What the last poll of this ccm said.
    pub fn polled(&self, who: Who) -> &Polled {
        self.polled.get(&who).unwrap_or(&Polled::Never)
    }

    /// A watch delivered this event.
    pub fn deliver(&mut self, who: Who, object: Object, event: Option<Found>) {
        match event {
            Some(found) => self.watched.insert((who, object), found),
            None => self.watched.remove(&(who, object)),
        };
    }

    /// A process has lost its memory.
    pub fn forget(&mut self, who: Who) {
        self.watched.retain(|(of, _), _| *of != who);
        self.polled.remove(&who);
    }

    /// A ccm heard the answer of its LIST.
    pub fn hear_poll(&mut self, who: Who, answer: Option<Found>) {
        let polled = answer.map_or(Polled::Absent, Polled::There);
        self.polled.insert(who, polled);
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
