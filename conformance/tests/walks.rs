//! Lane 4 in scenarios that have no name: each lets one thing happen that a world can do, and the
//! controllers follow the model through it.

use hopwise_conformance::caller::Caller;
use hopwise_conformance::replay;
use hopwise_conformance::walks::{patient_walk, walk};
use hopwise_conformance::world::Setup;
use hopwise_protocol::{
    Beginning, Budget, Chain, Clusters, Edits, Fault, Faults, Grain, Scenario, Topology,
};
use hopwise_vocab::{Deed, Safeguards, Trace};
use std::time::Duration;

const ONCE: Scenario = Scenario {
    name: "nameless",
    sentence: "A Service is created.",
    begins: Beginning::Empty,
    users: &[Budget {
        creates: 1,
        ..Budget::NONE
    }],
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

/// Follows walks of a scenario, and says how many of them were followed through a step of this sort.
#[track_caller]
fn followed(scenario: Scenario, is_new: impl Fn(Deed) -> bool) -> usize {
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
            Err(replay::Error::NotYet { step, .. }) => step - 1 - before,
            Err(error) => panic!("{error}\n{}", walk.to_text()),
        };
        let mut deeds = walk.actions().take(taken).map(|action| action.deed);
        met += usize::from(deeds.any(&is_new));
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
