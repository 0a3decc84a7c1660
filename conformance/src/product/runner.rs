//! Runs one real pass of a hop from its start, with a log of replies, until it asks something that
//! the log does not have, or ends.

use super::Controllers;
use super::objects::{self, CLUSTER_UID, seen_above};
use super::reply::Reply;
use super::transport::{Line, Script, Transport};
use crate::controllers::Still;
use crate::gate::{Mistake, Place};
use crate::lane2::Core;
use crate::servers::{CLUSTER, NAMESPACE, POOL, TIER_1, credentials};
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use guest_cluster_cloud_provider as ccm;
use hopwise_nsx_client::{Credentials, NsxClient};
use hopwise_protocol::{Kind, Seen, Stored};
use hopwise_shell::{Telemetry, chain};
use hopwise_vocab::Hop;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::Client;
use kube::runtime::controller::Action as Requeue;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use vmop_controller_manager as vmop;

/// What a hop has seen when a pass begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Input {
    /// The hop.
    pub hop: Hop,
    /// Its upstream object.
    pub upstream: Stored,
    /// Its downstream object; ncp, which reads it, has seen nothing.
    pub downstream: Seen,
    /// The Endpoints.
    pub endpoints: Endpoints,
}

/// What vmop has seen of the Endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoints {
    /// There are none.
    Missing,
    /// Those that it wrote.
    Written,
}

/// How a run of a pass stops.
pub(super) enum Stop {
    /// It waits for the answer to this.
    Asks(Box<Line>),
    /// It has ended.
    Ends(Ended),
    /// It asks something else than before, told by both.
    Strays(String),
    /// It waits for something that is no answer.
    Hangs,
}

/// How a pass ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It succeeds, and nothing more happens until the next event.
    Rests,
    /// It succeeds, and another pass is to begin at once.
    GoesOn,
    /// It fails for this reason, and is tried again.
    Fails(String),
    /// It asks for another pass at a time of its own.
    Waits(String),
}

/// How long a pass may wait, on a clock that jumps there as soon as nothing else is to be done.
const PATIENCE: Duration = Duration::from_secs(60);

/// One hop, ready to run passes.
pub(super) struct Runner {
    runtime: Runtime,
    script: Arc<Mutex<Script>>,
    pass: Box<Pass>,
    mistake: Option<fn() -> Box<dyn Mistake>>,
}

type Pass = dyn Fn(&Input, Option<&Value>) -> BoxFuture<'static, Result<Requeue, String>>;

impl Runner {
    /// A hop of these controllers.
    pub(super) fn new(hop: Hop, controllers: &Controllers) -> Runner {
        let core = &controllers.core;
        let seed = controllers.seed.filter(|(whose, _)| *whose == hop);
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime without an I/O driver needs nothing of the system");
        let script = Arc::new(Mutex::new(Script::default()));
        let to = |server| Transport {
            script: Arc::clone(&script),
            hop,
            server,
        };
        let pass = {
            // A client spawns a task when it is built.
            let _inside = runtime.enter();
            match hop {
                Hop::Ccm => ccm_pass(core, &to),
                Hop::Vmop => vmop_pass(core, &to),
                Hop::Ncp => ncp_pass(core, &to),
            }
        };
        Runner {
            runtime,
            script,
            pass,
            mistake: seed.map(|(_, begin)| begin),
        }
    }

    /// Runs a pass from its start.
    pub(super) fn run(
        &self,
        input: &Input,
        endpoints: Option<&Value>,
        log: Vec<(Line, Reply)>,
    ) -> Stop {
        let seen = seen_above(input.hop, &input.upstream);
        let mistake = self.mistake.map(|begin| begin());
        *self.script.lock() = Script::of(log, seen, mistake);
        let mut pass = (self.pass)(input, endpoints);
        let script = Arc::clone(&self.script);
        let until_it_stops = poll_fn(|context| {
            if let Poll::Ready(ended) = pass.poll_unpin(context) {
                return Poll::Ready(Some(ended));
            }
            if script.lock().is_over(context) {
                return Poll::Ready(None);
            }
            Poll::Pending
        });
        let stopped = self
            .runtime
            .block_on(async { tokio::time::timeout(PATIENCE, until_it_stops).await });
        let mut script = self.script.lock();
        match (stopped, script.strays.take(), script.asks.take()) {
            (Err(_), ..) => Stop::Hangs,
            (_, Some((expected, asked)), _) => {
                let (expected, asked) = (expected.text(), asked.text());
                Stop::Strays(format!(
                    "it asked {expected}, and asks {asked} when run again"
                ))
            }
            (Ok(Some(ended)), ..) => Stop::Ends(ended_by(ended)),
            (Ok(None), None, Some(line)) => Stop::Asks(Box::new(line)),
            (Ok(None), None, None) => Stop::Hangs,
        }
    }
}

fn ended_by(ended: Result<Requeue, String>) -> Ended {
    match ended {
        Err(why) => Ended::Fails(why),
        Ok(requeue) if requeue == Requeue::await_change() => Ended::Rests,
        Ok(requeue) if requeue == Requeue::requeue(Duration::ZERO) => Ended::GoesOn,
        Ok(requeue) => Ended::Waits(format!("{requeue:?}")),
    }
}

fn ccm_pass(core: &Core, to: &dyn Fn(Place) -> Transport) -> Box<Pass> {
    let ctx = ccm::Ctx {
        guest: Client::new(to(Place::Guest), "default"),
        supervisor: Client::new(to(Place::Supervisor), NAMESPACE),
        cluster: ccm::Cluster {
            name: CLUSTER.into(),
            namespace: NAMESPACE.into(),
            owner: OwnerReference {
                api_version: "run.tanzu.vmware.com/v1alpha3".into(),
                kind: "TanzuKubernetesCluster".into(),
                name: CLUSTER.into(),
                uid: CLUSTER_UID.into(),
                ..OwnerReference::default()
            },
        },
        safeguards: core.safeguards.clone(),
        decide: core.ccm,
        clock: Arc::new(Still),
        seed: 1,
        telemetry: Telemetry::of("guest-cluster-cloud-provider"),
    };
    Box::new(move |input, _| {
        let polled = listed(Kind::VmService, input.downstream);
        let pass = ccm::pass_once(ctx.clone(), seen(input), polled);
        pass.map(|ended| ended.map_err(|error| chain(&error)))
            .boxed()
    })
}

fn vmop_pass(core: &Core, to: &dyn Fn(Place) -> Transport) -> Box<Pass> {
    let ctx = vmop::Ctx {
        supervisor: Client::new(to(Place::Supervisor), NAMESPACE),
        safeguards: core.safeguards.clone(),
        decide: core.vmop,
        clock: Arc::new(Still),
        seed: 1,
        telemetry: Telemetry::of("vmop-controller-manager"),
    };
    Box::new(move |input, endpoints| {
        let services = listed(Kind::SupervisorService, input.downstream);
        let endpoints = endpoints.cloned().map(read).into_iter().collect();
        let pass = vmop::pass_once(ctx.clone(), seen(input), services, endpoints);
        pass.map(|ended| ended.map_err(|error| chain(&error)))
            .boxed()
    })
}

fn ncp_pass(core: &Core, to: &dyn Fn(Place) -> Transport) -> Box<Pass> {
    let hopwise_nsxt::Credentials { username, password } = credentials();
    let ctx = ncp::Ctx {
        supervisor: Client::new(to(Place::Supervisor), NAMESPACE),
        nsx: NsxClient::new(to(Place::Nsx), &Credentials { username, password }),
        cluster: CLUSTER.into(),
        ip_pool: POOL.into(),
        gateway: TIER_1.into(),
        size: ncp::Size::Small,
        lists: ncp::Lists::OfEachPass,
        safeguards: core.safeguards.clone(),
        decide: core.ncp,
        clock: Arc::new(Still),
        seed: 1,
        telemetry: Telemetry::of("ncp"),
    };
    Box::new(move |input, _| {
        let pass = ncp::pass_once(ctx.clone(), seen(input), Vec::new());
        pass.map(|ended| ended.map_err(|error| chain(&error)))
            .boxed()
    })
}

fn seen<K: DeserializeOwned>(input: &Input) -> K {
    read(seen_above(input.hop, &input.upstream))
}

/// The answer of a list, if one was heard.
fn listed<K: DeserializeOwned>(kind: Kind, seen: Seen) -> Option<Vec<K>> {
    match seen {
        Seen::NotPolled => None,
        Seen::Absent => Some(Vec::new()),
        Seen::There(there) => Some(vec![read(objects::below(kind, &there))]),
    }
}

fn read<K: DeserializeOwned>(object: Value) -> K {
    serde_json::from_value(object).expect("what is rendered here is an object of its kind")
}

/// The Endpoints in a request that writes them.
pub(super) fn endpoints_in(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}
