//! Lane 4 in scenarios that have no name: each lets one thing happen that a world can do, and the
//! controllers follow the model through it.

use hopwise_conformance::caller::Caller;
use hopwise_conformance::replay;
use hopwise_conformance::walks::{patient_walk, walk};
use hopwise_conformance::world::Setup;
use hopwise_protocol::{
    Beginning, Budget, Chain, Clusters, Edits, Fault, Faults, Grain, Scenario, Topology,
};
use hopwise_vocab::{
    Action, AdminStep, Deed, Hop, Object, Replica, Safeguard, Safeguards, Slot, Trace,
};
use std::time::Duration;

/// A third of the time of a replay is allocation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ONCE: Scenario = Scenario {
    name: "nameless",
    sentence: "A Service is created.",
    begins: Beginning::Empty,
    users: &[Budget {
        creates: 1,
        ..Budget::NONE
    }],
    behind: &[Object::LoadBalancer],
    clusters: Clusters::One,
    topology: Topology::Hops,
    addresses: 1,
    grain: Grain::Coarse,
    rival: None,
    faults: Faults::NONE,
    edits: Edits::Replace,
};

const RECREATED: &[Budget] = &[Budget {
    creates: 2,
    edits: 3,
    deletes: 2,
    ..Budget::NONE
}];

fn follow(chain: &Chain, walk: &Trace) -> Result<(), replay::Error> {
    let mut caller = Caller {
        clock: &|| Duration::ZERO,
        progress: &mut |_, _| (),
        limit: None,
    };
    replay::run_on(&Setup::of(chain), chain, walk, &mut caller).map(|_| ())
}

/// Follows walks of a scenario, and says how many of them were followed through a deed of this sort.
#[track_caller]
fn followed(scenario: Scenario, is_new: impl Fn(Deed) -> bool) -> usize {
    followed_through(scenario, |action| is_new(action.deed))
}

/// The same with a step of this sort.
#[track_caller]
fn followed_through(scenario: Scenario, is_new: impl Fn(Action) -> bool) -> usize {
    let safeguards = Safeguards::reference();
    let chain = Chain {
        scenario,
        safeguards,
    };
    let hasty = (0..SEEDS).map(|seed| walk(&chain, seed, 150));
    let patient = (0..SEEDS).map(|seed| patient_walk(&chain, seed, 250));
    let before = chain.prelude().len();
    let mut met = 0;
    for walk in hasty.chain(patient) {
        let taken = match follow(&chain, &walk) {
            Ok(()) => walk.steps.len(),
            Err(replay::Error::NoStep { step, .. }) => step - 1 - before,
            Err(error) => panic!("{error}\n{}", walk.to_text()),
        };
        met += usize::from(walk.actions().take(taken).any(&is_new));
    }
    met
}

/// How many walks of each sort there are of a scenario.
const SEEDS: u64 = 30;

#[test]
fn each_virtual_server_is_realized_on_its_own() {
    for grain in [Grain::Fine, Grain::Coarse] {
        let ports = Scenario {
            users: RECREATED,
            edits: Edits::Several,
            grain,
            ..ONCE
        };
        let met = followed(ports, |deed| matches!(deed, Deed::Realize(_)));
        assert!(met > 20, "{met}");
    }
}

#[test]
fn a_whole_pass_is_one_step() {
    for begins in [Beginning::Empty, Beginning::Settled] {
        let passes = Scenario {
            begins,
            users: RECREATED,
            grain: Grain::Passes,
            addresses: 2,
            ..ONCE
        };
        let met = followed(passes, |deed| matches!(deed, Deed::Serve(..)));
        assert!(met > 20, "{met}");
    }
}

/// Something is done to two or three Services.
const TWO: &[Budget] = &[RECREATED[0], RECREATED[0]];
const THREE: &[Budget] = &[RECREATED[0], RECREATED[0], RECREATED[0]];
/// The same, and the cluster of the first goes and comes again.
const CLUSTERED: &[Budget] = &[
    Budget {
        clusters: 2,
        ..RECREATED[0]
    },
    RECREATED[0],
];

#[test]
fn several_services_share_the_controllers_and_the_pool() {
    for (users, addresses) in [(TWO, 1), (THREE, 2)] {
        for begins in [Beginning::Empty, Beginning::Settled] {
            let several = Scenario {
                begins,
                users,
                addresses,
                grain: Grain::Passes,
                ..ONCE
            };
            let last = Slot::ALL[users.len() - 1];
            let met = followed_through(several, |action| {
                action.at.service == last && matches!(action.deed, Deed::Serve(..))
            });
            assert!(met > 20, "{met}");
        }
    }
}

#[test]
fn services_of_one_name_in_clusters_of_their_own_do_not_meet() {
    let clusters = Scenario {
        users: CLUSTERED,
        clusters: Clusters::Each,
        grain: Grain::Passes,
        addresses: 2,
        ..ONCE
    };
    let met = followed_through(clusters, |action| {
        action.at.service == Slot::B && action.deed == Deed::Poll
    });
    assert!(met > 20, "{met}");
}

#[test]
fn services_share_ncp_where_it_is_alone() {
    let direct = Scenario {
        users: TWO,
        topology: Topology::Direct,
        grain: Grain::Passes,
        ..ONCE
    };
    let met = followed_through(direct, |action| {
        action.at.service == Slot::B && action.deed == Deed::Tick(Hop::Ncp)
    });
    assert!(met > 20, "{met}");
}

/// A Service, and two replicas of a hop.
fn rivalled(hop: Hop, begins: Beginning) -> Scenario {
    Scenario {
        begins,
        users: RECREATED,
        grain: Grain::Passes,
        addresses: 2,
        rival: Some(hop),
        faults: Faults {
            budget: 5,
            ..Faults::NONE
        },
        ..ONCE
    }
}

#[test]
fn two_replicas_of_a_hop_do_the_same_work() {
    for &hop in Hop::ALL {
        for begins in [Beginning::Empty, Beginning::Settled] {
            let met = followed_through(rivalled(hop, begins), |action| {
                action.at.replica == Replica::Rival && matches!(action.deed, Deed::Deliver(..))
            });
            assert!(met > 20, "{hop}: {met}");
        }
    }
}

#[test]
fn two_replicas_serve_two_services() {
    for &hop in Hop::ALL {
        for clusters in [Clusters::One, Clusters::Each] {
            let both = Scenario {
                users: TWO,
                clusters,
                ..rivalled(hop, Beginning::Settled)
            };
            let met = followed_through(both, |action| {
                action.at.replica == Replica::Rival && action.at.service == Slot::B
            });
            assert!(met > 20, "{hop}: {met}");
        }
    }
}

/// What one safeguard less in the rival alone leads to: a divergence, at some step of some walk.
fn is_found_out(hop: Hop, off: Safeguard) -> bool {
    let chain = Chain {
        scenario: rivalled(hop, Beginning::Settled),
        safeguards: Safeguards::reference(),
    };
    let other = Setup::new(&Safeguards::reference().without(off), 1);
    let setup = Setup {
        rival: other.controllers.get(&hop).cloned(),
        ..Setup::of(&chain)
    };
    let mut caller = Caller {
        clock: &|| Duration::ZERO,
        progress: &mut |_, _| (),
        limit: None,
    };
    (0..SEEDS).any(|seed| {
        let walk = walk(&chain, seed, 150);
        match replay::run_on(&setup, &chain, &walk, &mut caller) {
            Ok(_) => false,
            Err(replay::Error::Diverged(divergence)) => {
                let at = divergence.action.expect("it is no step of the start").at;
                assert_eq!(at.replica, Replica::Rival, "{divergence}");
                true
            }
            Err(error) => panic!("{error}"),
        }
    })
}

#[test]
fn a_rival_that_errs_is_found_out_by_its_own_step() {
    assert!(is_found_out(Hop::Ccm, Safeguard::HoldUntilGone));
    assert!(is_found_out(Hop::Vmop, Safeguard::HoldUntilGone));
    assert!(is_found_out(Hop::Ncp, Safeguard::ReleaseIpLast));
}

/// The same, and an administrator meddles.
const UNDONE: &[Budget] = &[Budget {
    admin_deletes: 2,
    ..RECREATED[0]
}];

#[test]
fn what_is_deleted_in_nsx_by_hand_is_programmed_again() {
    for edits in [Edits::Replace, Edits::Several] {
        let undone = Scenario {
            begins: Beginning::Settled,
            users: UNDONE,
            addresses: 2,
            edits,
            ..ONCE
        };
        let met = followed(undone, |deed| {
            deed == Deed::Admin(AdminStep::DeleteLoadBalancer)
        });
        assert!(met > 20, "{met}");
    }
}

#[test]
fn what_failed_is_programmed_again() {
    let fail = Scenario {
        users: &[Budget {
            creates: 1,
            edits: 3,
            ..Budget::NONE
        }],
        edits: Edits::Several,
        faults: Faults {
            budget: 3,
            kinds: &[Fault::Fail],
            hop: None,
        },
        ..ONCE
    };
    let met = followed(fail, |deed| matches!(deed, Deed::Fail(_)));
    assert!(met > 10, "{met}");
}

#[test]
fn a_guest_cluster_goes_with_all_that_is_in_it_and_comes_again() {
    for begins in [Beginning::Empty, Beginning::Settled] {
        let clusters = Scenario {
            begins,
            users: &[Budget {
                creates: 3,
                edits: 1,
                deletes: 1,
                clusters: 2,
                ..Budget::NONE
            }],
            ..ONCE
        };
        let met = followed(clusters, |deed| matches!(deed, Deed::Collect(_)));
        assert!(met > 5, "{met}");
    }
}

#[test]
fn what_ccm_had_sent_lands_after_its_cluster_is_gone() {
    let late = Scenario {
        users: &[Budget {
            creates: 2,
            clusters: 2,
            ..Budget::NONE
        }],
        faults: Faults {
            budget: 1,
            kinds: &[Fault::Delay],
            hop: None,
        },
        ..ONCE
    };
    let met = followed(late, |deed| matches!(deed, Deed::Land(..)));
    assert!(met > 2, "{met}");
}

#[test]
fn a_watch_that_breaks_begins_again_with_what_there_is() {
    let relist = Scenario {
        users: RECREATED,
        faults: Faults {
            budget: 3,
            kinds: &[Fault::Relist],
            hop: None,
        },
        ..ONCE
    };
    let met = followed(relist, |deed| matches!(deed, Deed::Relist(..)));
    assert!(met > 20, "{met}");
}

#[test]
fn a_watch_that_is_renewed_at_a_server_that_stayed_behind_sees_what_was() {
    let rewind = Scenario {
        users: RECREATED,
        faults: Faults {
            budget: 3,
            kinds: &[Fault::Rewind],
            hop: None,
        },
        ..ONCE
    };
    let met = followed(rewind, |deed| matches!(deed, Deed::Rewind(..)));
    assert!(met > 20, "{met}");
}
