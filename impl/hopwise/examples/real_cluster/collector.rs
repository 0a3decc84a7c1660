//! What Kubernetes' garbage collector does, which is part of kube-controller-manager and not here:
//! an object goes when none of its owners is there any more, by UID.

use crate::live::GLANCE;
use hopwise::up::chain::NAMESPACE;
use hopwise_api::{TanzuKubernetesCluster, VirtualMachineService};
use k8s_openapi::api::core::v1::{Endpoints, Service};
use kube::api::{DeleteParams, ListParams, Preconditions};
use kube::core::NamespaceResourceScope;
use kube::{Api, Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::fmt::Debug;

/// Collects on the Supervisor for ever. What fails is tried again.
pub async fn collect(client: &Client) {
    loop {
        let _again = dependents::<VirtualMachineService>(client).await;
        let _again = dependents::<Service>(client).await;
        let _again = dependents::<Endpoints>(client).await;
        tokio::time::sleep(GLANCE).await;
    }
}

/// Deletes the objects of a kind that are nobody's any more.
async fn dependents<K>(client: &Client) -> Result<(), kube::Error>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    K: Clone + DeserializeOwned + Debug,
{
    let all = ListParams::default();
    let api = Api::<K>::namespaced(client.clone(), NAMESPACE);
    // Owners are there before what they own: whoever is listed later was there.
    let objects = api.list(&all).await?;
    let clusters = Api::<TanzuKubernetesCluster>::namespaced(client.clone(), NAMESPACE);
    let requests = Api::<VirtualMachineService>::namespaced(client.clone(), NAMESPACE);
    let clusters = clusters.list(&all).await?.into_iter();
    let mut there: BTreeSet<_> = clusters.filter_map(|it| it.uid()).collect();
    let requests = requests.list(&all).await?.into_iter();
    there.extend(requests.filter_map(|it| it.uid()));
    for object in objects {
        let owners = object.owner_references();
        if owners.is_empty() || owners.iter().any(|it| there.contains(&it.uid)) {
            continue;
        }
        let only = DeleteParams::default().preconditions(Preconditions {
            uid: object.uid(),
            resource_version: None,
        });
        api.delete(&object.name_any(), &only).await?;
    }
    Ok(())
}
