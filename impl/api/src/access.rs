//! What a component may ask of an API server: one table for its Roles, for its deployment and for
//! the tests that hold it to them.

use k8s_openapi::api::rbac::v1::PolicyRule;

/// What may be asked of one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The plural, with its subresource: `services/status`.
    pub resource: &'static str,
    /// The verbs.
    pub verbs: &'static [&'static str],
    /// The only object that it is about; all of them if none is named.
    pub name: Option<&'static str>,
}

/// Where rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In every namespace.
    Cluster,
    /// In this one.
    Namespace(&'static str),
    /// In the Supervisor namespace of the guest cluster.
    OfCluster,
}

/// Rules of one component that hold in one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Where.
    pub scope: Scope,
    /// What.
    pub rules: &'static [Rule],
}

/// A rule without a named object.
pub const fn rule(
    group: &'static str,
    resource: &'static str,
    verbs: &'static [&'static str],
) -> Rule {
    Rule {
        group,
        resource,
        verbs,
        name: None,
    }
}

/// Recording Events: each is applied, and an apply that makes its object is a `create` as well.
pub const EVENTS: Rule = rule("", "events", &["create", "patch"]);

/// What leader election asks of its lease, whose name no `create` can be held to.
pub const fn election(name: &'static str) -> [Rule; 2] {
    [
        rule("coordination.k8s.io", "leases", &["create"]),
        Rule {
            name: Some(name),
            ..rule("coordination.k8s.io", "leases", &["get", "update"])
        },
    ]
}

impl From<&Rule> for PolicyRule {
    fn from(rule: &Rule) -> PolicyRule {
        PolicyRule {
            api_groups: Some(vec![rule.group.into()]),
            resources: Some(vec![rule.resource.into()]),
            resource_names: rule.name.map(|name| vec![name.into()]),
            verbs: rule.verbs.iter().map(|&verb| verb.into()).collect(),
            non_resource_urls: None,
        }
    }
}
