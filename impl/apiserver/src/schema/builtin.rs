//! Schemas of the built-in kinds: k8s-openapi's, with the list types that it does not carry.
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::events::v1::Event as NewEvent;
use k8s_openapi::api::rbac::v1 as rbac;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as extensions;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{List, Schema};

/// What k8s-openapi leaves out: kind and path, then the schema words to add. List types are those
/// of the `+listType` and `+patchMergeKey` markers in Kubernetes' Go types.
const MARKS: &[(&str, &str, &str)] = &[
    (
        "",
        "metadata.finalizers",
        r#"{"x-kubernetes-list-type": "set", "merge": ""}"#,
    ),
    (
        "",
        "metadata.ownerReferences",
        r#"{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["uid"],
            "merge": "uid"}"#,
    ),
    (
        "",
        "metadata.managedFields[].fieldsV1",
        r#"{"x-kubernetes-preserve-unknown-fields": true}"#,
    ),
    (
        "",
        "metadata.ownerReferences[]",
        r#"{"x-kubernetes-map-type": "atomic"}"#,
    ),
    ("", "metadata.ownerReferences[].uid", r#"{"default": ""}"#),
    (
        "Event",
        "involvedObject",
        r#"{"x-kubernetes-map-type": "atomic"}"#,
    ),
    (
        "Service",
        "spec.ports",
        r#"{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"],
            "merge": "port"}"#,
    ),
    ("Service", "spec.ports[].protocol", r#"{"default": "TCP"}"#),
    (
        "Service",
        "spec.selector",
        r#"{"x-kubernetes-map-type": "atomic"}"#,
    ),
    ("EndpointSlice", "endpoints", r#"{"default": []}"#),
    ("EndpointSlice", "ports", r#"{"default": []}"#),
    ("EndpointSlice", "ports[].name", r#"{"default": ""}"#),
    ("Lease", "spec.holderIdentity", r#"{"default": ""}"#),
    (
        "ServiceAccount",
        "secrets",
        r#"{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "merge": "name"}"#,
    ),
    (
        "Node",
        "status.addresses",
        r#"{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"],
            "merge": "type"}"#,
    ),
    (
        "Deployment",
        "spec.template.spec.containers",
        r#"{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "merge": "name"}"#,
    ),
    (
        "Deployment",
        "spec.template.spec.volumes",
        r#"{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "merge": "name"}"#,
    ),
    (
        "Deployment",
        "spec.selector",
        r#"{"x-kubernetes-map-type": "atomic"}"#,
    ),
    ("Service", "status.conditions", CONDITIONS),
    ("Deployment", "status.conditions", CONDITIONS),
    ("Namespace", "status.conditions", CONDITIONS),
    ("Node", "status.conditions", CONDITIONS),
    ("CustomResourceDefinition", "status.conditions", CONDITIONS),
];

const CONDITIONS: &str = r#"{"x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["type"], "merge": "type"}"#;

/// Name of the OpenAPI definition of a built-in kind.
pub(crate) fn definition_name(group: &str, kind: &str) -> String {
    match group {
        "" => format!("io.k8s.api.core.v1.{kind}"),
        "apiextensions.k8s.io" => {
            format!("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.{kind}")
        }
        group => {
            let short = group.split('.').next().unwrap_or_default();
            format!("io.k8s.api.{short}.v1.{kind}")
        }
    }
}

/// Every definition of the built-in kinds, by name, with references among them.
pub(crate) fn definitions() -> &'static Map<String, Value> {
    static DEFINITIONS: OnceLock<Map<String, Value>> = OnceLock::new();
    DEFINITIONS.get_or_init(|| {
        let mut settings = SchemaSettings::openapi3();
        settings.definitions_path = "/components/schemas".into();
        settings.inline_subschemas = false;
        let mut generator = settings.into_generator();
        generator.subschema_for::<core::Namespace>();
        generator.subschema_for::<core::Service>();
        generator.subschema_for::<core::Endpoints>();
        generator.subschema_for::<core::ConfigMap>();
        generator.subschema_for::<core::Secret>();
        generator.subschema_for::<core::ServiceAccount>();
        generator.subschema_for::<core::ResourceQuota>();
        generator.subschema_for::<core::Node>();
        generator.subschema_for::<core::Event>();
        generator.subschema_for::<EndpointSlice>();
        generator.subschema_for::<Lease>();
        generator.subschema_for::<Deployment>();
        generator.subschema_for::<NewEvent>();
        generator.subschema_for::<rbac::Role>();
        generator.subschema_for::<rbac::RoleBinding>();
        generator.subschema_for::<rbac::ClusterRole>();
        generator.subschema_for::<rbac::ClusterRoleBinding>();
        generator.subschema_for::<extensions::CustomResourceDefinition>();
        generator.take_definitions(true)
    })
}

/// The compiled schema of a built-in kind.
pub(crate) fn of_builtin(group: &str, kind: &str) -> Arc<Schema> {
    static COMPILED: OnceLock<BTreeMap<String, Arc<Schema>>> = OnceLock::new();
    let compiled = COMPILED.get_or_init(|| {
        let kinds = [
            ("", "Namespace"),
            ("", "Service"),
            ("", "Endpoints"),
            ("", "ConfigMap"),
            ("", "Secret"),
            ("", "ServiceAccount"),
            ("", "ResourceQuota"),
            ("", "Node"),
            ("", "Event"),
            ("discovery.k8s.io", "EndpointSlice"),
            ("coordination.k8s.io", "Lease"),
            ("apps", "Deployment"),
            ("events.k8s.io", "Event"),
            ("rbac.authorization.k8s.io", "Role"),
            ("rbac.authorization.k8s.io", "RoleBinding"),
            ("rbac.authorization.k8s.io", "ClusterRole"),
            ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
            ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ];
        kinds
            .iter()
            .map(|(g, k)| (definition_name(g, k), Arc::new(compile_kind(g, k))))
            .collect()
    });
    compiled
        .get(&definition_name(group, kind))
        .expect("every built-in kind is in the list above")
        .clone()
}

/// The schema of `metadata`.
pub(super) fn object_meta() -> &'static Schema {
    static META: OnceLock<Schema> = OnceLock::new();
    META.get_or_init(|| of_builtin("", "ConfigMap").properties["metadata"].clone())
}

fn compile_kind(group: &str, kind: &str) -> Schema {
    let root = &definitions()[&definition_name(group, kind)];
    let mut openapi = without_references(root, &mut Vec::new());
    for (_, path, words) in MARKS
        .iter()
        .filter(|mark| mark.0.is_empty() || mark.0 == kind)
    {
        let words: Value = serde_json::from_str(words).expect("the table above is JSON");
        mark(&mut openapi, path, &words);
    }
    let mut schema = Schema::compile(&openapi);
    for (_, path, words) in MARKS
        .iter()
        .filter(|mark| mark.0.is_empty() || mark.0 == kind)
    {
        let words: Value = serde_json::from_str(words).expect("the table above is JSON");
        if let Some(key) = words["merge"].as_str().filter(|key| !key.is_empty()) {
            set_merge_key(&mut schema, path, key);
        }
    }
    schema
}

/// Puts definitions in place of references. A definition inside itself (JSONSchemaProps) and raw
/// JSON are left open.
fn without_references(openapi: &Value, inside: &mut Vec<String>) -> Value {
    // A reference beside other words is an `allOf` of one.
    let reference = openapi["$ref"]
        .as_str()
        .or_else(|| openapi["allOf"][0]["$ref"].as_str());
    let reference = reference.and_then(|r| r.rsplit('/').next());
    if let Some(name) = reference {
        if inside.iter().any(|outer| outer == name) {
            return json!({"x-kubernetes-preserve-unknown-fields": true});
        }
        inside.push(name.to_string());
        let resolved = without_references(&definitions()[name], inside);
        inside.pop();
        return resolved;
    }
    match openapi {
        Value::Object(map) => map
            .iter()
            // Texts are for readers; a property may itself be called "description".
            .filter(|(name, value)| *name != "description" || value.is_object())
            .map(|(name, value)| (name.clone(), without_references(value, inside)))
            .collect(),
        Value::Array(items) => items
            .iter()
            .map(|v| without_references(v, inside))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => openapi.clone(),
    }
}

fn mark(openapi: &mut Value, path: &str, words: &Value) {
    let mut at = openapi;
    for segment in path.split('.') {
        let (name, is_item) = match segment.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (segment, false),
        };
        // A kind without the field (a Lease has no status) is left as it is.
        let Some(next) = at.get_mut("properties").and_then(|p| p.get_mut(name)) else {
            return;
        };
        at = if is_item { &mut next["items"] } else { next };
    }
    for (word, value) in words.as_object().into_iter().flatten() {
        at[word] = value.clone();
    }
}

fn set_merge_key(schema: &mut Schema, path: &str, key: &str) {
    let mut at = schema;
    for name in path.split('.') {
        let Some(next) = at.properties.get_mut(name) else {
            return;
        };
        at = next;
    }
    debug_assert!(at.list != List::Atomic, "a list that merges is not atomic");
    at.merge_key = Some(key.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_a_service_are_owned_by_port_and_protocol_and_merged_by_port() {
        let service = of_builtin("", "Service");
        let ports = service.field("spec").field("ports");
        assert_eq!(
            ports.list,
            List::Keyed(vec!["port".into(), "protocol".into()])
        );
        assert_eq!(ports.merge_key.as_deref(), Some("port"));
        assert_eq!(ports.item().field("protocol").default, Some(json!("TCP")));
        assert!(service.field("spec").field("selector").atomic_map);
    }

    #[test]
    fn finalizers_are_a_set_on_every_kind() {
        assert_eq!(object_meta().field("finalizers").list, List::Set);
    }

    #[test]
    fn the_ledger_of_field_owners_is_not_pruned() {
        let fields = object_meta()
            .field("managedFields")
            .item()
            .field("fieldsV1");
        assert!(fields.keeps_unknown);
    }

    #[test]
    fn definitions_keep_the_descriptions_that_explain_prints() {
        let ports = &definitions()["io.k8s.api.core.v1.ServicePort"]["properties"]["port"];
        assert_eq!(
            ports["description"],
            "The port that will be exposed by this service."
        );
    }
}
