//! What hop 2 asks of the Supervisor.

use hopwise_api::access::{EVENTS, Grant, Rule, Scope, election, rule};
use hopwise_api::strings::lease;

/// On the Supervisor.
pub const SUPERVISOR: &[Grant] = &[
    Grant {
        scope: Scope::Cluster,
        rules: &[
            rule(
                "vmoperator.vmware.com",
                "virtualmachineservices",
                &["list", "watch", "patch"],
            ),
            rule(
                "vmoperator.vmware.com",
                "virtualmachineservices/status",
                &["patch"],
            ),
            rule(
                "vmoperator.vmware.com",
                "virtualmachines",
                &["list", "watch"],
            ),
            rule(
                "",
                "services",
                &["get", "list", "watch", "create", "patch", "delete"],
            ),
            rule("", "endpoints", &["list", "watch", "create", "patch"]),
            EVENTS,
        ],
    },
    Grant {
        scope: Scope::Namespace(lease::VMOP.namespace),
        rules: &ELECTION,
    },
];

const ELECTION: [Rule; 2] = election(lease::VMOP.name);
