//! The calls of a recording: what each asks, and on which lines it is spoken of.

use crate::call::{Asked, begins_nsx_read, recognise};
use crate::dictionary::Identities;
use crate::gate::Place;
use crate::recording::{Line, Recording};
use bytes::Bytes;
use hopwise_protocol::{Kind, PLACES, Uid};
use hopwise_vocab::{Hop, Object, Verb};
use http::Request;
use serde_json::Value;
use std::collections::BTreeMap;

/// One call, by the number that its lines have.
pub(super) struct Call {
    pub hop: Hop,
    pub asked: Asked,
    pub request: Request<Bytes>,
    /// The line on which it is sent.
    pub asks: usize,
    /// The line on which its server acts on it.
    pub acts: Option<usize>,
    /// The line on which its hop hears the answer.
    pub hears: Option<usize>,
    /// The line on which its hop hears that none will come.
    pub fails: Option<usize>,
    /// Of a GET that is part of ncp's read of NSX-T: its place in the read.
    pub part: Part,
}

/// The place of a GET in ncp's read of NSX-T.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// Whether the read begins with it.
    pub first: bool,
    /// Whether the read ends with it.
    pub last: bool,
    /// Whether the read is heard to its end.
    pub whole: bool,
}

/// Every call, and every incarnation.
pub(super) struct Index {
    pub calls: BTreeMap<u64, Call>,
    pub identities: Identities,
}

/// Why a recording is larger than the model.
pub(super) struct TooLarge {
    pub line: usize,
    pub why: String,
}

impl Index {
    /// # Errors
    /// When the recording has more incarnations than the model tells apart.
    pub(super) fn of(recording: &Recording) -> Result<Index, TooLarge> {
        let mut index = Index {
            calls: BTreeMap::new(),
            identities: Identities::default(),
        };
        for (number, line) in recording.lines.iter().enumerate() {
            index.add(number, line);
            index.meet(number, line)?;
        }
        index.cut_reads();
        Ok(index)
    }

    fn add(&mut self, number: usize, line: &Line) {
        match line {
            Line::Asks {
                hop,
                server,
                call,
                method,
                path,
                body,
            } => {
                if let Some(read) = Call::read(number, (*hop, *server), (method, path, body)) {
                    self.calls.entry(*call).or_insert(read);
                }
            }
            Line::Acts { call, .. } => self.note(*call, |it| it.acts.get_or_insert(number)),
            Line::Hears { call, .. } => self.note(*call, |it| it.hears.get_or_insert(number)),
            Line::Fails { call, .. } => self.note(*call, |it| it.fails.get_or_insert(number)),
            Line::Starts { .. }
            | Line::Delivers { .. }
            | Line::Requests { .. }
            | Line::Ends { .. } => {}
        }
    }

    fn note(&mut self, call: u64, note: impl FnOnce(&mut Call) -> &mut usize) {
        if let Some(call) = self.calls.get_mut(&call) {
            note(call);
        }
    }

    /// Names the object that an answer of a server shows, if it is new.
    fn meet(&mut self, number: usize, line: &Line) -> Result<(), TooLarge> {
        let (kind, answer) = match line {
            Line::Acts { call, answer, .. } => {
                let kind = self.calls.get(call).and_then(Call::written);
                (kind, answer)
            }
            Line::Requests {
                server,
                path,
                answer,
                ..
            } => (super::users::kind_of(*server, path), answer),
            Line::Starts { .. }
            | Line::Asks { .. }
            | Line::Hears { .. }
            | Line::Fails { .. }
            | Line::Delivers { .. }
            | Line::Ends { .. } => (None, &Value::Null),
        };
        let Some((kind, uid)) = kind.zip(answer["metadata"]["uid"].as_str()) else {
            return Ok(());
        };
        if self.identities.uid(kind, uid).is_ok() {
            return Ok(());
        }
        let room = match kind {
            Kind::Service | Kind::VmService => Uid::MOST - 1,
            Kind::SupervisorService => u8::try_from(PLACES).unwrap_or(u8::MAX),
        };
        if self.identities.count(kind) == room {
            return Err(TooLarge {
                line: number,
                why: format!("the model tells {room} incarnations of {kind:?} apart, not more"),
            });
        }
        self.identities.meet(kind, uid);
        Ok(())
    }

    /// Says where each read of NSX-T begins and ends: another begins with the allocation, and what
    /// only a pass writes ends it.
    fn cut_reads(&mut self) {
        let asked = self.calls.iter().filter(|(_, call)| call.hop == Hop::Ncp);
        let mut order: Vec<(usize, u64)> = asked.map(|(number, it)| (it.asks, *number)).collect();
        order.sort_unstable();
        let mut reads: Vec<Vec<u64>> = vec![Vec::new()];
        for (_, number) in order {
            let call = &self.calls[&number];
            let is_get = call.asked == Asked::NsxRead;
            if call.is_of_pass() || (is_get && begins_nsx_read(&call.request)) {
                reads.push(Vec::new());
            }
            if is_get && let Some(read) = reads.last_mut() {
                read.push(number);
            }
        }
        for read in reads {
            let last = read.last().and_then(|last| self.calls.get(last));
            let whole = last.is_some_and(|last| last.hears.is_some());
            for number in &read {
                if let Some(call) = self.calls.get_mut(number) {
                    call.part = Part {
                        first: begins_nsx_read(&call.request),
                        last: Some(number) == read.last(),
                        whole,
                    };
                }
            }
        }
    }
}

impl Call {
    fn read(
        asks: usize,
        (hop, place): (Hop, Place),
        (method, path, body): (&str, &str, &Value),
    ) -> Option<Call> {
        let body = match body {
            Value::Null => Bytes::new(),
            Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => Bytes::from(body.to_string()),
        };
        let request = Request::builder().method(method).uri(path).body(body);
        let request = request.ok()?;
        Some(Call {
            hop,
            asked: recognise(hop, place, &request),
            request,
            asks,
            acts: None,
            hears: None,
            fails: None,
            part: Part::default(),
        })
    }

    /// Whether no sweep ever asks this.
    fn is_of_pass(&self) -> bool {
        match self.asked {
            Asked::Protocol(verb, _) => !matches!(verb, Verb::Withdraw | Verb::Unprogram),
            Asked::NsxRead | Asked::Watch(_) | Asked::Sweep | Asked::Beside | Asked::Unknown => {
                false
            }
        }
    }

    /// The kind of object at an API server that it writes.
    pub(super) fn written(&self) -> Option<Kind> {
        match self.asked {
            Asked::Protocol(_, object) => kind(object),
            Asked::NsxRead | Asked::Watch(_) | Asked::Sweep | Asked::Beside | Asked::Unknown => {
                None
            }
        }
    }
}

/// The kind of an object that is at an API server.
pub(super) fn kind(object: Object) -> Option<Kind> {
    match object {
        Object::Service => Some(Kind::Service),
        Object::VmService => Some(Kind::VmService),
        Object::SupervisorService => Some(Kind::SupervisorService),
        Object::Allocation | Object::LoadBalancer | Object::Nsx => None,
    }
}
