//! Grants as Roles, and their bindings to who is granted them.

use super::object;
use hopwise_api::access::{Grant, Scope};
use k8s_openapi::api::rbac::v1::{
    ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject,
};
use kube::api::{DynamicObject, ObjectMeta};

/// Somebody to whom something is granted.
pub(super) struct Granted<'a> {
    /// The name of the Roles and bindings.
    pub name: &'a str,
    /// Who.
    pub subject: Subject,
    /// The Supervisor namespace of the guest cluster.
    pub of_cluster: &'a str,
}

impl Granted<'_> {
    /// A Role and a binding for each grant.
    pub fn roles(&self, grants: &[Grant]) -> Vec<DynamicObject> {
        let mut objects = Vec::new();
        for grant in grants {
            let rules = grant.rules.iter().map(PolicyRule::from).collect();
            match grant.scope {
                Scope::Cluster => objects.extend(self.all_over(rules)),
                Scope::Namespace(namespace) => objects.extend(self.within(namespace, rules)),
                Scope::OfCluster => objects.extend(self.within(self.of_cluster, rules)),
            }
        }
        objects
    }

    fn all_over(&self, rules: Vec<PolicyRule>) -> [DynamicObject; 2] {
        let role = ClusterRole {
            metadata: named(self.name, None),
            rules: Some(rules),
            aggregation_rule: None,
        };
        let binding = ClusterRoleBinding {
            metadata: named(self.name, None),
            role_ref: self.role_ref("ClusterRole"),
            subjects: Some(vec![self.subject.clone()]),
        };
        [object(&role), object(&binding)]
    }

    fn within(&self, namespace: &str, rules: Vec<PolicyRule>) -> [DynamicObject; 2] {
        let role = Role {
            metadata: named(self.name, Some(namespace)),
            rules: Some(rules),
        };
        let binding = RoleBinding {
            metadata: named(self.name, Some(namespace)),
            role_ref: self.role_ref("Role"),
            subjects: Some(vec![self.subject.clone()]),
        };
        [object(&role), object(&binding)]
    }

    fn role_ref(&self, kind: &str) -> RoleRef {
        RoleRef {
            api_group: Some("rbac.authorization.k8s.io".into()),
            kind: kind.into(),
            name: self.name.into(),
        }
    }
}

/// The metadata of an object.
pub(super) fn named(name: &str, namespace: Option<&str>) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.into()),
        namespace: namespace.map(String::from),
        ..ObjectMeta::default()
    }
}
