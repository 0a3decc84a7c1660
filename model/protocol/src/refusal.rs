//! Why the model does not take an action in a state: the clause of its guard that is false.
//!
//! The guards themselves are beside their effects and are not read here: that both say the same is
//! a test over every action in many states.

mod calls;
mod world;

use crate::model::{Chain, WATCHES};
use crate::scenarios::Fault;
use crate::state::{Lane, State};
use hopwise_vocab::{Action, At, Deed, Hop, Object, Replica, Slot, Verb};
use stateright::Model;

/// Whether a clause is true; if not, what is so instead.
type Guard = Result<(), String>;

/// A clause, and what is so where it is false.
fn must(is_true: bool, otherwise: impl FnOnce() -> String) -> Guard {
    if is_true { Ok(()) } else { Err(otherwise()) }
}

/// The same where there are no values to say.
fn need(is_true: bool, otherwise: &str) -> Guard {
    must(is_true, || otherwise.into())
}

impl Chain {
    /// Which clause of the guard of an action is false in a state, told as what is so instead: it
    /// completes "it is not enabled, since ...". Nothing if the action is enabled.
    pub fn refusal(&self, state: &State, action: Action) -> Option<String> {
        if let Err(since) = self.guard(state, action) {
            return Some(since);
        }
        match self.next_state(state, action) {
            None => Some(of_no_change(action.deed)),
            Some(after) => (!self.within_boundary(&after)).then(|| {
                "it leads out of the bounds of the model: there is no room for what it adds".into()
            }),
        }
    }

    /// What has to be true for a step, but for its changing anything.
    fn guard(&self, state: &State, action: Action) -> Guard {
        let Action { deed, at } = action;
        let services = self.scenario.users.len();
        must(self.slots().any(|slot| slot == at.service), || {
            format!(
                "the scenario has no Service {}: it has {services}",
                at.service
            )
        })?;
        need(
            self.replicas().contains(&at.replica),
            "the scenario has no second replica",
        )?;
        match deed {
            Deed::User(_)
            | Deed::Admin(_)
            | Deed::Realize(_)
            | Deed::Fail(_)
            | Deed::Land(..)
            | Deed::Collect(_) => need(
                at.replica == Replica::First,
                "only controllers have replicas: it is not written with one",
            )?,
            Deed::Free | Deed::Cut | Deed::Mend => need(
                at == At::FIRST,
                "it is about no Service and no replica: it is written without them",
            )?,
            Deed::Poll | Deed::Tick(_) | Deed::Deliver(..) | Deed::Serve(..) | Deed::Hear(..) => (),
            Deed::Sweep(_) | Deed::Remember | Deed::Rewrite | Deed::Lose(..) => (),
            Deed::LoseReply(..) | Deed::Delay(..) | Deed::Crash(_) | Deed::Relist(..) => (),
            Deed::Lag(..) | Deed::Rewind(..) => (),
        }
        self.guard_of(state, deed, at)
    }

    fn guard_of(&self, state: &State, deed: Deed, at: At) -> Guard {
        let lane = state.lane(at.service);
        match deed {
            Deed::User(step) => world::user(self, lane, step),
            Deed::Admin(step) => world::admin(self, lane, at.service, step),
            Deed::Realize(what) => world::waits_for(lane, what),
            Deed::Free => need(
                state.lowest_quarantined().is_some(),
                "no address is in quarantine",
            ),
            Deed::Sweep(hop) => world::sweep(self, state, at, hop),
            Deed::Collect(object) => world::collect(self, lane, object),
            Deed::Remember => world::remember(self, lane, at.replica),
            Deed::Rewrite => world::rewrite(self, lane, at.replica),
            Deed::Fail(what) => world::fail(self, state, lane, what),
            Deed::Cut => world::cut(self, state),
            Deed::Mend => need(state.is_cut, "ccm reaches the Supervisor"),
            Deed::Poll => calls::poll(self, state, at),
            Deed::Tick(hop) => calls::tick(self, lane, at.replica, hop),
            Deed::Deliver(hop, object) => calls::deliver(lane, at.replica, hop, object),
            Deed::Serve(Hop::Ccm, Verb::List, object)
            | Deed::Hear(Hop::Ccm, Verb::List, object) => {
                calls::list(self, state, at, deed, object)
            }
            Deed::Serve(hop, verb, object) => {
                calls::waits(lane, at, hop, deed)?;
                calls::reaches(self, state, at, hop, object)?;
                calls::may_write(state, at, verb)
            }
            Deed::Hear(hop, ..) => calls::waits(lane, at, hop, deed),
            Deed::Lose(hop, verb, object) => calls::lose(self, state, at, (hop, verb, object)),
            Deed::LoseReply(hop, verb, object) => {
                calls::lose_reply(self, state, at, (hop, verb, object))
            }
            Deed::Delay(hop, verb, object) => calls::delay(self, state, at, (hop, verb, object)),
            Deed::Land(hop, verb, object) => calls::land(lane, (hop, verb, object)),
            Deed::Crash(hop) => calls::crash(self, state, at, hop),
            Deed::Relist(hop, object) => {
                calls::is_watched(hop, object)?;
                self.lets(state, Fault::Relist, hop)?;
                exists(lane, at.replica, hop)
            }
            Deed::Lag(hop, object) => calls::lag(self, state, at, (hop, object)),
            Deed::Rewind(hop, object) => calls::rewind(lane, at.replica, (hop, object)),
        }
    }

    /// Whether this kind of fault may happen to a hop.
    fn lets(&self, state: &State, fault: Fault, hop: Hop) -> Guard {
        let faults = self.scenario.faults;
        need(
            faults.kinds.contains(&fault),
            "such a fault does not happen in the scenario",
        )?;
        must(faults.hop.is_none_or(|only| only == hop), || {
            format!("faults of the scenario do not happen to {hop}")
        })?;
        need(state.faults > 0, "no fault is left in the budget")
    }
}

/// Whether there is this replica of a hop.
fn exists(lane: &Lane, replica: Replica, hop: Hop) -> Guard {
    must(lane.pass(hop, replica).is_some(), || match replica {
        Replica::First => format!("there is no {hop}: its guest cluster is gone"),
        Replica::Rival => format!("{hop} has no second replica"),
    })
}

/// Whether it is this Service's name under which an action of the whole process is written.
fn is_written_for(chain: &Chain, slot: Slot, hop: Hop) -> Guard {
    let of = chain.process_of(hop, slot);
    must(of == slot, || {
        format!("it is an action of the whole {hop}, written as one about Service {of}")
    })
}

/// Of an action whose guard is true and which is no step all the same.
fn of_no_change(deed: Deed) -> String {
    let since = match deed {
        Deed::Relist(..) => "the watch hides nothing: what it lists is what it has to deliver",
        Deed::Poll => "the poll would be answered with what ccm has seen already",
        Deed::Lose(..) => "the call would be tried again just the same",
        Deed::Tick(_) => "the pass would do nothing",
        Deed::User(_)
        | Deed::Admin(_)
        | Deed::Deliver(..)
        | Deed::Serve(..)
        | Deed::Hear(..)
        | Deed::Realize(_)
        | Deed::Free
        | Deed::Sweep(_)
        | Deed::Collect(_)
        | Deed::Remember
        | Deed::Rewrite
        | Deed::LoseReply(..)
        | Deed::Delay(..)
        | Deed::Land(..)
        | Deed::Crash(_)
        | Deed::Cut
        | Deed::Mend
        | Deed::Fail(_)
        | Deed::Lag(..)
        | Deed::Rewind(..) => "it would change nothing",
    };
    since.into()
}

/// Whether a hop has such a watch.
fn has_watch(hop: Hop, object: Object) -> bool {
    WATCHES.contains(&(hop, object))
}

#[cfg(test)]
mod tests;
