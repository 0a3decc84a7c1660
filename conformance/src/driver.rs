//! One action of the protocol, done to a world (`docs/protocol.md` §8).

use crate::call::{Asked, begins_nsx_read};
use crate::dictionary;
use crate::gate::{Call, Id, Place};
use crate::nsx;
use crate::seen::{event, listed};
use crate::world::World;
use hopwise_protocol::Ports;
use hopwise_vocab::{Action, Hop, Object, Realizable, UserStep, Verb};
use http::Method;
use serde_json::{Value, json};

/// Why an action cannot be done to a world. Where the model can take it, that is a divergence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The call that the action is about does not wait.
    #[error("no call waits for `{action}`; these wait: {waiting:?}")]
    NoCall {
        /// The action.
        action: Action,
        /// What waits.
        waiting: Vec<String>,
    },
    /// The watch that the action is about has nothing to deliver.
    #[error("`{action}` has no event to deliver")]
    NoEvent {
        /// The action.
        action: Action,
    },
    /// A server refused the user.
    #[error("`{action}` was refused: {answer}")]
    Refused {
        /// The action.
        action: Action,
        /// What the server said.
        answer: String,
    },
    /// NSX-T has nothing to realize, or no address to free.
    #[error("NSX-T has nothing for `{action}`")]
    Nothing {
        /// The action.
        action: Action,
    },
    /// A controller has returned or panicked.
    #[error("{hop} has ended")]
    Ended {
        /// Which one.
        hop: Hop,
    },
    /// A controller asks what no hop of the protocol asks.
    #[error("{hop} asks what the protocol does not know: {line}")]
    Unknown {
        /// Which one.
        hop: Hop,
        /// What it asks.
        line: String,
    },
    /// What is not in the model does not come to rest.
    #[error("stuttering does not end; the last of it was {last}")]
    Restless {
        /// What was served or delivered last.
        last: String,
    },
}

/// How many stuttering steps may follow one action.
const PATIENCE: usize = 1000;

impl World {
    /// Does one action, and all the stuttering that follows it.
    ///
    /// # Errors
    /// Says why the action is not possible in this world.
    pub fn act(&mut self, action: Action) -> Result<(), Error> {
        self.transcript.step(&action.to_string());
        match action {
            Action::User(step) => self.user(action, step)?,
            Action::Poll => self.tick(Hop::Ccm),
            Action::Tick => {
                self.deliver_endpoints_to_ncp();
                self.tick(Hop::Ncp);
            }
            Action::Deliver(hop, object) => self.deliver(action, hop, object)?,
            Action::Serve(Hop::Ncp, Verb::Read, Object::Nsx) => self.read_nsx(action)?,
            Action::Serve(hop, verb, object) => {
                let id = self.waiting(action, hop, Asked::Protocol(verb, object), false)?;
                self.serve(id);
            }
            Action::Hear(hop, verb, object) => {
                let id = self.waiting(action, hop, Asked::Protocol(verb, object), true)?;
                self.hear(id);
            }
            Action::Realize(what) => self.realize(action, what)?,
            Action::Free => {
                let freed = nsx::free_lowest(&self.servers.nsx);
                let address = freed.ok_or(Error::Nothing { action })?;
                self.transcript
                    .happens(Place::Nsx, || format!("{address} is free"));
            }
        }
        self.stutter()?;
        self.meet();
        Ok(())
    }

    /// Serves and delivers what is not in the model until nothing of it is left.
    ///
    /// # Errors
    /// When that does not end, when a controller has ended, or asks what nobody knows.
    pub fn stutter(&mut self) -> Result<(), Error> {
        for _ in 0..PATIENCE {
            if let Some(hop) = self.ended() {
                return Err(Error::Ended { hop });
            }
            if let Some((hop, line)) = self.call_that(
                |call| call.asked == Asked::Unknown,
                |_, call| (call.hop, call.line()),
            ) {
                return Err(Error::Unknown { hop, line });
            }
            if let Some(id) = self.call_that(|call| call.asked.stutters(), |id, _| id) {
                self.serve(id);
                self.hear(id);
            } else if let Some(id) = self.watch_that_stutters() {
                self.deliver_next(id, None);
            } else {
                return Ok(());
            }
        }
        let waiting = self
            .gate
            .look(|waiting| waiting.calls().first().map(|(_, call)| call.line()));
        Err(Error::Restless {
            last: waiting.unwrap_or_default(),
        })
    }

    fn user(&mut self, action: Action, step: UserStep) -> Result<(), Error> {
        let path = self.guest_path();
        let collection = path
            .trim_end_matches(&self.subject.guest)
            .trim_end_matches('/');
        self.asked = match step {
            UserStep::Edit => self.asked.edited(),
            UserStep::Create | UserStep::Delete => Ports::default(),
        };
        let ports = dictionary::guest_ports(self.asked);
        let (method, path, body) = match step {
            UserStep::Create => {
                let spec = json!({"type": "LoadBalancer", "ports": ports});
                let body = json!({"metadata": {"name": self.subject.guest}, "spec": spec});
                (Method::POST, collection, body)
            }
            UserStep::Edit => (
                Method::PATCH,
                path.as_str(),
                json!({"spec": {"ports": ports}}),
            ),
            UserStep::Delete => (Method::DELETE, path.as_str(), Value::Null),
        };
        let (status, answer) = self.servers.request(Place::Guest, (method, path), &body);
        if !status.is_success() {
            return Err(Error::Refused {
                action,
                answer: answer.to_string(),
            });
        }
        self.transcript
            .happens(Place::Guest, || format!("the user's {step} is taken"));
        Ok(())
    }

    fn deliver(&mut self, action: Action, hop: Hop, object: Object) -> Result<(), Error> {
        let found = self.gate.look(|waiting| {
            let watches = waiting.watches();
            let mut ours = watches.into_iter().filter(|(_, watch)| {
                watch.hop == hop && watch.asked == Asked::Watch(object) && watch.lag() > 0
            });
            ours.next().map(|(id, _)| id)
        });
        let id = found.ok_or(Error::NoEvent { action })?;
        if hop == Hop::Ncp {
            self.deliver_endpoints_to_ncp();
        }
        self.deliver_next(id, Some(object));
        Ok(())
    }

    /// What the model has as one action: the GETs of one read, up to what follows it.
    fn read_nsx(&mut self, action: Action) -> Result<(), Error> {
        let mut next = self.waiting(action, Hop::Ncp, Asked::NsxRead, false)?;
        loop {
            self.serve(next);
            self.hear(next);
            // The next pass may begin at once, and with a read of its own.
            let of_this_read = |call: &Call| {
                let is_read = call.hop == Hop::Ncp && call.asked == Asked::NsxRead;
                is_read && !begins_nsx_read(&call.request)
            };
            match self.call_that(of_this_read, |id, _| id) {
                Some(id) => next = id,
                None => return Ok(()),
            }
        }
    }

    fn realize(&mut self, action: Action, what: Realizable) -> Result<(), Error> {
        let realized = nsx::realize_oldest(&self.servers.nsx, &self.identities, what);
        if realized.is_empty() {
            return Err(Error::Nothing { action });
        }
        for path in realized {
            self.transcript
                .happens(Place::Nsx, || format!("{path} is realized"));
        }
        Ok(())
    }

    /// The call that an action is about.
    fn waiting(&self, action: Action, hop: Hop, asked: Asked, answered: bool) -> Result<Id, Error> {
        let fits =
            |call: &Call| call.hop == hop && call.asked == asked && call.is_answered() == answered;
        self.call_that(fits, |id, _| id)
            .ok_or_else(|| Error::NoCall {
                action,
                waiting: self.gate.look(|waiting| {
                    waiting
                        .calls()
                        .iter()
                        .map(|(_, call)| format!("{} {}", call.hop, call.line()))
                        .collect()
                }),
            })
    }

    /// The first call, by content, that fits.
    fn call_that<T>(
        &self,
        fits: impl Fn(&Call) -> bool,
        take: impl Fn(Id, &Call) -> T,
    ) -> Option<T> {
        self.gate.look(|waiting| {
            let calls = waiting.calls();
            let found = calls.into_iter().find(|(_, call)| fits(call));
            found.map(|(id, call)| take(id, call))
        })
    }

    fn serve(&mut self, id: Id) {
        let World {
            gate,
            servers,
            transcript,
            ..
        } = self;
        let place = gate.look(|waiting| waiting.call(id).map(|call| call.place));
        if let Some(place) = place {
            gate.serve(id, servers.at(place));
            gate.look(|waiting| {
                if let Some(call) = waiting.call(id) {
                    transcript.serves(call);
                }
            });
        }
    }

    fn hear(&mut self, id: Id) {
        let World {
            gate,
            transcript,
            seen,
            subject,
            ..
        } = self;
        let hop = gate.look(|waiting| {
            let call = waiting.call(id)?;
            transcript.hears(call);
            if call.asked == Asked::Protocol(Verb::List, Object::VmService) {
                let answer = call
                    .answer()
                    .filter(|answer| answer.status().is_success())?;
                let body = serde_json::from_slice(answer.body()).unwrap_or_default();
                seen.hear_poll(listed(subject, Object::VmService, &body));
            }
            Some(call.hop)
        });
        gate.hear(id);
        if let Some(hop) = hop {
            self.settle(hop);
        }
    }

    fn deliver_next(&mut self, id: Id, object: Option<Object>) {
        if let Some(hop) = self.send_next(id, object) {
            self.settle(hop);
        }
    }

    /// Sends the next event of a watch on its way, and does not let anybody run yet.
    fn send_next(&mut self, id: Id, object: Option<Object>) -> Option<Hop> {
        let World {
            gate,
            transcript,
            seen,
            subject,
            ..
        } = self;
        let (hop, place) = gate.look(|waiting| {
            let watches = waiting.watches();
            let watch = watches.into_iter().find(|(other, _)| *other == id);
            watch.map(|(_, watch)| (watch.hop, watch.place))
        })?;
        let line = gate.deliver(id)?;
        let line: Value = serde_json::from_slice(&line).unwrap_or_default();
        transcript.delivers(hop, place, &line);
        if let Some(object) = object
            && let Some(found) = event(subject, object, &line)
        {
            seen.deliver(hop, object, found);
        }
        Some(hop)
    }

    /// A watch beside the model that has something to deliver. What ncp watches there would begin
    /// a pass, which is not for a stuttering step to do: see [`World::deliver_endpoints_to_ncp`].
    fn watch_that_stutters(&self) -> Option<Id> {
        self.beside(|hop| hop != Hop::Ncp)
    }

    /// What ncp watches beside the model travels with the next thing that begins a pass of it.
    fn deliver_endpoints_to_ncp(&mut self) {
        while let Some(id) = self.beside(|hop| hop == Hop::Ncp) {
            self.send_next(id, None);
        }
    }

    fn beside(&self, fits: impl Fn(Hop) -> bool) -> Option<Id> {
        self.gate.look(|waiting| {
            let watches = waiting.watches();
            let mut beside = watches.into_iter().filter(|(_, watch)| {
                watch.asked == Asked::Beside && fits(watch.hop) && watch.lag() > 0
            });
            beside.next().map(|(id, _)| id)
        })
    }
}
