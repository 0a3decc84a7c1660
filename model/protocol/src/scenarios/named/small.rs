//! Scenarios so small that the controllers are led through every step of theirs.

use super::{COARSE, CREATE_AND_DELETE};
use crate::scenarios::{Beginning, Budget, Fault, Faults, Scenario};
use hopwise_vocab::Object;

/// A Service is created, and one thing goes wrong.
pub(super) const SMALL: [Scenario; 8] = [
    once(
        "once-lost",
        "A Service is created while one call of any hop is lost.",
        &[Fault::Lose],
    ),
    once(
        "once-unheard",
        "A Service is created while one write is applied and its answer lost.",
        &[Fault::LoseReply],
    ),
    once(
        "once-late",
        "A Service is created while one write lands when it is given up.",
        &[Fault::Delay],
    ),
    once(
        "once-crashed",
        "A Service is created while one controller restarts.",
        &[Fault::Crash],
    ),
    once(
        "once-relisted",
        "A Service is created while one watch breaks and begins again.",
        &[Fault::Relist],
    ),
    once(
        "once-cut",
        "A Service is created while ccm cannot reach the Supervisor for a while.",
        &[Fault::Cut],
    ),
    once(
        "once-failed",
        "A Service is created while NSX-T fails to realize its load balancer once.",
        &[Fault::Fail],
    ),
    Scenario {
        name: "nsx-admin",
        sentence: "An administrator deletes a load balancer in NSX-T; the Service is perhaps deleted.",
        begins: Beginning::Settled,
        users: &[Budget {
            admin_deletes: 1,
            ..CREATE_AND_DELETE
        }],
        behind: &[Object::LoadBalancer],
        ..COARSE
    },
];

const fn once(name: &'static str, sentence: &'static str, kinds: &'static [Fault]) -> Scenario {
    Scenario {
        name,
        sentence,
        users: &[Budget {
            creates: 1,
            ..Budget::NONE
        }],
        faults: Faults {
            budget: 1,
            kinds,
            hop: None,
        },
        ..COARSE
    }
}
