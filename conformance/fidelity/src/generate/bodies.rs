//! Objects of each kind: mostly right ones, and of every field some that are not.

use super::{chain, core, faults};
use crate::step::Kind;
use crate::wire::merge;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// The UID of nobody.
pub const STRANGER: &str = "00000000-0000-0000-0000-000000000000";

/// A field, how often it is there (as good as always where that is 1), and what it holds.
pub type Field = (&'static str, f64, BoxedStrategy<Value>);

/// One of some values, of which the first is the simplest.
pub fn one_of(values: &[Value]) -> BoxedStrategy<Value> {
    select(values.to_vec()).boxed()
}

/// An object with some of its fields.
pub fn some(fields: Vec<Field>) -> BoxedStrategy<Value> {
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, often, value)| {
            proptest::option::weighted(often.min(0.999), value)
                .prop_map(move |value| value.map(|value| (name.to_owned(), value)))
        })
        .collect();
    fields
        .prop_map(|fields| Value::Object(fields.into_iter().flatten().collect::<Map<_, _>>()))
        .boxed()
}

/// A list of so many.
pub fn list(
    item: BoxedStrategy<Value>,
    len: std::ops::RangeInclusive<usize>,
) -> BoxedStrategy<Value> {
    proptest::collection::vec(item, len)
        .prop_map(Value::from)
        .boxed()
}

/// What is in `metadata` besides the name.
pub fn metadata() -> BoxedStrategy<Value> {
    let labels = one_of(&[
        json!({"app": "a"}),
        json!({"app": "b"}),
        json!({"app": "a", "tier": "x"}),
        json!({"app": "b", "tier": null}),
        json!({}),
    ]);
    let annotations = one_of(&[
        json!({"note": "1"}),
        json!({"note": "2"}),
        json!({"note": "1", "other/note": "x"}),
    ]);
    let finalizers = one_of(&[
        json!(["example.com/hold"]),
        json!(["example.com/hold", "example.com/other"]),
        json!(["example.com/other"]),
        json!(["example.com/other", "example.com/hold"]),
        json!([]),
        json!(["foregroundDeletion"]),
    ]);
    let owner = |name: &str, uid: &str, controller: bool| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid,
            "controller": controller})
    };
    let owners = one_of(&[
        json!([owner("a", STRANGER, true)]),
        json!([owner("a", STRANGER, true), owner("b", "1", false)]),
        json!([owner("b", "1", true)]),
    ]);
    some(vec![
        ("labels", 0.4, labels),
        ("annotations", 0.3, annotations),
        ("finalizers", 0.22, finalizers),
        ("ownerReferences", 0.06, owners),
    ])
}

/// Everything in an object besides what it is called.
pub fn object(kind: Kind) -> BoxedStrategy<Value> {
    let fields = match kind {
        Kind::Service => core::service(),
        Kind::Endpoints => core::endpoints(),
        Kind::EndpointSlice => core::endpoint_slice(),
        Kind::ConfigMap => core::config_map(),
        Kind::Secret => core::secret(),
        Kind::Event => core::event(),
        Kind::Lease => core::lease(),
        Kind::VirtualMachineService => chain::vm_service(),
        Kind::VirtualMachine => chain::vm(),
        Kind::Namespace => Vec::new(),
    };
    let fault = proptest::option::weighted(0.16, faults::of(kind));
    (metadata(), some(fields), fault)
        .prop_map(|(metadata, mut object, fault)| {
            object["metadata"] = metadata;
            if let Some(fault) = fault {
                merge(&mut object, &fault);
            }
            object
        })
        .boxed()
}
