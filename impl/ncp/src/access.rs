//! What hop 3 asks of the Supervisor. Its NSX-T account is no matter of Kubernetes.

use hopwise_api::access::{EVENTS, Grant, Rule, Scope, election, rule};
use hopwise_api::strings::lease;

/// On the Supervisor.
pub const SUPERVISOR: &[Grant] = &[
    Grant {
        scope: Scope::Cluster,
        rules: &[
            rule("", "services", &["list", "watch", "patch"]),
            rule("", "services/status", &["patch"]),
            rule("", "endpoints", &["list", "watch"]),
            EVENTS,
        ],
    },
    Grant {
        scope: Scope::Namespace(lease::NCP.namespace),
        rules: &ELECTION,
    },
];

const ELECTION: [Rule; 2] = election(lease::NCP.name);
