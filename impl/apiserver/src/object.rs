//! A stored object: its value, shared, and its JSON, rendered at most once.
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::{Map, Value};

/// One version of one object. Never changed once stored.
#[derive(Debug)]
pub(crate) struct Object {
    value: Arc<Value>,
    json: OnceLock<Bytes>,
}

impl Object {
    pub fn new(value: Value) -> Arc<Object> {
        Arc::new(Object {
            value: Arc::new(value),
            json: OnceLock::new(),
        })
    }

    pub fn value(&self) -> &Value {
        &self.value
    }

    pub fn shared(&self) -> Arc<Value> {
        self.value.clone()
    }

    /// The object as JSON text.
    pub fn json(&self) -> Bytes {
        self.json
            .get_or_init(|| Bytes::from(self.value.to_string()))
            .clone()
    }

    pub fn name(&self) -> &str {
        name_of(&self.value)
    }

    pub fn namespace(&self) -> &str {
        namespace_of(&self.value)
    }

    pub fn uid(&self) -> &str {
        metadata_text(&self.value, "uid")
    }

    pub fn version(&self) -> &str {
        metadata_text(&self.value, "resourceVersion")
    }

    pub fn is_deleting(&self) -> bool {
        is_deleting(&self.value)
    }
}

/// A text field of `metadata`, or nothing.
pub(crate) fn metadata_text<'a>(object: &'a Value, field: &str) -> &'a str {
    object["metadata"][field].as_str().unwrap_or_default()
}

pub(crate) fn name_of(object: &Value) -> &str {
    metadata_text(object, "name")
}

pub(crate) fn namespace_of(object: &Value) -> &str {
    metadata_text(object, "namespace")
}

pub(crate) fn is_deleting(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

pub(crate) fn finalizers(object: &Value) -> impl Iterator<Item = &str> {
    object["metadata"]["finalizers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// The object's map; an empty one is put in place of anything else.
pub(crate) fn map_mut(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().expect("made an object above")
}

/// `metadata` of an object, made if it is missing.
pub(crate) fn metadata_mut(object: &mut Value) -> &mut Map<String, Value> {
    let metadata = map_mut(object)
        .entry("metadata")
        .or_insert_with(|| Value::Object(Map::new()));
    map_mut(metadata)
}

/// Text fields of a list of strings.
pub(crate) fn texts(list: &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|v| v.as_str().map(String::from))
        .collect()
}
