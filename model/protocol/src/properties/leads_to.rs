//! The properties of every fair behaviour.

use super::agreement::{is_told, mirrors, nothing_is_left};
use super::words::{
    is_left, is_to_be_had, lanes, live_services, load_balancers, places, served, shows_its_own,
    stands, was_created,
};
use super::{Clause, Control, Form, Instance, LeadsTo};
use crate::model::Chain;
use crate::nsx::{Occupancy, Place};
use crate::object::{Kind, Ports, Told, Uid};
use crate::scenarios::{Scenario, Topology};
use crate::state::{Lane, State};
use crate::sweeps::is_orphan;
use hopwise_vocab::{Safeguard, Slot};

/// The properties of every fair behaviour.
pub const LEADS_TO: &[LeadsTo] = &[
    LeadsTo {
        id: "created ⇝ published",
        sentence: "A created Service shows its address, or that there is none left, unless it is \
                   deleted first.",
        formula: "∀u: service u served ⇝ service u is told an address or exhausted ∨ service u \
                  not served",
        controls: &[Control {
            off: &[Safeguard::SurfaceExhaustion],
            scenario: "full",
            depth: None,
        }],
        exempt: &[],
        form: Form::LeadsTo,
        instances: per_incarnation,
        premise: |chain, of, state| served(chain, of, state).is_some(),
        excuse: |chain, of, state| served(chain, of, state).is_none(),
        clauses: &[Clause {
            says: "the Service shows an address, or that there is none left",
            is_true: |chain, of, state| {
                served(chain, of, state).is_some_and(|found| found.told != Told::Nothing)
            },
        }],
    },
    LeadsTo {
        id: "freed ⇝ served",
        sentence: "When an address is to be had, a Service that waits for one gets it, or another \
                   does.",
        formula: "∀u: service u served without address ∧ an address is free or in quarantine ⇝ \
                  service u is told an address ∨ service u not served ∨ every address is held",
        controls: &[Control {
            off: &[Safeguard::WakeOnRelease],
            scenario: "recreate",
            depth: None,
        }],
        exempt: &[],
        form: Form::LeadsTo,
        instances: per_incarnation,
        premise: |chain, of, state| {
            is_to_be_had(chain, state)
                && served(chain, of, state).is_some_and(|found| found.told.address().is_none())
        },
        excuse: |chain, of, state| {
            served(chain, of, state).is_none() || !is_to_be_had(chain, state)
        },
        clauses: &[Clause {
            says: "the Service shows an address",
            is_true: |chain, of, state| {
                served(chain, of, state).is_some_and(|found| found.told.address().is_some())
            },
        }],
    },
    LeadsTo {
        id: "edited ⇝ realized",
        sentence: "The ports of a live Service are realized by NSX-T, unless they are edited again, \
                   the Service is deleted, or there is no address for it.",
        formula: "∀u,p: service u served with ports p ⇝ a load balancer of origin u serves p ∨ \
                  service u is told exhausted ∨ ¬(service u served with ports p)",
        controls: &[
            Control {
                off: &[Safeguard::RegularPoll],
                scenario: "edit",
                depth: None,
            },
            Control {
                off: &[Safeguard::RegularPoll, Safeguard::FreshIntent],
                scenario: "partition",
                depth: None,
            },
        ],
        exempt: &[],
        form: Form::LeadsTo,
        instances: per_ports,
        premise: has_ports,
        excuse: |chain, of, state| {
            let found = served(chain, of, state);
            !has_ports(chain, of, state) || found.is_some_and(|found| found.told == Told::Exhausted)
        },
        clauses: &[Clause {
            says: "a load balancer of this incarnation serves these ports",
            is_true: |_, of, state| {
                load_balancers(state.lane(of.slot))
                    .any(|there| there.origin == of.service && there.serves(of.ports))
            },
        }],
    },
    LeadsTo {
        id: "deleted ⇝ gone",
        sentence: "Of a deleted Service, or one of another type, nothing is left on any hop, and \
                   its address is free.",
        formula: "∀u: service u was created and is not served ⇝ nothing has origin u ∧ no address \
                  is in quarantine ∨ service u served",
        controls: &[Control {
            off: &[Safeguard::SweepOrphans],
            scenario: "stripped",
            depth: None,
        }],
        exempt: &[],
        form: Form::LeadsTo,
        instances: per_incarnation,
        premise: |chain, of, state| {
            was_created(chain, of, state) && served(chain, of, state).is_none()
        },
        excuse: |chain, of, state| served(chain, of, state).is_some(),
        clauses: &[
            Clause {
                says: "the Service is gone, or nobody of the chain holds it",
                is_true: |chain, of, state| {
                    let store = state.lane(of.slot).store(chain.users_kind());
                    store
                        .incarnation(of.service)
                        .is_none_or(|found| !found.held)
                },
            },
            Clause {
                says: "its VirtualMachineService is gone",
                is_true: |_, of, state| !is_left(of, state, Kind::VmService),
            },
            Clause {
                says: "its Supervisor Service is gone",
                is_true: |chain, of, state| {
                    chain.scenario.topology == Topology::Direct
                        || !is_left(of, state, Kind::SupervisorService)
                },
            },
            Clause {
                says: "its load balancer is gone",
                is_true: |_, of, state| {
                    load_balancers(state.lane(of.slot)).all(|there| there.origin != of.service)
                },
            },
            Clause {
                says: "its allocations are gone",
                is_true: |_, of, state| {
                    let places = state.lane(of.slot).places.iter();
                    let mut found = places.flat_map(Place::allocations);
                    found.all(|allocation| allocation.origin != of.service)
                },
            },
            Clause {
                says: "its address is free",
                is_true: |_, _, state| !state.pool.contains(&Occupancy::Quarantined),
            },
        ],
    },
    LeadsTo {
        id: "orphan ⇝ swept",
        sentence: "What stands for nobody is removed.",
        formula: "∃d: the object that d stands for does not exist ⇝ ∄d: it does not exist",
        controls: &[Control {
            off: &[Safeguard::SweepOrphans],
            scenario: "stripped",
            depth: None,
        }],
        exempt: &[],
        form: Form::LeadsTo,
        instances: one,
        premise: |chain, _, state| has_orphan(chain, state),
        excuse: |_, _, _| false,
        clauses: &[Clause {
            says: "every object stands for one that exists",
            is_true: |chain, _, state| !has_orphan(chain, state),
        }],
    },
    LeadsTo {
        id: "wrong ⇝ corrected",
        sentence: "A live Service that shows an address which is not its own does not for ever.",
        formula: "∀s: s live ∧ s shows a ∧ a is not allocated to s ⇝ ¬(…)",
        controls: &[
            Control {
                off: &[Safeguard::RegularPoll],
                scenario: "out-of-band",
                depth: None,
            },
            Control {
                off: &[Safeguard::ClearBeforeRelease, Safeguard::SurfaceExhaustion],
                scenario: "taken",
                depth: None,
            },
        ],
        exempt: &[],
        form: Form::LeadsTo,
        instances: one,
        premise: |chain, _, state| shows_another_s(chain, state),
        excuse: |_, _, _| false,
        clauses: &[Clause {
            says: "the address that the Service shows is its own",
            is_true: |chain, _, state| !shows_another_s(chain, state),
        }],
    },
    LeadsTo {
        id: "settles",
        sentence: "Once nobody interferes any more, every hop comes to agree with what the users \
                   want, for good.",
        formula: "◇□ (the chain agrees)",
        controls: &[
            Control {
                off: &[Safeguard::RegularPoll, Safeguard::FreshIntent],
                scenario: "partition",
                depth: None,
            },
            Control {
                off: &[Safeguard::WakeOnRelease],
                scenario: "recreate",
                depth: None,
            },
            Control {
                off: &[Safeguard::SweepOrphans],
                scenario: "stripped",
                depth: None,
            },
        ],
        exempt: &[],
        form: Form::Stays,
        instances: one,
        premise: |_, _, _| true,
        excuse: |_, _, _| false,
        clauses: &[
            Clause {
                says: "all that stands for a Service is there, with its ports",
                is_true: |chain, _, state| mirrors(chain, state),
            },
            Clause {
                says: "all are told one address, which NSX-T serves for it, or that none is left",
                is_true: |chain, _, state| is_told(chain, state),
            },
            Clause {
                says: "nothing is left of what is not served",
                is_true: |chain, _, state| nothing_is_left(chain, state),
            },
        ],
    },
];

fn one(_: &Scenario) -> Vec<Instance> {
    vec![Instance {
        slot: Slot::A,
        service: Uid::nth(1),
        ports: Ports::A,
    }]
}

fn per_incarnation(scenario: &Scenario) -> Vec<Instance> {
    let users = Slot::ALL.iter().zip(scenario.users);
    let instances = users.flat_map(|(&slot, user)| {
        let uids = (1..=user.creates).map(Uid::nth);
        uids.map(move |service| Instance {
            slot,
            service,
            ports: Ports::A,
        })
    });
    instances.collect()
}

fn per_ports(scenario: &Scenario) -> Vec<Instance> {
    let of = |uid: Instance| Ports::ALL.map(|ports| Instance { ports, ..uid });
    per_incarnation(scenario).into_iter().flat_map(of).collect()
}

fn has_ports(chain: &Chain, of: &Instance, state: &State) -> bool {
    served(chain, of, state).is_some_and(|service| service.ports == of.ports)
}

fn has_orphan(chain: &Chain, state: &State) -> bool {
    let dangles = |lane: &Lane, downstream, upstream| !stands(lane, downstream, upstream);
    lanes(chain, state).any(|lane| {
        dangles(lane, Kind::VmService, Kind::Service)
            || (chain.scenario.topology == Topology::Hops
                && dangles(lane, Kind::SupervisorService, Kind::VmService))
            || places(lane).any(|(uid, place)| is_orphan(lane, uid, place))
    })
}

fn shows_another_s(chain: &Chain, state: &State) -> bool {
    live_services(chain, state).any(|(lane, shown)| !shows_its_own(lane, &shown))
}
