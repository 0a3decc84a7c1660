//! What goes wrong, one kind of it at a time.

use super::{COARSE, CREATE_AGAIN, CREATE_AND_DELETE, PASSES};
use crate::object::Edits;
use crate::scenarios::{Beginning, Budget, Fault, Faults, Scenario};
use hopwise_vocab::Hop;

/// One Service, with faults.
pub(super) const FAULTS: [Scenario; 14] = [
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
        name: "late-vmop",
        sentence: "A Service is created and deleted while a write of vmop lands when it is given up.",
        users: &[CREATE_AND_DELETE],
        faults: Faults {
            budget: 1,
            kinds: &[Fault::Delay],
            hop: Some(Hop::Vmop),
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
        users: &[CREATE_AGAIN],
        addresses: 2,
        faults: Faults {
            budget: 1,
            kinds: &[Fault::Delay],
            hop: None,
        },
        ..COARSE
    },
    Scenario {
        name: "late-full",
        sentence: "A Service waits for the only address while a write of ncp lands when it is given up.",
        begins: Beginning::Settled,
        users: &[CREATE_AGAIN],
        faults: Faults {
            budget: 1,
            kinds: &[Fault::Delay],
            hop: Some(Hop::Ncp),
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
        users: &[CREATE_AGAIN],
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
        name: "realization",
        sentence: "NSX-T fails to realize some of the ports of a Service that is created and edited.",
        users: &[Budget {
            edits: 1,
            ..CREATE_AND_DELETE
        }],
        edits: Edits::Several,
        faults: Faults {
            budget: 2,
            kinds: &[Fault::Fail],
            hop: None,
        },
        ..COARSE
    },
    Scenario {
        name: "rewind-ccm",
        sentence: "A Service is deleted and created again while ccm's watch goes back in time.",
        begins: Beginning::Settled,
        users: &[CREATE_AGAIN],
        addresses: 2,
        faults: Faults {
            budget: 1,
            kinds: &[Fault::Rewind],
            hop: Some(Hop::Ccm),
        },
        ..PASSES
    },
    Scenario {
        name: "rewind-vmop",
        sentence: "A Service is edited while a watch of vmop goes back in time.",
        begins: Beginning::Settled,
        users: &[Budget {
            creates: 1,
            edits: 2,
            ..Budget::NONE
        }],
        faults: Faults {
            budget: 1,
            kinds: &[Fault::Rewind],
            hop: Some(Hop::Vmop),
        },
        ..COARSE
    },
    Scenario {
        name: "rewind-ncp",
        sentence: "A Service is deleted and created again while ncp's watch goes back in time.",
        begins: Beginning::Settled,
        users: &[CREATE_AGAIN],
        addresses: 2,
        faults: Faults {
            budget: 1,
            kinds: &[Fault::Rewind],
            hop: Some(Hop::Ncp),
        },
        ..COARSE
    },
];
