//! How a controller learns: watches with a store, whose errors are logged and never passed on.
//!
//! `Controller` puts one back-off over all of its triggers, so an error passed on would silence
//! the poll as well. Here each watch backs off by itself.

use futures::{FutureExt, Stream, StreamExt, future};
use kube::runtime::reflector::{self, Lookup, Store};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as watch};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::hash::Hash;
use tracing::warn;

/// What a controller can watch.
pub trait Watched:
    Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static
{
}

impl<K> Watched for K where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static
{
}

/// The watch that a controller is for, as `Controller::for_stream` takes it.
pub fn own<K: Watched>(
    api: Api<K>,
) -> (
    Store<K>,
    impl Stream<Item = Result<K, watcher::Error>> + Send + 'static,
)
where
    <K as Lookup>::DynamicType: Default + Eq + Hash + Clone + Send + Sync,
{
    let (store, writer) = reflector::store();
    let objects = watch(api, watcher::Config::default())
        .default_backoff()
        .reflect(writer)
        .applied_objects()
        .filter_map(|object| future::ready(logged::<K, _>(object).map(Ok)));
    (store, objects)
}

/// What a secondary watch has to say.
#[derive(Clone, Debug)]
pub enum Heard<K> {
    /// This object changed, appeared, or is gone.
    Touched(K),
    /// The watch began anew. Objects that went meanwhile were not named one by one.
    Relisted,
}

/// A watch beside the controller's own. Its store is written before its item is given out.
pub fn secondary<K: Watched>(
    api: Api<K>,
) -> (Store<K>, impl Stream<Item = Heard<K>> + Send + 'static)
where
    <K as Lookup>::DynamicType: Default + Eq + Hash + Clone + Send + Sync,
{
    let (store, writer) = reflector::store();
    let events = watch(api, watcher::Config::default())
        .default_backoff()
        .reflect(writer)
        .filter_map(|event| future::ready(logged::<K, _>(event).and_then(heard)));
    (store, events)
}

/// Whether the first list of a store was heard.
pub fn is_ready<K: Watched>(store: &Store<K>) -> bool
where
    <K as Lookup>::DynamicType: Default + Eq + Hash + Clone,
{
    store.wait_until_ready().now_or_never().is_some()
}

fn heard<K>(event: Event<K>) -> Option<Heard<K>> {
    match event {
        Event::Apply(object) | Event::Delete(object) => Some(Heard::Touched(object)),
        Event::InitDone => Some(Heard::Relisted),
        Event::Init | Event::InitApply(_) => None,
    }
}

fn logged<K: Watched, T>(item: Result<T, watcher::Error>) -> Option<T> {
    item.inspect_err(|error| {
        let error: &dyn std::error::Error = error;
        warn!(kind = %K::kind(&()), error, "the watch broke and begins anew");
    })
    .ok()
}
