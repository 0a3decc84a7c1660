//! From OpenAPI to [`Schema`].
use regex::Regex;
use serde_json::Value;

use super::{Limits, List, Schema, Type, builtin};
use crate::object::texts;

impl Schema {
    /// The schema of a custom resource: what its definition says, and the metadata that every
    /// object has. A definition without a schema allows everything.
    pub fn of_custom_resource(openapi: &Value) -> Schema {
        let mut schema = Schema::compile(openapi);
        if !openapi.is_object() {
            schema.keeps_unknown = true;
        }
        let text = Schema {
            kind: Type::Text,
            ..Schema::default()
        };
        schema.kind = Type::Object;
        schema.properties.insert("apiVersion".into(), text.clone());
        schema.properties.insert("kind".into(), text);
        schema
            .properties
            .insert("metadata".into(), builtin::object_meta().clone());
        schema
    }

    /// A schema without references.
    pub fn compile(openapi: &Value) -> Schema {
        let is = |name: &str| openapi[name] == Value::Bool(true);
        let keyed = texts(&openapi["x-kubernetes-list-map-keys"]);
        let keeps_unknown = is("x-kubernetes-preserve-unknown-fields");
        let mut schema = Schema {
            kind: kind(openapi),
            items: openapi
                .get("items")
                .map(|items| Box::new(Schema::compile(items))),
            list: match openapi["x-kubernetes-list-type"].as_str() {
                Some("set") => List::Set,
                Some("map") => List::Keyed(keyed),
                Some(_) | None => List::Atomic,
            },
            merge_key: None,
            atomic_map: openapi["x-kubernetes-map-type"] == "atomic",
            nullable: is("nullable"),
            keeps_unknown,
            embedded: is("x-kubernetes-embedded-resource"),
            default: openapi.get("default").filter(|v| !v.is_null()).cloned(),
            limits: limits(openapi),
            ..Schema::default()
        };
        for (name, property) in openapi["properties"].as_object().into_iter().flatten() {
            schema
                .properties
                .insert(name.clone(), Schema::compile(property));
        }
        match &openapi["additionalProperties"] {
            Value::Bool(true) => schema.additional = Some(Box::new(Schema::anything().clone())),
            of @ Value::Object(_) => schema.additional = Some(Box::new(Schema::compile(of))),
            Value::Null
            | Value::Bool(false)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => {}
        }
        let describes_nothing = schema.kind == Type::Any
            && schema.properties.is_empty()
            && schema.additional.is_none()
            && openapi["x-kubernetes-int-or-string"].is_null();
        schema.keeps_unknown |= describes_nothing;
        schema
    }
}

fn kind(openapi: &Value) -> Type {
    if openapi["x-kubernetes-int-or-string"] == Value::Bool(true) {
        return Type::IntOrString;
    }
    match openapi["type"].as_str() {
        Some("object") => Type::Object,
        Some("array") => Type::Array,
        Some("string") => Type::Text,
        Some("integer") => Type::Integer,
        Some("number") => Type::Number,
        Some("boolean") => Type::Boolean,
        Some(_) | None => Type::Any,
    }
}

fn limits(openapi: &Value) -> Limits {
    let is = |name: &str| openapi[name] == Value::Bool(true);
    Limits {
        choices: openapi["enum"].as_array().cloned().unwrap_or_default(),
        minimum: openapi["minimum"].as_f64(),
        maximum: openapi["maximum"].as_f64(),
        exclusive_minimum: is("exclusiveMinimum"),
        exclusive_maximum: is("exclusiveMaximum"),
        min_length: openapi["minLength"].as_u64(),
        max_length: openapi["maxLength"].as_u64(),
        min_items: openapi["minItems"].as_u64(),
        max_items: openapi["maxItems"].as_u64(),
        // A pattern outside Rust's dialect (look-around) is not enforced.
        pattern: openapi["pattern"].as_str().and_then(|p| Regex::new(p).ok()),
        required: texts(&openapi["required"]),
    }
}
