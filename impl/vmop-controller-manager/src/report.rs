//! Events on the VirtualMachineService, in vm-operator's words.

use crate::Hop;
use hopwise_api::VirtualMachineService;
use hopwise_api::strings::{component, reason};
use hopwise_core::Told;
use hopwise_core::mirror::Decision;
use hopwise_shell::{Occurrence, narrow, status};
use k8s_openapi::api::core::v1::Service;
use kube::ResourceExt;

impl Hop {
    /// Says what a write did.
    pub fn report(
        &self,
        vm_service: &VirtualMachineService,
        service: Option<&Service>,
        decision: &Decision,
    ) {
        let name = vm_service.name_any();
        let (reason, message) = match decision {
            Decision::Create { .. } => (
                reason::CREATE_K8S_SERVICE,
                format!("Created Service {name}"),
            ),
            Decision::Update { .. } => (
                reason::UPDATE_K8S_SERVICE,
                format!("Brought what has changed to Service {name}"),
            ),
            Decision::Delete { .. } => (
                reason::DELETE_K8S_SERVICE,
                format!("Deleted Service {name}"),
            ),
            Decision::Publish {
                told: Told::Exhausted,
                ..
            } => return self.report_exhaustion(vm_service, service),
            Decision::Hold(_)
            | Decision::Publish { .. }
            | Decision::Release { .. }
            | Decision::Read
            | Decision::Wait(_)
            | Decision::Settled => return,
        };
        let occurrence = Occurrence::normal(component::VMOP, reason, message);
        self.recorder.record(vm_service, occurrence);
    }

    /// Says that there is no address to be had, in the words of the hop below. vm-operator has no
    /// word for it; the reason is NCP's.
    fn report_exhaustion(&self, vm_service: &VirtualMachineService, service: Option<&Service>) {
        let below = service.map_or(&[][..], narrow::service_conditions);
        let words = status::words_of_exhaustion(below);
        let warning = Occurrence::warning(component::VMOP, reason::POOL_EXHAUSTED, words);
        self.recorder.record(vm_service, warning);
    }

    /// Says that a pass failed.
    pub fn report_failure(&self, vm_service: &VirtualMachineService, why: &str) {
        let failure = Occurrence::warning(component::VMOP, reason::RECONCILE_FAILED, why);
        self.recorder.record(vm_service, failure);
    }
}
