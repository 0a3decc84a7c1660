//! Every beginning of a pass, run once: what a hop had seen, what it asked and heard, and what it
//! asks next.

use super::Controllers;
use super::nsx::Held;
use super::objects::{Rendered, about_the_service, is_found};
use super::reply::Reply;
use super::runner::{Ended, Endpoints, Input, Runner, Stop, endpoints_in};
use super::transport::Line;
use crate::call::{Asked, json, recognise};
use crate::dictionary::Unmapped;
use crate::refinement::requests::decode;
use hopwise_protocol::{Place, Request};
use hopwise_vocab::{Hop, Verb};
use serde_json::Value;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

/// The number of a beginning.
pub(super) type At = u32;

/// What a pass does after a beginning.
#[derive(Clone, Debug)]
pub(super) enum Next {
    /// It waits for the answer to this.
    Asks(Rc<Asks>),
    /// It ends.
    Ends(Ended),
    /// It is not a function of what it has seen and heard, or does what no pass does.
    Errs(String),
}

/// A request in the words of the protocol.
#[derive(Debug)]
pub(super) struct Asks {
    /// What is asked.
    pub asked: Asked,
    /// A write, decoded. Its version is current if it is the one that the pass began with.
    pub write: Result<Option<Request>, Unmapped>,
    /// Its body.
    pub body: Value,
    /// All that is sent.
    pub line: String,
}

struct Beginning {
    input: Input,
    log: Vec<(Line, Reply)>,
    next: Next,
    asks: Option<Line>,
    on: Vec<(Reply, At)>,
}

/// The passes of all hops.
pub(super) struct Passes<'c> {
    runners: [Runner; 3],
    begun: HashMap<Input, At>,
    beginnings: Vec<Beginning>,
    endpoints: HashMap<Input, Value>,
    clock: &'c dyn Fn() -> Duration,
    /// How long all runs took.
    pub running: Duration,
}

impl<'c> Passes<'c> {
    /// The passes of these controllers.
    pub(super) fn new(controllers: &Controllers, clock: &'c dyn Fn() -> Duration) -> Self {
        Passes {
            runners: [Hop::Ccm, Hop::Vmop, Hop::Ncp].map(|hop| Runner::new(hop, controllers)),
            begun: HashMap::new(),
            beginnings: Vec::new(),
            endpoints: HashMap::new(),
            clock,
            running: Duration::ZERO,
        }
    }

    /// How many runs there were; every one is of another beginning.
    pub(super) fn runs(&self) -> usize {
        self.beginnings.len()
    }

    /// What a pass does after a beginning.
    pub(super) fn next(&self, at: At) -> &Next {
        &self.beginnings[at as usize].next
    }

    /// The same in words.
    pub(super) fn told(&self, at: At) -> String {
        match self.next(at) {
            Next::Asks(asks) => match &asks.write {
                Ok(_) => asks.line.clone(),
                Err(unmapped) => format!("{}: {unmapped}", asks.line),
            },
            Next::Ends(ended) => format!("{ended:?}"),
            Next::Errs(why) => why.clone(),
        }
    }

    /// What was seen when the pass began.
    pub(super) fn input(&self, at: At) -> &Input {
        &self.beginnings[at as usize].input
    }

    /// A pass begins. One of vmop that writes Endpoints first has written them, and begins again.
    pub(super) fn begin(&mut self, input: Input) -> At {
        if let Some(at) = self.begun.get(&input) {
            return *at;
        }
        let mut at = self.run(input, Vec::new());
        let asks = self.beginnings[at as usize].asks.clone();
        if let (Next::Asks(asked), Some(line)) = (self.next(at).clone(), asks)
            && asked.asked == Asked::Beside
            && input.endpoints == Endpoints::Missing
        {
            let written = self.go_on(at, Reply::Taken);
            at = match self.next(written) {
                Next::Ends(Ended::Rests) => {
                    let seen = Input {
                        endpoints: Endpoints::Written,
                        ..input
                    };
                    let endpoints = endpoints_in(line.request.body());
                    self.endpoints.insert(seen, endpoints);
                    self.run(seen, Vec::new())
                }
                Next::Ends(_) | Next::Asks(_) | Next::Errs(_) => written,
            };
        }
        self.begun.insert(input, at);
        at
    }

    /// A pass goes on with an answer.
    ///
    /// # Panics
    /// Where it asks nothing.
    pub(super) fn go_on(&mut self, at: At, reply: Reply) -> At {
        let from = &self.beginnings[at as usize];
        if let Some((_, known)) = from.on.iter().find(|(known, _)| *known == reply) {
            return *known;
        }
        let asks = from.asks.clone().expect("only what asks hears");
        let mut log = from.log.clone();
        log.push((asks, reply));
        let next = self.run(from.input, log);
        self.beginnings[at as usize].on.push((reply, next));
        next
    }

    fn run(&mut self, input: Input, log: Vec<(Line, Reply)>) -> At {
        let begun = (self.clock)();
        let runner = &self.runners[input.hop as usize];
        let stop = runner.run(&input, self.endpoints.get(&input), log.clone());
        self.running += (self.clock)() - begun;
        let (next, asks) = match stop {
            Stop::Asks(line) => (Next::Asks(Rc::new(asks(input.hop, &line))), Some(*line)),
            Stop::Ends(ended) => (Next::Ends(ended), None),
            Stop::Hangs => (Next::Errs("it waits for no answer".into()), None),
            Stop::Strays(told) => (Next::Errs(told), None),
        };
        let at = At::try_from(self.beginnings.len()).expect("beginnings are counted in 32 bits");
        self.beginnings.push(Beginning {
            input,
            log,
            next,
            asks,
            on: Vec::new(),
        });
        at
    }
}

fn asks(hop: Hop, line: &Line) -> Asks {
    let asked = recognise(hop, line.server, &line.request);
    let write = match asked {
        Asked::Protocol(Verb::Read | Verb::List, _)
        | Asked::NsxRead
        | Asked::Watch(_)
        | Asked::Sweep
        | Asked::Beside
        | Asked::Unknown => Ok(None),
        Asked::Protocol(verb, object) => {
            decode(&Rendered, hop, (verb, object), &line.request).map(Some)
        }
    };
    let body = json(&line.request);
    let path = line.request.uri().path();
    let named = about_the_service(line.server, path).and(match asked {
        Asked::Protocol(Verb::Create, _) => is_found(hop, &body),
        Asked::Protocol(Verb::Withdraw, _) => gives_back(&write, path),
        Asked::Protocol(..)
        | Asked::NsxRead
        | Asked::Watch(_)
        | Asked::Sweep
        | Asked::Beside
        | Asked::Unknown => Ok(()),
    });
    Asks {
        asked,
        write: named.and(write),
        body,
        line: line.text(),
    }
}

/// Whether a withdrawal is of the allocation that follows from the UID in its id.
fn gives_back(write: &Result<Option<Request>, Unmapped>, path: &str) -> Result<(), Unmapped> {
    let uid = write.as_ref().ok().and_then(|write| write.as_ref()?.uid);
    let id = uid.map(|uid| {
        let place = &Place::default();
        Held { uid, place }.id()
    });
    if id.as_deref() == path.rsplit('/').next() {
        Ok(())
    } else {
        Err(Unmapped::new("the allocation", path))
    }
}
