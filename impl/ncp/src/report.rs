//! Events on the Supervisor Service.

use crate::Hop;
use crate::observe::Refusal;
use hopwise_api::strings::{component, reason};
use hopwise_core::Told;
use hopwise_core::ncp::{Decision, Waiting};
use hopwise_shell::{Occurrence, narrow};
use hopwise_vocab::Safeguard;
use k8s_openapi::api::core::v1::Service;

/// How NSX-T says so.
const EXHAUSTED: i64 = 5109;

impl Hop {
    /// Says what a write did.
    pub fn report(&self, service: &Service, decision: &Decision) {
        let pool = &self.ctx.ip_pool;
        let told = narrow::supervisor_service(service).told;
        let (reason, message) = match decision {
            // While the pool is empty, ncp asks with every tick.
            Decision::Allocate { .. } if told == Told::Exhausted => return,
            Decision::Allocate { .. } => (
                reason::ADDRESS_REQUESTED,
                format!("Asked IP pool {pool} for an address"),
            ),
            Decision::Program(load_balancer) => {
                let servers = load_balancer.servers.len();
                let vip = load_balancer.vip;
                let message = format!("Programmed {servers} virtual servers at {vip}");
                (reason::PROGRAMMED, message)
            }
            Decision::Publish {
                told: Told::Address(address),
                ..
            } => (
                reason::REALIZED,
                format!("NSX-T serves the Service at {address}"),
            ),
            Decision::Unprogram(parts) => (
                reason::UNPROGRAMMED,
                format!("Removed {} virtual servers", parts.servers.len()),
            ),
            Decision::Withdraw { .. } if service.metadata.deletion_timestamp.is_some() => (
                reason::ADDRESS_RELEASED,
                format!("Gave the address back to IP pool {pool}"),
            ),
            Decision::Publish {
                told: Told::Nothing | Told::Exhausted,
                ..
            }
            | Decision::Withdraw { .. }
            | Decision::Hold(_)
            | Decision::Release { .. }
            | Decision::Read
            | Decision::Wait(_)
            | Decision::Settled => return,
        };
        let occurrence = Occurrence::normal(component::NCP, reason, message);
        self.recorder.record(service, occurrence);
    }

    /// Says why a live Service gets no address: with its status, and where that does not tell,
    /// whenever NSX-T is found to have said so.
    pub fn report_refusal(
        &self,
        service: &Service,
        decision: &Decision,
        refusal: Option<&Refusal>,
    ) {
        let is_untold = !self.ctx.safeguards.has(Safeguard::SurfaceExhaustion);
        let is_found = matches!(
            decision,
            Decision::Withdraw { .. } | Decision::Wait(Waiting::ForRepair)
        );
        let concerns = matches!(decision, Decision::Publish { .. }) || (is_untold && is_found);
        let is_live = service.metadata.deletion_timestamp.is_none();
        let Some(refusal) = refusal.filter(|_| concerns && is_live) else {
            return;
        };
        let reason = if refusal.code == EXHAUSTED {
            reason::POOL_EXHAUSTED
        } else {
            reason::RECONCILE_FAILED
        };
        let words = self.words_of(Some(refusal));
        let warning = Occurrence::warning(component::NCP, reason, words);
        self.recorder.record(service, warning);
    }

    /// Says why a load balancer is programmed that was programmed before.
    pub fn report_obstacle(
        &self,
        service: &Service,
        decision: &Decision,
        obstacle: Option<&Refusal>,
    ) {
        let Some(obstacle) = obstacle.filter(|_| matches!(decision, Decision::Program(_))) else {
            return;
        };
        let words = format!("NSX-T cannot serve the Service: {}", obstacle.message);
        let warning = Occurrence::warning(component::NCP, reason::UNREALIZABLE, words);
        self.recorder.record(service, warning);
    }

    /// Why there is no address: the pool, and what NSX-T said of it.
    pub fn words_of(&self, refusal: Option<&Refusal>) -> String {
        let pool = &self.ctx.ip_pool;
        refusal.map_or_else(
            || format!("IP pool {pool} gave no address"),
            |refusal| format!("IP pool {pool}: {}", refusal.message),
        )
    }

    /// Says that a pass failed.
    pub fn report_failure(&self, service: &Service, why: &str) {
        let failure = Occurrence::warning(component::NCP, reason::RECONCILE_FAILED, why);
        self.recorder.record(service, failure);
    }
}
