//! One action of the protocol, done to a world (`docs/protocol.md` §8).

mod calls;
mod clusters;
mod error;
mod passes;
mod users;
mod watches;

pub use error::Error;

use crate::call::{Asked, begins_nsx_read, is_list};
use crate::dictionary;
use crate::gate::{Call, Id, Place};
use crate::nsx;
use crate::seen::{event, listed};
use crate::servers::NAMESPACE;
use crate::wire::Found;
use crate::world::{Late, World};
use hopwise_protocol::{Grain, Ports};
use hopwise_vocab::{Action, AdminStep, At, Deed, Hop, Object, Realizable, UserStep, Verb};
use http::Method;
use serde_json::{Value, json};

/// How many stuttering steps may follow one action.
const PATIENCE: usize = 1000;

impl World {
    /// Does one action, and all the stuttering that follows it.
    ///
    /// # Errors
    /// Says why the action is not possible in this world.
    pub fn act(&mut self, action: Action) -> Result<(), Error> {
        self.transcript.step(&action.to_string());
        if action.at != At::FIRST {
            return Err(Error::NotYet { action });
        }
        self.perform(action)?;
        self.stutter()?;
        self.meet();
        Ok(())
    }

    pub(crate) fn perform(&mut self, action: Action) -> Result<(), Error> {
        match action.deed {
            Deed::User(step) => self.user(action, step)?,
            Deed::Admin(step) => self.admin(action, step)?,
            Deed::Poll => self.poll(action)?,
            Deed::Tick(hop) => {
                if hop == Hop::Ncp {
                    self.deliver_endpoints_to_ncp();
                }
                self.tick(hop);
                self.finish_pass(hop)?;
            }
            Deed::Deliver(hop, object) => self.deliver(action, hop, object)?,
            Deed::Serve(hop, verb, object) => self.serve_and_go_on(action, hop, (verb, object))?,
            Deed::Hear(hop, verb, object) => {
                let id = self.waiting(action, hop, Asked::Protocol(verb, object), true)?;
                self.hear(id);
            }
            Deed::Realize(what) => self.realize(action, what)?,
            Deed::Sweep(hop) => self.sweep(action, hop)?,
            Deed::Collect(object) => self.collect(action, object)?,
            Deed::Lose(hop, verb, object) => {
                let id = self.call_of(action, hop, (verb, object))?;
                self.lose(id, hop)?;
            }
            Deed::LoseReply(hop, verb, object) => {
                let id = self.call_of(action, hop, (verb, object))?;
                self.serve_unheard(id);
                self.lose(id, hop)?;
            }
            Deed::Delay(hop, verb, object) => self.delay(action, hop, (verb, object))?,
            Deed::Land(..) => {
                let late = self.late.take().ok_or(Error::Nothing { action })?;
                let server = self.servers.at(late.place);
                self.gate
                    .land(late.call, late.place, &late.request, &server);
            }
            Deed::Crash(hop) => self.restart(hop),
            // What is cut off waits at the gate, or is lost.
            Deed::Cut | Deed::Mend => {}
            Deed::Relist(hop, object) => self.relist(action, hop, object)?,
            Deed::Fail(Realizable::LoadBalancer) => self.fail(action)?,
            Deed::Fail(Realizable::Allocation) | Deed::Remember | Deed::Rewrite => {
                return Err(Error::NotYet { action });
            }
            Deed::Lag(hop, object) => self.lag(action, hop, object)?,
            Deed::Rewind(hop, object) => self.rewind(action, hop, object)?,
            Deed::Free => self.free(action)?,
        }
        Ok(())
    }

    /// The server acts on a call; where calls are not told apart, its hop hears the answer.
    fn serve_and_go_on(
        &mut self,
        action: Action,
        hop: Hop,
        call: (Verb, Object),
    ) -> Result<(), Error> {
        let id = self.call_of(action, hop, call)?;
        if call == (Verb::Read, Object::Nsx) {
            self.read_nsx(id);
        } else {
            self.serve(id);
            if self.grain != Grain::Fine {
                self.hear(id);
            }
        }
        if call.0 == Verb::Read {
            self.finish_pass(hop)?;
        }
        Ok(())
    }

    /// The LIST of ccm is sent and, where calls are not told apart, answered and heard.
    fn poll(&mut self, action: Action) -> Result<(), Error> {
        self.tick(Hop::Ccm);
        if self.grain != Grain::Fine {
            let list = Asked::Protocol(Verb::List, Object::VmService);
            let id = self.waiting(action, Hop::Ccm, list, false)?;
            self.serve(id);
            self.hear(id);
        }
        self.finish_pass(Hop::Ccm)
    }

    /// A call fails for its caller, and is kept to land later.
    fn delay(&mut self, action: Action, hop: Hop, asked: (Verb, Object)) -> Result<(), Error> {
        let id = self.call_of(action, hop, asked)?;
        if let Some((hop, place, request)) = self.lose(id, hop)? {
            self.late = Some(Late {
                call: id,
                hop,
                place,
                asked,
                request,
            });
        }
        Ok(())
    }

    fn free(&mut self, action: Action) -> Result<(), Error> {
        let freed = nsx::free_lowest(&self.servers.nsx);
        let address = freed.ok_or(Error::Nothing { action })?;
        self.transcript
            .happens(Place::Nsx, || format!("{address} is free"));
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
            let waits = |call: &Call| call.asked.stutters() && !self.is_telling(call);
            if let Some(id) = self.call_that(waits, |id, _| id) {
                self.serve(id);
                let tells = |call: &Call| self.is_telling(call);
                if !self
                    .gate
                    .look(|waiting| waiting.call(id).is_some_and(tells))
                {
                    self.hear(id);
                }
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

    /// The call of a pass that a fault happens to.
    fn call_of(&self, action: Action, hop: Hop, call: (Verb, Object)) -> Result<Id, Error> {
        let asked = match call {
            (Verb::Read, Object::Nsx) => Asked::NsxRead,
            (verb, object) => Asked::Protocol(verb, object),
        };
        self.waiting(action, hop, asked, false)
    }

    /// A call fails, and after a back-off its hop tries again.
    fn lose(
        &mut self,
        id: Id,
        hop: Hop,
    ) -> Result<Option<(Hop, Place, http::Request<bytes::Bytes>)>, Error> {
        let lost = self.gate.fail(id);
        self.settle(hop);
        self.stutter()?;
        self.try_again(hop);
        Ok(lost.map(|(hop, place, _, request)| (hop, place, request)))
    }

    /// One object that stands for nobody is removed: the reads that prove it, and the next write.
    fn sweep(&mut self, action: Action, hop: Hop) -> Result<(), Error> {
        if !self.has_sweep_write(hop) {
            let sees = self.seen.upstream(hop).is_some();
            let is_read = |call: &Call| call.hop == hop && call.asked == Asked::Sweep;
            if hop == Hop::Ncp && !sees && self.call_that(is_read, |id, _| id).is_none() {
                self.tick(hop);
            }
            while let Some(id) = self.call_that(is_read, |id, _| id) {
                let before = self.ids(hop);
                self.serve(id);
                self.hear(id);
                let new = self.ids(hop);
                self.sweeping.extend(new.difference(&before));
            }
        }
        let id = self.sweep_write(hop).ok_or(Error::NotYet { action })?;
        let before = self.ids(hop);
        self.serve(id);
        self.hear(id);
        let new = self.ids(hop);
        self.sweeping.extend(new.difference(&before));
        Ok(())
    }

    /// A sweep that waits goes on to its end: it may remove only what the model sweeps.
    pub(crate) fn sweep_to_the_end(&mut self, hop: Hop) {
        if hop == Hop::Ncp && self.seen.upstream(hop).is_none() {
            self.tick(hop);
        }
        for _ in 0..PATIENCE {
            let is_read = |call: &Call| call.hop == hop && call.asked == Asked::Sweep;
            let next = self.sweep_write(hop);
            let Some(id) = next.or_else(|| self.call_that(is_read, |id, _| id)) else {
                return;
            };
            let before = self.ids(hop);
            self.serve(id);
            self.hear(id);
            let new = self.ids(hop);
            self.sweeping.extend(new.difference(&before));
        }
    }

    fn has_sweep_write(&self, hop: Hop) -> bool {
        self.sweep_write(hop).is_some()
    }

    fn sweep_write(&self, hop: Hop) -> Option<Id> {
        self.gate.look(|waiting| {
            let calls = waiting.calls().into_iter();
            let mut ours = calls.filter(|(id, call)| {
                let is_write = matches!(call.asked, Asked::Protocol(..));
                call.hop == hop && is_write && self.sweeping.contains(id)
            });
            ours.next().map(|(id, _)| id)
        })
    }

    pub(crate) fn ids(&self, hop: Hop) -> std::collections::BTreeSet<Id> {
        self.gate.look(|waiting| {
            let calls = waiting.calls().into_iter();
            let ours = calls.filter(|(_, call)| call.hop == hop);
            ours.map(|(id, _)| id).collect()
        })
    }

    fn deliver(&mut self, action: Action, hop: Hop, object: Object) -> Result<(), Error> {
        if let Some((id, found)) = self.telling_list(hop, object) {
            if hop == Hop::Ncp {
                self.deliver_endpoints_to_ncp();
            }
            self.seen.deliver(hop, object, Some(found));
            self.hear(id);
            return self.finish_pass(hop);
        }
        let id = self.gate.look(|waiting| {
            let watches = waiting.watches();
            let mut ours = watches.into_iter().filter(|(_, watch)| {
                watch.hop == hop && watch.asked == Asked::Watch(object) && watch.lag() > 0
            });
            ours.next().map(|(id, _)| id)
        });
        let id = id.ok_or(Error::NoEvent { action })?;
        if hop == Hop::Ncp {
            self.deliver_endpoints_to_ncp();
        }
        self.deliver_next(id, Some(object));
        self.finish_pass(hop)
    }

    /// What the model has as one action: the GETs of one read, up to what follows it.
    fn read_nsx(&mut self, first: Id) {
        let mut next = first;
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
                None => return,
            }
        }
    }

    fn realize(&mut self, action: Action, what: Realizable) -> Result<(), Error> {
        let realized = nsx::realize_oldest(self, what);
        if realized.is_empty() {
            return Err(Error::Nothing { action });
        }
        for path in realized {
            self.transcript
                .happens(Place::Nsx, || format!("{path} is realized"));
        }
        Ok(())
    }

    fn fail(&mut self, action: Action) -> Result<(), Error> {
        let failed = nsx::fail_oldest(self).ok_or(Error::Nothing { action })?;
        self.transcript
            .happens(Place::Nsx, || format!("{failed} fails"));
        Ok(())
    }

    /// The call that an action is about.
    fn waiting(&self, action: Action, hop: Hop, asked: Asked, answered: bool) -> Result<Id, Error> {
        let fits =
            |call: &Call| call.hop == hop && call.asked == asked && call.is_answered() == answered;
        let found = self.gate.look(|waiting| {
            let calls = waiting.calls().into_iter();
            let mut fitting = calls.filter(|(id, call)| fits(call) && !self.sweeping.contains(id));
            fitting.next().map(|(id, _)| id)
        });
        found.ok_or_else(|| Error::NoCall {
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
}
