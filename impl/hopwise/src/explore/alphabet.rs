//! Every action that a scenario could have: those of which a reader may ask why it is not enabled.

use hopwise_protocol::Chain;
use hopwise_vocab::{
    Action, AdminStep, At, Deed, Hop, Object, Realizable, Replica, Slot, UserStep, Verb,
};

/// The calls of each hop (`docs/protocol.md` §4 and §5), but for the poll.
const CALLS: [(Hop, Verb, Object); 20] = [
    (Hop::Ccm, Verb::Hold, Object::Service),
    (Hop::Ccm, Verb::Create, Object::VmService),
    (Hop::Ccm, Verb::Update, Object::VmService),
    (Hop::Ccm, Verb::Publish, Object::Service),
    (Hop::Ccm, Verb::Delete, Object::VmService),
    (Hop::Ccm, Verb::Read, Object::VmService),
    (Hop::Ccm, Verb::Release, Object::Service),
    (Hop::Vmop, Verb::Hold, Object::VmService),
    (Hop::Vmop, Verb::Create, Object::SupervisorService),
    (Hop::Vmop, Verb::Update, Object::SupervisorService),
    (Hop::Vmop, Verb::Publish, Object::VmService),
    (Hop::Vmop, Verb::Delete, Object::SupervisorService),
    (Hop::Vmop, Verb::Read, Object::SupervisorService),
    (Hop::Vmop, Verb::Release, Object::VmService),
    (Hop::Ncp, Verb::Hold, Object::SupervisorService),
    (Hop::Ncp, Verb::Allocate, Object::Allocation),
    (Hop::Ncp, Verb::Program, Object::LoadBalancer),
    (Hop::Ncp, Verb::Publish, Object::SupervisorService),
    (Hop::Ncp, Verb::Read, Object::Nsx),
    (Hop::Ncp, Verb::Release, Object::SupervisorService),
];

/// More calls of ncp: how it gives back what it had asked for.
const UNDONE: [(Hop, Verb, Object); 2] = [
    (Hop::Ncp, Verb::Unprogram, Object::LoadBalancer),
    (Hop::Ncp, Verb::Withdraw, Object::Allocation),
];

/// Every watch: the hop and what it watches.
const WATCHES: [(Hop, Object); 4] = [
    (Hop::Ccm, Object::Service),
    (Hop::Vmop, Object::VmService),
    (Hop::Vmop, Object::SupervisorService),
    (Hop::Ncp, Object::SupervisorService),
];

/// Who an action is told as one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Actor {
    User,
    Administrator,
    Hop(Hop),
    Servers,
    Fault,
}

impl Actor {
    /// Who takes an action.
    pub const fn of(deed: Deed) -> Actor {
        match deed {
            Deed::User(_) => Actor::User,
            Deed::Admin(_) => Actor::Administrator,
            Deed::Poll | Deed::Remember | Deed::Rewrite => Actor::Hop(Hop::Ccm),
            Deed::Tick(hop) | Deed::Deliver(hop, _) | Deed::Sweep(hop) => Actor::Hop(hop),
            Deed::Serve(hop, ..) | Deed::Hear(hop, ..) => Actor::Hop(hop),
            Deed::Realize(_) | Deed::Free | Deed::Collect(_) => Actor::Servers,
            Deed::Lose(..) | Deed::LoseReply(..) | Deed::Delay(..) | Deed::Land(..) => Actor::Fault,
            Deed::Crash(_) | Deed::Relist(..) | Deed::Cut | Deed::Mend => Actor::Fault,
            Deed::Fail(_) | Deed::Lag(..) | Deed::Rewind(..) => Actor::Fault,
        }
    }

    /// Its name, as a heading.
    pub const fn name(self) -> &'static str {
        match self {
            Actor::User => "User",
            Actor::Administrator => "Administrator",
            Actor::Hop(hop) => hop.name(),
            Actor::Servers => "NSX-T and Kubernetes",
            Actor::Fault => "What goes wrong, and right again",
        }
    }
}

/// Every action that a model has a name for, about each of its Services and by each replica.
pub(super) fn alphabet(chain: &Chain) -> Vec<Action> {
    let mut all = Vec::new();
    for service in chain.slots() {
        for &replica in chain.replicas() {
            let at = At { service, replica };
            let here = deeds().into_iter().filter(|deed| is_written(*deed, at));
            all.extend(here.map(|deed| Action { deed, at }));
        }
    }
    all
}

/// Whether a deed is ever written with this Service and replica.
fn is_written(deed: Deed, at: At) -> bool {
    match deed {
        Deed::Free | Deed::Cut | Deed::Mend => at == At::FIRST,
        Deed::User(_)
        | Deed::Admin(_)
        | Deed::Realize(_)
        | Deed::Fail(_)
        | Deed::Land(..)
        | Deed::Collect(_) => at.replica == Replica::First,
        // One process of vmop and of ncp serves every Service.
        Deed::Crash(Hop::Vmop | Hop::Ncp) => at.service == Slot::A,
        Deed::Crash(Hop::Ccm) | Deed::Poll | Deed::Tick(_) | Deed::Deliver(..) => true,
        Deed::Serve(..) | Deed::Hear(..) | Deed::Sweep(_) | Deed::Remember | Deed::Rewrite => true,
        Deed::Lose(..) | Deed::LoseReply(..) | Deed::Delay(..) | Deed::Relist(..) => true,
        Deed::Lag(..) | Deed::Rewind(..) => true,
    }
}

fn deeds() -> Vec<Deed> {
    let list = (Hop::Ccm, Verb::List, Object::VmService);
    let mut deeds: Vec<Deed> = UserStep::ALL.iter().copied().map(Deed::User).collect();
    deeds.extend(AdminStep::ALL.iter().copied().map(Deed::Admin));
    deeds.extend([Deed::Poll, Deed::Tick(Hop::Vmop), Deed::Tick(Hop::Ncp)]);
    deeds.extend(WATCHES.map(|(hop, object)| Deed::Deliver(hop, object)));
    for (hop, verb, object) in CALLS.into_iter().chain(UNDONE).chain([list]) {
        deeds.extend([
            Deed::Serve(hop, verb, object),
            Deed::Hear(hop, verb, object),
        ]);
    }
    deeds.extend(Realizable::ALL.iter().copied().map(Deed::Realize));
    deeds.extend([Deed::Free, Deed::Sweep(Hop::Ccm), Deed::Sweep(Hop::Ncp)]);
    deeds.extend([Object::VmService, Object::SupervisorService].map(Deed::Collect));
    deeds.extend([Deed::Remember, Deed::Rewrite]);
    for (hop, verb, object) in CALLS.into_iter().chain(UNDONE) {
        deeds.push(Deed::Lose(hop, verb, object));
        if verb != Verb::Read {
            deeds.extend([
                Deed::LoseReply(hop, verb, object),
                Deed::Delay(hop, verb, object),
            ]);
            deeds.push(Deed::Land(hop, verb, object));
        }
    }
    deeds.extend(Hop::ALL.iter().copied().map(Deed::Crash));
    for (hop, object) in WATCHES {
        deeds.extend([Deed::Relist(hop, object), Deed::Lag(hop, object)]);
        deeds.push(Deed::Rewind(hop, object));
    }
    deeds.extend([Deed::Cut, Deed::Mend, Deed::Fail(Realizable::LoadBalancer)]);
    deeds
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopwise_protocol::every_scenario;
    use hopwise_vocab::Safeguards;
    use stateright::Model;

    #[test]
    fn every_step_of_a_walk_is_one_of_the_alphabet() {
        for &scenario in every_scenario() {
            for safeguards in [Safeguards::reference(), Safeguards::as_built()] {
                let chain = Chain {
                    scenario,
                    safeguards,
                };
                let known = alphabet(&chain);
                let walk = hopwise_checker::simulate(&chain, 1, 60).unwrap();
                for state in walk.trace.states() {
                    let mut offered = Vec::new();
                    chain.actions(state, &mut offered);
                    offered.retain(|it| chain.next_state(state, *it).is_some());
                    for action in offered {
                        assert!(known.contains(&action), "{action} in {}", scenario.name);
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_is_in_the_alphabet_twice() {
        let scenario = hopwise_protocol::scenario("two-ncp").unwrap();
        let safeguards = Safeguards::reference();
        let mut all = alphabet(&Chain {
            scenario,
            safeguards,
        });
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
