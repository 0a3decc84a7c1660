//! Which step sent what arrives in another, found out by taking the steps on the model: an answer
//! comes from its request, an event of a watch from the step after which it waited in the queue.
//!
//! A trace that the model does not go along with is told without, from the step it refuses.

use hopwise_protocol::{Chain, Clusters, Grain, Scenario, State, Topology, scenario};
use hopwise_vocab::{Action, At, Deed, Hop, Object, Replica, Slot, Trace, Verb};
use stateright::Model;
use std::collections::{BTreeMap, VecDeque};

/// Every watch: the hop and what it watches.
const WATCHES: [(Hop, Object); 4] = [
    (Hop::Ccm, Object::Service),
    (Hop::Vmop, Object::VmService),
    (Hop::Vmop, Object::SupervisorService),
    (Hop::Ncp, Object::SupervisorService),
];

/// The bounds of a trace that its words depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub topology: Topology,
    pub grain: Grain,
}

/// Where a step comes from, and what it does beyond what its name says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cause {
    /// The earlier step that sent what arrives in this one, where there is one and it is known.
    pub sent: Option<usize>,
    /// What a whole pass that the step is has written.
    pub writes: Vec<Object>,
}

/// The bounds of a trace; the smallest ones where its scenario is not known.
pub(super) fn setting(trace: &Trace) -> Setting {
    let known = scenario(&trace.header.scenario).ok();
    Setting {
        topology: known.map_or(Topology::Hops, |it| it.topology),
        grain: known.map_or(Grain::Fine, |it| it.grain),
    }
}

/// The cause of every step.
pub(super) fn causes(trace: &Trace) -> Vec<Cause> {
    let mut walk = scenario(&trace.header.scenario).ok().and_then(|scenario| {
        let chain = Chain {
            scenario,
            safeguards: trace.header.off.clone(),
        };
        let state = chain.init_states().pop()?;
        Some(Walk::new(chain, state))
    });
    let mut sent = Calls::default();
    let each = trace.actions().enumerate().map(|(at, action)| {
        let by_call = sent.cause_of(at, action);
        let taken = walk.as_mut().and_then(|walk| walk.take(at, action));
        if taken.is_none() {
            walk = None;
        }
        let taken = taken.unwrap_or_default();
        Cause {
            sent: by_call.or(taken.sent),
            ..taken
        }
    });
    each.collect()
}

/// The calls under way.
#[derive(Default)]
struct Calls {
    served: BTreeMap<(Slot, Replica, Hop, Verb, Object), usize>,
    delayed: BTreeMap<Slot, usize>,
}

impl Calls {
    fn cause_of(&mut self, step: usize, action: Action) -> Option<usize> {
        let At { service, replica } = action.at;
        match action.deed {
            Deed::Serve(hop, verb, of) => {
                self.served.insert((service, replica, hop, verb, of), step);
                None
            }
            Deed::Hear(hop, verb, of) => self.served.remove(&(service, replica, hop, verb, of)),
            Deed::Delay(..) => {
                self.delayed.insert(service, step);
                None
            }
            Deed::Land(..) => self.delayed.remove(&service),
            Deed::User(_) | Deed::Admin(_) | Deed::Poll | Deed::Tick(_) | Deed::Deliver(..) => None,
            Deed::Realize(_) | Deed::Free | Deed::Sweep(_) | Deed::Collect(_) => None,
            Deed::Fail(_) | Deed::Lag(..) | Deed::Rewind(..) => None,
            Deed::Remember | Deed::Rewrite | Deed::Lose(..) | Deed::LoseReply(..) => None,
            Deed::Crash(_) | Deed::Relist(..) | Deed::Cut | Deed::Mend => None,
        }
    }
}

/// One watch of one replica about one Service.
type Watch = (Slot, Replica, Hop, Object);

/// The model, taken along the trace, and what waits in its watches.
struct Walk {
    chain: Chain,
    state: State,
    /// The step that each event comes from; none for what was there at the start.
    waiting: BTreeMap<Watch, VecDeque<Option<usize>>>,
}

impl Walk {
    fn new(chain: Chain, state: State) -> Walk {
        let mut waiting = BTreeMap::new();
        for slot in chain.slots() {
            for &replica in chain.replicas() {
                for (hop, object) in WATCHES {
                    let watch = (slot, replica, hop, object);
                    waiting.insert(watch, vec![None; queued(&state, watch)].into());
                }
            }
        }
        Walk {
            chain,
            state,
            waiting,
        }
    }

    /// Takes a step; nothing if the model does not have it here.
    fn take(&mut self, step: usize, action: Action) -> Option<Cause> {
        let mut slots = self.chain.slots();
        slots.find(|slot| *slot == action.at.service)?;
        let after = self.chain.next_state(&self.state, action)?;
        let mut sent = None;
        for (watch, waiting) in &mut self.waiting {
            if begins_again(&self.chain.scenario, action, *watch) {
                waiting.clear();
            } else if is_delivered(action, *watch) {
                sent = waiting.pop_front().flatten();
            }
            waiting.resize(queued(&after, *watch), Some(step));
        }
        let writes = match is_a_pass(&self.chain.scenario, action.deed) {
            true => written(&self.chain, &self.state, &after),
            false => Vec::new(),
        };
        self.state = after;
        Some(Cause { sent, writes })
    }
}

/// How many events wait in a watch.
fn queued(state: &State, (slot, replica, hop, object): Watch) -> usize {
    let lane = state.lane(slot);
    let vmop = lane.vmop(replica);
    let found = match (hop, object) {
        (Hop::Ccm, _) => lane.ccm(replica).map(|it| it.service.events.len()),
        (Hop::Vmop, Object::VmService) => vmop.map(|it| it.vm_service.events.len()),
        (Hop::Vmop, _) => vmop.map(|it| it.supervisor_service.events.len()),
        (Hop::Ncp, _) => lane
            .ncp(replica)
            .map(|it| it.supervisor_service.events.len()),
    };
    found.unwrap_or(0)
}

fn is_delivered(action: Action, (slot, replica, hop, object): Watch) -> bool {
    let is_here = action.at.service == slot && action.at.replica == replica;
    is_here && action.deed == Deed::Deliver(hop, object)
}

/// Whether what waits in a watch is now what a new list says.
fn begins_again(scenario: &Scenario, action: Action, (slot, replica, hop, object): Watch) -> bool {
    let is_of_process = match (hop, scenario.clusters) {
        (Hop::Ccm, Clusters::Each) => action.at.service == slot,
        (Hop::Ccm, Clusters::One) | (Hop::Vmop | Hop::Ncp, _) => true,
    };
    let anew = [Deed::Relist(hop, object), Deed::Rewind(hop, object)];
    let is_here = action.at.service == slot && anew.contains(&action.deed);
    let is_crash = is_of_process && action.deed == Deed::Crash(hop);
    action.at.replica == replica && (is_here || is_crash)
}

/// Whether a step goes on to the write of the pass that it begins or continues.
fn is_a_pass(scenario: &Scenario, deed: Deed) -> bool {
    let begins = match deed {
        Deed::Deliver(..) | Deed::Rewind(..) | Deed::Tick(_) | Deed::Poll => true,
        Deed::Serve(_, verb, _) => verb == Verb::Read,
        Deed::User(_) | Deed::Admin(_) | Deed::Hear(..) | Deed::Realize(_) | Deed::Free => false,
        Deed::Sweep(_) | Deed::Collect(_) | Deed::Remember | Deed::Rewrite | Deed::Lose(..) => {
            false
        }
        Deed::LoseReply(..) | Deed::Delay(..) | Deed::Land(..) | Deed::Crash(_) => false,
        Deed::Relist(..) | Deed::Cut | Deed::Mend | Deed::Fail(_) | Deed::Lag(..) => false,
    };
    begins && scenario.grain == Grain::Passes
}

fn written(chain: &Chain, before: &State, after: &State) -> Vec<Object> {
    let mut found = Vec::new();
    for slot in chain.slots() {
        let (was, is) = (before.lane(slot), after.lane(slot));
        let changes = [
            (Object::Service, was.service != is.service),
            (Object::VmService, was.vm_service != is.vm_service),
            (
                Object::SupervisorService,
                was.supervisor_service != is.supervisor_service,
            ),
            (Object::Nsx, was.places != is.places),
        ];
        found.extend(changes.into_iter().filter_map(|(it, is)| is.then_some(it)));
    }
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopwise_vocab::{Claim, Header};

    /// The step, counted from 1, that each step of the texts comes from; 0 where none is known.
    fn sent(scenario: &str, steps: &[&str]) -> Vec<usize> {
        let steps = steps.iter().map(|step| step.parse().unwrap());
        let trace = Trace::new(Header::new("t", scenario, Claim::Walk), steps);
        let causes = causes(&trace).into_iter();
        causes
            .map(|it| it.sent.map_or(0, |step| step + 1))
            .collect()
    }

    #[test]
    fn each_watcher_gets_the_writes_in_their_order() {
        let steps = [
            "user create",
            "user edit",
            "deliver ccm service",
            "deliver ccm service",
        ];
        assert_eq!(sent("edit", &steps), [0, 0, 1, 2]);
    }

    #[test]
    fn an_answer_comes_from_its_request() {
        let steps = [
            "user create",
            "deliver ccm service",
            "serve ccm hold service",
            "ccm poll",
            "serve ccm list vm-service",
            "hear ccm hold service",
            "hear ccm list vm-service",
        ];
        assert_eq!(sent("create", &steps), [0, 1, 0, 0, 0, 3, 5]);
    }

    #[test]
    fn what_was_there_at_the_start_comes_from_no_step() {
        let steps = [
            "user delete",
            "deliver ccm service",
            "serve ccm list vm-service",
        ];
        assert_eq!(sent("recreate", &steps), [0, 1, 0]);
    }

    #[test]
    fn a_restart_lists_what_there_is() {
        let steps = [
            "user create",
            "user delete",
            "crash ccm",
            "deliver ccm service",
        ];
        assert_eq!(sent("crash", &steps), [0, 0, 0, 0]);
        let steps = ["user create", "crash ccm", "deliver ccm service"];
        assert_eq!(sent("crash", &steps), [0, 0, 2]);
    }

    #[test]
    fn a_write_that_lands_was_sent_when_it_was_given_up() {
        let steps = [
            "user create",
            "deliver ccm service",
            "serve ccm hold service",
            "deliver ccm service",
            "ccm poll",
            "delay ccm create vm-service",
            "land ccm create vm-service",
            "deliver vmop vm-service",
        ];
        assert_eq!(sent("late", &steps), [0, 1, 0, 3, 0, 0, 6, 7]);
    }

    #[test]
    fn a_step_that_is_a_whole_pass_is_told_with_what_it_writes() {
        let header = Header::new("t", "two-ccm", Claim::Walk);
        let steps = ["user delete", "deliver ccm service"];
        let trace = Trace::new(header, steps.map(|step| step.parse().unwrap()));
        assert_eq!(causes(&trace)[1].writes, [Object::VmService]);
    }
}
