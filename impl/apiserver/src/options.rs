//! What a server is told when it is made: its clock, its seed, its ranges and whom it trusts.
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use ipnet::Ipv4Net;
use jiff::Timestamp;

/// Where the server reads the time. A test hands in a clock of its own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How many changes a server keeps that is not told otherwise.
pub const HISTORY: usize = 100_000;

/// How one server differs from another.
#[derive(Clone)]
pub struct Options {
    /// Source of `creationTimestamp`, `deletionTimestamp` and the ages in tables.
    pub clock: Clock,
    /// UIDs and generated names are a function of the seed and a counter, and of nothing else.
    pub seed: u64,
    /// Whether field ownership is tracked. Without it the server is about twice as fast, and
    /// server-side apply neither finds conflicts nor removes fields that were given up.
    pub managed_fields: bool,
    /// Where `spec.clusterIP` of Services comes from.
    pub service_ip_range: Ipv4Net,
    /// Where `spec.ports[].nodePort` of Services comes from.
    pub node_port_range: RangeInclusive<u16>,
    /// Who may call, and how a caller is known.
    pub authentication: Authentication,
    /// How many changes are kept for watches and paged lists before the oldest are forgotten.
    pub history: usize,
    /// Whether Endpoints and EndpointSlices may name addresses on loopback. Kubernetes refuses
    /// them; a chain whose nodes are all on one machine needs them.
    pub loopback_endpoints: bool,
    /// Whether the Endpoints of a Service are deleted with it, as Kubernetes does. Otherwise they
    /// wait for the garbage collector, or for who made them.
    pub deletes_endpoints: bool,
    /// Who is told of every judgement on what a user of [`Grant::Roles`] asks for.
    pub audit: Option<Audit>,
}

/// Hears what was asked for, and whether it was allowed.
pub type Audit = Arc<dyn Fn(&Judged) + Send + Sync>;

/// A judgement on one request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Judged {
    /// Who asked.
    pub user: String,
    /// For what, as roles name it: `get`, `list`, `watch`, `create`, …
    pub verb: String,
    /// The API group; empty for the core group.
    pub group: String,
    /// `services`, or `services/status`.
    pub resource: String,
    /// Empty at the cluster scope.
    pub namespace: String,
    /// Empty where no single object is named.
    pub name: String,
    /// Whether a rule covers it.
    pub allowed: bool,
}

impl Default for Options {
    /// A cluster as kubeadm sets it up, with a clock that stands still.
    fn default() -> Self {
        Options {
            clock: Arc::new(|| {
                Timestamp::from_second(1_767_225_600).expect("2026-01-01 is a time")
            }),
            seed: 0,
            managed_fields: true,
            service_ip_range: Ipv4Net::new_assert([10, 96, 0, 0].into(), 12),
            node_port_range: 30000..=32767,
            authentication: Authentication::Anonymous,
            history: HISTORY,
            loopback_endpoints: false,
            deletes_endpoints: true,
            audit: None,
        }
    }
}

/// How callers are told apart.
#[derive(Clone, Debug)]
pub enum Authentication {
    /// Nobody is asked; everybody may do everything.
    Anonymous,
    /// `Authorization: Bearer TOKEN` names the user; no token or an unknown one is 401.
    Tokens(BTreeMap<String, User>),
}

/// Somebody who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// As in messages, for example `system:serviceaccount:ns:name`.
    pub name: String,
    /// Groups that a review reports.
    pub groups: Vec<String>,
    /// What the user may do.
    pub grant: Grant,
}

/// What a user may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Everything.
    All,
    /// Everything inside one namespace, and reading that Namespace; besides, discovery.
    Namespace(String),
    /// What the stored Roles, ClusterRoles and their bindings allow; besides, discovery.
    Roles,
}

impl User {
    /// A user who may do everything.
    pub fn admin(name: impl Into<String>) -> User {
        User {
            name: name.into(),
            groups: vec!["system:masters".into()],
            grant: Grant::All,
        }
    }

    /// A user who may do what roles allow that are bound to it or to one of its groups.
    pub fn of_roles(name: impl Into<String>, groups: &[&str]) -> User {
        let everybody = ["system:authenticated"];
        User {
            name: name.into(),
            groups: groups
                .iter()
                .chain(&everybody)
                .map(|&group| group.into())
                .collect(),
            grant: Grant::Roles,
        }
    }

    /// A ServiceAccount. Its token is good as long as the ServiceAccount exists.
    pub fn service_account(namespace: &str, name: &str) -> User {
        let all = "system:serviceaccounts";
        let own = format!("{all}:{namespace}");
        User::of_roles(
            format!("system:serviceaccount:{namespace}:{name}"),
            &[all, &own],
        )
    }

    /// Namespace and name, if this is a ServiceAccount.
    pub(crate) fn as_service_account(&self) -> Option<(&str, &str)> {
        self.name
            .strip_prefix("system:serviceaccount:")?
            .split_once(':')
    }

    /// A user who may do everything inside `namespace` and nothing outside it.
    pub fn of_namespace(name: impl Into<String>, namespace: impl Into<String>) -> User {
        User {
            name: name.into(),
            groups: vec!["system:authenticated".into()],
            grant: Grant::Namespace(namespace.into()),
        }
    }
}
