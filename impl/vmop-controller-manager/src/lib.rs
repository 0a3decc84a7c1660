//! Hop 2: mirrors VirtualMachineServices as Supervisor Services.
//!
//! *Sees* VirtualMachineServices, Services, Endpoints and VirtualMachines by watch · *Writes* the
//! first three · *Holds* the VirtualMachineService · *Promises* that it is released only when no
//! Service stands for it.

pub mod access;
mod desired;
mod execute;
mod observe;
mod once;
mod pass;
mod report;

pub use execute::{Flags, execute};
pub use once::pass_once;
pub use pass::Error;

use futures::{FutureExt, Stream, StreamExt, future};
use hopwise_api::{VirtualMachine, VirtualMachineService};
use hopwise_core::vmop;
use hopwise_shell::{Backoff, Clock, Recorder, Telemetry, own, recorder, secondary};
use hopwise_vocab::Safeguards;
use k8s_openapi::api::core::v1::{Endpoints, Service};
use kube::runtime::Controller;
use kube::runtime::reflector::Store;
use kube::{Api, Client};
use std::pin::pin;
use std::sync::Arc;
use tracing::debug;

/// Everything that the controller is given.
#[derive(Clone)]
pub struct Ctx {
    /// The Supervisor's API server.
    pub supervisor: Client,
    /// Which safeguards are on.
    pub safeguards: Safeguards,
    /// What decides its passes.
    pub decide: vmop::Decide,
    /// Where Events and conditions take their time from.
    pub clock: Arc<dyn Clock>,
    /// What the jitter of its back-off follows from.
    pub seed: u64,
    /// Whom it tells of itself.
    pub telemetry: Telemetry,
}

/// Serves VirtualMachineServices until `shutdown` comes true; passes under way then end first.
///
/// At every tick each of them is looked at again: a watch that breaks does not tell of what went
/// meanwhile.
///
/// # Assumes
/// To be called within a tokio runtime.
pub async fn run(
    ctx: Ctx,
    ticks: impl Stream<Item = ()> + Send + 'static,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let (client, seed) = (&ctx.supervisor, ctx.seed);
    let (vm_services, watched) = own(Api::<VirtualMachineService>::all(client.clone()), seed);
    let (services, heard_services) = secondary(Api::<Service>::all(client.clone()), seed);
    let (endpoints, heard_endpoints) = secondary(Api::<Endpoints>::all(client.clone()), seed);
    let (machines, heard_machines) = secondary(Api::<VirtualMachine>::all(client.clone()), seed);
    ctx.telemetry.watches(&vm_services);
    ctx.telemetry.watches(&services);
    ctx.telemetry.watches(&endpoints);
    ctx.telemetry.watches(&machines);
    let (recorder, recording) = recorder(client.clone(), Arc::clone(&ctx.clock));
    let hop = Arc::new(Hop {
        backoff: Backoff::seeded(ctx.seed),
        vm_services: vm_services.clone(),
        services,
        endpoints,
        machines,
        recorder,
        ctx,
    });
    let passes = Controller::for_stream(watched, vm_services)
        .reconcile_on(observe::by_name(Arc::clone(&hop), heard_services))
        .reconcile_on(observe::by_name(Arc::clone(&hop), heard_endpoints))
        .reconcile_on(observe::by_namespace(Arc::clone(&hop), heard_machines))
        .reconcile_all_on(ticks)
        .graceful_shutdown_on(shutdown.shared())
        .run(pass::reconcile, pass::try_again, hop)
        .for_each(|result| {
            if let Err(error) = result {
                debug!(%error, "a pass was not to be, or failed");
            }
            future::ready(())
        });
    // Events are written while passes are made, and not waited for in the end.
    future::select(
        pin!(passes),
        pin!(recording.then(|()| future::pending::<()>())),
    )
    .await;
}

/// The running hop.
struct Hop {
    ctx: Ctx,
    vm_services: Store<VirtualMachineService>,
    services: Store<Service>,
    endpoints: Store<Endpoints>,
    machines: Store<VirtualMachine>,
    recorder: Recorder,
    backoff: Backoff,
}
