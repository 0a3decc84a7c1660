//! The people around the chain, as groups, and what they may do on which cluster.
//!
//! Rights are cut along the one line that the chain is built for: whoever may read the NSX-T account
//! is an administrator of the Supervisor, and nobody of the guest cluster is.

use super::Cluster;
use super::roles::Granted;
use hopwise_api::access::{Grant, Scope, rule};
use k8s_openapi::api::rbac::v1::Subject;
use kube::api::DynamicObject;

/// Somebody who has to do with the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persona {
    /// Runs the Supervisor and NSX-T, and holds the account there. No business in a guest cluster.
    VsphereAdministrator,
    /// Runs guest clusters: everything within them, and on the Supervisor the cluster itself in its
    /// namespace, where it may look at what the chain makes, and not change it.
    DevopsEngineer,
    /// Owns Services in a namespace of a guest cluster.
    ApplicationDeveloper,
}

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &[
    "get", "list", "watch", "create", "update", "patch", "delete",
];

const EVERYTHING: &[Grant] = &[Grant {
    scope: Scope::Cluster,
    rules: &[rule("*", "*", &["*"])],
}];

/// The namespace of the guest cluster that is an application developer's in the generated Roles.
pub const DEVELOPER_NAMESPACE: &str = "default";

const OWN_SERVICES: &[Grant] = &[Grant {
    scope: Scope::Namespace(DEVELOPER_NAMESPACE),
    rules: &[
        rule("", "services", WRITE),
        rule("", "endpoints", READ),
        rule("discovery.k8s.io", "endpointslices", READ),
        rule("", "events", READ),
    ],
}];

/// No Secrets: hop 1's credentials are among them, and what else a Supervisor keeps there.
const OWN_CLUSTER: &[Grant] = &[Grant {
    scope: Scope::OfCluster,
    rules: &[
        rule("run.tanzu.vmware.com", "tanzukubernetesclusters", WRITE),
        rule("vmoperator.vmware.com", "virtualmachineservices", READ),
        rule("vmoperator.vmware.com", "virtualmachines", READ),
        rule("", "services", READ),
        rule("", "endpoints", READ),
        rule("", "events", READ),
    ],
}];

impl Persona {
    /// All of them.
    pub const ALL: &[Persona] = &[
        Persona::VsphereAdministrator,
        Persona::DevopsEngineer,
        Persona::ApplicationDeveloper,
    ];

    /// The name of its Roles and bindings.
    pub const fn name(self) -> &'static str {
        match self {
            Persona::VsphereAdministrator => "vsphere-administrator",
            Persona::DevopsEngineer => "devops-engineer",
            Persona::ApplicationDeveloper => "application-developer",
        }
    }

    /// The group that these people are in, as the cluster's authentication names it.
    pub const fn group(self) -> &'static str {
        match self {
            Persona::VsphereAdministrator => "vsphere-administrators",
            Persona::DevopsEngineer => "devops-engineers",
            Persona::ApplicationDeveloper => "application-developers",
        }
    }

    /// What it may do on a cluster.
    pub const fn grants(self, cluster: Cluster) -> &'static [Grant] {
        match (self, cluster) {
            (Persona::VsphereAdministrator, Cluster::Supervisor)
            | (Persona::DevopsEngineer, Cluster::Guest) => EVERYTHING,
            (Persona::DevopsEngineer, Cluster::Supervisor) => OWN_CLUSTER,
            (Persona::ApplicationDeveloper, Cluster::Guest) => OWN_SERVICES,
            (Persona::VsphereAdministrator, Cluster::Guest)
            | (Persona::ApplicationDeveloper, Cluster::Supervisor) => &[],
        }
    }

    /// Its Roles there, and their bindings.
    pub fn roles(self, cluster: Cluster, of_cluster: &str) -> Vec<DynamicObject> {
        let granted = Granted {
            name: self.name(),
            subject: Subject {
                api_group: Some("rbac.authorization.k8s.io".into()),
                kind: "Group".into(),
                name: self.group().into(),
                namespace: None,
            },
            of_cluster,
        };
        granted.roles(self.grants(cluster))
    }
}
