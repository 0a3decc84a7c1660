//! Hop 3: programs NSX-T for Supervisor Services.
//!
//! *Sees* Services and Endpoints by watch, NSX-T by a read in every pass · *Writes* the Service
//! and NSX-T · *Holds* the Service · *Promises* that it is released only when NSX-T has nothing
//! of it, and that an address is given back only when no virtual server uses it.

pub mod access;
mod desired;
mod error;
mod execute;
mod fresh;
mod ids;
mod memory;
mod observe;
mod once;
mod parts;
mod pass;
mod reach;
mod report;
mod runs;
mod sweep;

pub use error::Error;
pub use execute::{Flags, execute};
use fresh::Fresh;
use ids::Ids;
use memory::Memory;
pub use once::pass_once;
use parts::AllParts;
pub use reach::{Auth, NsxFlags};
use runs::Runs;

use futures::{FutureExt, Stream, StreamExt, future};
use hopwise_core::ncp;
use hopwise_nsx_client::NsxClient;
use hopwise_shell::{Backoff, Clock, Recorder, Telemetry, own, recorder, secondary};
use hopwise_vocab::Safeguards;
use k8s_openapi::api::core::v1::{Endpoints, Service};
use kube::runtime::Controller;
use kube::runtime::reflector::Store;
use kube::{Api, Client};
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::Notify;
use tracing::debug;

/// Everything that the controller is given.
#[derive(Clone)]
pub struct Ctx {
    /// The Supervisor's API server.
    pub supervisor: Client,
    /// The NSX-T manager.
    pub nsx: NsxClient,
    /// The cluster whose Services it serves: the prefix of all ids, and the id of the cluster's
    /// load balancer service.
    pub cluster: String,
    /// The id of the IP pool that addresses come from.
    pub ip_pool: String,
    /// The id of the tier-1 gateway that the load balancer service runs on. NSX-T realizes no
    /// virtual server without one.
    pub gateway: String,
    /// How much the load balancer service can carry.
    pub size: Size,
    /// How passes get what only NSX-T's lists tell.
    pub lists: Lists,
    /// Which safeguards are on.
    pub safeguards: Safeguards,
    /// What decides its passes.
    pub decide: ncp::Decide,
    /// Where Events and conditions take their time from.
    pub clock: Arc<dyn Clock>,
    /// What the jitter of its back-off and its fresh ids follow from. A process that is started
    /// again needs another one, or its ids are no fresh ones.
    pub seed: u64,
    /// Whom it tells of itself.
    pub telemetry: Telemetry,
}

/// How much a load balancer service can carry, in NSX-T's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Size {
    /// 20 virtual servers.
    #[default]
    Small,
    /// 100 virtual servers.
    Medium,
    /// 1000 virtual servers.
    Large,
    /// 2000 virtual servers.
    Xlarge,
}

/// How passes get what only NSX-T's lists tell. NSX-T lists everybody's virtual servers and pools:
/// where each of many passes listed them for itself, the work would grow with the square of the
/// Services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lists {
    /// Passes that need them at the same time share them, if they begin after all of them asked.
    #[default]
    Shared,
    /// Each pass for itself: for whoever holds the calls of one pass and lets another go on.
    OfEachPass,
}

impl Size {
    /// As NSX-T spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Size::Small => "SMALL",
            Size::Medium => "MEDIUM",
            Size::Large => "LARGE",
            Size::Xlarge => "XLARGE",
        }
    }
}

/// Serves Supervisor Services until `shutdown` comes true; passes under way then end first.
///
/// At every tick each of them is looked at again, since nobody can watch NSX-T, and what stands
/// there for a Service that is gone is swept.
///
/// # Assumes
/// To be called within a tokio runtime.
pub async fn run(
    ctx: Ctx,
    ticks: impl Stream<Item = ()> + Send + 'static,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let (client, seed) = (&ctx.supervisor, ctx.seed);
    let (services, watched) = own(Api::<Service>::all(client.clone()), seed);
    let (endpoints, heard) = secondary(Api::<Endpoints>::all(client.clone()), seed);
    ctx.telemetry.watches(&services);
    ctx.telemetry.watches(&endpoints);
    let (recorder, recording) = recorder(client.clone(), Arc::clone(&ctx.clock));
    let hop = Arc::new(Hop {
        backoff: Backoff::seeded(ctx.seed),
        runs: Runs::default(),
        memory: Memory::seeded(ctx.seed),
        parts: Fresh::default(),
        ticked: Notify::new(),
        services: services.clone(),
        endpoints,
        recorder,
        ctx,
    });
    let sweeping = sweep::sweeping(Arc::clone(&hop));
    let swept = Arc::clone(&hop);
    let ticks = ticks.inspect(move |()| swept.ticked.notify_one());
    let passes = Controller::for_stream(watched, services)
        .reconcile_on(observe::by_name(Arc::clone(&hop), heard))
        .reconcile_all_on(ticks)
        .graceful_shutdown_on(shutdown.shared())
        .run(pass::reconcile, pass::try_again, hop)
        .for_each(|result| {
            if let Err(error) = result {
                debug!(%error, "a pass was not to be, or failed");
            }
            future::ready(())
        });
    // Events are written and sweeps made beside the passes, and not waited for in the end.
    let beside = future::join(recording, sweeping);
    future::select(pin!(passes), pin!(beside)).await;
}

/// The running hop.
struct Hop {
    ctx: Ctx,
    services: Store<Service>,
    endpoints: Store<Endpoints>,
    recorder: Recorder,
    backoff: Backoff,
    runs: Runs,
    memory: Memory,
    /// The lists of all virtual servers and pools, which every pass needs.
    parts: Fresh<AllParts, hopwise_nsx_client::Error>,
    /// A tick came: a sweep is due.
    ticked: Notify,
}
