//! Patches of every form but apply.

use super::bodies::{self, STRANGER, one_of};
use super::{name, part, plain};
use crate::step::{Ask, Kind, Step};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What a patch of an object says about which object it means.
fn guard() -> BoxedStrategy<Option<(&'static str, Value)>> {
    prop_oneof![
        8 => Just(None),
        3 => Just(Some(("resourceVersion", json!("$version")))),
        3 => Just(Some(("resourceVersion", json!("$old-version")))),
        1 => Just(Some(("resourceVersion", Value::Null))),
        1 => Just(Some(("uid", json!("$uid")))),
        1 => Just(Some(("uid", json!("$old-uid")))),
        1 => Just(Some(("uid", json!(STRANGER)))),
    ]
    .boxed()
}

/// Something that is taken away.
fn removal(kind: Kind) -> BoxedStrategy<Value> {
    let mut removals = vec![
        json!({"metadata": {"finalizers": null}}),
        json!({"metadata": {"finalizers": null}}),
        json!({"metadata": {"labels": null}}),
        json!({"metadata": {"labels": {"app": null}}}),
        json!({"metadata": {"annotations": null}}),
        json!({"metadata": {"ownerReferences": null}}),
    ];
    match kind {
        Kind::Service | Kind::VirtualMachineService => removals.extend([
            json!({"spec": {"ports": null}}),
            json!({"spec": {"selector": null}}),
            json!({"spec": null}),
            json!({"status": null}),
        ]),
        Kind::ConfigMap | Kind::Secret => {
            removals.extend([json!({"data": {"k": null}}), json!({"data": null})]);
        }
        Kind::Endpoints => removals.push(json!({"subsets": null})),
        Kind::Lease => removals.push(json!({"spec": {"holderIdentity": null}})),
        Kind::Namespace | Kind::EndpointSlice | Kind::Event | Kind::VirtualMachine => {}
    }
    one_of(&removals)
}

fn of_object(kind: Kind, ask: Ask) -> BoxedStrategy<Step> {
    let patch = prop_oneof![3 => bodies::object(kind), 2 => removal(kind)];
    (name(), patch, part(kind), guard())
        .prop_map(move |(name, mut patch, part, guard)| {
            if let Some((field, value)) = guard {
                patch["metadata"][field] = value;
            }
            let mut step = plain(ask, kind, name, patch);
            step.part = part;
            step
        })
        .boxed()
}

/// A merge patch.
pub fn merge(kind: Kind) -> BoxedStrategy<Step> {
    of_object(kind, Ask::Merge)
}

/// A strategic merge patch, which custom resources do not take.
pub fn strategic(kind: Kind) -> BoxedStrategy<Step> {
    let mut directives = vec![
        json!({"metadata": {"labels": {"$patch": "replace", "app": "b"}}}),
        json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["example.com/hold"]}}),
        json!({"metadata": {"finalizers": ["example.com/other"]}}),
        json!({"metadata": {"labels": null}}),
    ];
    match kind {
        Kind::Service => directives.extend([
            json!({"spec": {"ports": [{"port": 443, "name": "https"}]}}),
            json!({"spec": {"ports": [{"port": 80, "$patch": "delete"}]}}),
            json!({"spec": {"ports": [{"port": 80, "targetPort": 81}]}}),
            json!({"spec": {"ports": [{"port": 443, "name": "x"}],
                "$setElementOrder/ports": [{"port": 443}, {"port": 80}]}}),
            json!({"spec": {"ports": [{"$patch": "replace"}, {"port": 7}]}}),
        ]),
        Kind::ConfigMap | Kind::Secret => {
            directives.push(json!({"data": {"$patch": "replace", "z": "aGk="}}));
        }
        Kind::Endpoints => {
            directives.push(json!({"subsets": [{"addresses": [{"ip": "192.0.2.9"}]}]}));
        }
        Kind::Namespace
        | Kind::EndpointSlice
        | Kind::Event
        | Kind::Lease
        | Kind::VirtualMachineService
        | Kind::VirtualMachine => {}
    }
    let directed = (name(), one_of(&directives), part(kind))
        .prop_map(move |(name, patch, part)| {
            let mut step = plain(Ask::Strategic, kind, name, patch);
            step.part = part;
            step
        })
        .boxed();
    prop_oneof![1 => directed, 1 => of_object(kind, Ask::Strategic)].boxed()
}

/// A JSON patch of one to three operations, often with a test.
pub fn json_patch(kind: Kind) -> BoxedStrategy<Step> {
    let test = one_of(&[
        json!({"op": "test", "path": "/metadata/labels/app", "value": "a"}),
        json!({"op": "test", "path": "/metadata/resourceVersion", "value": "$version"}),
        json!({"op": "test", "path": "/metadata/resourceVersion", "value": "$old-version"}),
        json!({"op": "test", "path": "/metadata/uid", "value": "$uid"}),
        json!({"op": "test", "path": "/metadata/finalizers", "value": ["example.com/hold"]}),
        json!({"op": "test", "path": "/metadata/finalizers/0", "value": "example.com/hold"}),
        json!({"op": "test", "path": "/metadata/finalizers", "value": null}),
    ]);
    let mut changes = vec![
        json!({"op": "add", "path": "/metadata/labels", "value": {"app": "b"}}),
        json!({"op": "add", "path": "/metadata/labels/tier", "value": "x"}),
        json!({"op": "replace", "path": "/metadata/labels/app", "value": "b"}),
        json!({"op": "remove", "path": "/metadata/labels/app"}),
        json!({"op": "remove", "path": "/metadata/finalizers/0"}),
        json!({"op": "remove", "path": "/metadata/finalizers"}),
        json!({"op": "add", "path": "/metadata/finalizers", "value": ["example.com/hold"]}),
        json!({"op": "add", "path": "/metadata/finalizers/-", "value": "example.com/other"}),
        json!({"op": "add", "path": "/metadata/annotations", "value": {"note": "3"}}),
        json!({"op": "move", "from": "/metadata/labels", "path": "/metadata/annotations"}),
        json!({"op": "replace", "path": "/metadata/name", "value": "z"}),
        json!({"op": "add", "path": "/status", "value": {"loadBalancer": {"ingress": [{"ip": "192.0.2.5"}]}}}),
        json!({"op": "shake", "path": "/metadata/labels", "value": 1}),
    ];
    match kind {
        Kind::Service | Kind::VirtualMachineService => changes.extend([
            json!({"op": "replace", "path": "/spec/ports/0/port", "value": 81}),
            json!({"op": "add", "path": "/spec/type", "value": "ClusterIP"}),
            json!({"op": "remove", "path": "/spec/ports/0"}),
        ]),
        Kind::ConfigMap => changes.push(json!({"op": "add", "path": "/data", "value": {"k": "9"}})),
        Kind::Namespace
        | Kind::Endpoints
        | Kind::EndpointSlice
        | Kind::Secret
        | Kind::Event
        | Kind::Lease
        | Kind::VirtualMachine => {}
    }
    let change = one_of(&changes);
    let tests = proptest::collection::vec(test, 0..=1);
    let changes = proptest::collection::vec(change, 0..=2);
    (name(), tests, changes, part(kind))
        .prop_map(move |(name, tests, changes, part)| {
            let patch = tests.into_iter().chain(changes).collect();
            let mut step = plain(Ask::JsonPatch, kind, name, patch);
            step.part = part;
            step
        })
        .boxed()
}
