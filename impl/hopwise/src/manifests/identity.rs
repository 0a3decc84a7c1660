//! Who a component is at an API server, and what it may ask there and no more.

use super::roles::{Granted, named};
use super::{CCM_NAMESPACE, object};
use hopwise_api::access::Grant;
use hopwise_api::strings::{component, lease};
use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::Subject;
use kube::api::DynamicObject;

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
            metadata: named(self.name, Some(&self.namespace)),
            ..ServiceAccount::default()
        };
        let granted = Granted {
            name: self.name,
            subject: self.subject(),
            of_cluster: &self.namespace,
        };
        let mut objects = vec![object(&account)];
        objects.extend(granted.roles(self.grants));
        objects
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
