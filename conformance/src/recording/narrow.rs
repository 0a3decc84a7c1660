//! What of a body matters: the fields that `docs/protocol.md` §2 and §5 speak of.

use serde_json::{Map, Value};

/// The fields that are kept, wherever they are.
const KEPT: [&str; 44] = [
    // Kubernetes objects.
    "items",
    "metadata",
    "uid",
    "resourceVersion",
    "deletionTimestamp",
    "finalizers",
    "annotations",
    "ownerReferences",
    "controller",
    "name",
    "spec",
    "type",
    "ports",
    "protocol",
    "port",
    "nodePort",
    "targetPort",
    "status",
    "loadBalancer",
    "ingress",
    "ip",
    "conditions",
    "reason",
    // Patches and preconditions.
    "op",
    "path",
    "value",
    "preconditions",
    // NSX-T.
    "results",
    "id",
    "tags",
    "scope",
    "tag",
    "children",
    "LBService",
    "LBPool",
    "LBVirtualServer",
    "marked_for_delete",
    "ip_address",
    "application_profile_path",
    "state",
    "entity_type",
    "extended_attributes",
    "key",
    "values",
];

/// The body without what no decision and no judgement reads. An annotation is kept whatever its
/// name, since foreign ones matter; its value is kept only where it is a name.
pub fn narrowed(body: &Value) -> Value {
    match body {
        Value::Object(fields) => Value::Object(fields.iter().filter_map(kept).collect()),
        Value::Array(items) => items.iter().map(narrowed).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => body.clone(),
    }
}

fn kept((key, value): (&String, &Value)) -> Option<(String, Value)> {
    if key == "annotations" {
        return Some((key.clone(), value.clone()));
    }
    // A refusal is told by its status, and an answer by the object that it shows.
    let says_nothing = |value: &Value| value.as_object().is_some_and(Map::is_empty);
    KEPT.contains(&key.as_str())
        .then(|| narrowed(value))
        .filter(|value| !says_nothing(value))
        .map(|value| (key.clone(), value))
}
