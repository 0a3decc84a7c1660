//! Events on the guest Service: ccm's own, in the words of Kubernetes' service controller, and
//! those of the hops below, which travel up as conditions of the VirtualMachineService.

use crate::Hop;
use crate::poll::Seen;
use hopwise_api::strings::{component, condition, reason};
use hopwise_core::Told;
use hopwise_core::mirror::Decision;
use hopwise_shell::{Occurrence, Repeat, narrow};
use k8s_openapi::api::core::v1::Service;

/// Conditions that people want to read on the guest Service, and whose they are.
const MILESTONES: [(&str, &str); 2] = [
    (condition::SUPERVISOR_SERVICE_CREATED, component::VMOP),
    (condition::LOAD_BALANCER_PROGRAMMED, component::NCP),
];

impl Hop {
    /// Says what a write did.
    pub fn report(&self, service: &Service, below: &Seen, decision: &Decision) {
        let name = self.ctx.cluster.namespace.as_str();
        let say = |component, reason, message: String| {
            let occurrence = Occurrence::normal(component, reason, message);
            self.recorder.record(service, occurrence);
        };
        let ours = component::SERVICE_CONTROLLER;
        match decision {
            Decision::Hold(_) => say(ours, reason::ENSURING, "Ensuring load balancer".into()),
            Decision::Create { .. } => say(
                component::CCM,
                reason::VM_SERVICE_CREATED,
                format!("Created the VirtualMachineService in Supervisor namespace {name}"),
            ),
            Decision::Update { .. } => say(
                component::CCM,
                reason::VM_SERVICE_UPDATED,
                "Brought what has changed to the VirtualMachineService".into(),
            ),
            Decision::Publish {
                told: Told::Address(address),
                ..
            } => {
                self.relay_milestones(service, below);
                say(
                    ours,
                    reason::ENSURED,
                    format!("Ensured load balancer at {address}"),
                );
            }
            Decision::Delete { .. } => say(ours, reason::DELETING, "Deleting load balancer".into()),
            Decision::Release { .. } => say(ours, reason::DELETED, "Deleted load balancer".into()),
            Decision::Publish {
                told: Told::Exhausted,
                ..
            } => self.report_exhaustion(service, below.words()),
            Decision::Publish {
                told: Told::Nothing,
                ..
            }
            | Decision::Read
            | Decision::Wait(_)
            | Decision::Settled => {}
        }
    }

    /// Says why a Service is left alone that asks for IPv6.
    pub fn report_family(&self, service: &Service) {
        if !narrow::is_of_unsupported_family(service) {
            return;
        }
        let message = "No load balancer: its first IP family is IPv6, and only IPv4 is served; \
                       create it with ipFamilies [IPv4]";
        let refusal = Occurrence {
            repeat: Repeat::Once,
            ..Occurrence::warning(
                component::SERVICE_CONTROLLER,
                reason::UNSUPPORTED_FAMILY,
                message,
            )
        };
        self.recorder.record(service, refusal);
    }

    /// Says that a pass failed.
    pub fn report_failure(&self, service: &Service, why: &str) {
        let message = format!("Error syncing load balancer: {why}");
        let failure =
            Occurrence::warning(component::SERVICE_CONTROLLER, reason::SYNC_FAILED, message);
        self.recorder.record(service, failure);
    }

    /// Says that there is no address to be had: as ncp, which knows it, and as the Kubernetes
    /// service controller says whatever keeps a Service from its address.
    fn report_exhaustion(&self, service: &Service, words: &str) {
        let theirs = Occurrence::warning(component::NCP, reason::POOL_EXHAUSTED, words);
        self.recorder.record(service, theirs);
        self.report_failure(service, &format!("{}: {words}", reason::POOL_EXHAUSTED));
    }

    /// Says on the guest Service what the hops below reached.
    fn relay_milestones(&self, service: &Service, below: &Seen) {
        let Seen::Present(below) = below else { return };
        let conditions = below.status.iter().flat_map(|status| &status.conditions);
        for condition in conditions.filter(|condition| condition.status == "True") {
            let mut milestones = MILESTONES.iter();
            let Some((type_, component)) = milestones.find(|(type_, _)| *type_ == condition.type_)
            else {
                continue;
            };
            let milestone = Occurrence::normal(component, *type_, condition.message.clone());
            self.recorder.record(service, milestone.once());
        }
    }
}
