//! One step of both: the model says what happens, and what becomes of a pass by it is the
//! controller's.

use super::nsx::Held;
use super::passes::{At, Next, Passes};
use super::reply::{Reply, kind_of, to_write};
use super::runner::Ended;
use super::turns::{Odd, Paused, Turn, Turns, lane, object, odd, seen, seen_as, waiting};
use crate::call::Asked;
use hopwise_protocol::{Chain, Downstream, Grain, Request, State, Stored, Version, View, upstream};
use hopwise_vocab::{Action, AdminStep, Deed, Hop, Object, Verb};
use serde_json::Value;

/// One step of the model, and what it finds.
pub(super) struct Step<'a, 'c> {
    pub passes: &'a mut Passes<'c>,
    pub chain: &'a Chain,
    pub before: &'a State,
    pub after: &'a State,
}

impl Step<'_, '_> {
    /// What all hops are doing after the step.
    ///
    /// # Errors
    /// When a controller does what it could not be doing in the step.
    pub(super) fn take(&mut self, action: Action, before: &Turns) -> Result<Turns, Odd> {
        let mut turns = *before;
        self.answer(action, &mut turns)?;
        for (turn, hop) in turns.iter_mut().zip(Hop::ALL) {
            let kind = upstream(*hop);
            let changes = object(self.before, kind) != object(self.after, kind);
            if let Some(paused) = turn.paused.as_mut().filter(|_| changes) {
                paused.version = Version::Old;
            }
        }
        if let Some(hop) = self.wakes(action.deed) {
            turns[hop as usize].again = true;
        }
        for &hop in Hop::ALL {
            self.begin(hop, &mut turns[hop as usize])?;
        }
        Ok(turns)
    }

    /// A call is answered, or its answer is heard, or neither comes any more.
    fn answer(&mut self, action: Action, turns: &mut Turns) -> Result<(), Odd> {
        match action.deed {
            Deed::Serve(Hop::Ccm, Verb::List, _) | Deed::Hear(Hop::Ccm, Verb::List, _) => Ok(()),
            Deed::Serve(hop, ..) => self.serve(hop, &mut turns[hop as usize]),
            Deed::Hear(hop, ..) => self.hear(hop, &mut turns[hop as usize]),
            Deed::Lose(hop, ..) | Deed::LoseReply(hop, ..) | Deed::Delay(hop, ..) => {
                self.fail(hop, &mut turns[hop as usize])
            }
            Deed::Crash(hop) => {
                turns[hop as usize] = Turn::default();
                Ok(())
            }
            Deed::Admin(AdminStep::DeleteCluster | AdminStep::CreateCluster) => {
                turns[Hop::Ccm as usize] = Turn::default();
                Ok(())
            }
            Deed::User(_)
            | Deed::Admin(_)
            | Deed::Poll
            | Deed::Tick(_)
            | Deed::Deliver(..)
            | Deed::Realize(_)
            | Deed::Free
            | Deed::Sweep(_)
            | Deed::Collect(_)
            | Deed::Remember
            | Deed::Rewrite
            | Deed::Land(..)
            | Deed::Relist(..)
            | Deed::Cut
            | Deed::Mend
            | Deed::Fail(_)
            | Deed::Lag(..)
            | Deed::Rewind(..) => Ok(()),
        }
    }

    fn serve(&mut self, hop: Hop, turn: &mut Turn) -> Result<(), Odd> {
        let paused = waiting(hop, turn)?;
        let Next::Asks(asks) = self.passes.next(paused.at).clone() else {
            return Err(odd(hop, "call", "a call that waits", self.told(paused.at)));
        };
        let reply = match (asks.asked, &asks.write) {
            (Asked::NsxRead, _) => {
                let at = self.read_nsx(paused.at);
                return self.settle(turn, at);
            }
            (Asked::Protocol(Verb::Read, _), _) => Reply::Found(self.found(hop)),
            (_, Ok(Some(write))) => {
                let version = write
                    .version
                    .map(|version| seen_as(version, paused.version));
                let write = Request { version, ..*write };
                let there = kind_of(hop, write.object).and_then(|kind| object(self.before, kind));
                let reply = to_write(hop, &write, there.as_ref());
                self.is_true(hop, &write, reply)?;
                self.leaves(hop, &write, &asks.body)?;
                reply
            }
            (_, Ok(None) | Err(_)) => {
                return Err(odd(hop, "call", "a call that waits", self.told(paused.at)));
            }
        };
        let then = self.passes.go_on(paused.at, reply);
        if self.chain.scenario.grain == Grain::Fine {
            turn.paused = Some(Paused {
                then: Some(then),
                ..paused
            });
            return Ok(());
        }
        self.settle(turn, then)
    }

    fn hear(&mut self, hop: Hop, turn: &mut Turn) -> Result<(), Odd> {
        let paused = waiting(hop, turn)?;
        let then = paused.then;
        let then = then.ok_or_else(|| odd(hop, "call", "an answer", self.told(paused.at)))?;
        self.settle(turn, then)
    }

    /// No answer comes: neither to this call nor, where it is the first of a read of NSX-T, to any
    /// other of that read.
    fn fail(&mut self, hop: Hop, turn: &mut Turn) -> Result<(), Odd> {
        let mut at = waiting(hop, turn)?.at;
        let failed = self.passes.go_on(at, Reply::Broken);
        while let Next::Asks(asks) = self.passes.next(at).clone()
            && asks.asked == Asked::NsxRead
        {
            let broken = self.passes.go_on(at, Reply::Broken);
            match self.passes.next(broken) {
                Next::Ends(Ended::Fails(_)) => {}
                Next::Ends(_) | Next::Asks(_) | Next::Errs(_) => {
                    return Err(odd(hop, "outcome", "a failure", self.told(broken)));
                }
            }
            at = self.passes.go_on(at, self.held(at));
        }
        match self.passes.next(failed) {
            Next::Ends(Ended::Fails(_)) => self.settle(turn, failed),
            Next::Ends(_) | Next::Asks(_) | Next::Errs(_) => {
                Err(odd(hop, "outcome", "a failure", self.told(failed)))
            }
        }
    }

    /// Answers every GET of a read of NSX-T.
    fn read_nsx(&mut self, mut at: At) -> At {
        while let Next::Asks(asks) = self.passes.next(at)
            && asks.asked == Asked::NsxRead
        {
            at = self.passes.go_on(at, self.held(at));
        }
        at
    }

    fn held(&self, at: At) -> Reply {
        let uid = self.passes.input(at).upstream.uid;
        let place = lane(self.before).places[usize::from(uid.number()) - 1];
        Reply::Holds(uid, place)
    }

    /// What a live read finds.
    fn found(&self, hop: Hop) -> Option<Downstream> {
        let kind = hopwise_protocol::downstream(hop)?;
        object(self.before, kind).map(Stored::as_downstream)
    }

    /// A write that a server refuses changes nothing in the model.
    fn is_true(&self, hop: Hop, write: &Request, reply: Reply) -> Result<(), Odd> {
        let Some(kind) = kind_of(hop, write.object) else {
            return Ok(());
        };
        let changes = object(self.before, kind) != object(self.after, kind);
        if changes && reply != Reply::Taken {
            return Err(odd(hop, "answer", "a change", format!("{reply:?}")));
        }
        Ok(())
    }

    /// A tree of changes leaves in NSX-T what the model has there.
    fn leaves(&self, hop: Hop, write: &Request, tree: &Value) -> Result<(), Odd> {
        let (Object::LoadBalancer, Some(uid)) = (write.object, write.uid) else {
            return Ok(());
        };
        let held = |state| {
            let place = &lane(state).places[usize::from(uid.number()) - 1];
            Held { uid, place }
        };
        let (there, left) = (held(self.after).there(), held(self.before).left_by(tree));
        if there == left {
            return Ok(());
        }
        Err(odd(
            hop,
            "nsx services",
            &format!("{there:?}"),
            format!("{left:?}"),
        ))
    }

    /// A pass has heard something, and goes on or ends.
    fn settle(&mut self, turn: &mut Turn, at: At) -> Result<(), Odd> {
        let hop = self.passes.input(at).hop;
        match self.passes.next(at) {
            Next::Asks(_) => {
                let version = turn
                    .paused
                    .map_or(Version::Current, |paused| paused.version);
                turn.paused = Some(Paused {
                    at,
                    version,
                    then: None,
                });
            }
            Next::Ends(Ended::Rests) => turn.paused = None,
            Next::Ends(Ended::GoesOn | Ended::Fails(_)) => {
                turn.paused = None;
                turn.again = true;
            }
            Next::Ends(Ended::Waits(_)) => {
                return Err(odd(hop, "outcome", "no time of its own", self.told(at)));
            }
            Next::Errs(_) => return Err(odd(hop, "determinism", "a pass", self.told(at))),
        }
        Ok(())
    }

    /// The next pass begins, if one is due and none is under way.
    fn begin(&mut self, hop: Hop, turn: &mut Turn) -> Result<(), Odd> {
        if !turn.again || turn.paused.is_some() {
            return Ok(());
        }
        turn.again = false;
        let Some((input, version)) = seen(self.after, hop) else {
            return Ok(());
        };
        let at = self.passes.begin(input);
        if let Next::Asks(_) = self.passes.next(at) {
            turn.paused = Some(Paused {
                at,
                version,
                then: None,
            });
            return Ok(());
        }
        self.settle(turn, at)
    }

    /// The hop that a step gives something to do. A watch that is renewed where there was nothing
    /// delivers nothing.
    fn wakes(&self, deed: Deed) -> Option<Hop> {
        match deed {
            Deed::Deliver(hop, _) | Deed::Tick(hop) => Some(hop),
            Deed::Poll => (self.chain.scenario.grain != Grain::Fine).then_some(Hop::Ccm),
            Deed::Hear(Hop::Ccm, Verb::List, _) => Some(Hop::Ccm),
            Deed::Rewind(hop, _) => match lane(self.before).laggard?.view {
                View::Upstream(_, Some(_)) | View::Downstream(Some(_)) => Some(hop),
                View::Upstream(_, None) | View::Downstream(None) => None,
            },
            Deed::User(_)
            | Deed::Admin(_)
            | Deed::Serve(..)
            | Deed::Hear(..)
            | Deed::Realize(_)
            | Deed::Free
            | Deed::Sweep(_)
            | Deed::Collect(_)
            | Deed::Remember
            | Deed::Rewrite
            | Deed::Lose(..)
            | Deed::LoseReply(..)
            | Deed::Delay(..)
            | Deed::Land(..)
            | Deed::Crash(_)
            | Deed::Relist(..)
            | Deed::Cut
            | Deed::Mend
            | Deed::Fail(_)
            | Deed::Lag(..) => None,
        }
    }

    fn told(&self, at: At) -> String {
        self.passes.told(at)
    }
}
