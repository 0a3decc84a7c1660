//! One pass over one guest Service: observe, decide, at most one write.

use crate::poll::Seen;
use crate::{Hop, desired};
use hopwise_api::VirtualMachineService;
use hopwise_api::names::vm_service_name;
use hopwise_api::strings::{component, finalizer};
use hopwise_core::mirror::{Annotations, Decision, Observed};
use hopwise_core::{Live, Port};
use hopwise_shell::{
    Outcome, create, delete, describe, hold, narrow, publish, read, release, update,
};
use k8s_openapi::api::core::v1::Service;
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
    /// The guest's nodes cannot be reached at this port.
    #[error("NodePort not found: port {port} has none; set allocateLoadBalancerNodePorts to true")]
    NoNodePort {
        /// The Service's port.
        port: u16,
    },
}

/// A pass, as the work queue calls it.
pub async fn reconcile(service: Arc<Service>, hop: Arc<Hop>) -> Result<Requeue, Error> {
    let pass = async {
        hop.pass(&service).await?;
        hop.backoff.after_success(&describe(&*service));
        Ok(Requeue::await_change())
    };
    hop.ctx.telemetry.pass(&*service, pass).await
}

/// When an object is tried again whose pass failed.
#[expect(clippy::needless_pass_by_value, reason = "kube calls it so")]
pub fn try_again(service: Arc<Service>, error: &Error, hop: Arc<Hop>) -> Requeue {
    let object = describe(&*service);
    let reason = hopwise_shell::chain(error);
    hop.report_failure(&service, &reason);
    Requeue::requeue(hop.backoff.after_failure(&object))
}

impl Hop {
    async fn pass(&self, service: &Service) -> Result<(), Error> {
        self.report_family(service);
        let name = self.name_below(service);
        let below = self.polled.get(&name);
        let mut seen = Observed {
            upstream: Some(narrow::guest_service(service)),
            downstream: below.narrowed(),
            live: None,
        };
        let safeguards = &self.ctx.safeguards;
        let mut decision = (self.ctx.decide)(&seen, safeguards);
        if decision == Decision::Read {
            let found = read(&self.vm_services(), &name).await?;
            seen.live = Some(Live::answered(found.as_ref().map(narrow::vm_service_below)));
            decision = (self.ctx.decide)(&seen, safeguards);
        }
        let Some(outcome) = self.perform(service, &below, &decision).await? else {
            debug!(?decision, "nothing to write");
            return Ok(());
        };
        debug!(?decision, ?outcome, "written");
        if outcome == Outcome::Written {
            self.report(service, &below, &decision);
        }
        Ok(())
    }

    /// The one write of the pass, if the decision asks for one.
    pub async fn perform(
        &self,
        service: &Service,
        below: &Seen,
        decision: &Decision,
    ) -> Result<Option<Outcome>, Error> {
        let guest: Api<Service> = Api::namespaced(
            self.ctx.guest.clone(),
            &service.namespace().unwrap_or_default(),
        );
        let vm_services = self.vm_services();
        let outcome = match decision {
            Decision::Hold(guard) => hold(&guest, service, finalizer::CCM, guard).await?,
            Decision::Release { guard, ground: _ } => {
                release(&guest, service, finalizer::CCM, guard).await?
            }
            Decision::Publish { guard, told } => {
                let now = self.ctx.clock.now();
                let status = desired::status(service, *told, below.words(), now);
                publish(&guest, service, status, guard).await?
            }
            Decision::Create {
                stands_for,
                ports,
                terms,
            } => {
                all_reachable(ports)?;
                let cluster = &self.ctx.cluster;
                let new = desired::vm_service(cluster, service, stands_for, ports, terms);
                create(&vm_services, &new, component::CCM).await?
            }
            Decision::Update {
                uid,
                ports,
                terms,
                annotations,
            } => {
                let Seen::Present(old) = below else {
                    return Ok(None);
                };
                all_reachable(ports)?;
                let patch = match annotations {
                    Annotations::Left => desired::patch(uid, ports, terms),
                    Annotations::Replaced => desired::whole_patch(old, uid, ports, terms),
                };
                update(&vm_services, &**old, &patch, component::CCM).await?
            }
            Decision::Delete { uid } => {
                let name = self.name_below(service);
                delete::<VirtualMachineService>(&vm_services, &name, uid.as_ref()).await?
            }
            Decision::Read | Decision::Wait(_) | Decision::Settled => return Ok(None),
        };
        Ok(Some(outcome))
    }

    /// The name of the VirtualMachineService of a guest Service.
    pub fn name_below(&self, service: &Service) -> String {
        let namespace = service.namespace().unwrap_or_default();
        vm_service_name(&self.ctx.cluster.name, &service.name_any(), &namespace)
    }
}

/// A port without nodePort has nothing behind it.
fn all_reachable(ports: &[Port]) -> Result<(), Error> {
    match ports.iter().find(|port| port.target == 0) {
        Some(port) => Err(Error::NoNodePort { port: port.port }),
        None => Ok(()),
    }
}
