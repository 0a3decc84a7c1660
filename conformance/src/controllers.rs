//! The complete controllers as a world runs them: the same `run` as in production, with gated
//! clients, a clock that stands still, seeded jitter and pushed ticks.

use crate::gate::Place;
use crate::lane2::Core;
use crate::servers::{CLUSTER, NAMESPACE, POOL, TIER_1, credentials};
use crate::world::{Boot, Ways};
use futures::StreamExt;
use futures::channel::mpsc::UnboundedReceiver;
use futures::future::{BoxFuture, pending};
use guest_cluster_cloud_provider::{self as ccm, Tick};
use hopwise_nsx_client::{Credentials, NsxClient};
use hopwise_shell::{Clock, Telemetry};
use hopwise_vocab::{Hop, Safeguard, Safeguards};
use kube::Client;
use std::collections::BTreeMap;
use std::sync::Arc;
use vmop_controller_manager as vmop;

/// What the jitter of every back-off follows from.
const SEED: u64 = 7;

/// A clock that stands still, like that of the servers.
pub(crate) struct Still;

impl Clock for Still {
    fn now(&self) -> jiff::Timestamp {
        (hopwise_apiserver::Options::default().clock)()
    }
}

/// All three, with these decisions.
pub fn all(core: &Core) -> BTreeMap<Hop, Boot> {
    let of = |boot: fn(&Ways, UnboundedReceiver<Tick>, &Core) -> BoxFuture<'static, ()>| {
        let core = core.clone();
        Arc::new(move |ways, ticks| boot(&ways, ticks, &core)) as Boot
    };
    [
        (Hop::Ccm, of(ccm)),
        (Hop::Vmop, of(vmop)),
        (Hop::Ncp, of(ncp)),
    ]
    .into()
}

fn ccm(ways: &Ways, ticks: UnboundedReceiver<Tick>, core: &Core) -> BoxFuture<'static, ()> {
    let ctx = ccm::Ctx {
        guest: Client::new(ways.to(Place::Guest), "default"),
        supervisor: Client::new(ways.to(Place::Supervisor), NAMESPACE),
        cluster: ccm::Cluster {
            name: ways.cluster.clone(),
            namespace: NAMESPACE.into(),
            owner: ways.owner.clone(),
        },
        safeguards: core.safeguards.clone(),
        decide: core.ccm,
        clock: Arc::new(Still),
        seed: SEED + ways.restarts,
        telemetry: Telemetry::of("guest-cluster-cloud-provider"),
    };
    Box::pin(ccm::run(ctx, ticks, pending()))
}

fn vmop(ways: &Ways, ticks: UnboundedReceiver<Tick>, core: &Core) -> BoxFuture<'static, ()> {
    let ctx = vmop::Ctx {
        supervisor: Client::new(ways.to(Place::Supervisor), NAMESPACE),
        safeguards: core.safeguards.clone(),
        decide: core.vmop,
        clock: Arc::new(Still),
        seed: SEED + ways.restarts,
        telemetry: Telemetry::of("vmop-controller-manager"),
    };
    Box::pin(vmop::run(ctx, ticks.map(|_| ()), pending()))
}

fn ncp(ways: &Ways, ticks: UnboundedReceiver<Tick>, core: &Core) -> BoxFuture<'static, ()> {
    let hopwise_nsxt::Credentials { username, password } = credentials();
    let ctx = ncp::Ctx {
        supervisor: Client::new(ways.to(Place::Supervisor), NAMESPACE),
        nsx: NsxClient::new(ways.to(Place::Nsx), &Credentials { username, password }),
        cluster: CLUSTER.into(),
        ip_pool: POOL.into(),
        gateway: TIER_1.into(),
        size: ncp::Size::Small,
        lists: lists(&core.safeguards),
        safeguards: core.safeguards.clone(),
        decide: core.ncp,
        clock: Arc::new(Still),
        seed: SEED + ways.restarts,
        telemetry: Telemetry::of("ncp"),
    };
    Box::pin(ncp::run(ctx, ticks.map(|_| ()), pending()))
}

/// The gate holds a read at its first call. Where that is the allocation's own, lists are asked for
/// by one pass at a time, and shared as everywhere; where it can be a list, it would hold those that
/// wait for the same one.
fn lists(on: &Safeguards) -> ncp::Lists {
    let begins_with_its_own =
        on.has(Safeguard::AllocationByIdentity) && on.has(Safeguard::LoadBeforeAllocate);
    match begins_with_its_own {
        true => ncp::Lists::Shared,
        false => ncp::Lists::OfEachPass,
    }
}
