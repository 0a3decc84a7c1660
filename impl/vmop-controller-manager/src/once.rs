//! One pass by itself, for whoever lets it wait and goes on with it as he likes.

use crate::{Ctx, Error, Hop, pass};
use hopwise_api::VirtualMachineService;
use hopwise_shell::{Backoff, filled, recorder};
use k8s_openapi::api::core::v1::{Endpoints, Service};
use kube::runtime::controller::Action as Requeue;
use std::sync::Arc;

/// One pass over a VirtualMachineService as it was seen, by a hop whose watches have listed these
/// Services, or not yet, these Endpoints, and no VirtualMachine.
///
/// It is the pass that [`run`](crate::run) makes. Its Events are not written.
///
/// # Errors
/// As the pass: `run` tries again then.
pub async fn pass_once(
    ctx: Ctx,
    vm_service: VirtualMachineService,
    services: Option<Vec<Service>>,
    endpoints: Vec<Endpoints>,
) -> Result<Requeue, Error> {
    let vm_service = Arc::new(vm_service);
    let (vm_services, _vm_services) = filled(Some(vec![VirtualMachineService::clone(&vm_service)]));
    let (services, _services) = filled(services);
    let (endpoints, _endpoints) = filled(Some(endpoints));
    let (machines, _machines) = filled(Some(Vec::new()));
    let (recorder, _) = recorder(ctx.supervisor.clone(), Arc::clone(&ctx.clock));
    let hop = Hop {
        backoff: Backoff::seeded(ctx.seed),
        vm_services,
        services,
        endpoints,
        machines,
        recorder,
        ctx,
    };
    pass::reconcile(vm_service, Arc::new(hop)).await
}
