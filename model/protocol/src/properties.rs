//! What the protocol promises (`docs/protocol.md` §10).
//!
//! Every property has the clauses whose conjunction it is, so that a report can say which one is
//! false, and a premise, so that a check can say whether it was ever put to the test.

use crate::model::Chain;
use crate::nsx::{LoadBalancer, Occupancy, Place};
use crate::object::{Kind, Ports, Stored, Uid};
use crate::scenarios::Scenario;
use crate::state::State;
use hopwise_vocab::Safeguard;

/// A part of a property: what it says, and whether it is true of a state.
pub struct Clause<T: ?Sized> {
    /// Completes "it is false that ...".
    pub says: &'static str,
    /// Whether it is true.
    pub is_true: fn(&T, &State) -> bool,
}

/// A safeguard without which a property breaks, and where that shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// The safeguard.
    pub off: Safeguard,
    /// The smallest scenario in which the property then breaks.
    pub scenario: &'static str,
    /// How deep a search finds that, where a complete one would find too many states.
    pub depth: Option<usize>,
}

/// A property that every reachable state has.
pub struct Invariant {
    /// Its name.
    pub id: &'static str,
    /// What it says, to be read aloud.
    pub sentence: &'static str,
    /// The same, exactly.
    pub formula: &'static str,
    /// What must be off for it to break.
    pub controls: &'static [Control],
    /// Whether a state puts it to the test.
    pub premise: fn(&State) -> bool,
    /// Its parts.
    pub clauses: &'static [Clause<()>],
    /// The same in the form that stateright asks for.
    pub(crate) for_stateright: fn(&Chain, &State) -> bool,
}

/// A property of every fair behaviour: whenever the premise is true, the goal is, then or later.
/// It is a family: one instance per incarnation and, where they matter, ports.
pub struct LeadsTo {
    /// Its name.
    pub id: &'static str,
    /// What it says, to be read aloud.
    pub sentence: &'static str,
    /// The same, exactly.
    pub formula: &'static str,
    /// What must be off for it to break.
    pub controls: &'static [Control],
    /// Its instances within bounds.
    pub instances: fn(&Scenario) -> Vec<Instance>,
    /// When it begins to wait.
    pub premise: fn(&Instance, &State) -> bool,
    /// What ends the wait without the goal.
    pub excuse: fn(&Instance, &State) -> bool,
    /// The parts of the goal.
    pub clauses: &'static [Clause<Instance>],
}

/// What an instance of a family is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instance {
    /// The incarnation of the guest Service.
    pub service: Uid,
    /// The ports, for a family that tells them apart; of another they are the first ones.
    pub ports: Ports,
}

impl Invariant {
    /// Whether a state has the property.
    pub fn holds(&self, state: &State) -> bool {
        self.clause(state).is_none()
    }

    /// The first clause that is false in this state.
    pub fn clause(&self, state: &State) -> Option<&'static str> {
        let mut clauses = self.clauses.iter();
        clauses
            .find(|clause| !(clause.is_true)(&(), state))
            .map(|clause| clause.says)
    }
}

impl LeadsTo {
    /// Whether the wait of an instance is over: the goal is reached or excused.
    pub fn is_done(&self, instance: &Instance, state: &State) -> bool {
        (self.excuse)(instance, state) || self.clause(instance, state).is_none()
    }

    /// The first clause of the goal that is false in this state.
    pub fn clause(&self, instance: &Instance, state: &State) -> Option<&'static str> {
        let mut clauses = self.clauses.iter();
        clauses
            .find(|clause| !(clause.is_true)(instance, state))
            .map(|clause| clause.says)
    }
}

/// The properties of every state.
pub const INVARIANTS: &[Invariant] = &[
    Invariant {
        id: "hop_order",
        sentence: "When an upstream incarnation is gone, nothing downstream still stands for it.",
        formula: "for every object d: the object that d stands for exists",
        controls: &[
            Control {
                off: Safeguard::HoldUntilGone,
                scenario: "delete-race",
                depth: None,
            },
            Control {
                off: Safeguard::FinalizerBeforeCreate,
                scenario: "create",
                depth: None,
            },
        ],
        premise: |state| state.vm_service.object.is_some(),
        clauses: &[
            Clause {
                says: "the VirtualMachineService stands for a guest Service that exists",
                is_true: |(), state| stands(state, Kind::VmService, Kind::Service),
            },
            Clause {
                says: "the Supervisor Service stands for a VirtualMachineService that exists",
                is_true: |(), state| stands(state, Kind::SupervisorService, Kind::VmService),
            },
            Clause {
                says: "NSX-T holds something only for a Supervisor Service that exists",
                is_true: |(), state| {
                    let exists = |uid| state.supervisor_service.incarnation(uid).is_some();
                    places(state).all(|(uid, place)| *place == Place::default() || exists(uid))
                },
            },
        ],
        for_stateright: |_, state| INVARIANTS[0].holds(state),
    },
    Invariant {
        id: "status_true",
        sentence: "An address shown by a live guest Service is allocated to that incarnation.",
        formula: "service live ∧ service.ip = a ⇒ ∃ allocation: origin = service.uid ∧ address = a",
        controls: &[Control {
            off: Safeguard::IdentityByUid,
            scenario: "recreate",
            depth: None,
        }],
        premise: |state| live_service(state).is_some_and(|service| service.ip.is_some()),
        clauses: &[Clause {
            says: "the address that the guest Service shows is allocated to this incarnation",
            is_true: |(), state| {
                live_service(state).is_none_or(|shown| shows_its_own(shown, state))
            },
        }],
        for_stateright: |_, state| INVARIANTS[1].holds(state),
    },
    Invariant {
        id: "vip_allocated",
        sentence: "The VIP of every load balancer is allocated to the Service it serves.",
        formula: "for every load balancer l: the allocation of l's Service has address l.vip",
        controls: &[Control {
            off: Safeguard::ReleaseIpLast,
            scenario: "delete-race",
            depth: None,
        }],
        premise: |state| places(state).any(|(_, place)| place.load_balancer.is_some()),
        clauses: &[Clause {
            says: "every load balancer's VIP is allocated to the Service it serves",
            is_true: |(), state| {
                places(state).all(|(_, place)| {
                    let vip = place.load_balancer.map(|there| there.vip);
                    vip.is_none() || vip == place.allocation.and_then(|found| found.address())
                })
            },
        }],
        for_stateright: |_, state| INVARIANTS[2].holds(state),
    },
    Invariant {
        id: "intent_kept",
        sentence: "Only the user changes what the user asked for.",
        formula: "service live ⇒ service.ports = what the user asked for last",
        controls: &[Control {
            off: Safeguard::GuardedWrites,
            scenario: "edit",
            depth: Some(8),
        }],
        premise: |state| live_service(state).is_some_and(|service| service.ports == Ports::B),
        clauses: &[Clause {
            says: "the guest Service has the ports that the user asked for last",
            is_true: |(), state| {
                live_service(state).is_none_or(|service| service.ports == state.user.asked)
            },
        }],
        for_stateright: |_, state| INVARIANTS[3].holds(state),
    },
];

/// The properties of every fair behaviour.
pub const LEADS_TO: &[LeadsTo] = &[
    LeadsTo {
        id: "created ⇝ published",
        sentence: "A created Service shows its address, unless it is deleted first.",
        formula: "∀u: service u live ⇝ service u shows an address ∨ service u not live",
        controls: &[Control {
            off: Safeguard::WakeOnRelease,
            scenario: "recreate",
            depth: None,
        }],
        instances: per_incarnation,
        premise: |of, state| live_incarnation(of, state).is_some(),
        excuse: |of, state| live_incarnation(of, state).is_none(),
        clauses: &[Clause {
            says: "the guest Service shows an address",
            is_true: |of, state| {
                live_incarnation(of, state).is_some_and(|found| found.ip.is_some())
            },
        }],
    },
    LeadsTo {
        id: "edited ⇝ realized",
        sentence: "The ports of a live Service are realized by NSX-T, unless they are edited again \
                   or the Service is deleted first.",
        formula: "∀u,p: service u live with ports p ⇝ a load balancer of origin u serves p ∨ \
                  ¬(service u live with ports p)",
        controls: &[Control {
            off: Safeguard::RegularPoll,
            scenario: "edit",
            depth: None,
        }],
        instances: per_ports,
        premise: has_ports,
        excuse: |of, state| !has_ports(of, state),
        clauses: &[Clause {
            says: "a load balancer of this incarnation serves these ports",
            is_true: |of, state| load_balancers(state).any(|there| serves(of, there)),
        }],
    },
    LeadsTo {
        id: "deleted ⇝ gone",
        sentence: "Of a deleted Service nothing is left on any hop, and its address is free.",
        formula: "∀u: service u was created and is not live ⇝ nothing has origin u ∧ no address is \
                  in quarantine",
        controls: &[Control {
            off: Safeguard::FinalizerBeforeCreate,
            scenario: "create",
            depth: None,
        }],
        instances: per_incarnation,
        premise: |of, state| {
            of.service.number() <= state.service.incarnations
                && live_incarnation(of, state).is_none()
        },
        excuse: |_, _| false,
        clauses: &[
            Clause {
                says: "the guest Service is gone",
                is_true: |of, state| state.service.incarnation(of.service).is_none(),
            },
            Clause {
                says: "its VirtualMachineService is gone",
                is_true: |of, state| !is_left(of, state, Kind::VmService),
            },
            Clause {
                says: "its Supervisor Service is gone",
                is_true: |of, state| !is_left(of, state, Kind::SupervisorService),
            },
            Clause {
                says: "its load balancer is gone",
                is_true: |of, state| load_balancers(state).all(|there| there.origin != of.service),
            },
            Clause {
                says: "its allocation is gone",
                is_true: |of, state| {
                    let mut found = places(state).filter_map(|(_, place)| place.allocation);
                    found.all(|allocation| allocation.origin != of.service)
                },
            },
            Clause {
                says: "its address is free",
                is_true: |_, state| !state.nsx.pool.contains(&Occupancy::Quarantined),
            },
        ],
    },
];

fn per_incarnation(scenario: &Scenario) -> Vec<Instance> {
    let uids = (1..=scenario.creates).map(Uid::nth);
    uids.map(|service| Instance {
        service,
        ports: Ports::A,
    })
    .collect()
}

fn per_ports(scenario: &Scenario) -> Vec<Instance> {
    let of = |uid: Instance| Ports::ALL.map(|ports| Instance { ports, ..uid });
    per_incarnation(scenario).into_iter().flat_map(of).collect()
}

fn live_service(state: &State) -> Option<&Stored> {
    state
        .service
        .object
        .as_ref()
        .filter(|service| service.is_live())
}

fn live_incarnation<'a>(of: &Instance, state: &'a State) -> Option<&'a Stored> {
    live_service(state).filter(|service| service.uid == of.service)
}

fn has_ports(of: &Instance, state: &State) -> bool {
    live_incarnation(of, state).is_some_and(|service| service.ports == of.ports)
}

fn serves(of: &Instance, there: &LoadBalancer) -> bool {
    there.origin == of.service && there.ports == of.ports && there.realized
}

fn is_left(of: &Instance, state: &State, kind: Kind) -> bool {
    state
        .store(kind)
        .object
        .is_some_and(|object| object.origin == of.service)
}

fn stands(state: &State, downstream: Kind, upstream: Kind) -> bool {
    let exists = |object: Stored| {
        state
            .store(upstream)
            .incarnation(object.stands_for)
            .is_some()
    };
    state.store(downstream).object.is_none_or(exists)
}

fn shows_its_own(shown: &Stored, state: &State) -> bool {
    shown.ip.is_none()
        || places(state)
            .filter_map(|(_, place)| place.allocation)
            .any(|allocation| allocation.origin == shown.uid && allocation.address() == shown.ip)
}

fn places(state: &State) -> impl Iterator<Item = (Uid, &Place)> {
    (1..).map(Uid::nth).zip(&state.nsx.services)
}

fn load_balancers(state: &State) -> impl Iterator<Item = &LoadBalancer> {
    places(state).filter_map(|(_, place)| place.load_balancer.as_ref())
}
