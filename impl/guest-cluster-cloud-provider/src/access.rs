//! What hop 1 asks of its two API servers. It has an identity at each.

use hopwise_api::access::{EVENTS, Grant, Rule, Scope, election, rule};
use hopwise_api::strings::lease;

/// In the guest cluster.
pub const GUEST: &[Grant] = &[
    Grant {
        scope: Scope::Cluster,
        rules: &[
            // A sweep proves by `get` that a Service is gone.
            rule("", "services", &["get", "list", "watch", "patch"]),
            rule("", "services/status", &["patch"]),
            EVENTS,
        ],
    },
    Grant {
        scope: Scope::Namespace(lease::CCM.namespace),
        rules: &ELECTION,
    },
];

/// On the Supervisor: nothing beyond the cluster's namespace there.
pub const SUPERVISOR: &[Grant] = &[Grant {
    scope: Scope::OfCluster,
    rules: &[rule(
        "vmoperator.vmware.com",
        "virtualmachineservices",
        &["get", "list", "create", "patch", "delete"],
    )],
}];

const ELECTION: [Rule; 2] = election(lease::CCM.name);
