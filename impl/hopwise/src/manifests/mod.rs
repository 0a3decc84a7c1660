//! The manifests of the chain: what `hopwise manifests` prints and `hopwise up` runs under.

pub mod identity;
pub mod persona;
mod roles;
pub mod workload;

use hopwise_api::strings::lease;
use identity::Identity;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::DynamicObject;
use persona::Persona;
use roles::named;
use serde::Serialize;
use std::collections::BTreeMap;
use workload::Workload;

/// The namespace of hop 1 in the guest cluster. Source: cloud-provider-vsphere, where the secret
/// `cloud-provider-creds` is.
pub const CCM_NAMESPACE: &str = "vmware-system-cloud-provider";

/// No pod of the components' namespaces may more than theirs need: the strictest of the Pod Security
/// Standards, where the cluster enforces them.
const RESTRICTED: [&str; 2] = ["pod-security.kubernetes.io/enforce", "restricted"];

/// On which cluster manifests are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Cluster {
    /// The guest cluster.
    Guest,
    /// The Supervisor.
    Supervisor,
}

impl Cluster {
    /// Who has an identity there.
    pub fn identities(self, of_cluster: &str) -> Vec<Identity> {
        match self {
            Cluster::Guest => vec![Identity::ccm_in_guest()],
            Cluster::Supervisor => vec![
                Identity::ccm_on_supervisor(of_cluster),
                Identity::vmop(),
                Identity::ncp(),
            ],
        }
    }

    /// The namespaces that the components are in.
    pub fn namespaces(self, of_cluster: &str) -> Vec<String> {
        let names = match self {
            Cluster::Guest => vec![CCM_NAMESPACE],
            Cluster::Supervisor => vec![of_cluster, lease::VMOP.namespace, lease::NCP.namespace],
        };
        names.into_iter().map(String::from).collect()
    }

    /// All that is applied: what the cluster has to know, who may ask what there, and what runs.
    pub fn deployed(self, of_cluster: &str) -> Vec<DynamicObject> {
        let mut objects = self.objects(of_cluster);
        objects.extend(Workload::all_on(self).iter().map(Workload::deployment));
        objects
    }

    /// The same without what runs: what the cluster has to know, and who may ask what there.
    pub fn objects(self, of_cluster: &str) -> Vec<DynamicObject> {
        let definitions = match self {
            Cluster::Guest => Vec::new(),
            Cluster::Supervisor => hopwise_api::custom_resources(),
        };
        let definitions = definitions.iter().map(object);
        definitions.chain(self.access(of_cluster)).collect()
    }

    /// Everything that has to be there for the identities and the people to be: Namespaces,
    /// ServiceAccounts, Roles and bindings, in the order to create them in.
    pub fn access(self, of_cluster: &str) -> Vec<DynamicObject> {
        let namespaces = self.namespaces(of_cluster);
        let namespaces = namespaces.into_iter().map(|name| match name == of_cluster {
            true => object(&Namespace {
                metadata: named(&name, None),
                ..Namespace::default()
            }),
            false => of_component(&name),
        });
        let identities = self.identities(of_cluster);
        namespaces
            .chain(identities.iter().flat_map(Identity::objects))
            .chain(
                Persona::ALL
                    .iter()
                    .flat_map(|one| one.roles(self, of_cluster)),
            )
            .collect()
    }
}

/// The Namespace of a component.
pub fn of_component(name: &str) -> DynamicObject {
    let mut metadata = named(name, None);
    metadata.labels = Some(BTreeMap::from([RESTRICTED.map(String::from).into()]));
    object(&Namespace {
        metadata,
        ..Namespace::default()
    })
}

/// A file per kind, and the kustomization.yaml that names them, by name.
///
/// # Errors
/// As [`yaml`].
pub fn files(objects: &[DynamicObject]) -> anyhow::Result<BTreeMap<String, String>> {
    let mut kinds: BTreeMap<String, Vec<DynamicObject>> = BTreeMap::new();
    for one in objects {
        let kind = one.types.as_ref().map(|types| types.kind.to_lowercase());
        let file = format!("{}.yaml", kind.unwrap_or_default());
        kinds.entry(file).or_default().push(one.clone());
    }
    let mut files = BTreeMap::new();
    let mut base = String::from(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n",
    );
    for (name, objects) in kinds {
        base += &format!("- {name}\n");
        files.insert(name, yaml(&objects)?);
    }
    files.insert("kustomization.yaml".into(), base);
    Ok(files)
}

/// Any object as the API server takes any.
pub fn object<K: Serialize>(typed: &K) -> DynamicObject {
    let value = serde_json::to_value(typed).expect("objects of Kubernetes are JSON");
    serde_json::from_value(value).expect("objects of Kubernetes name kind and apiVersion")
}

/// The objects as one YAML stream that `kubectl apply -f -` takes.
///
/// # Errors
/// When an object has no form in YAML.
pub fn yaml(objects: &[DynamicObject]) -> anyhow::Result<String> {
    let mut text = String::new();
    for one in objects {
        text += "---\n";
        text += &serde_saphyr::to_string(one)?;
    }
    Ok(text)
}
