//! Who a component is at an API server, and what it may ask there and no more.

use super::{CCM_NAMESPACE, object};
use hopwise_api::access::{Grant, Scope};
use hopwise_api::strings::{component, lease};
use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::{
    ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject,
};
use kube::api::{DynamicObject, ObjectMeta};

/// A ServiceAccount, with its grants.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its name: the component's, and that of its Roles and bindings.
    pub name: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// What it may ask.
    pub grants: &'static [Grant],
}

impl Identity {
    /// Hop 1 in the guest cluster.
    pub fn ccm_in_guest() -> Identity {
        Identity {
            name: component::CCM,
            namespace: CCM_NAMESPACE.into(),
            grants: guest_cluster_cloud_provider::access::GUEST,
        }
    }

    /// Hop 1 on the Supervisor, in the namespace of its cluster there.
    pub fn ccm_on_supervisor(of_cluster: &str) -> Identity {
        Identity {
            name: component::CCM,
            namespace: of_cluster.into(),
            grants: guest_cluster_cloud_provider::access::SUPERVISOR,
        }
    }

    /// Hop 2.
    pub fn vmop() -> Identity {
        Identity {
            name: component::VMOP,
            namespace: lease::VMOP.namespace.into(),
            grants: vmop_controller_manager::access::SUPERVISOR,
        }
    }

    /// Hop 3.
    pub fn ncp() -> Identity {
        Identity {
            name: component::NCP,
            namespace: lease::NCP.namespace.into(),
            grants: ncp::access::SUPERVISOR,
        }
    }

    /// The ServiceAccount, its Roles and their bindings.
    pub fn objects(&self) -> Vec<DynamicObject> {
        let account = ServiceAccount {
            metadata: self.metadata(Some(&self.namespace)),
            ..ServiceAccount::default()
        };
        let mut objects = vec![object(&account)];
        for grant in self.grants {
            let rules = grant.rules.iter().map(PolicyRule::from).collect();
            match grant.scope {
                Scope::Cluster => objects.extend(self.all_over(rules)),
                Scope::Namespace(namespace) => objects.extend(self.within(namespace, rules)),
                Scope::OfCluster => objects.extend(self.within(&self.namespace, rules)),
            }
        }
        objects
    }

    fn all_over(&self, rules: Vec<PolicyRule>) -> [DynamicObject; 2] {
        let role = ClusterRole {
            metadata: self.metadata(None),
            rules: Some(rules),
            aggregation_rule: None,
        };
        let binding = ClusterRoleBinding {
            metadata: self.metadata(None),
            role_ref: self.role_ref("ClusterRole"),
            subjects: Some(vec![self.subject()]),
        };
        [object(&role), object(&binding)]
    }

    fn within(&self, namespace: &str, rules: Vec<PolicyRule>) -> [DynamicObject; 2] {
        let role = Role {
            metadata: self.metadata(Some(namespace)),
            rules: Some(rules),
        };
        let binding = RoleBinding {
            metadata: self.metadata(Some(namespace)),
            role_ref: self.role_ref("Role"),
            subjects: Some(vec![self.subject()]),
        };
        [object(&role), object(&binding)]
    }

    fn metadata(&self, namespace: Option<&str>) -> ObjectMeta {
        ObjectMeta {
            name: Some(self.name.into()),
            namespace: namespace.map(String::from),
            ..ObjectMeta::default()
        }
    }

    fn role_ref(&self, kind: &str) -> RoleRef {
        RoleRef {
            api_group: Some("rbac.authorization.k8s.io".into()),
            kind: kind.into(),
            name: self.name.into(),
        }
    }

    fn subject(&self) -> Subject {
        Subject {
            kind: "ServiceAccount".into(),
            name: self.name.into(),
            namespace: Some(self.namespace.clone()),
            ..Subject::default()
        }
    }
}
