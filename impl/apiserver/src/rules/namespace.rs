//! Namespaces: the label, the finalizer and the phase that every one has.
use serde_json::{Value, json};

use crate::object::{is_deleting, map_mut, metadata_mut, name_of};

/// Fills in the label.
pub(super) fn fill_label(namespace: &mut Value) {
    let name = name_of(namespace).to_string();
    let labels = metadata_mut(namespace)
        .entry("labels")
        .or_insert_with(|| json!({}));
    map_mut(labels).insert("kubernetes.io/metadata.name".into(), name.into());
}

/// Fills in what the server keeps up.
pub(super) fn complete(namespace: &mut Value) {
    if is_deleting(namespace) {
        return;
    }
    let map = map_mut(namespace);
    let spec = map_mut(map.entry("spec").or_insert_with(|| json!({})));
    spec.entry("finalizers")
        .or_insert_with(|| json!(["kubernetes"]));
    let status = map_mut(map.entry("status").or_insert_with(|| json!({})));
    status.entry("phase").or_insert_with(|| json!("Active"));
}
