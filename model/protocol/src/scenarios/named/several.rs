//! Several replicas of a hop, several Services, several clusters.

use super::{CREATE_AND_DELETE, PASSES};
use crate::scenarios::{Beginning, Budget, Clusters, Faults, Scenario};
use hopwise_vocab::Hop;

/// Whole passes as steps, since several controllers do the same.
pub(super) const SEVERAL: [Scenario; 7] = [
    Scenario {
        name: "taken",
        sentence: "An administrator deletes something of the chain's; another Service takes the \
                   address.",
        begins: Beginning::Settled,
        users: &[
            Budget {
                creates: 1,
                admin_deletes: 1,
                ..Budget::NONE
            },
            Budget {
                creates: 1,
                ..Budget::NONE
            },
        ],
        ..PASSES
    },
    Scenario {
        name: "two-ccm",
        sentence: "A Service is edited and deleted while two replicas of ccm are live.",
        begins: Beginning::Settled,
        users: &[Budget {
            edits: 1,
            ..CREATE_AND_DELETE
        }],
        rival: Some(Hop::Ccm),
        faults: Faults {
            budget: 1,
            ..Faults::NONE
        },
        ..PASSES
    },
    Scenario {
        name: "two-vmop",
        sentence: "An administrator deletes something of the chain's while two replicas of vmop are live.",
        begins: Beginning::Settled,
        users: &[Budget {
            creates: 1,
            admin_deletes: 1,
            ..Budget::NONE
        }],
        addresses: 2,
        rival: Some(Hop::Vmop),
        faults: Faults {
            budget: 1,
            ..Faults::NONE
        },
        ..PASSES
    },
    Scenario {
        name: "two-ncp",
        sentence: "A Service is edited and deleted while two replicas of ncp are live.",
        begins: Beginning::Settled,
        users: &[Budget {
            edits: 1,
            ..CREATE_AND_DELETE
        }],
        rival: Some(Hop::Ncp),
        faults: Faults {
            budget: 3,
            ..Faults::NONE
        },
        ..PASSES
    },
    Scenario {
        name: "two-services",
        sentence: "A Service is created and waits, until another is deleted, for the only address.",
        begins: Beginning::Settled,
        users: &[
            CREATE_AND_DELETE,
            Budget {
                creates: 1,
                ..Budget::NONE
            },
        ],
        ..PASSES
    },
    Scenario {
        name: "three-services",
        sentence: "Two more Services are created where there is one address left.",
        begins: Beginning::Settled,
        users: &[
            Budget {
                creates: 1,
                ..Budget::NONE
            },
            Budget {
                creates: 1,
                ..Budget::NONE
            },
            Budget {
                creates: 1,
                ..Budget::NONE
            },
        ],
        addresses: 2,
        ..PASSES
    },
    Scenario {
        name: "two-clusters",
        sentence: "Two Services of two guest clusters are deleted and created; one address each.",
        begins: Beginning::Settled,
        users: &[
            CREATE_AND_DELETE,
            Budget {
                creates: 1,
                ..Budget::NONE
            },
        ],
        clusters: Clusters::Each,
        addresses: 2,
        ..PASSES
    },
];
