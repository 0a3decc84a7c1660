//! What only looks: GET, LIST and WATCH.

use super::{Query, name, part, plain};
use crate::step::{Ask, Kind, Step, View};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

fn query(pairs: impl IntoIterator<Item = Option<(&'static str, &'static str)>>) -> Query {
    let pairs = pairs.into_iter().flatten();
    pairs
        .map(|(key, value)| (key.into(), value.into()))
        .collect()
}

fn view(kind: Kind) -> BoxedStrategy<View> {
    // Tables of the others have columns that are made otherwise there.
    if matches!(
        kind,
        Kind::Event | Kind::Endpoints | Kind::EndpointSlice | Kind::Lease
    ) {
        return Just(View::Object).boxed();
    }
    prop_oneof![8 => Just(View::Object), 1 => Just(View::Metadata), 1 => Just(View::Table)].boxed()
}

/// A selector of labels or fields, or none.
pub fn selector() -> BoxedStrategy<Query> {
    let labels = [
        "app=a",
        "app=b",
        "app in (a,c)",
        "tier",
        "!tier,app",
        "app!=b",
        "app=a,,",
    ];
    let fields = ["metadata.name=a", "metadata.name!=a", "spec.strange=1"];
    prop_oneof![
        5 => Just(None),
        3 => select(labels.to_vec()).prop_map(|it| Some(("labelSelector", it))),
        1 => select(fields.to_vec()).prop_map(|it| Some(("fieldSelector", it))),
    ]
    .prop_map(|it| query([it]))
    .boxed()
}

/// Of one object.
pub fn get(kind: Kind) -> BoxedStrategy<Step> {
    let version = proptest::option::weighted(0.3, select(vec!["0", "$version"]));
    (name(), part(kind), version, view(kind))
        .prop_map(move |(name, part, version, view)| {
            let mut step = plain(Ask::Get, kind, name, Value::Null);
            step.query = query([version.map(|it| ("resourceVersion", it))]);
            (step.part, step.view) = (part, view);
            step
        })
        .boxed()
}

/// Of a collection, in pages and at versions.
pub fn list(kind: Kind) -> BoxedStrategy<Step> {
    let limit = proptest::option::weighted(0.35, select(vec!["1", "2", "500", "0", "-1", "x"]));
    let version = prop_oneof![
        6 => Just((None, None)),
        1 => Just((Some("0"), None)),
        1 => Just((Some("$version"), None)),
        1 => Just((Some("$version"), Some("NotOlderThan"))),
        1 => Just((Some("$version"), Some("Exact"))),
        1 => Just((Some("$old-version"), Some("Exact"))),
        1 => Just((Some("0"), Some("NotOlderThan"))),
        1 => Just((Some("0"), Some("Exact"))),
        1 => Just((None, Some("Exact"))),
        1 => Just((Some("x"), None)),
        1 => Just((Some("$version"), Some("Perhaps"))),
    ];
    let next = proptest::option::weighted(0.2, select(vec!["$continue", "nonsense"]));
    (name(), selector(), limit, version, next, view(kind))
        .prop_map(
            move |(name, selector, limit, (version, matches), next, view)| {
                let mut step = plain(Ask::List, kind, name, Value::Null);
                step.query = match next {
                    // A page is of the version that its list began at.
                    Some(next) => query([Some(("continue", next)), limit.map(|it| ("limit", it))]),
                    None => query([
                        limit.map(|it| ("limit", it)),
                        version.map(|it| ("resourceVersion", it)),
                        matches.map(|it| ("resourceVersionMatch", it)),
                    ]),
                };
                if next.is_none() {
                    step.query.extend(selector);
                }
                step.view = view;
                step
            },
        )
        .boxed()
}

/// A watch, from now or from a version, with or without what is there.
pub fn watch(kind: Kind) -> BoxedStrategy<Step> {
    let version = prop_oneof![
        3 => Just(None),
        2 => Just(Some("0")),
        3 => Just(Some("$version")),
        3 => Just(Some("$old-version")),
        3 => Just(Some("$list-version")),
        1 => Just(Some("x")),
    ];
    let initial = prop_oneof![
        6 => Just((None, None)),
        2 => Just((Some("true"), Some("NotOlderThan"))),
        1 => Just((Some("true"), None)),
        1 => Just((None, Some("NotOlderThan"))),
    ];
    let bookmarks = proptest::option::weighted(0.5, Just(("allowWatchBookmarks", "true")));
    let view = prop_oneof![6 => Just(View::Object), 1 => Just(View::Metadata)];
    (name(), selector(), version, initial, bookmarks, view)
        .prop_map(
            move |(name, selector, version, (initial, matches), bookmarks, view)| {
                let mut step = plain(Ask::Watch, kind, name, Value::Null);
                step.query = query([
                    version.map(|it| ("resourceVersion", it)),
                    initial.map(|it| ("sendInitialEvents", it)),
                    matches.map(|it| ("resourceVersionMatch", it)),
                    bookmarks,
                ]);
                step.query.extend(selector);
                step.view = view;
                step
            },
        )
        .boxed()
}
