//! VirtualMachineServices that stand for a guest Service that is nobody: found in a poll's answer,
//! proved by a live read, deleted.

use crate::Hop;
use hopwise_api::VirtualMachineService;
use hopwise_api::names::vm_service_name;
use hopwise_api::strings::label;
use hopwise_core::mirror::Decision;
use hopwise_core::sweep::{Nobody, owner, remove, suspect};
use hopwise_core::{Live, Uid};
use hopwise_shell::{Error, chain, delete, describe, narrow, read};
use k8s_openapi::api::core::v1::Service;
use kube::{Api, ResourceExt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tracing::{info, warn};

/// Sweeps once after every answer of a poll, beside the passes. Answers during a sweep are one.
pub async fn sweeping(hop: Arc<Hop>) {
    let mut failed = None;
    loop {
        hop.answered.notified().await;
        if let Err(error) = hop.sweep(&mut failed).await {
            let reason = chain(&error);
            warn!(reason, "the sweep failed; the next poll tries again");
        }
    }
}

impl Hop {
    /// Deletes at most one VirtualMachineService whose Service turns out to be nobody. Whose it was
    /// stays in `failed` if that fails.
    async fn sweep(&self, failed: &mut Option<Uid>) -> Result<(), Error> {
        let standing = self.standing();
        let owners: BTreeSet<Uid> = standing.keys().cloned().collect();
        let services = self.services.state();
        let seen = services.iter().map(|one| narrow::uid(&one.metadata));
        let safeguards = &self.ctx.safeguards;
        let last = failed.take();
        let Some(suspect) = suspect(&owners, &seen.collect(), last.as_ref(), safeguards) else {
            return Ok(());
        };
        *failed = Some(suspect.clone());
        let (vm_service, namespace, name) = &standing[&suspect];
        let guest: Api<Service> = Api::namespaced(self.ctx.guest.clone(), namespace);
        let found = read(&guest, name).await?;
        let live = Live::answered(found.map(|service| narrow::uid(&service.metadata)));
        if let Some(nobody) = Nobody::proven(suspect, &live) {
            let below = narrow::vm_service_below(vm_service);
            if let Decision::Delete { uid } = remove(&below, &nobody, safeguards) {
                let api = self.vm_services();
                let outcome = delete(&api, &vm_service.name_any(), uid.as_ref()).await?;
                let vm_service = describe(&**vm_service);
                let service = nobody.uid().0.as_str();
                info!(vm_service, service, ?outcome, "swept: its Service is gone");
            }
        }
        *failed = None;
        Ok(())
    }

    /// The live VirtualMachineServices of the last answer by the Service that they stand for, each
    /// with that Service's namespace and name.
    ///
    /// The name of a VirtualMachineService follows from those two. One whose labels say otherwise
    /// would be looked for under a name that its Service never had.
    fn standing(&self) -> BTreeMap<Uid, (Arc<VirtualMachineService>, String, String)> {
        let mut standing = BTreeMap::new();
        for vm_service in self.polled.all() {
            let below = narrow::vm_service_below(&vm_service);
            let labels = vm_service.labels();
            let namespace = labels.get(label::SERVICE_NAMESPACE).cloned();
            let name = labels.get(label::SERVICE_NAME).cloned();
            if let (Some(uid), Some(namespace), Some(name)) = (owner(&below), namespace, name)
                && vm_service_name(&self.ctx.cluster.name, &name, &namespace)
                    == vm_service.name_any()
            {
                standing.insert(uid.clone(), (vm_service, namespace, name));
            }
        }
        standing
    }
}
