//! Judges `metadata`, which is alike for every kind.
use serde_json::Value;

use super::names::{self, Fault};
use crate::field_error::FieldError;
use crate::object::{finalizers, name_of};
use crate::rbac::GROUP;
use crate::registry::{Origin, Resource};
use crate::verbs::Terms;

/// Everything wrong with an object's metadata. Objections that Kubernetes only voices go to the
/// warnings.
pub(super) fn validate(
    resource: &Resource,
    old: Option<&Value>,
    object: &Value,
    terms: &mut Terms,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let name = name_of(object);
    if name.is_empty() {
        let detail = "name or generateName is required";
        errors.push(FieldError::required("metadata.name", detail));
    } else if let Some(fault) = name_fault(resource, name) {
        errors.push(FieldError::invalid("metadata.name", name, fault));
    }
    let metadata = &object["metadata"];
    for (key, value) in metadata["labels"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        if let Some(fault) = names::qualified(key) {
            errors.push(FieldError::invalid("metadata.labels", key.as_str(), fault));
        }
        if let Some(fault) = names::label_value(value) {
            errors.push(FieldError::invalid("metadata.labels", value, fault));
        }
    }
    for key in metadata["annotations"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key)
    {
        if let Some(fault) = names::qualified(&key.to_lowercase()) {
            errors.push(FieldError::invalid(
                "metadata.annotations",
                key.as_str(),
                fault,
            ));
        }
    }
    validate_finalizers(resource, old, object, &mut errors, terms);
    validate_owners(&metadata["ownerReferences"], &mut errors);
    errors
}

fn name_fault(resource: &Resource, name: &str) -> Fault {
    match (resource.origin, resource.plural.as_str()) {
        (Origin::Builtin, "services") => names::label_1035(name),
        (Origin::Builtin, "namespaces") => names::label(name),
        (Origin::Builtin, _) if resource.group == GROUP => names::path_segment(name),
        (Origin::Builtin | Origin::Custom, _) => names::subdomain(name),
    }
}

fn validate_finalizers(
    resource: &Resource,
    old: Option<&Value>,
    object: &Value,
    errors: &mut Vec<FieldError>,
    terms: &mut Terms,
) {
    for (index, finalizer) in finalizers(object).enumerate() {
        if let Some(fault) = names::qualified(finalizer) {
            errors.push(FieldError::invalid("metadata.finalizers", finalizer, fault));
            continue;
        }
        let is_standard = matches!(finalizer, "orphan" | "foregroundDeletion" | "kubernetes");
        if finalizer.contains('/') || is_standard {
            continue;
        }
        if resource.origin == Origin::Custom || resource.is_definition() {
            if old.is_some_and(|old| finalizers(old).any(|it| it == finalizer)) {
                continue;
            }
            terms.warnings.push(format!(
                "metadata.finalizers: {finalizer:?}: prefer a domain-qualified finalizer name to \
                 avoid accidental conflicts with other finalizer writers"
            ));
        } else if !matches!(resource.kind.as_str(), "Event" | "Lease") {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            let field = format!("metadata.finalizers[{index}]");
            errors.push(FieldError::invalid(field, finalizer, detail));
        }
    }
}

fn validate_owners(owners: &Value, errors: &mut Vec<FieldError>) {
    let mut controllers = Vec::new();
    for owner in owners.as_array().into_iter().flatten() {
        let text = |field: &str| owner[field].as_str().unwrap_or_default();
        for field in ["apiVersion", "kind", "name", "uid"] {
            if text(field).is_empty() {
                let field = format!("metadata.ownerReferences.{field}");
                errors.push(FieldError::invalid(field, "", "must not be empty"));
            }
        }
        if owner["controller"] == Value::Bool(true) {
            controllers.push(format!("{}/{}", text("kind"), text("name")));
        }
    }
    if let [first, second, ..] = controllers.as_slice() {
        let detail = format!(
            "Only one reference can have Controller set to true. Found \"true\" in references for \
             {first} and {second}"
        );
        errors.push(FieldError::invalid(
            "metadata.ownerReferences",
            owners.clone(),
            detail,
        ));
    }
}
