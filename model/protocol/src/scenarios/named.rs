//! Every scenario.

use super::{Beginning, Budget, Clusters, Fault, Faults, Grain, Scenario, Topology};
use crate::object::Edits;
use hopwise_vocab::Hop;

/// One Service in one cluster with one address, every call told apart, and nothing goes wrong.
const PLAIN: Scenario = Scenario {
    name: "",
    sentence: "",
    begins: Beginning::Empty,
    users: &[],
    clusters: Clusters::One,
    topology: Topology::Hops,
    addresses: 1,
    grain: Grain::Fine,
    rival: None,
    faults: Faults::NONE,
    edits: Edits::Replace,
};

/// The same with calls served and heard at once.
const COARSE: Scenario = Scenario {
    grain: Grain::Coarse,
    ..PLAIN
};

/// The same with whole passes as steps: for scenarios in which several controllers do the same.
const PASSES: Scenario = Scenario {
    grain: Grain::Passes,
    ..PLAIN
};

/// A Service is created, and deleted once.
const CREATE_AND_DELETE: Budget = Budget {
    creates: 1,
    deletes: 1,
    ..Budget::NONE
};

/// Every scenario.
pub const SCENARIOS: [Scenario; 24] = [
    Scenario {
        name: "create",
        sentence: "A Service is created and perhaps deleted.",
        users: &[CREATE_AND_DELETE],
        ..PLAIN
    },
    Scenario {
        name: "edit",
        sentence: "A Service is created; its ports are changed, and changed back.",
        users: &[Budget {
            creates: 1,
            edits: 2,
            ..Budget::NONE
        }],
        ..PLAIN
    },
    Scenario {
        name: "delete-race",
        sentence: "A Service is created, edited and deleted, each as early or as late as can be.",
        begins: Beginning::Settled,
        users: &[Budget {
            edits: 1,
            ..CREATE_AND_DELETE
        }],
        ..PLAIN
    },
    Scenario {
        name: "recreate",
        sentence: "A Service is deleted and created again while its only address is in quarantine.",
        begins: Beginning::Settled,
        users: &[Budget {
            creates: 2,
            ..CREATE_AND_DELETE
        }],
        ..PLAIN
    },
    Scenario {
        name: "exhausted",
        sentence: "A Service created while the only address is in quarantine is deleted again.",
        begins: Beginning::Settled,
        users: &[Budget {
            creates: 2,
            deletes: 2,
            ..Budget::NONE
        }],
        ..PLAIN
    },
    Scenario {
        name: "everyday",
        sentence: "A Service is edited, deleted and created again; there are two addresses.",
        begins: Beginning::Settled,
        users: &[Budget {
            creates: 2,
            edits: 1,
            deletes: 1,
            ..Budget::NONE
        }],
        addresses: 2,
        ..PLAIN
    },
    Scenario {
        name: "full",
        sentence: "A Service is created when the pool has no address at all.",
        users: &[CREATE_AND_DELETE],
        addresses: 0,
        ..COARSE
    },
    Scenario {
        name: "requests",
        sentence: "A Service is created and deleted while calls fail, applied or not.",
        users: &[CREATE_AND_DELETE],
        faults: Faults {
            budget: 2,
            kinds: &[Fault::Lose, Fault::LoseReply],
            hop: None,
        },
        ..COARSE
    },
    Scenario {
        name: "late",
        sentence: "A Service is created and deleted while a write of ccm lands when it is given up.",
        users: &[CREATE_AND_DELETE],
        faults: Faults {
            budget: 1,
            kinds: &[Fault::Delay],
            hop: Some(Hop::Ccm),
        },
        ..COARSE
    },
    Scenario {
        name: "late-nsx",
        sentence: "A Service is created and deleted while a write of ncp lands when it is given up.",
        users: &[CREATE_AND_DELETE],
        faults: Faults {
            budget: 1,
            kinds: &[Fault::Delay],
            hop: Some(Hop::Ncp),
        },
        ..COARSE
    },
    Scenario {
        name: "late-recreate",
        sentence: "A Service is deleted and created again while a write lands late.",
        begins: Beginning::Settled,
        users: &[Budget {
            creates: 2,
            ..CREATE_AND_DELETE
        }],
        addresses: 2,
        faults: Faults {
            budget: 1,
            kinds: &[Fault::Delay],
            hop: None,
        },
        ..COARSE
    },
    Scenario {
        name: "crash",
        sentence: "A Service is created and deleted while controllers restart.",
        users: &[CREATE_AND_DELETE],
        faults: Faults {
            budget: 2,
            kinds: &[Fault::Crash],
            hop: None,
        },
        ..COARSE
    },
    Scenario {
        name: "relist",
        sentence: "A Service is deleted and created again while watches break and hide what was.",
        begins: Beginning::Settled,
        users: &[Budget {
            creates: 2,
            ..CREATE_AND_DELETE
        }],
        addresses: 2,
        faults: Faults {
            budget: 1,
            kinds: &[Fault::Relist],
            hop: None,
        },
        ..COARSE
    },
    Scenario {
        name: "partition",
        sentence: "A Service is edited and deleted while ccm can not reach the Supervisor.",
        begins: Beginning::Settled,
        users: &[Budget {
            edits: 1,
            ..CREATE_AND_DELETE
        }],
        faults: Faults {
            budget: 1,
            kinds: &[Fault::Cut],
            hop: None,
        },
        ..COARSE
    },
    Scenario {
        name: "type-flip",
        sentence: "A Service becomes one of type ClusterIP, and one of type LoadBalancer again.",
        begins: Beginning::Settled,
        users: &[Budget {
            creates: 1,
            retypes: 2,
            ..Budget::NONE
        }],
        addresses: 2,
        ..COARSE
    },
    Scenario {
        name: "out-of-band",
        sentence: "An administrator deletes something of the chain's, and annotates it; the user edits.",
        begins: Beginning::Settled,
        users: &[Budget {
            creates: 1,
            edits: 1,
            admin_deletes: 1,
            annotates: 1,
            ..Budget::NONE
        }],
        addresses: 2,
        ..COARSE
    },
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
        name: "stripped",
        sentence: "The user takes the finalizers of a deleted Service away while ccm restarts.",
        begins: Beginning::Settled,
        users: &[Budget {
            creates: 1,
            deletes: 1,
            strips: 1,
            ..Budget::NONE
        }],
        faults: Faults {
            budget: 1,
            kinds: &[Fault::Crash],
            hop: Some(Hop::Ccm),
        },
        ..COARSE
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
            budget: 3,
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
            budget: 3,
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
    Scenario {
        name: "direct",
        sentence: "ncp alone serves a Service of its own cluster: created, deleted, created again.",
        users: &[Budget {
            creates: 2,
            edits: 1,
            deletes: 1,
            ..Budget::NONE
        }],
        topology: Topology::Direct,
        ..PLAIN
    },
];
