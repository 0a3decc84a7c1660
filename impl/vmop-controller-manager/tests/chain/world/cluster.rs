//! The Supervisor's object for the guest cluster, and what it owns.

use super::*;
use hopwise_api::{TanzuKubernetesCluster, TanzuKubernetesClusterSpec};
use kube::Resource;

impl World {
    pub(super) async fn make_cluster(&self) -> OwnerReference {
        let cluster = TanzuKubernetesCluster::new("guest", TanzuKubernetesClusterSpec::default());
        let (clusters, params) = (self.clusters(), PostParams::default());
        let made = clusters.create(&params, &cluster).await.unwrap();
        OwnerReference {
            api_version: TanzuKubernetesCluster::api_version(&()).into(),
            kind: TanzuKubernetesCluster::kind(&()).into(),
            name: "guest".into(),
            uid: made.metadata.uid.unwrap(),
            ..OwnerReference::default()
        }
    }

    /// An administrator deletes the Supervisor's object for the guest cluster.
    pub async fn admin_deletes_the_cluster(&self) {
        let params = DeleteParams::default();
        self.clusters().delete("guest", &params).await.unwrap();
    }

    /// The owners of the VirtualMachineServices.
    pub async fn owners(&self) -> Vec<OwnerReference> {
        let all = self.vm_services().list(&ListParams::default()).await;
        let all = all.unwrap().into_iter();
        all.flat_map(|one| one.metadata.owner_references.unwrap_or_default())
            .collect()
    }

    fn clusters(&self) -> Api<TanzuKubernetesCluster> {
        Api::namespaced(client(&self.supervisor), NAMESPACE)
    }
}
