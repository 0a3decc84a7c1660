//! What a controller tells of itself: numbers, and whether it is ready.

mod numbers;
mod requests;
#[cfg(test)]
mod tests;

pub use requests::Counted;

use crate::watch::{Watched, is_ready};
use crate::write::describe;
use kube::Resource;
use kube::runtime::controller::Action as Requeue;
use kube::runtime::reflector::{Lookup, Store};
use numbers::{Kind, Numbers};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;
use tracing::{Instrument, info_span, warn};

/// What one controller tells of itself. Clones tell of the same.
#[derive(Clone)]
pub struct Telemetry(Arc<Told>);

struct Told {
    registry: Registry,
    numbers: Numbers,
    passes: AtomicU64,
    watched: Arc<Mutex<Vec<Kind>>>,
}

/// Whether one of the things holds that readiness needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What it is about.
    pub name: String,
    /// Whether it holds.
    pub holds: bool,
}

impl Telemetry {
    /// What a controller of this name tells.
    pub fn of(controller: &'static str) -> Telemetry {
        let (numbers, watched) = (Numbers::default(), Arc::default());
        Telemetry(Arc::new(Told {
            registry: numbers.registry(controller, Arc::clone(&watched)),
            numbers,
            passes: AtomicU64::default(),
            watched,
        }))
    }

    /// Makes a pass over an object: measured, and in a span that names the object.
    ///
    /// # Errors
    /// Those of the pass, which are logged here.
    pub async fn pass<K, E>(
        &self,
        object: &K,
        pass: impl Future<Output = Result<Requeue, E>>,
    ) -> Result<Requeue, E>
    where
        K: Resource<DynamicType = ()>,
        E: std::error::Error + 'static,
    {
        let meta = object.meta();
        let span = info_span!(
            "pass",
            object = describe(object),
            uid = meta.uid,
            generation = meta.generation,
            pass = self.0.passes.fetch_add(1, Ordering::Relaxed) + 1,
        );
        let measured = async {
            let began = Instant::now();
            self.0.numbers.active.inc();
            let result = pass.await;
            self.0.numbers.active.dec();
            self.0.numbers.count_pass(began.elapsed(), &result);
            if let Err(error) = &result {
                let reason = crate::chain(error);
                warn!(reason, "the pass failed and is tried again");
            }
            result
        };
        measured.instrument(span).await
    }

    /// The controller needs the first list of this store, and its objects are counted.
    pub fn watches<K: Watched>(&self, store: &Store<K>)
    where
        <K as Lookup>::DynamicType: Default + Eq + Hash + Clone + Send + Sync,
    {
        let (first, counted) = (store.clone(), store.clone());
        lock(&self.0.watched).push(Kind {
            name: K::kind(&()).into_owned(),
            is_listed: Box::new(move || is_ready(&first)),
            objects: Box::new(move || counted.len()),
        });
    }

    /// This replica leads.
    pub fn leads(&self) {
        self.0.numbers.leads.set(1);
    }

    /// What readiness needs: the first list of every kind that is watched.
    ///
    /// A replica that waits for its lease watches nothing yet, and is ready: otherwise no roll-out
    /// would ever replace a leader.
    pub fn checks(&self) -> Vec<Check> {
        let watched = lock(&self.0.watched);
        let lists = watched.iter().map(|kind| Check {
            name: format!("informer-sync/{}", kind.name),
            holds: (kind.is_listed)(),
        });
        let ping = Check {
            name: "ping".into(),
            holds: true,
        };
        std::iter::once(ping).chain(lists).collect()
    }

    /// All numbers, as OpenMetrics text.
    pub fn metrics(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.0.registry).expect("a string takes whatever is written to it");
        text
    }

    /// A service whose requests are counted as requests to this host.
    pub fn counted<S>(&self, host: &str, service: S) -> Counted<S> {
        Counted::new(self.0.numbers.requests.clone(), host, service)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
