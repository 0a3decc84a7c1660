//! One pass by itself, for whoever lets it wait and goes on with it as he likes.

use crate::fresh::Fresh;
use crate::memory::Memory;
use crate::runs::Runs;
use crate::{Ctx, Error, Hop, pass};
use hopwise_shell::{Backoff, filled, recorder};
use k8s_openapi::api::core::v1::{Endpoints, Service};
use kube::runtime::controller::Action as Requeue;
use std::sync::Arc;
use tokio::sync::Notify;

/// One pass over a Service as it was seen, by a hop whose watch has listed these Endpoints, and that
/// remembers nothing.
///
/// It is the pass that [`run`](crate::run) makes. Its Events are not written.
///
/// # Errors
/// As the pass: `run` tries again then.
pub async fn pass_once(
    ctx: Ctx,
    service: Service,
    endpoints: Vec<Endpoints>,
) -> Result<Requeue, Error> {
    let service = Arc::new(service);
    let (services, _services) = filled(Some(vec![Service::clone(&service)]));
    let (endpoints, _endpoints) = filled(Some(endpoints));
    let (recorder, _) = recorder(ctx.supervisor.clone(), Arc::clone(&ctx.clock));
    let hop = Hop {
        backoff: Backoff::seeded(ctx.seed),
        runs: Runs::default(),
        memory: Memory::seeded(ctx.seed),
        parts: Fresh::default(),
        ticked: Notify::new(),
        services,
        endpoints,
        recorder,
        ctx,
    };
    pass::reconcile(service, Arc::new(hop)).await
}
