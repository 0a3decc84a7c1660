//! The small defaults of the kinds that have no file of their own.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::field_error::FieldError;
use crate::object::map_mut;
use crate::registry::Resource;

/// Fills in and judges an object.
pub(super) fn complete(
    resource: &Resource,
    old: Option<&Value>,
    object: &mut Value,
) -> Vec<FieldError> {
    match resource.kind.as_str() {
        "Secret" => complete_secret(old, object),
        "ConfigMap" => keep_if_immutable(old, object, &["data", "binaryData"]),
        "EndpointSlice" => {
            for port in object["ports"].as_array_mut().into_iter().flatten() {
                default_protocol(port);
                map_mut(port).entry("name").or_insert_with(|| json!(""));
            }
            Vec::new()
        }
        "Endpoints" => {
            for subset in object["subsets"].as_array_mut().into_iter().flatten() {
                for port in subset["ports"].as_array_mut().into_iter().flatten() {
                    default_protocol(port);
                }
            }
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn default_protocol(port: &mut Value) {
    map_mut(port)
        .entry("protocol")
        .or_insert_with(|| json!("TCP"));
}

/// `stringData` is write-only: it is encoded into `data`.
fn complete_secret(old: Option<&Value>, secret: &mut Value) -> Vec<FieldError> {
    let map = map_mut(secret);
    map.entry("type").or_insert_with(|| json!("Opaque"));
    if let Some(Value::Object(texts)) = map.remove("stringData") {
        let stored = map_mut(map.entry("data").or_insert_with(|| json!({})));
        for (name, text) in texts {
            let encoded = STANDARD.encode(text.as_str().unwrap_or_default());
            stored.insert(name, encoded.into());
        }
    }
    let mut errors = keep_if_immutable(old, secret, &["data"]);
    if old.is_some_and(|old| old["type"] != secret["type"]) {
        errors.push(FieldError::invalid(
            "type",
            secret["type"].clone(),
            "field is immutable",
        ));
    }
    for (name, value) in secret["data"].as_object().into_iter().flatten() {
        if STANDARD.decode(value.as_str().unwrap_or_default()).is_err() {
            errors.push(FieldError::invalid(
                format!("data[{name}]"),
                value.clone(),
                "must be base64",
            ));
        }
    }
    errors
}

fn keep_if_immutable(old: Option<&Value>, new: &Value, fields: &[&str]) -> Vec<FieldError> {
    let Some(old) = old.filter(|old| old["immutable"] == Value::Bool(true)) else {
        return Vec::new();
    };
    let mut errors = Vec::new();
    for field in fields.iter().chain(&["immutable"]) {
        if old[*field] != new[*field] {
            let detail = "field is immutable when `immutable` is set";
            errors.push(FieldError::forbidden(*field, detail));
        }
    }
    errors
}
