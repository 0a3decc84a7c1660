//! The properties of every state.

use super::agreement::{has_learned, writes_nothing};
use super::words::{
    befalls, claims, has_fault, is_deleted_behind, is_retyped, is_stripped, lanes, live_services,
    places, runs_out, shows_its_own, stands,
};
use super::{Clause, Control, Exemption, Invariant};
use crate::nsx::{Occupancy, holds};
use crate::object::{Address, Kind, Lifecycle, Ports};
use crate::scenarios::{Fault, Topology};
use crate::sweeps::is_orphan;
use hopwise_vocab::{Hop, Safeguard};

const LATE: Exemption = Exemption {
    applies: |scenario| has_fault(scenario, Fault::Delay),
    since: "a write that lands when its caller has given it up can not be prevented from outside \
            the server; what it makes is swept",
};

const LATE_IN_NSX: Exemption = Exemption {
    applies: |scenario| befalls(scenario, Fault::Delay, Hop::Ncp),
    ..LATE
};

const LATE_WITHDRAW: Exemption = Exemption {
    applies: |scenario| befalls(scenario, Fault::Delay, Hop::Ncp) && runs_out(scenario),
    since: "a withdraw that is given up may land on the allocation that is made anew under its id; \
            what is wrong is corrected",
};

const RIVAL: Exemption = Exemption {
    applies: |scenario| scenario.rival.is_some(),
    since: "a second live replica makes from an old view what the first has seen the end of, and \
            no server knows which of them leads; what it makes is swept",
};

const REWOUND: Exemption = Exemption {
    applies: |scenario| has_fault(scenario, Fault::Rewind),
    since: "a hop whose watch goes back serves again what it has seen the end of; what it makes is \
            swept",
};

const REWOUND_NCP: Exemption = Exemption {
    applies: |scenario| befalls(scenario, Fault::Rewind, Hop::Ncp),
    ..REWOUND
};

const CLUSTER: Exemption = Exemption {
    applies: |scenario| scenario.users.iter().any(|user| user.clusters > 0),
    since: "a cluster that is deleted asks nobody first; what it leaves is collected",
};

const STRIPPED: Exemption = Exemption {
    applies: is_stripped,
    since: "a user who takes the finalizer away takes the promise away; what is left is swept",
};

const BEHIND: Exemption = Exemption {
    applies: is_deleted_behind,
    since: "ccm learns by its next poll only what somebody else did; what is wrong is corrected",
};

const RETYPED: Exemption = Exemption {
    applies: is_retyped,
    since: "a Service that is of type LoadBalancer again waits for what it had before to go",
};

const RETYPED_STATUS: Exemption = Exemption {
    applies: is_retyped,
    since: "ccm learns by its next poll only that what it deleted is gone; what is wrong is corrected",
};

const DIRECT: Exemption = Exemption {
    applies: |scenario| scenario.topology == Topology::Direct,
    since: "it is just what the single hop gives up",
};

/// The properties of every state.
pub const INVARIANTS: &[Invariant] = &[
    Invariant {
        id: "hop_order",
        sentence: "When an upstream incarnation is gone, nothing downstream still stands for it.",
        formula: "for every object d: the object that d stands for exists",
        controls: &[
            Control {
                off: &[Safeguard::HoldUntilGone],
                scenario: "delete-race",
                depth: None,
            },
            Control {
                off: &[Safeguard::FinalizerBeforeCreate],
                scenario: "create",
                depth: None,
            },
            Control {
                off: &[Safeguard::LoadBeforeAllocate],
                scenario: "crash",
                depth: None,
            },
        ],
        exempt: &[LATE, STRIPPED, RIVAL, REWOUND, CLUSTER],
        premise: |chain, state| {
            lanes(chain, state).any(|lane| places(lane).any(|(_, place)| !place.is_empty()))
        },
        clauses: &[
            Clause {
                says: "the VirtualMachineService stands for a guest Service that exists",
                is_true: |chain, (), state| {
                    lanes(chain, state).all(|lane| stands(lane, Kind::VmService, Kind::Service))
                },
            },
            Clause {
                says: "the Supervisor Service stands for a VirtualMachineService that exists",
                is_true: |chain, (), state| {
                    chain.scenario.topology == Topology::Direct
                        || lanes(chain, state)
                            .all(|lane| stands(lane, Kind::SupervisorService, Kind::VmService))
                },
            },
            Clause {
                says: "NSX-T holds something only for a Supervisor Service that exists",
                is_true: |chain, (), state| {
                    lanes(chain, state)
                        .all(|lane| places(lane).all(|(uid, place)| !is_orphan(lane, uid, place)))
                },
            },
        ],
        for_stateright: |chain, state| INVARIANTS[0].holds(chain, state),
    },
    Invariant {
        id: "status_true",
        sentence: "An address shown by a live Service is allocated to that incarnation.",
        formula: "service live ∧ service.ip = a ⇒ ∃ allocation: origin = service.uid ∧ address = a",
        controls: &[Control {
            off: &[Safeguard::IdentityByUid],
            scenario: "recreate",
            depth: None,
        }],
        exempt: &[BEHIND, RETYPED_STATUS, LATE_WITHDRAW],
        premise: |chain, state| {
            live_services(chain, state).any(|(_, service)| service.told.address().is_some())
        },
        clauses: &[Clause {
            says: "the address that the Service shows is allocated to this incarnation",
            is_true: |chain, (), state| {
                live_services(chain, state).all(|(lane, shown)| shows_its_own(lane, &shown))
            },
        }],
        for_stateright: |chain, state| INVARIANTS[1].holds(chain, state),
    },
    Invariant {
        id: "vip_allocated",
        sentence: "The VIP of every load balancer is allocated to the Service it serves.",
        formula: "for every load balancer l: the allocation of l's Service has address l.vip",
        controls: &[Control {
            off: &[Safeguard::ReleaseIpLast],
            scenario: "delete-race",
            depth: None,
        }],
        exempt: &[LATE_IN_NSX, REWOUND_NCP],
        premise: |chain, state| {
            lanes(chain, state)
                .any(|lane| places(lane).any(|(_, place)| place.load_balancer.is_some()))
        },
        clauses: &[Clause {
            says: "every load balancer's VIP is allocated to the Service it serves",
            is_true: |chain, (), state| {
                lanes(chain, state).all(|lane| {
                    places(lane).all(|(_, place)| {
                        place.load_balancer.is_none_or(|there| {
                            let mut all = place.allocations();
                            all.any(|allocation| allocation.address() == Some(there.vip))
                        })
                    })
                })
            },
        }],
        for_stateright: |chain, state| INVARIANTS[2].holds(chain, state),
    },
    Invariant {
        id: "intent_kept",
        sentence: "Only the user changes what the user asked for.",
        formula: "service live ⇒ service.ports = what the user asked for last",
        controls: &[Control {
            off: &[Safeguard::GuardedWrites],
            scenario: "edit",
            depth: Some(8),
        }],
        exempt: &[],
        premise: |chain, state| {
            live_services(chain, state).any(|(_, service)| service.ports == Ports::B)
        },
        clauses: &[Clause {
            says: "the Service has the ports that the user asked for last",
            is_true: |chain, (), state| {
                live_services(chain, state).all(|(lane, service)| service.ports == lane.user.asked)
            },
        }],
        for_stateright: |chain, state| INVARIANTS[3].holds(chain, state),
    },
    Invariant {
        id: "ip_exclusive",
        sentence: "No address is claimed by two incarnations: none shows, owns or serves another's.",
        formula: "for every address a: all live Services that show a, allocations of a and load \
                  balancers at a are of one incarnation of one Service",
        controls: &[Control {
            off: &[Safeguard::ReleaseIpLast],
            scenario: "two-services",
            depth: None,
        }],
        exempt: &[BEHIND, REWOUND_NCP],
        premise: |chain, state| {
            let mut pool = (0..chain.scenario.addresses).map(Address::at);
            pool.any(|address| claims(chain, state, address).count() > 1)
        },
        clauses: &[Clause {
            says: "every address is claimed by one incarnation at most",
            is_true: |chain, (), state| {
                let mut pool = (0..chain.scenario.addresses).map(Address::at);
                pool.all(|address| {
                    let mut claims = claims(chain, state, address);
                    let first = claims.next();
                    claims.all(|claim| Some(claim) == first)
                })
            },
        }],
        for_stateright: |chain, state| INVARIANTS[4].holds(chain, state),
    },
    Invariant {
        id: "at_most_one_allocation",
        sentence: "A Supervisor Service has one allocation at most.",
        formula: "for every uid: |{allocation: service_uid = uid}| ≤ 1",
        controls: &[Control {
            off: &[Safeguard::AllocationByIdentity],
            scenario: "requests",
            depth: None,
        }],
        exempt: &[],
        premise: |chain, state| {
            lanes(chain, state)
                .any(|lane| places(lane).any(|(_, place)| place.allocation.is_some()))
        },
        clauses: &[Clause {
            says: "there is no second allocation of one Supervisor Service",
            is_true: |chain, (), state| {
                lanes(chain, state)
                    .all(|lane| places(lane).all(|(_, place)| place.allocations().count() <= 1))
            },
        }],
        for_stateright: |chain, state| INVARIANTS[5].holds(chain, state),
    },
    Invariant {
        id: "pool_conserved",
        sentence: "Every address is free, in quarantine, or held by one allocation that ncp knows.",
        formula: "for every address a: |{known allocation: address = a}| = (1 if a is held else 0)",
        controls: &[Control {
            off: &[Safeguard::AllocationByIdentity],
            scenario: "requests",
            depth: None,
        }],
        exempt: &[],
        premise: |_, state| state.pool.contains(&Occupancy::Held),
        clauses: &[Clause {
            says: "exactly the held addresses have an allocation that ncp knows, and one each",
            is_true: |chain, (), state| {
                let mut pool = (0..Address::MOST).map(Address::at);
                pool.all(|address| {
                    let places = lanes(chain, state).flat_map(|lane| &lane.places);
                    let allocations = places.filter_map(|place| place.allocation);
                    let owners = allocations.filter(|found| found.address() == Some(address));
                    owners.count() == usize::from(state.occupancy(address) == Occupancy::Held)
                })
            },
        }],
        for_stateright: |chain, state| INVARIANTS[6].holds(chain, state),
    },
    Invariant {
        id: "no_foreign_delete",
        sentence: "What stands for a live Service is not deleted by anybody else's deletion.",
        formula: "VirtualMachineService deleting ∧ its Service exists ⇒ its Service is not live",
        controls: &[Control {
            off: &[Safeguard::DeleteByUid],
            scenario: "late-recreate",
            depth: None,
        }],
        exempt: &[BEHIND, RETYPED],
        premise: |chain, state| {
            lanes(chain, state).any(|lane| {
                let there = lane.vm_service.object();
                there.is_some_and(|there| there.lifecycle == Lifecycle::Deleting)
            })
        },
        clauses: &[Clause {
            says: "the VirtualMachineService of a live Service is live",
            is_true: |chain, (), state| {
                lanes(chain, state).all(|lane| {
                    lane.vm_service.object().is_none_or(|there| {
                        let service = lane.service.incarnation(there.stands_for);
                        there.is_live() || service.is_none_or(|service| !service.is_live())
                    })
                })
            },
        }],
        for_stateright: |chain, state| INVARIANTS[7].holds(chain, state),
    },
    Invariant {
        id: "foreign_untouched",
        sentence: "The chain leaves alone what others wrote on its objects.",
        formula: "VirtualMachineService u was annotated ∧ u exists ⇒ u has the annotation",
        controls: &[Control {
            off: &[Safeguard::OwnKeysOnly],
            scenario: "out-of-band",
            depth: None,
        }],
        exempt: &[],
        premise: |chain, state| {
            lanes(chain, state).any(|lane| {
                let there = lane.vm_service.object();
                there.is_some_and(|there| lane.user.annotated == Some(there.uid))
            })
        },
        clauses: &[Clause {
            says: "an annotated VirtualMachineService keeps the annotation",
            is_true: |chain, (), state| {
                lanes(chain, state).all(|lane| {
                    let annotated = lane.user.annotated;
                    let there = annotated.and_then(|uid| lane.vm_service.incarnation(uid));
                    there.is_none_or(|there| there.annotated)
                })
            },
        }],
        for_stateright: |chain, state| INVARIANTS[8].holds(chain, state),
    },
    Invariant {
        id: "credentials_confined",
        sentence: "Nobody calls NSX-T from where the users are.",
        formula: "a call to NSX-T is ncp's, and ncp is not in the users' cluster",
        controls: &[],
        exempt: &[DIRECT],
        premise: |chain, state| {
            let mut calls = lanes(chain, state).filter_map(|lane| lane.ncp.pass.call);
            calls.any(|call| holds(call.name(Hop::Ncp).1))
        },
        clauses: &[Clause {
            says: "whoever calls NSX-T is ncp on the Supervisor",
            is_true: |chain, (), state| {
                let is_confined =
                    |hop: Hop| hop == Hop::Ncp && chain.scenario.topology == Topology::Hops;
                lanes(chain, state).all(|lane| {
                    Hop::ALL.iter().all(|&hop| {
                        let mut passes = chain.replicas().iter().filter_map(|&replica| {
                            lane.pass(hop, replica).and_then(|pass| pass.call)
                        });
                        is_confined(hop) || passes.all(|call| !holds(call.name(hop).1))
                    })
                })
            },
        }],
        for_stateright: |chain, state| INVARIANTS[9].holds(chain, state),
    },
    Invariant {
        id: "rests",
        sentence: "A chain that agrees, and has learned so, writes nothing, unless it waits for an \
                   address.",
        formula: "agrees ∧ nobody is told exhausted ∧ no quarantine ∧ every view is current ∧ \
                  nothing is under way ⇒ no pass that begins, no sweep and no node sync writes",
        controls: &[Control {
            off: &[Safeguard::FreshIntent],
            scenario: "partition",
            depth: Some(14),
        }],
        exempt: &[],
        premise: has_learned,
        clauses: &[Clause {
            says: "no pass that begins asks for a write, and nothing else of the chain's writes",
            is_true: |chain, (), state| !has_learned(chain, state) || writes_nothing(chain, state),
        }],
        for_stateright: |chain, state| INVARIANTS[10].holds(chain, state),
    },
];
