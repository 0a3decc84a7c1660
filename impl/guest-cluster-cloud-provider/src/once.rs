//! One pass by itself, for whoever lets it wait and goes on with it as he likes.

use crate::poll::Polled;
use crate::{Ctx, Error, Hop, pass};
use hopwise_api::VirtualMachineService;
use hopwise_shell::{Backoff, filled, recorder};
use k8s_openapi::api::core::v1::Service;
use kube::runtime::controller::Action as Requeue;
use std::sync::Arc;
use tokio::sync::Notify;

/// One pass over a Service as it was seen, by a hop that has seen nothing else but `polled`: what
/// the last poll that it heard answered, or that it heard none.
///
/// It is the pass that [`run`](crate::run) makes. Its Events are not written.
///
/// # Errors
/// As the pass: `run` tries again then.
pub async fn pass_once(
    ctx: Ctx,
    service: Service,
    polled: Option<Vec<VirtualMachineService>>,
) -> Result<Requeue, Error> {
    let service = Arc::new(service);
    let (services, _writer) = filled(Some(vec![Service::clone(&service)]));
    let (recorder, _) = recorder(ctx.guest.clone(), Arc::clone(&ctx.clock));
    let hop = Hop {
        backoff: Backoff::seeded(ctx.seed),
        polled: Polled::answered(polled),
        ticked: Notify::new(),
        answered: Notify::new(),
        services,
        recorder,
        ctx,
    };
    pass::reconcile(service, Arc::new(hop)).await
}
