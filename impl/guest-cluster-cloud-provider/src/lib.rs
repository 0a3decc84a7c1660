//! Hop 1: mirrors guest Services as VirtualMachineServices and polls for their address.
//!
//! *Sees* guest Services by watch and VirtualMachineServices by poll · *Writes* both ·
//! *Holds* the guest Service · *Promises* that a Service is released only when nothing on the
//! Supervisor stands for it.
//!
//! The guest cluster holds one namespaced token for the Supervisor and nothing of NSX-T: this crate
//! cannot name the NSX-T client.

pub mod access;
mod desired;
mod execute;
mod nodes;
mod once;
mod pass;
mod poll;
mod report;
mod sweep;

pub use execute::{Flags, execute};
pub use once::pass_once;
pub use pass::Error;

use futures::{FutureExt, Stream, StreamExt, future};
use hopwise_core::ccm;
use hopwise_shell::{Backoff, Clock, Recorder, Telemetry, own, recorder};
use hopwise_vocab::Safeguards;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::runtime::Controller;
use kube::runtime::reflector::Store;
use kube::{Api, Client};
use poll::Polled;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::Notify;
use tracing::debug;

/// The guest cluster as the Supervisor knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Its name: the prefix and label of its VirtualMachineServices.
    pub name: String,
    /// Its namespace on the Supervisor.
    pub namespace: String,
    /// The Supervisor's object for it: the owner, by UID, of its VirtualMachineServices from their
    /// creation on. No update changes it.
    pub owner: OwnerReference,
}

/// Everything that the controller is given.
#[derive(Clone)]
pub struct Ctx {
    /// The guest cluster's API server.
    pub guest: Client,
    /// The Supervisor's API server.
    pub supervisor: Client,
    /// Whose Services it serves.
    pub cluster: Cluster,
    /// Which safeguards are on.
    pub safeguards: Safeguards,
    /// What decides its passes.
    pub decide: ccm::Decide,
    /// Where Events take their time from.
    pub clock: Arc<dyn Clock>,
    /// What the jitter of its back-off follows from.
    pub seed: u64,
    /// Whom it tells of itself.
    pub telemetry: Telemetry,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// A poll of the Supervisor.
    Poll,
    /// The next half of a round of the second loop, which there is only without fresh-intent.
    Sync,
}

/// Serves guest Services until `shutdown` comes true; passes under way then end first.
///
/// At every poll the cluster's VirtualMachineServices are listed, one LIST at a time, and of those
/// in the answer one that stands for a Service that is gone is swept.
///
/// # Assumes
/// To be called within a tokio runtime.
pub async fn run(
    ctx: Ctx,
    ticks: impl Stream<Item = Tick> + Send + 'static,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let (services, watched) = own(Api::<Service>::all(ctx.guest.clone()), ctx.seed);
    ctx.telemetry.watches(&services);
    let (recorder, recording) = recorder(ctx.guest.clone(), Arc::clone(&ctx.clock));
    let hop = Arc::new(Hop {
        backoff: Backoff::seeded(ctx.seed),
        polled: Polled::default(),
        ticked: Notify::new(),
        answered: Notify::new(),
        services: services.clone(),
        recorder,
        ctx,
    });
    let syncing = nodes::syncing(Arc::clone(&hop));
    let sweeping = sweep::sweeping(Arc::clone(&hop));
    let ticked = Arc::clone(&hop);
    let polls = ticks.filter_map(move |tick| {
        if tick == Tick::Sync {
            ticked.ticked.notify_one();
        }
        future::ready((tick == Tick::Poll).then_some(()))
    });
    let passes = Controller::for_stream(watched, services)
        .reconcile_all_on(poll::heard(Arc::clone(&hop), polls))
        .graceful_shutdown_on(shutdown.shared())
        .run(pass::reconcile, pass::try_again, hop)
        .for_each(|result| {
            if let Err(error) = result {
                debug!(%error, "a pass was not to be, or failed");
            }
            future::ready(())
        });
    // Events are written and sweeps made beside the passes, and not waited for in the end.
    let beside = future::join3(recording, sweeping, syncing);
    future::select(pin!(passes), pin!(beside)).await;
}

/// The running hop.
struct Hop {
    ctx: Ctx,
    services: Store<Service>,
    polled: Polled,
    /// The second loop is to go on.
    ticked: Notify,
    /// A poll was answered: a sweep is due.
    answered: Notify,
    recorder: Recorder,
    backoff: Backoff,
}
