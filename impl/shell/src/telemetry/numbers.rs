//! The numbers, by the names that controller-runtime and client-go have for them.

use super::lock;
use kube::runtime::controller::Action as Requeue;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The bounds of the histogram of passes, in seconds: those of controller-runtime, thinned.
const SECONDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0,
];

/// What is counted as it happens. Clones count the same.
#[derive(Clone)]
pub(super) struct Numbers {
    results: Family<OfResult, Counter>,
    errors: Counter,
    seconds: Histogram,
    pub(super) active: Gauge,
    pub(super) leads: Gauge,
    pub(super) requests: Family<OfRequest, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfResult {
    result: &'static str,
}

/// The labels of a request, as client-go has them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfRequest {
    pub(super) code: String,
    pub(super) host: String,
    pub(super) method: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: String,
}

impl Default for Numbers {
    fn default() -> Numbers {
        Numbers {
            results: Family::default(),
            errors: Counter::default(),
            seconds: Histogram::new(SECONDS),
            active: Gauge::default(),
            leads: Gauge::default(),
            requests: Family::default(),
        }
    }
}

impl Numbers {
    pub(super) fn registry(
        &self,
        controller: &'static str,
        watched: Arc<Mutex<Vec<Kind>>>,
    ) -> Registry {
        let mut all = Registry::default();
        let label = ("controller".into(), controller.into());
        let passes = all.sub_registry_with_label(label);
        let (results, errors) = (self.results.clone(), self.errors.clone());
        passes.register("controller_runtime_reconcile", "Passes by result", results);
        passes.register(
            "controller_runtime_reconcile_errors",
            "Failed passes",
            errors,
        );
        let seconds = self.seconds.clone();
        let name = "controller_runtime_reconcile_time_seconds";
        passes.register(name, "How long passes took", seconds);
        let active = self.active.clone();
        passes.register(
            "controller_runtime_active_workers",
            "Passes under way",
            active,
        );
        passes.register_collector(Box::new(Objects(watched)));
        let label = ("name".into(), controller.into());
        let lease = all.sub_registry_with_label(label);
        let (name, leads) = ("leader_election_master_status", self.leads.clone());
        lease.register(name, "1 on the replica that leads", leads);
        let (name, requests) = ("rest_client_requests", self.requests.clone());
        all.register(
            name,
            "Requests; code <error> where no answer came",
            requests,
        );
        all
    }

    pub(super) fn count_pass<E>(&self, took: Duration, result: &Result<Requeue, E>) {
        self.seconds.observe(took.as_secs_f64());
        let result = match result {
            Ok(next) if *next == Requeue::await_change() => "success",
            Ok(_) => "requeue_after",
            Err(_) => "error",
        };
        if result == "error" {
            self.errors.inc();
        }
        self.results.get_or_create(&OfResult { result }).inc();
    }
}

/// A kind of object that is watched.
pub(super) struct Kind {
    pub(super) name: String,
    pub(super) is_listed: Box<dyn Fn() -> bool + Send + Sync>,
    pub(super) objects: Box<dyn Fn() -> usize + Send + Sync>,
}

/// How many objects of each kind are known, counted when somebody asks.
struct Objects(Arc<Mutex<Vec<Kind>>>);

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects").finish_non_exhaustive()
    }
}

impl Collector for Objects {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let (name, help) = (
            "hopwise_watched_objects",
            "Objects that the controller knows",
        );
        let type_ = ConstGauge::new(0_i64).metric_type();
        let mut family = encoder.encode_descriptor(name, help, None, type_)?;
        for kind in lock(&self.0).iter() {
            let labels = OfKind {
                kind: kind.name.clone(),
            };
            let count = i64::try_from((kind.objects)()).unwrap_or(i64::MAX);
            ConstGauge::new(count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
