//! CustomResourceDefinitions: defaults, the conditions that make them usable, and the finalizer
//! that removes their objects with them.
use serde_json::{Value, json};

use crate::field_error::FieldError;
use crate::object::{finalizers, is_deleting, map_mut, metadata_mut, name_of};
use crate::store::DEFINITION_CLEANUP;

/// Fills in and judges a definition. It is established at once.
pub(super) fn complete(definition: &mut Value, now: &str) -> Vec<FieldError> {
    let errors = validate(definition);
    if !errors.is_empty() {
        return errors;
    }
    let spec = map_mut(&mut definition["spec"]);
    spec.entry("conversion")
        .or_insert_with(|| json!({"strategy": "None"}));
    let names = map_mut(spec.entry("names").or_insert_with(|| json!({})));
    let kind = names
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_string();
    names
        .entry("singular")
        .or_insert_with(|| json!(kind.to_lowercase()));
    names
        .entry("listKind")
        .or_insert_with(|| json!(format!("{kind}List")));
    if !is_deleting(definition) && finalizers(definition).all(|f| f != DEFINITION_CLEANUP) {
        let list = metadata_mut(definition)
            .entry("finalizers")
            .or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(DEFINITION_CLEANUP.into());
        }
    }
    complete_status(definition, now);
    Vec::new()
}

fn complete_status(definition: &mut Value, now: &str) {
    let names = definition["spec"]["names"].clone();
    let versions = definition["spec"]["versions"].as_array();
    let stored: Vec<Value> = versions
        .into_iter()
        .flatten()
        .filter(|version| version["storage"] == Value::Bool(true))
        .map(|version| version["name"].clone())
        .collect();
    let status = map_mut(
        map_mut(definition)
            .entry("status")
            .or_insert_with(|| json!({})),
    );
    status.insert("acceptedNames".into(), names);
    status
        .entry("storedVersions")
        .or_insert_with(|| json!(stored));
    let condition = |kind: &str, reason: &str, message: &str| {
        json!({"type": kind, "status": "True", "reason": reason, "message": message,
            "lastTransitionTime": now})
    };
    status.entry("conditions").or_insert_with(|| {
        json!([
            condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            condition(
                "Established",
                "InitialNamesAccepted",
                "the initial names have been accepted"
            ),
        ])
    });
}

fn validate(definition: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let spec = &definition["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    for (field, value) in [
        ("spec.group", &spec["group"]),
        ("spec.names.plural", &spec["names"]["plural"]),
        ("spec.names.kind", &spec["names"]["kind"]),
    ] {
        if text(value).is_empty() {
            errors.push(FieldError::required(field, ""));
        }
    }
    let wanted = format!(
        "{}.{}",
        text(&spec["names"]["plural"]),
        text(&spec["group"])
    );
    if errors.is_empty() && name_of(definition) != wanted {
        let detail = "must be spec.names.plural+\".\"+spec.group";
        errors.push(FieldError::invalid(
            "metadata.name",
            name_of(definition),
            detail,
        ));
    }
    let scope = &spec["scope"];
    if scope != "Namespaced" && scope != "Cluster" {
        let supported = [json!("Cluster"), json!("Namespaced")];
        errors.push(FieldError::not_supported("spec.scope", scope, &supported));
    }
    let versions = spec["versions"].as_array().map_or(&[][..], Vec::as_slice);
    let stored = versions
        .iter()
        .filter(|v| v["storage"] == Value::Bool(true))
        .count();
    if stored != 1 {
        let detail = "must have exactly one version marked as storage version";
        errors.push(FieldError::invalid(
            "spec.versions",
            spec["versions"].clone(),
            detail,
        ));
    }
    for (index, version) in versions.iter().enumerate() {
        if !version["schema"]["openAPIV3Schema"].is_object() {
            let field = format!("spec.versions[{index}].schema.openAPIV3Schema");
            errors.push(FieldError::required(field, "schemas are required"));
        }
    }
    errors
}
