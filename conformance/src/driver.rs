//! One action of the protocol, done to a world (`docs/protocol.md` §8).

mod calls;
mod clusters;
mod error;
mod passes;
mod rivals;
mod runs;
mod sweeps;
mod users;
mod watches;

pub use error::Error;

use crate::call::{Asked, Stage, is_list};
use crate::dictionary;
use crate::gate::{Call, Id, Place};
use crate::nsx;
use crate::seen::{event, listed};
use crate::servers::NAMESPACE;
use crate::who::{On, Who};
use crate::wire::Found;
use crate::world::{Late, World};
use guest_cluster_cloud_provider::Tick;
use hopwise_protocol::{Grain, Ports};
use hopwise_vocab::{
    Action, AdminStep, Deed, Hop, Object, Realizable, Replica, Slot, UserStep, Verb,
};
use http::Method;
use serde_json::{Value, json};

/// How many stuttering steps may follow one action.
const PATIENCE: usize = 1000;

/// What ccm's poll asks.
const POLL: Asked = Asked::Protocol(Verb::List, Object::VmService);

impl World {
    /// Does one action, and all the stuttering that follows it.
    ///
    /// # Errors
    /// Says why the action is not possible in this world.
    pub fn act(&mut self, action: Action) -> Result<(), Error> {
        self.transcript.step(&action.to_string());
        self.acts = passes::hop_of(action.deed).map(|hop| self.on(hop, action.at));
        self.perform(action)?;
        self.stutter()?;
        self.meet();
        Ok(())
    }

    pub(crate) fn perform(&mut self, action: Action) -> Result<(), Error> {
        let (slot, at) = (action.at.service, action.at);
        let is_there = self.lanes.slots().any(|there| there == slot);
        if !is_there || (at.replica == Replica::Rival && self.rival.is_none()) {
            let why = "the world has no such Service or replica";
            return Err(Error::NoStep { action, why });
        }
        let on = |hop| self.on(hop, at);
        match action.deed {
            Deed::User(step) => self.user(action, step)?,
            Deed::Admin(step) => self.admin(action, step)?,
            Deed::Poll => self.poll(action, on(Hop::Ccm))?,
            Deed::Tick(hop) => self.tick_over(on(hop))?,
            Deed::Deliver(hop, object) => self.deliver(action, on(hop), object)?,
            Deed::Serve(hop, verb, object) => {
                self.serve_and_go_on(action, on(hop), (verb, object))?;
            }
            Deed::Hear(hop, verb, object) => {
                let on = on(hop);
                let asked = Asked::Protocol(verb, object);
                let id = self.waiting(action, on, asked, true)?;
                if asked == POLL {
                    self.hear(id);
                } else {
                    self.hear_of_pass(id, on);
                }
            }
            Deed::Realize(what) => self.realize(action, what)?,
            Deed::Sweep(hop) => self.sweep(action, on(hop))?,
            Deed::Collect(object) => self.collect(action, object)?,
            Deed::Lose(hop, verb, object) => {
                let on = on(hop);
                let id = self.call_of(action, on, (verb, object))?;
                self.lose(id, on)?;
            }
            Deed::LoseReply(hop, verb, object) => {
                let on = on(hop);
                let id = self.call_of(action, on, (verb, object))?;
                self.serve_unheard(id);
                self.lose(id, on)?;
            }
            Deed::Delay(hop, verb, object) => self.delay(action, on(hop), (verb, object))?,
            Deed::Land(..) => self.land(action)?,
            Deed::Crash(hop) => self.restart(on(hop).who),
            // What is cut off waits at the gate, or is lost.
            Deed::Cut => self.is_cut = true,
            Deed::Mend => self.is_cut = false,
            Deed::Relist(hop, object) => self.relist(action, on(hop), object)?,
            Deed::Fail(_) => self.fail(action)?,
            Deed::Remember | Deed::Rewrite if !self.lanes.serves_one(on(Hop::Ccm).who) => {
                let why = "ccm's second loop is over all Services at once";
                return Err(Error::NoStep { action, why });
            }
            Deed::Remember => self.tick_for(on(Hop::Ccm).who, Tick::Sync),
            Deed::Rewrite => self.rewrite(on(Hop::Ccm)),
            Deed::Lag(hop, object) => self.lag(action, on(hop), object)?,
            Deed::Rewind(hop, object) => self.rewind(action, on(hop), object)?,
            Deed::Free => self.free(action)?,
        }
        Ok(())
    }

    /// The server acts on a call; where calls are not told apart, its hop hears the answer.
    fn serve_and_go_on(
        &mut self,
        action: Action,
        on: On,
        call: (Verb, Object),
    ) -> Result<(), Error> {
        let id = self.call_of(action, on, call)?;
        if call == (Verb::Read, Object::Nsx) {
            self.read_nsx(id, on);
        } else {
            self.serve(id);
            if self.grain != Grain::Fine {
                self.hear_of_pass(id, on);
            }
        }
        if call.0 == Verb::Read {
            self.finish_pass(on)?;
        }
        Ok(())
    }

    /// The LIST of ccm is sent and, where calls are not told apart, answered and heard.
    fn poll(&mut self, action: Action, on: On) -> Result<(), Error> {
        self.tick(on.who);
        if self.grain != Grain::Fine {
            let id = self.waiting(action, on, POLL, false)?;
            self.serve(id);
            self.hear(id);
        }
        for slot in self.lanes.of(on.who) {
            self.finish_pass(On { slot, ..on })?;
        }
        Ok(())
    }

    /// A call fails for its caller, and is kept to land later.
    fn delay(&mut self, action: Action, on: On, asked: (Verb, Object)) -> Result<(), Error> {
        let id = self.call_of(action, on, asked)?;
        if let Some((who, place, request)) = self.lose(id, on)? {
            self.lanes[on.slot].late = Some(Late {
                call: id,
                who,
                place,
                asked,
                request,
            });
        }
        Ok(())
    }

    fn land(&mut self, action: Action) -> Result<(), Error> {
        let late = self.lanes[action.at.service].late.take();
        let late = late.ok_or(Error::Nothing { action })?;
        let server = self.servers.of(late.who.cluster, late.place);
        self.gate
            .land(late.call, late.place, &late.request, &server);
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
            if let Some(who) = self.ended() {
                return Err(Error::Ended { who });
            }
            if let Some((who, line)) = self.call_that(
                |call| call.asked == Asked::Unknown,
                |_, call| (call.who, call.line()),
            ) {
                return Err(Error::Unknown { who, line });
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
            } else if let Some(on) = self.acts.filter(|_| self.rival == Some(Hop::Vmop))
                && on.who.hop == Hop::Vmop
                && self.deliver_endpoints(on)
            {
                self.settle(on.who);
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

    /// The call of a pass that an action is about.
    fn call_of(&self, action: Action, on: On, call: (Verb, Object)) -> Result<Id, Error> {
        let asked = match call {
            (Verb::Read, Object::Nsx) => Asked::NsxRead,
            (verb, object) => Asked::Protocol(verb, object),
        };
        self.waiting(action, on, asked, false)
    }

    /// A call fails, and after a back-off its process tries again.
    fn lose(
        &mut self,
        id: Id,
        on: On,
    ) -> Result<Option<(Who, Place, http::Request<bytes::Bytes>)>, Error> {
        let lost = self.gate.fail(id);
        self.end_run(on);
        self.settle(on.who);
        self.stutter()?;
        self.try_again(on);
        Ok(lost.map(|(who, place, _, request)| (who, place, request)))
    }

    pub(crate) fn ids(&self, who: Who) -> std::collections::BTreeSet<Id> {
        self.gate.look(|waiting| {
            let calls = waiting.calls().into_iter();
            let ours = calls.filter(|(_, call)| call.who == who);
            ours.map(|(id, _)| id).collect()
        })
    }

    fn deliver(&mut self, action: Action, on: On, object: Object) -> Result<(), Error> {
        if self.told_at_once(on.who, object) > 1 {
            let why = "one list tells of several Services";
            return Err(Error::NoStep { action, why });
        }
        let list = self.telling_list(on, object);
        let watch = self.watch_of(on.who, object);
        let id = list.as_ref().map(|(id, _)| *id).or(watch);
        let id = id.ok_or(Error::NoEvent { action })?;
        self.deliver_endpoints(on);
        if let Some((_, found)) = list {
            let seen = &mut self.lanes[on.slot].seen;
            seen.deliver(on.who, object, Some(found));
            self.hear(id);
        } else if !self.deliver_next(id, Some((object, on.slot))) {
            return Err(Error::NoEvent { action });
        }
        self.finish_pass(on)
    }

    /// What the model has as one action: the GETs of one read, up to what follows it.
    fn read_nsx(&mut self, first: Id, on: On) {
        let stage = |call: &Call| Stage::of(&call.request);
        let mut next = Some(first);
        while let Some(id) = next {
            let before = self.gate.look(|waiting| waiting.call(id).map(stage));
            self.serve(id);
            self.hear(id);
            // The next pass may begin at once, and with a read of its own.
            let goes_on = |call: &Call| before.is_some_and(|it| !stage(call).begins_after(it));
            next = self.gate.look(|waiting| {
                let mut calls = waiting.calls().into_iter();
                let found = calls.find(|(id, call)| {
                    let is_read = call.asked == Asked::NsxRead;
                    is_read && goes_on(call) && self.is_of_pass(*id, call, on)
                });
                found.map(|(id, _)| id)
            });
        }
        let goes_on = self.call_of_pass(on);
        if goes_on.is_none_or(|(_, asked)| asked == Asked::NsxRead) {
            self.end_run(on);
        }
    }

    /// The second loop of ccm reads and writes at once, beside the pass that may wait.
    fn rewrite(&mut self, on: On) {
        let (before, who) = (self.ids(on.who), on.who);
        let reads = self.lanes[on.slot].reads.get(&who).cloned();
        self.tick_for(who, Tick::Sync);
        let is_its = |world: &World, id: &Id| {
            let asked = world
                .gate
                .look(|waiting| waiting.call(*id).map(|call| call.asked));
            asked.is_some_and(|asked| !asked.stutters())
        };
        while let Some(id) = self
            .ids(who)
            .difference(&before)
            .find(|id| is_its(self, id))
        {
            let id = *id;
            self.serve(id);
            self.hear(id);
        }
        if let Some(seen) = reads {
            self.lanes[on.slot].reads.insert(who, seen);
        }
    }

    fn realize(&mut self, action: Action, what: Realizable) -> Result<(), Error> {
        let realized = nsx::realize_oldest(self, action.at.service, what);
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
        let failed = nsx::fail_oldest(self, action.at.service);
        let failed = failed.ok_or(Error::Nothing { action })?;
        self.transcript
            .happens(Place::Nsx, || format!("{failed} fails"));
        Ok(())
    }

    /// The call that an action is about.
    fn waiting(&self, action: Action, on: On, asked: Asked, answered: bool) -> Result<Id, Error> {
        let fits = |id: Id, call: &Call| {
            let is_its = match asked == POLL {
                true => call.who == on.who,
                false => self.is_of_pass(id, call, on),
            };
            is_its && call.asked == asked && call.is_answered() == answered
        };
        let found = self.gate.look(|waiting| {
            let mut calls = waiting.calls().into_iter();
            calls.find(|(id, call)| fits(*id, call)).map(|(id, _)| id)
        });
        found.ok_or_else(|| Error::NoCall {
            action,
            waiting: self.gate.look(|waiting| {
                waiting
                    .calls()
                    .iter()
                    .map(|(_, call)| format!("{} {}", call.who, call.line()))
                    .collect()
            }),
        })
    }
}
