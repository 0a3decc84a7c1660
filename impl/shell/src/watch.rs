//! How a controller learns: watches with a store, whose errors are logged and never passed on.
//!
//! `Controller` puts one back-off over all of its triggers, so an error passed on would silence
//! the poll as well. Here each watch backs off by itself.

use crate::backoff::of_watch;
use futures::{FutureExt, Stream, StreamExt, future, stream};
use kube::runtime::reflector::store::Writer;
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

/// The watch that a controller is for, as `Controller::for_stream` takes it. The jitter of its
/// back-off follows from `seed`.
pub fn own<K: Watched>(
    api: Api<K>,
    seed: u64,
) -> (
    Store<K>,
    impl Stream<Item = Result<K, watcher::Error>> + Send + 'static,
)
where
    <K as Lookup>::DynamicType: Default + Eq + Hash + Clone + Send + Sync,
{
    let (store, writer) = reflector::store();
    let objects = watch(api, watcher::Config::default())
        .backoff(of_watch(seed, &K::kind(&())))
        .reflect(writer)
        .applied_objects()
        .filter_map(|object| future::ready(logged::<K, _>(object).map(Ok)));
    (store, objects)
}

/// What a secondary watch has to say.
#[derive(Clone, Debug)]
pub enum Heard<K> {
    /// This object changed, appeared, is gone, or is still there after the watch broke.
    Touched(K),
    /// The first list is complete: from now on absent means absent.
    Listed,
}

/// A watch beside the controller's own. Its store is written before its item is given out, and the
/// jitter of its back-off follows from `seed`.
///
/// # Caveats
/// A watch that breaks begins anew with a list of what there is. Of what went meanwhile nothing
/// is said: it is just no longer in the store, and ticks find it missing.
pub fn secondary<K: Watched>(
    api: Api<K>,
    seed: u64,
) -> (Store<K>, impl Stream<Item = Heard<K>> + Send + 'static)
where
    <K as Lookup>::DynamicType: Default + Eq + Hash + Clone + Send + Sync,
{
    let (store, writer) = reflector::store();
    let events = watch(api, watcher::Config::default())
        .backoff(of_watch(seed, &K::kind(&())))
        .reflect(writer)
        .filter_map(|event| future::ready(logged::<K, _>(event)));
    let mut list = List::First;
    let heard = events.flat_map(move |event| stream::iter(list.hear(event)));
    (store, heard)
}

/// The list with which a watch begins.
enum List<K> {
    /// The first one is being told.
    First,
    /// It is over; here is what a later one has told so far.
    Later(Vec<K>),
}

impl<K> List<K> {
    fn hear(&mut self, event: Event<K>) -> Vec<Heard<K>> {
        match (event, &mut *self) {
            (Event::Apply(object) | Event::Delete(object), _) => vec![Heard::Touched(object)],
            (Event::Init, List::Later(told)) => {
                told.clear();
                Vec::new()
            }
            (Event::InitApply(object), List::Later(told)) => {
                told.push(object);
                Vec::new()
            }
            (Event::InitDone, List::Later(told)) => told.drain(..).map(Heard::Touched).collect(),
            (Event::Init | Event::InitApply(_), List::First) => Vec::new(),
            (Event::InitDone, List::First) => {
                *self = List::Later(Vec::new());
                vec![Heard::Listed]
            }
        }
    }
}

/// Whether the first list of a store was heard.
pub fn is_ready<K: Watched>(store: &Store<K>) -> bool
where
    <K as Lookup>::DynamicType: Default + Eq + Hash + Clone,
{
    store.wait_until_ready().now_or_never().is_some()
}

/// A store that nobody watches for: as a watch leaves it that has listed these, or, given nothing, one
/// that has not listed yet. It does not change any more, as long as its writer is kept.
pub fn filled<K: Watched>(listed: Option<Vec<K>>) -> (Store<K>, Writer<K>)
where
    <K as Lookup>::DynamicType: Default + Eq + Hash + Clone,
{
    let (store, mut writer) = reflector::store();
    if let Some(listed) = listed {
        writer.apply_watcher_event(&Event::Init);
        for object in listed {
            writer.apply_watcher_event(&Event::InitApply(object));
        }
        writer.apply_watcher_event(&Event::InitDone);
    }
    (store, writer)
}

fn logged<K: Watched, T>(item: Result<T, watcher::Error>) -> Option<T> {
    item.inspect_err(|error| {
        let error: &dyn std::error::Error = error;
        warn!(kind = %K::kind(&()), error, "the watch broke and begins anew");
    })
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(list: &mut List<&'static str>, events: Vec<Event<&'static str>>) -> Vec<String> {
        let heard = events.into_iter().flat_map(|event| list.hear(event));
        heard.map(|one| format!("{one:?}")).collect()
    }

    #[test]
    fn a_later_list_names_what_is_there_and_is_silent_on_what_went() {
        let mut list = List::First;
        let first = vec![Event::Init, Event::InitApply("a"), Event::InitDone];
        assert_eq!(said(&mut list, first), ["Listed"]);
        assert_eq!(said(&mut list, vec![Event::Apply("b")]), ["Touched(\"b\")"]);
        let again = vec![Event::Init, Event::InitApply("b"), Event::InitDone];
        assert_eq!(said(&mut list, again), ["Touched(\"b\")"]);
        let broken = vec![Event::Init, Event::InitApply("b"), Event::Init];
        assert_eq!(said(&mut list, broken), Vec::<String>::new());
        assert_eq!(said(&mut list, vec![Event::InitDone]), Vec::<String>::new());
    }
}
