//! The small defaults of the kinds that have no file of their own.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::endpoints;
use crate::field_error::FieldError;
use crate::object::{map_mut, namespace_of};
use crate::registry::Resource;
use crate::verbs::State;

/// Fills in what an object has when it is decoded.
pub(super) fn fill_defaults(resource: &Resource, object: &mut Value) {
    match resource.kind.as_str() {
        "Secret" => fill_secret(object),
        "EndpointSlice" => {
            for endpoint in list_mut(object, "endpoints") {
                map_mut(endpoint)
                    .entry("conditions")
                    .or_insert_with(|| json!({}));
            }
            for port in list_mut(object, "ports") {
                default_protocol(port);
                map_mut(port).entry("name").or_insert_with(|| json!(""));
            }
        }
        "Endpoints" => {
            for subset in list_mut(object, "subsets") {
                for port in list_mut(subset, "ports") {
                    default_protocol(port);
                }
            }
        }
        "Lease" => {
            map_mut(object).entry("spec").or_insert_with(|| json!({}));
        }
        "Event" => {
            // Go writes these even where they are empty.
            let map = map_mut(object);
            for field in ["involvedObject", "source"] {
                map.entry(field).or_insert_with(|| json!({}));
            }
            for field in ["reportingComponent", "reportingInstance"] {
                map.entry(field).or_insert_with(|| json!(""));
            }
        }
        _ => {}
    }
}

/// Fills in and judges an object.
pub(super) fn complete(
    resource: &Resource,
    old: Option<&Value>,
    object: &mut Value,
    state: &State,
    emptied: &[&str],
) -> Vec<FieldError> {
    match resource.kind.as_str() {
        "Secret" => judge_secret(old, object, emptied),
        "ConfigMap" => {
            let mut errors = keep_if_immutable(old, object, &["data", "binaryData"], emptied);
            errors.extend(key_faults(object, &["data", "binaryData"]));
            errors
        }
        "EndpointSlice" => endpoints::judge_slice(old, object, &state.options),
        "Endpoints" => endpoints::judge(old, object, &state.options),
        "Lease" => lease_faults(&object["spec"]),
        "Event" => event_faults(object),
        "Role" | "ClusterRole" => role_faults(object),
        "RoleBinding" | "ClusterRoleBinding" => binding_faults(old, object),
        _ => Vec::new(),
    }
}

fn list_mut<'a>(object: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> {
    let list = object.get_mut(field).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

fn lease_faults(spec: &Value) -> Vec<FieldError> {
    let least = [
        ("leaseDurationSeconds", 1, "must be greater than 0"),
        ("leaseTransitions", 0, "must be greater than or equal to 0"),
    ];
    least
        .into_iter()
        .filter(|(field, least, _)| spec[field].as_i64().is_some_and(|it| it < *least))
        .map(|(field, _, detail)| {
            FieldError::invalid(format!("spec.{field}"), spec[field].clone(), detail)
        })
        .collect()
}

/// The field that says where an Event belongs.
pub(super) const EVENT_PLACE: &str = "involvedObject.namespace";

/// An Event is in the namespace of what it is about.
fn event_faults(event: &Value) -> Vec<FieldError> {
    let about = event["involvedObject"]["namespace"]
        .as_str()
        .unwrap_or_default();
    let own = namespace_of(event);
    let fits = about == own || (about.is_empty() && own == "default");
    let fault = FieldError::invalid(EVENT_PLACE, about, "does not match event.namespace");
    if fits { Vec::new() } else { vec![fault] }
}

const DATA_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' \
    (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is \
    '[-._a-zA-Z0-9]+')";

fn key_faults(object: &Value, fields: &[&str]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for field in fields {
        for key in object[*field]
            .as_object()
            .into_iter()
            .flatten()
            .map(|it| it.0)
        {
            let fits = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
            let at = format!("{field}[{key}]");
            if key.is_empty() || !key.bytes().all(fits) {
                errors.push(FieldError::invalid(at, key.as_str(), DATA_KEY));
            } else if *field == "data" && object["binaryData"].get(key).is_some() {
                let detail = "duplicate of key present in binaryData";
                errors.push(FieldError::invalid(at, key.as_str(), detail));
            }
        }
    }
    errors
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
fn fill_secret(secret: &mut Value) {
    let map = map_mut(secret);
    map.entry("type").or_insert_with(|| json!("Opaque"));
    if let Some(Value::Object(texts)) = map.remove("stringData")
        && !texts.is_empty()
    {
        let stored = map_mut(map.entry("data").or_insert_with(|| json!({})));
        for (name, text) in texts {
            let encoded = STANDARD.encode(text.as_str().unwrap_or_default());
            stored.insert(name, encoded.into());
        }
    }
}

fn judge_secret(old: Option<&Value>, secret: &Value, emptied: &[&str]) -> Vec<FieldError> {
    let mut errors = keep_if_immutable(old, secret, &["data"], emptied);
    errors.extend(key_faults(secret, &["data"]));
    if old.is_some_and(|old| old["type"] != secret["type"]) {
        errors.push(FieldError::invalid(
            "type",
            secret["type"].clone(),
            "field is immutable",
        ));
    }
    if secret["type"] == "kubernetes.io/tls" {
        for key in ["tls.crt", "tls.key"] {
            if secret["data"].get(key).is_none() {
                errors.push(FieldError::required(format!("data[{key}]"), ""));
            }
        }
    }
    errors
}

/// An empty map is a change there where none was.
fn keep_if_immutable(
    old: Option<&Value>,
    new: &Value,
    fields: &[&str],
    emptied: &[&str],
) -> Vec<FieldError> {
    let Some(old) = old.filter(|old| old["immutable"] == Value::Bool(true)) else {
        return Vec::new();
    };
    let mut errors = Vec::new();
    for field in fields.iter().chain(&["immutable"]) {
        if old[*field] != new[*field] || emptied.contains(field) {
            let detail = "field is immutable when `immutable` is set";
            errors.push(FieldError::forbidden(*field, detail));
        }
    }
    errors
}
