//! Every scenario by its name.

use super::{Beginning, Budget, Clusters, Faults, Grain, Scenario, Topology};
use crate::object::Edits;
use hopwise_vocab::Object;

mod faults;
mod nightly;
mod several;
mod small;
mod users;

/// Every scenario that a change is tried with.
pub const SCENARIOS: [Scenario; 33] = {
    let parts: [&[Scenario]; 3] = [&users::USERS, &faults::FAULTS, &several::SEVERAL];
    let mut all = [PLAIN; 33];
    let (mut part, mut at, mut count) = (0, 0, 0);
    while part < parts.len() {
        if at == parts[part].len() {
            (part, at) = (part + 1, 0);
        } else {
            all[count] = parts[part][at];
            (at, count) = (at + 1, count + 1);
        }
    }
    assert!(count == all.len(), "every scenario is one of them");
    all
};

/// The scenarios that are too large for every change.
pub const NIGHTLY: [Scenario; 6] = nightly::NIGHTLY;

/// The scenarios that are so small that the controllers are led through every step of theirs.
pub const SMALL: [Scenario; 8] = small::SMALL;

/// Every scenario that has a name.
pub fn every_scenario() -> impl Iterator<Item = &'static Scenario> + Clone {
    SCENARIOS.iter().chain(&SMALL).chain(&NIGHTLY)
}

/// One Service in one cluster with one address, every call told apart, and nothing goes wrong.
pub(super) const PLAIN: Scenario = Scenario {
    name: "",
    sentence: "",
    begins: Beginning::Empty,
    users: &[],
    behind: &[Object::VmService, Object::SupervisorService],
    clusters: Clusters::One,
    topology: Topology::Hops,
    addresses: 1,
    grain: Grain::Fine,
    rival: None,
    faults: Faults::NONE,
    edits: Edits::Replace,
};

/// The same with calls served and heard at once.
pub(super) const COARSE: Scenario = Scenario {
    grain: Grain::Coarse,
    ..PLAIN
};

/// The same with whole passes as steps: for scenarios in which several controllers do the same.
pub(super) const PASSES: Scenario = Scenario {
    grain: Grain::Passes,
    ..PLAIN
};

/// A Service is created, and deleted once.
pub(super) const CREATE_AND_DELETE: Budget = Budget {
    creates: 1,
    deletes: 1,
    ..Budget::NONE
};

/// The user creates the Service, may delete it, and may create it again.
pub(super) const CREATE_AGAIN: Budget = Budget {
    creates: 2,
    ..CREATE_AND_DELETE
};
