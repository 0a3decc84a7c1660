//! One pass over one Supervisor Service: observe, decide, at most one write.

use crate::desired::{self, Desired};
use crate::observe::Address;
use crate::{Error, Hop};
use hopwise_api::strings::finalizer;
use hopwise_core::ncp::Decision;
use hopwise_nsx_client as nsx;
use hopwise_shell::{Outcome, describe, hold, is_ready, publish, release};
use k8s_openapi::api::core::v1::Service;
use kube::runtime::controller::Action as Requeue;
use kube::{Api, ResourceExt};
use std::sync::Arc;
use std::time::Duration;
use tracing::debug;

/// When the next pass begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// At once: nobody can watch NSX-T, so what was written there is looked at.
    AtOnce,
    /// When a watch or a tick says so.
    OnEvent,
}

/// What a pass has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// Nothing.
    Nothing,
    /// Something at the API server, which its watch brings back.
    Kubernetes(Outcome),
    /// Something in NSX-T.
    Nsx,
}

/// A pass, as the work queue calls it. After a write to NSX-T the queue begins another at once; if
/// an event has asked for one meanwhile, they are one and the same.
pub async fn reconcile(service: Arc<Service>, hop: Arc<Hop>) -> Result<Requeue, Error> {
    let pass = async {
        let next = hop.pass(&service).await?;
        let object = describe(&*service);
        hop.backoff.after_success(&object);
        Ok(match next {
            Next::AtOnce if hop.runs.goes_on(&object) => Requeue::requeue(Duration::ZERO),
            Next::AtOnce | Next::OnEvent => {
                hop.runs.ends(&object);
                Requeue::await_change()
            }
        })
    };
    hop.ctx.telemetry.pass(&*service, pass).await
}

/// When an object is tried again whose pass failed.
#[expect(clippy::needless_pass_by_value, reason = "kube calls it so")]
pub fn try_again(service: Arc<Service>, error: &Error, hop: Arc<Hop>) -> Requeue {
    let object = describe(&*service);
    let reason = hopwise_shell::chain(error);
    hop.report_failure(&service, &reason);
    hop.runs.ends(&object);
    Requeue::requeue(hop.backoff.after_failure(&object))
}

impl Hop {
    async fn pass(&self, service: &Service) -> Result<Next, Error> {
        let desired = Desired::of(&self.ctx, service);
        let mut seen = self.snapshot(service);
        let (mut address, mut obstacle) = (Address::default(), None);
        let mut decision = (self.ctx.decide)(&seen, &self.ctx.safeguards);
        if decision == Decision::Read {
            let answer = self.read(&desired).await?;
            seen.live = Some(answer.live);
            (address, obstacle) = (answer.address, answer.obstacle);
            decision = (self.ctx.decide)(&seen, &self.ctx.safeguards);
        }
        self.report_refusal(service, &decision, address.refusal.as_ref());
        self.report_obstacle(service, &decision, obstacle.as_ref());
        let written = self.perform(service, &desired, &decision, &address).await?;
        debug!(?decision, ?written, "the pass ends");
        if let Written::Nsx | Written::Kubernetes(Outcome::Written) = written {
            self.report(service, &decision);
        }
        Ok(match written {
            Written::Nsx => Next::AtOnce,
            Written::Nothing | Written::Kubernetes(_) => Next::OnEvent,
        })
    }

    /// The one write of the pass, if the decision asks for one.
    async fn perform(
        &self,
        service: &Service,
        desired: &Desired<'_>,
        decision: &Decision,
        address: &Address,
    ) -> Result<Written, Error> {
        let namespace = service.namespace().unwrap_or_default();
        let api: Api<Service> = Api::namespaced(self.ctx.supervisor.clone(), &namespace);
        let (nsx, pool) = (&self.ctx.nsx, &self.ctx.ip_pool);
        let outcome = match decision {
            Decision::Hold(guard) => hold(&api, service, finalizer::NCP, guard).await?,
            Decision::Release { guard, proof: _ } => {
                let outcome = release(&api, service, finalizer::NCP, guard).await?;
                let is_for_good = service.metadata.deletion_timestamp.is_some();
                if is_for_good && outcome != Outcome::Stale {
                    self.memory.forget(&desired.uid);
                }
                outcome
            }
            Decision::Publish { guard, told } => {
                let words = self.words_of(address.refusal.as_ref());
                let status = desired::status(service, *told, &words, self.ctx.clock.now());
                publish(&api, service, status, guard).await?
            }
            Decision::Allocate {
                stands_for,
                id,
                address,
            } => {
                let id = self.memory.id_of(*id, desired.ids.allocation());
                let request = desired.allocation(&id, *address);
                let written = accepted(nsx.patch_allocation(pool, &request).await)?;
                if written == Written::Nsx {
                    self.memory.learn(stands_for, Some(id));
                }
                return Ok(written);
            }
            Decision::Withdraw { stands_for } => {
                let Some(id) = &address.id else {
                    return Ok(Written::Nothing);
                };
                let written = accepted(nsx.delete_allocation(pool, id).await.map(drop))?;
                if written == Written::Nsx {
                    self.memory.learn(stands_for, None);
                }
                return Ok(written);
            }
            // Before the first list of Endpoints every backend would look gone.
            Decision::Program(_) if !is_ready(&self.endpoints) => return Ok(Written::Nothing),
            Decision::Program(load_balancer) => {
                let tree = desired.program(load_balancer)?;
                return accepted(nsx.patch_infra(&tree).await);
            }
            Decision::Unprogram(parts) => {
                return accepted(nsx.patch_infra(&desired.unprogram(parts)).await);
            }
            Decision::Read | Decision::Wait(_) | Decision::Settled => return Ok(Written::Nothing),
        };
        Ok(Written::Kubernetes(outcome))
    }
}

/// An object of the same id that is still on its way out is no failure: a later tick finds it gone.
fn accepted(answer: Result<(), nsx::Error>) -> Result<Written, Error> {
    match answer {
        Ok(()) => Ok(Written::Nsx),
        Err(nsx::Error::Deleting { .. }) => Ok(Written::Nothing),
        Err(error) => Err(error.into()),
    }
}
