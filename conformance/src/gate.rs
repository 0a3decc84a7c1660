//! The gate: a tower service that holds every request of a controller until it is released.
//!
//! A request waits in two places: before the server acts on it, and before its client hears the
//! answer. A watch is pulled: an event travels when somebody moves it, so lag is a number.

mod mistake;
mod service;
mod watch;

pub use mistake::{Asks, Edit, Heard, Mistake, Seed};
pub(crate) use service::whole;
pub use service::{GateBody, GateService};
pub use watch::Watch;

use crate::call::{Asked, recognise};
use crate::recording::{Party, Recorder};
use crate::who::Who;
use bytes::Bytes;
use futures::channel::{mpsc, oneshot};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, StreamBody};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::Reply;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

/// A server that controllers talk to through the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The guest cluster's API server.
    Guest,
    /// The Supervisor's API server.
    Supervisor,
    /// The NSX-T manager.
    Nsx,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Place::Guest => "guest",
            Place::Supervisor => "supervisor",
            Place::Nsx => "nsx",
        })
    }
}

/// What a server answers to one request.
pub enum Answer {
    /// All of it.
    Whole(Response<Bytes>),
    /// A watch, which answers as long as somebody listens.
    Watch(Box<dyn Feed>),
}

/// The server's end of an open watch.
pub trait Feed: Send {
    /// Takes the next event, as the line that goes over the wire.
    fn next(&mut self) -> Option<Bytes>;
    /// The events that nobody has taken yet, oldest first.
    fn waiting(&self) -> Vec<Bytes>;
    /// How many events nobody has taken yet.
    fn lag(&self) -> usize;
}

/// Anything that answers a request in one step.
pub trait Server {
    /// Acts on the request and answers it.
    fn answer(&self, request: &Request<Bytes>) -> Answer;
}

/// The event by which an API server says that it has compacted what a watch would go on from.
const EXPIRED: &str = concat!(
    r#"{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"#,
    r#""status":"Failure","message":"too old resource version","reason":"Expired","code":410}}"#,
    "\n",
);

/// Names a call or a watch as long as it waits. Never part of a trace or a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(u64);

/// A request at the gate.
pub struct Call {
    /// Who asks.
    pub who: Who,
    /// Whom it asks.
    pub place: Place,
    /// What it asks, in the words of the protocol.
    pub asked: Asked,
    /// What it asks, on the wire.
    pub request: Request<Bytes>,
    answer: Option<Answer>,
    reply: oneshot::Sender<Reply>,
}

impl Call {
    /// Method and target, by which calls are told apart whatever the order they came in.
    pub fn line(&self) -> String {
        format!("{} {}", self.request.method(), self.request.uri())
    }

    /// Whether the server has acted on it.
    pub fn is_answered(&self) -> bool {
        self.answer.is_some()
    }

    /// The answer that waits to be heard, if it is not a watch.
    pub fn answer(&self) -> Option<&Response<Bytes>> {
        match self.answer.as_ref()? {
            Answer::Whole(response) => Some(response),
            Answer::Watch(_) => None,
        }
    }
}

/// What waits at the gate.
#[derive(Default)]
pub struct Waiting {
    came: u64,
    calls: BTreeMap<Id, Call>,
    watches: BTreeMap<Id, Watch>,
}

impl Waiting {
    /// The calls, by content: never by the order in which they came.
    pub fn calls(&self) -> Vec<(Id, &Call)> {
        let mut calls: Vec<_> = self.calls.iter().map(|(id, call)| (*id, call)).collect();
        calls.sort_by_cached_key(|(_, call)| {
            (
                call.who,
                call.place,
                call.line(),
                call.request.body().clone(),
            )
        });
        calls
    }

    /// The open watches, by content.
    pub fn watches(&self) -> Vec<(Id, &Watch)> {
        let mut watches: Vec<_> = self
            .watches
            .iter()
            .map(|(id, watch)| (*id, watch))
            .collect();
        watches.sort_by_cached_key(|(_, watch)| (watch.who, watch.place, watch.target.clone()));
        watches
    }

    /// A call that waits.
    pub fn call(&self, id: Id) -> Option<&Call> {
        self.calls.get(&id)
    }

    fn take_id(&mut self) -> Id {
        self.came += 1;
        Id(self.came)
    }
}

/// A gate. Clones are the same gate.
#[derive(Clone, Default)]
pub struct Gate {
    waiting: Arc<Mutex<Waiting>>,
    seed: Option<Seed>,
    mistakes: Arc<Mutex<BTreeMap<Who, Box<dyn Mistake>>>>,
    recorder: Option<Recorder>,
}

impl Gate {
    /// A gate before which the processes of a hop make a mistake, and at which somebody may write
    /// down what passes.
    pub fn with(seed: Option<Seed>, recorder: Option<Recorder>) -> Gate {
        Gate {
            seed,
            recorder,
            ..Gate::default()
        }
    }

    /// What the mistake of a process makes of something; none where there is no mistake.
    fn mistake<T>(&self, who: Who, make: impl FnOnce(&mut dyn Mistake) -> T) -> Option<T> {
        let (_, begin) = self.seed.filter(|(whose, _)| *whose == who.hop)?;
        let mut mistakes = self.mistakes.lock();
        Some(make(mistakes.entry(who).or_insert_with(begin).as_mut()))
    }

    /// The way of one process to one server.
    pub fn service(&self, who: Who, place: Place) -> GateService {
        GateService::new(self.clone(), who, place)
    }

    /// Looks at what waits. Watches whose client hung up are forgotten first.
    pub fn look<T>(&self, see: impl FnOnce(&Waiting) -> T) -> T {
        let mut waiting = self.waiting.lock();
        waiting
            .watches
            .retain(|_, watch| !watch.listener.is_closed());
        see(&waiting)
    }

    /// The server acts on a call; its client does not know yet. Nothing happens if the call is
    /// not there or was acted on.
    pub fn serve(&self, id: Id, server: &dyn Server) {
        let mut waiting = self.waiting.lock();
        if let Some(call) = waiting.calls.get_mut(&id)
            && call.answer.is_none()
        {
            call.answer = Some(server.answer(&call.request));
            self.record(|recorder| recorder.acts(id.0, call));
        }
    }

    /// The client hears the answer. Returns whether there was one.
    pub fn hear(&self, id: Id) -> bool {
        let mut waiting = self.waiting.lock();
        if !waiting.calls.get(&id).is_some_and(Call::is_answered) {
            return false;
        }
        let Some(Call {
            who,
            place,
            asked,
            request,
            answer: Some(answer),
            reply,
        }) = waiting.calls.remove(&id)
        else {
            return false;
        };
        self.record(|recorder| recorder.hears(id.0, who.hop, asked, &request));
        match answer {
            Answer::Whole(response) => {
                // A client that hung up hears nothing, like over a network.
                let _ = reply.send(Ok(response.map(whole)));
            }
            Answer::Watch(feed) => {
                let (listener, events) = mpsc::unbounded();
                let response = Response::builder()
                    .header("content-type", "application/json")
                    .body(StreamBody::new(events).boxed_unsync())
                    .expect("the header is valid");
                if reply.send(Ok(response)).is_ok() {
                    let target = request.uri().to_string();
                    let watch = Watch {
                        who,
                        place,
                        asked,
                        target,
                        passed: VecDeque::new(),
                        feed,
                        listener,
                    };
                    waiting.watches.insert(id, watch);
                }
            }
        }
        true
    }

    /// The next event of a watch of this sort reaches its client, whatever came before it. Returns
    /// the event.
    pub fn deliver(&self, id: Id, fits: impl Fn(&Bytes) -> bool) -> Option<Bytes> {
        let mut waiting = self.waiting.lock();
        let watch = waiting.watches.get_mut(&id)?;
        let event = watch.take(fits)?;
        if let Asked::Watch(object) = watch.asked {
            self.record(|recorder| recorder.delivers(watch.who.hop, object, &event));
        }
        watch.tell(event.clone());
        Some(event)
    }

    /// The client of a watch hears an event that its server does not have.
    pub(crate) fn tell(&self, id: Id, event: Bytes) {
        if let Some(watch) = self.waiting.lock().watches.get(&id) {
            watch.tell(event);
        }
    }

    /// A watch breaks: its client hears that what it was to deliver is forgotten.
    pub fn expire(&self, id: Id) {
        if let Some(watch) = self.waiting.lock().watches.remove(&id) {
            watch.tell(Bytes::from_static(EXPIRED.as_bytes()));
        }
    }

    /// A call fails: its client hears of a broken connection. Returns the call's request with who
    /// sent it where.
    pub fn fail(&self, id: Id) -> Option<(Who, Place, Asked, Request<Bytes>)> {
        let call = self.waiting.lock().calls.remove(&id)?;
        self.record(|recorder| recorder.fails(id.0, call.who.hop, call.asked, &call.request));
        Some((call.who, call.place, call.asked, call.request))
    }

    /// Everything of a process that waits is forgotten: the process is no more.
    pub fn forget(&self, who: Who) {
        self.mistakes.lock().remove(&who);
        let mut waiting = self.waiting.lock();
        waiting.calls.retain(|_, call| call.who != who);
        waiting.watches.retain(|_, watch| watch.who != who);
    }

    /// A call that failed for its client reaches its server all the same.
    pub(crate) fn land(&self, id: Id, place: Place, request: &Request<Bytes>, server: &dyn Server) {
        if let Answer::Whole(answer) = server.answer(request) {
            let (status, body) = (answer.status(), answer.body());
            self.record(|recorder| recorder.lands(id.0, place, status, body));
        }
    }

    /// Somebody who does not come through the gate has asked something of a server.
    pub(crate) fn requested(
        &self,
        by: Party,
        place: Place,
        asked: (&Method, &str, &Value),
        answered: (StatusCode, &Value),
    ) {
        self.record(|recorder| recorder.requests(by, place, asked, answered));
    }

    /// A controller begins.
    pub(crate) fn starts(&self, who: Who) {
        self.record(|recorder| recorder.starts(who.hop));
    }

    fn record(&self, write: impl FnOnce(&Recorder)) {
        if let Some(recorder) = &self.recorder {
            write(recorder);
        }
    }

    fn hold(&self, who: Who, place: Place, request: Request<Bytes>) -> oneshot::Receiver<Reply> {
        let (reply, answer) = oneshot::channel();
        let asked = recognise(who.hop, place, &request);
        let mut waiting = self.waiting.lock();
        let id = waiting.take_id();
        let call = Call {
            who,
            place,
            asked,
            request,
            answer: None,
            reply,
        };
        self.record(|recorder| recorder.asks(id.0, &call));
        waiting.calls.insert(id, call);
        answer
    }
}

#[cfg(test)]
mod tests;
