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
        "Role" | "ClusterRole" => role_faults(object),
        "RoleBinding" | "ClusterRoleBinding" => binding_faults(old, object),
        _ => Vec::new(),
    }
}

fn role_faults(role: &Value) -> Vec<FieldError> {
    let is_empty = |list: &Value| list.as_array().is_none_or(Vec::is_empty);
    let mut errors = Vec::new();
    for (index, rule) in role["rules"].as_array().into_iter().flatten().enumerate() {
        let field = |name: &str| format!("rules[{index}].{name}");
        let mut need = |name: &str, detail: &str| {
            if is_empty(&rule[name]) {
                errors.push(FieldError::required(field(name), detail));
            }
        };
        need("verbs", "verbs must contain at least one value");
        if is_empty(&rule["nonResourceURLs"]) {
            need(
                "apiGroups",
                "resource rules must supply at least one api group",
            );
            need(
                "resources",
                "resource rules must supply at least one resource",
            );
        }
    }
    errors
}

/// What a binding binds to cannot be changed: somebody who may add subjects could otherwise grant
/// more than whoever made it.
fn binding_faults(old: Option<&Value>, binding: &mut Value) -> Vec<FieldError> {
    let reference = &binding["roleRef"];
    let mut errors = Vec::new();
    if old.is_some_and(|old| old["roleRef"] != *reference) {
        let detail = "cannot change roleRef";
        errors.push(FieldError::invalid("roleRef", reference.clone(), detail));
    }
    if reference["name"].as_str().is_none_or(str::is_empty) {
        errors.push(FieldError::required("roleRef.name", ""));
    }
    let within = &["Role", "ClusterRole"][usize::from(binding["kind"] == "ClusterRoleBinding")..];
    if !within.iter().any(|kind| reference["kind"] == *kind) {
        let detail = format!("supported values: {within:?}");
        errors.push(FieldError::invalid(
            "roleRef.kind",
            reference["kind"].clone(),
            detail,
        ));
    }
    errors
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
