//! What is too large for every change, and is searched by name.

use super::{COARSE, CREATE_AGAIN, CREATE_AND_DELETE, PASSES};
use crate::scenarios::{Beginning, Budget, Fault, Faults, Scenario};
use hopwise_vocab::Hop;

/// What can go wrong without a limit to how much the chain makes of it.
const MIXED: &[Fault] = &[
    Fault::Lose,
    Fault::LoseReply,
    Fault::Delay,
    Fault::Crash,
    Fault::Relist,
    Fault::Fail,
];

/// The same, and watches that go back.
const TWICE: &[Fault] = &[
    Fault::Lose,
    Fault::LoseReply,
    Fault::Delay,
    Fault::Crash,
    Fault::Relist,
    Fault::Rewind,
    Fault::Fail,
];

/// Too large for every change.
pub(super) const NIGHTLY: [Scenario; 6] = [
    Scenario {
        name: "twice",
        sentence: "A Service is edited while any two things go wrong; one can be that a watch goes \
                   back in time.",
        begins: Beginning::Settled,
        users: &[Budget {
            creates: 1,
            edits: 2,
            ..Budget::NONE
        }],
        faults: Faults {
            budget: 2,
            kinds: TWICE,
            hop: None,
        },
        ..COARSE
    },
    Scenario {
        name: "mixed",
        sentence: "A Service is deleted and created again while any two things go wrong.",
        begins: Beginning::Settled,
        users: &[CREATE_AGAIN],
        addresses: 2,
        faults: Faults {
            budget: 2,
            kinds: MIXED,
            hop: None,
        },
        ..COARSE
    },
    Scenario {
        name: "mixed-more",
        sentence: "A Service is deleted and created again while any three things go wrong.",
        begins: Beginning::Settled,
        users: &[CREATE_AGAIN],
        addresses: 2,
        faults: Faults {
            budget: 3,
            kinds: MIXED,
            hop: None,
        },
        ..COARSE
    },
    Scenario {
        name: "late-cluster",
        sentence: "A cluster is deleted while a write of its ccm is under way, and one of its name made.",
        users: &[Budget {
            creates: 2,
            clusters: 2,
            ..Budget::NONE
        }],
        addresses: 2,
        faults: Faults {
            budget: 1,
            kinds: &[Fault::Delay],
            hop: Some(Hop::Ccm),
        },
        ..COARSE
    },
    Scenario {
        name: "late-behind",
        sentence: "A Service is deleted and created again, and something of it is deleted and annotated \
                   behind the chain's back, while a write of vmop lands when it is given up.",
        begins: Beginning::Settled,
        users: &[Budget {
            admin_deletes: 1,
            annotates: 1,
            ..CREATE_AGAIN
        }],
        addresses: 2,
        faults: Faults {
            budget: 1,
            kinds: &[Fault::Delay],
            hop: Some(Hop::Vmop),
        },
        ..COARSE
    },
    Scenario {
        name: "three-waiters",
        sentence: "Two Services wait for the only address until the Service that has it is deleted.",
        begins: Beginning::Settled,
        users: &[
            CREATE_AND_DELETE,
            Budget {
                creates: 1,
                ..Budget::NONE
            },
            Budget {
                creates: 1,
                ..Budget::NONE
            },
        ],
        ..PASSES
    },
];
