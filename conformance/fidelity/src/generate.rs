//! Sequences that chance chooses, in a small universe: three names, two labels, two managers, one or
//! two kinds, so that requests meet.

mod bodies;
mod chain;
mod core;
mod faults;
mod patches;
mod reads;

use crate::step::{Ask, Kind, Part, Step, View};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The most steps of a sequence.
const STEPS: usize = 14;

/// What a sequence is drawn by: the run's seed and its number.
///
/// The same two give the same sequence, by whatever thread.
pub fn runner(seed: u64, number: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_le_bytes());
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// All sequences.
pub fn sequences() -> BoxedStrategy<Vec<Step>> {
    let kind = || {
        prop_oneof![
            5 => Just(Kind::Service),
            5 => Just(Kind::VirtualMachineService),
            2 => Just(Kind::VirtualMachine),
            3 => Just(Kind::Endpoints),
            2 => Just(Kind::EndpointSlice),
            4 => Just(Kind::ConfigMap),
            2 => Just(Kind::Secret),
            1 => Just(Kind::Event),
            2 => Just(Kind::Lease),
        ]
    };
    (kind(), kind())
        .prop_flat_map(|(most, some)| {
            let step = prop_oneof![
                18 => step(most),
                6 => step(some),
                1 => namespace(),
            ];
            proptest::collection::vec(step, 1..=STEPS)
        })
        .boxed()
}

fn step(kind: Kind) -> BoxedStrategy<Step> {
    let options = writing();
    prop_oneof![
        20 => create(kind),
        18 => apply(kind),
        12 => edit(kind, Ask::Edit),
        5 => edit(kind, Ask::Replace),
        16 => patches::merge(kind),
        9 => patches::json_patch(kind),
        6 => patches::strategic(kind),
        5 => reads::get(kind),
        8 => reads::list(kind),
        5 => reads::watch(kind),
        10 => delete(kind),
        2 => delete_collection(kind),
    ]
    .prop_flat_map(move |step| {
        let is_read = matches!(step.ask, Ask::Get | Ask::List | Ask::Watch);
        options.clone().prop_map(move |options| {
            let mut step = step.clone();
            if !is_read {
                step.query.extend(options);
            }
            step
        })
    })
    .boxed()
}

fn plain(ask: Ask, kind: Kind, name: &str, body: Value) -> Step {
    Step {
        ask,
        kind,
        name: name.into(),
        part: Part::Whole,
        view: View::Object,
        query: BTreeMap::new(),
        body,
    }
}

fn name() -> BoxedStrategy<&'static str> {
    prop_oneof![5 => Just("a"), 3 => Just("b"), 2 => Just("c")].boxed()
}

fn part(kind: Kind) -> BoxedStrategy<Part> {
    match kind.has_status() {
        true => prop_oneof![2 => Just(Part::Whole), 1 => Just(Part::Status)].boxed(),
        false => prop_oneof![40 => Just(Part::Whole), 1 => Just(Part::Status)].boxed(),
    }
}

type Query = BTreeMap<String, String>;

/// Parameters that writes share.
fn writing() -> BoxedStrategy<Query> {
    let dry = proptest::option::weighted(0.08, Just(("dryRun", "All")));
    let manager = proptest::option::weighted(0.2, select(vec!["m1", "m2"]));
    let strict = proptest::option::weighted(0.12, select(vec!["Strict", "Ignore", "Warn"]));
    (dry, manager, strict)
        .prop_map(|(dry, manager, strict)| {
            let manager = manager.map(|it| ("fieldManager", it));
            let strict = strict.map(|it| ("fieldValidation", it));
            [dry, manager, strict]
                .into_iter()
                .flatten()
                .map(|(key, value)| (key.into(), value.into()))
                .collect()
        })
        .boxed()
}

fn create(kind: Kind) -> BoxedStrategy<Step> {
    let generated = proptest::option::weighted(0.06, 0..3_u8);
    (name(), bodies::object(kind), generated)
        .prop_map(move |(name, mut body, generated)| {
            let name = match generated {
                Some(number) => {
                    body["metadata"]["generateName"] = json!(format!("made{number}-"));
                    ""
                }
                None => name,
            };
            plain(Ask::Create, kind, name, body)
        })
        .boxed()
}

fn apply(kind: Kind) -> BoxedStrategy<Step> {
    let manager = prop_oneof![20 => Just("m1"), 20 => Just("m2"), 1 => Just("")];
    let force = proptest::option::weighted(0.3, Just("true"));
    (name(), bodies::object(kind), part(kind), manager, force)
        .prop_map(move |(name, body, part, manager, force)| {
            let mut step = plain(Ask::Apply, kind, name, body);
            step.part = part;
            if !manager.is_empty() {
                step.query.insert("fieldManager".into(), manager.into());
            }
            if let Some(force) = force {
                step.query.insert("force".into(), force.into());
            }
            step
        })
        .boxed()
}

fn edit(kind: Kind, ask: Ask) -> BoxedStrategy<Step> {
    let version = prop_oneof![
        6 => Just(None),
        2 => Just(Some(json!("$version"))),
        2 => Just(Some(json!("$old-version"))),
        1 => Just(Some(Value::Null)),
    ];
    let uid = prop_oneof![
        8 => Just(None),
        1 => Just(Some(json!("$old-uid"))),
        1 => Just(Some(json!(bodies::STRANGER))),
    ];
    (name(), bodies::object(kind), part(kind), version, uid)
        .prop_map(move |(name, mut body, part, version, uid)| {
            for (field, value) in [("resourceVersion", version), ("uid", uid)] {
                if let Some(value) = value {
                    body["metadata"][field] = value;
                }
            }
            let mut step = plain(ask, kind, name, body);
            step.part = part;
            step
        })
        .boxed()
}

/// What a delete says besides whom it is about.
fn delete_options() -> BoxedStrategy<Value> {
    let uid = prop_oneof![
        8 => Just(None),
        2 => Just(Some(json!("$uid"))),
        2 => Just(Some(json!("$old-uid"))),
        1 => Just(Some(json!(bodies::STRANGER))),
    ];
    let version = prop_oneof![
        8 => Just(None),
        1 => Just(Some(json!("$version"))),
        2 => Just(Some(json!("$old-version"))),
    ];
    let policy = proptest::option::weighted(
        0.4,
        select(vec!["Background", "Foreground", "Orphan", "Sideways"]),
    );
    let grace = proptest::option::weighted(0.1, select(vec![0, 30]));
    (uid, version, policy, grace)
        .prop_map(|(uid, version, policy, grace)| {
            let mut body = json!({});
            for (field, value) in [("uid", uid), ("resourceVersion", version)] {
                if let Some(value) = value {
                    body["preconditions"][field] = value;
                }
            }
            if let Some(policy) = policy {
                body["propagationPolicy"] = policy.into();
            }
            if let Some(grace) = grace {
                body["gracePeriodSeconds"] = grace.into();
            }
            match body.as_object().is_some_and(|it| it.is_empty()) {
                true => Value::Null,
                false => body,
            }
        })
        .boxed()
}

fn delete(kind: Kind) -> BoxedStrategy<Step> {
    (name(), delete_options())
        .prop_map(move |(name, body)| plain(Ask::Delete, kind, name, body))
        .boxed()
}

fn delete_collection(kind: Kind) -> BoxedStrategy<Step> {
    let selector = reads::selector();
    (selector, delete_options())
        .prop_map(move |(selector, body)| {
            let mut step = plain(Ask::DeleteCollection, kind, "", body);
            step.query = selector;
            step
        })
        .boxed()
}

/// What is asked of the namespace itself.
fn namespace() -> BoxedStrategy<Step> {
    prop_oneof![
        2 => Just(plain(Ask::Get, Kind::Namespace, "", Value::Null)),
        1 => Just(plain(Ask::Delete, Kind::Namespace, "", Value::Null)),
        2 => bodies::metadata().prop_map(|it| {
            plain(Ask::Merge, Kind::Namespace, "", json!({"metadata": it}))
        }),
    ]
    .boxed()
}
