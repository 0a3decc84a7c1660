//! What the clusters have before the chain starts.

use super::{CLUSTER, NAMESPACE, Plan};
use crate::manifests::Cluster;
use crate::up::connect;
use anyhow::Context;
use hopwise_api::{TanzuKubernetesCluster, TanzuKubernetesClusterSpec};
use k8s_openapi::Resource as _;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams};
use kube::runtime::conditions::is_crd_established;
use kube::runtime::wait::await_condition;
use kube::{Api, Client, Resource, ResourceExt};
use std::time::Duration;

/// How long a definition may take until it is served.
const PATIENCE: Duration = Duration::from_secs(30);

impl Plan {
    /// What the clusters have before the chain starts: their manifests, and the Supervisor's object
    /// for the guest cluster, whose name and UID the guest cluster is told.
    pub(super) async fn prepare(&self) -> anyhow::Result<(Client, Client)> {
        let guest = connect(&self.guest_kubeconfig()).await?;
        let supervisor = connect(&self.supervisor_kubeconfig()).await?;
        let params = PatchParams::apply("hopwise-up").force();
        for (cluster, client) in [(Cluster::Guest, &guest), (Cluster::Supervisor, &supervisor)] {
            for object in cluster.objects(NAMESPACE) {
                apply(client, &object, &params)
                    .await
                    .with_context(|| format!("make {} on the {cluster:?}", object.name_any()))?;
            }
        }
        self.make_cluster(&supervisor, &params).await?;
        Ok((guest, supervisor))
    }

    async fn make_cluster(&self, supervisor: &Client, params: &PatchParams) -> anyhow::Result<()> {
        let wanted = TanzuKubernetesCluster::new(CLUSTER, TanzuKubernetesClusterSpec::default());
        let cluster = Api::<TanzuKubernetesCluster>::namespaced(supervisor.clone(), NAMESPACE)
            .patch(CLUSTER, params, &Patch::Apply(&wanted))
            .await
            .with_context(|| format!("make cluster {CLUSTER} on the Supervisor"))?;
        let owner = serde_json::json!({
            "apiVersion": TanzuKubernetesCluster::api_version(&()),
            "kind": TanzuKubernetesCluster::kind(&()),
            "name": CLUSTER,
            "uid": cluster.uid(),
        });
        self.directory.write("ownerref.json", &owner.to_string())?;
        Ok(())
    }
}

pub(super) async fn apply(
    client: &Client,
    object: &DynamicObject,
    params: &PatchParams,
) -> anyhow::Result<()> {
    let types = object.types.clone().context("a manifest has a kind")?;
    let resource = ApiResource::from_gvk(&GroupVersionKind::try_from(&types)?);
    let api: Api<DynamicObject> = match object.namespace() {
        Some(namespace) => Api::namespaced_with(client.clone(), &namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    };
    let patch = Patch::Apply(object);
    api.patch(&object.name_any(), params, &patch).await?;
    if types.kind == CustomResourceDefinition::KIND {
        established(client, &object.name_any()).await?;
    }
    Ok(())
}

/// Waits until what a definition defines is served.
async fn established(client: &Client, name: &str) -> anyhow::Result<()> {
    let definitions = Api::<CustomResourceDefinition>::all(client.clone());
    let waiting = await_condition(definitions, name, is_crd_established());
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .with_context(|| format!("it is not established after {PATIENCE:?}"))??;
    Ok(())
}
