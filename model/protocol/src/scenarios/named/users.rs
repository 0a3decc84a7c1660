//! What users and administrators do while nothing goes wrong.

use super::{COARSE, CREATE_AGAIN, CREATE_AND_DELETE, PLAIN};
use crate::object::Edits;
use crate::scenarios::{Beginning, Budget, Scenario, Topology};

/// One Service, without faults.
pub(super) const USERS: [Scenario; 12] = [
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
        name: "ports",
        sentence: "A Service is given a second port, loses its first one, and has it replaced.",
        begins: Beginning::Settled,
        users: &[Budget {
            edits: 3,
            ..CREATE_AND_DELETE
        }],
        edits: Edits::Several,
        ..COARSE
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
        users: &[CREATE_AGAIN],
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
        name: "cluster",
        sentence: "A cluster is deleted, and one of its name made, with a Service of the same name.",
        begins: Beginning::Settled,
        users: &[Budget {
            creates: 2,
            clusters: 2,
            ..Budget::NONE
        }],
        addresses: 2,
        ..COARSE
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
