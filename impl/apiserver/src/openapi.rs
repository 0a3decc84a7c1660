//! `/openapi/v3`: what kubectl's validation, `explain` and `edit` read.
//!
//! kubectl looks for the operation whose `x-kubernetes-group-version-kind` is the object's and
//! whose parameters contain `fieldValidation`, and for `components.schemas` with the same mark.
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::registry::{Origin, Registry, Resource};
use crate::schema::published;

/// A document of `/openapi/v3`; nothing if the path is not one. `version` tells clients when the
/// custom resources may have changed.
pub(crate) fn document(registry: &Registry, path: &str, version: u64) -> Option<Value> {
    let rest = path.strip_prefix("/openapi/v3")?.trim_matches('/');
    if rest.is_empty() {
        return Some(index(registry, version));
    }
    let resources: Vec<&Resource> = registry
        .all()
        .map(|r| &**r)
        .filter(|r| group_version_path(r) == rest)
        .collect();
    if resources.is_empty() {
        return None;
    }
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for resource in resources {
        operations(resource, rest, &mut paths);
        schemas_of(resource, &mut schemas);
    }
    Some(json!({"openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": crate::server::GIT_VERSION},
        "paths": paths, "components": {"schemas": schemas}}))
}

fn group_version_path(resource: &Resource) -> String {
    if resource.group.is_empty() {
        format!("api/{}", resource.version)
    } else {
        format!("apis/{}/{}", resource.group, resource.version)
    }
}

fn index(registry: &Registry, version: u64) -> Value {
    let mut paths = Map::new();
    for resource in registry.all() {
        let path = group_version_path(resource);
        // Built-in documents never change; custom ones may with any write.
        let hash = if resource.origin == Origin::Builtin {
            0
        } else {
            version
        };
        let url = format!("/openapi/v3/{path}?hash={hash}");
        paths.insert(path, json!({"serverRelativeURL": url}));
    }
    json!({"paths": paths})
}

fn mark(resource: &Resource) -> Value {
    json!({"group": resource.group, "version": resource.version, "kind": resource.kind})
}

fn operations(resource: &Resource, group_version: &str, paths: &mut Map<String, Value>) {
    let namespace = if resource.is_namespaced() {
        "namespaces/{namespace}/"
    } else {
        ""
    };
    let collection = format!("/{group_version}/{namespace}{}", resource.plural);
    let parameter = |name: &str| {
        let schema = json!({"type": "string", "uniqueItems": true});
        json!({"name": name, "in": "query", "schema": schema})
    };
    let reference = format!("#/components/schemas/{}", schema_name(resource));
    let operation = |action: &str| {
        json!({"operationId": format!("{action}{}", resource.kind),
            "x-kubernetes-action": action, "x-kubernetes-group-version-kind": mark(resource),
            "parameters": [parameter("dryRun"), parameter("fieldManager"),
                parameter("fieldValidation"), parameter("force")],
            "responses": {"200": {"description": "OK", "content": {"application/json":
                {"schema": {"$ref": reference}}}}}})
    };
    paths.insert(collection.clone(), json!({"post": operation("post")}));
    paths.insert(
        format!("{collection}/{{name}}"),
        json!({"put": operation("put"), "patch": operation("patch"),
            "get": operation("get"), "delete": operation("delete")}),
    );
}

fn schema_name(resource: &Resource) -> String {
    match resource.origin {
        Origin::Builtin => published::definition_name(&resource.group, &resource.kind),
        Origin::Custom => {
            let reversed: Vec<&str> = resource.group.rsplit('.').collect();
            format!(
                "{}.{}.{}",
                reversed.join("."),
                resource.version,
                resource.kind
            )
        }
    }
}

fn schemas_of(resource: &Resource, schemas: &mut Map<String, Value>) {
    let name = schema_name(resource);
    let mut schema = match &resource.published_schema {
        Some(schema) => custom_schema(schema),
        None => published::definitions()[&name].clone(),
    };
    schema["x-kubernetes-group-version-kind"] = json!([mark(resource)]);
    schemas.insert(name, schema.clone());
    let mut missing = BTreeSet::new();
    references(&schema, &mut missing);
    while let Some(next) = missing.pop_first() {
        if schemas.contains_key(&next) {
            continue;
        }
        let Some(definition) = published::definitions().get(&next) else {
            continue;
        };
        references(definition, &mut missing);
        schemas.insert(next, definition.clone());
    }
}

/// The schema of a definition, with the fields that every object has.
fn custom_schema(schema: &Value) -> Value {
    let mut schema = if schema.is_object() {
        schema.clone()
    } else {
        json!({"type": "object"})
    };
    let meta = "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
    for (field, value) in [
        (
            "apiVersion",
            json!({"type": "string", "description": "APIVersion defines the versioned \
            schema of this representation of an object."}),
        ),
        (
            "kind",
            json!({"type": "string", "description": "Kind is a string value representing \
            the REST resource this object represents."}),
        ),
        (
            "metadata",
            json!({"description": "Standard object's metadata.",
            "allOf": [{"$ref": meta}]}),
        ),
    ] {
        schema["properties"][field] = value;
    }
    schema
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Value::as_str) {
                found.extend(name.rsplit('/').next().map(String::from));
            }
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
