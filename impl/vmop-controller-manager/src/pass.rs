//! One pass over one VirtualMachineService: observe, decide, at most one write.

use crate::observe::Snapshot;
use crate::{Hop, desired};
use hopwise_api::VirtualMachineService;
use hopwise_api::strings::{component, finalizer};
use hopwise_core::vmop::Decision;
use hopwise_core::{Live, mirror};
use hopwise_shell::{
    Outcome, apply, create, delete, describe, hold, narrow, publish, read, release, update,
};
use k8s_openapi::api::core::v1::{Endpoints, Service};
use kube::runtime::controller::Action as Requeue;
use kube::{Api, ResourceExt};
use std::sync::Arc;
use tracing::debug;

/// Why a pass failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A request failed.
    #[error(transparent)]
    Request(#[from] hopwise_shell::Error),
}

/// A pass, as the work queue calls it.
pub async fn reconcile(
    vm_service: Arc<VirtualMachineService>,
    hop: Arc<Hop>,
) -> Result<Requeue, Error> {
    let pass = async {
        hop.pass(&vm_service).await?;
        hop.backoff.after_success(&describe(&*vm_service));
        Ok(Requeue::await_change())
    };
    hop.ctx.telemetry.pass(&*vm_service, pass).await
}

/// When an object is tried again whose pass failed.
#[expect(clippy::needless_pass_by_value, reason = "kube calls it so")]
pub fn try_again(vm_service: Arc<VirtualMachineService>, error: &Error, hop: Arc<Hop>) -> Requeue {
    let object = describe(&*vm_service);
    let reason = hopwise_shell::chain(error);
    hop.report_failure(&vm_service, &reason);
    Requeue::requeue(hop.backoff.after_failure(&object))
}

impl Hop {
    async fn pass(&self, vm_service: &VirtualMachineService) -> Result<(), Error> {
        let mut seen = self.snapshot(vm_service);
        let safeguards = &self.ctx.safeguards;
        let mut decision = (self.ctx.decide)(&seen.observed, safeguards);
        if decision == Decision::Mirror(mirror::Decision::Read) {
            let api: Api<Service> = self.beside(vm_service);
            let found = read(&api, &vm_service.name_any()).await?;
            let live = found.as_ref().map(narrow::supervisor_service_below);
            seen.observed.mirror.live = Some(Live::answered(live));
            decision = (self.ctx.decide)(&seen.observed, safeguards);
        }
        let outcome = match &decision {
            Decision::Mirror(decision) => self.perform(vm_service, &seen, decision).await?,
            Decision::WriteEndpoints(wanted) => {
                let api: Api<Endpoints> = self.beside(vm_service);
                let endpoints = desired::endpoints(vm_service, wanted);
                Some(apply(&api, &endpoints, component::VMOP).await?)
            }
        };
        debug!(?decision, ?outcome, "the pass ends");
        if let (Some(Outcome::Written), Decision::Mirror(decision)) = (outcome, &decision) {
            self.report(vm_service, seen.service.as_deref(), decision);
        }
        Ok(())
    }

    /// The one write of the pass, if the decision asks for one.
    async fn perform(
        &self,
        vm_service: &VirtualMachineService,
        seen: &Snapshot,
        decision: &mirror::Decision,
    ) -> Result<Option<Outcome>, Error> {
        use mirror::Decision as D;
        let vm_services: Api<VirtualMachineService> = self.beside(vm_service);
        let services: Api<Service> = self.beside(vm_service);
        let outcome = match (decision, &seen.service) {
            (D::Hold(guard), _) => hold(&vm_services, vm_service, finalizer::VMOP, guard).await?,
            (D::Release { guard, ground: _ }, _) => {
                release(&vm_services, vm_service, finalizer::VMOP, guard).await?
            }
            (D::Publish { guard, told }, service) => {
                let now = self.ctx.clock.now();
                let status = desired::status(vm_service, service.as_deref(), *told, now);
                publish(&vm_services, vm_service, status, guard).await?
            }
            (D::Create { ports, terms, .. }, _) => {
                let new = desired::service(vm_service, ports, terms);
                create(&services, &new, component::VMOP).await?
            }
            (
                D::Update {
                    uid, ports, terms, ..
                },
                Some(service),
            ) => {
                let patch = desired::patch(uid, ports, terms);
                update(&services, &**service, &patch, component::VMOP).await?
            }
            (D::Delete { uid }, _) => {
                delete(&services, &vm_service.name_any(), uid.as_ref()).await?
            }
            (D::Update { .. }, None) | (D::Read | D::Wait(_) | D::Settled, _) => return Ok(None),
        };
        Ok(Some(outcome))
    }

    /// Objects of a kind in the same namespace.
    fn beside<K>(&self, vm_service: &VirtualMachineService) -> Api<K>
    where
        K: kube::Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
    {
        let namespace = vm_service.namespace().unwrap_or_default();
        Api::namespaced(self.ctx.supervisor.clone(), &namespace)
    }
}
