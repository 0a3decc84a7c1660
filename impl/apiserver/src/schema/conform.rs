//! Brings a decoded body into the shape its schema has: what a typed decoder and pruning do.
//!
//! Unknown fields are dropped and reported; nulls and, for built-in kinds, empty optional values
//! are dropped as `omitempty` drops them, so that a write of `labels: {}` is no change.
use serde_json::Value;

use super::{Schema, Type};

/// A value that the decoder cannot take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// Dotted path of the field.
    pub field: String,
    pub found: &'static str,
    pub wanted: &'static str,
}

/// How strictly one object is read.
struct Reader {
    /// Built-in kinds are decoded into Go types: a wrong type cannot be read at all, and empty
    /// optional values vanish. Custom resources keep both for validation to judge.
    typed: bool,
    unknown: Vec<String>,
    mismatch: Option<Mismatch>,
}

/// Conforms `object` and returns the paths of the fields that were dropped as unknown.
pub(crate) fn conform(
    object: &mut Value,
    schema: &Schema,
    typed: bool,
) -> Result<Vec<String>, Mismatch> {
    let mut reader = Reader {
        typed,
        unknown: Vec::new(),
        mismatch: None,
    };
    reader.visit(object, schema, &mut String::new());
    match reader.mismatch {
        Some(mismatch) => Err(mismatch),
        None => Ok(reader.unknown),
    }
}

/// What keeps a configuration from being applied: a value of another type than its schema has, or a
/// field that it has not.
pub(crate) fn fault_of(configuration: &Value, schema: &Schema) -> Option<String> {
    match conform(&mut configuration.clone(), schema, true) {
        Ok(unknown) => unknown.first().map(|field| undeclared(field)),
        // Numbers are of one type here.
        Err(Mismatch {
            found: "number",
            wanted: "integer",
            ..
        }) => conform(&mut configuration.clone(), schema, false)
            .ok()
            .and_then(|unknown| Some(undeclared(unknown.first()?))),
        Err(Mismatch {
            field,
            found,
            wanted,
        }) => Some(format!(".{field}: expected {wanted}, got {found}")),
    }
}

fn undeclared(field: &str) -> String {
    format!(".{field}: field not declared in schema")
}

/// Takes nulls out: to apply one is to apply nothing.
pub(crate) fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, field| !field.is_null());
            map.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl Reader {
    fn visit(&mut self, value: &mut Value, schema: &Schema, at: &mut String) {
        // Metadata is a Go type in custom resources too.
        let was_typed = self.typed;
        self.typed |= at == "metadata";
        match value {
            Value::Object(_) if takes(schema, Type::Object) => self.object(value, schema, at),
            Value::Array(items) if takes(schema, Type::Array) => {
                for (index, item) in items.iter_mut().enumerate() {
                    let length = at.len();
                    at.push_str(&format!("[{index}]"));
                    self.visit(item, schema.item(), at);
                    at.truncate(length);
                }
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => self.check(value, schema, at),
        }
        self.typed = was_typed;
    }

    fn object(&mut self, value: &mut Value, schema: &Schema, at: &mut String) {
        let Some(map) = value.as_object_mut() else {
            return;
        };
        let mut dropped: Vec<String> = Vec::new();
        for (name, field) in map.iter_mut() {
            let length = at.len();
            if length > 0 {
                at.push('.');
            }
            at.push_str(name);
            if is_known(schema, name) {
                self.visit(field, schema.field(name), at);
                let below = schema.field(name);
                // A null that is neither allowed nor stands for a default is no value.
                let is_no_value = field.is_null() && !below.nullable && below.default.is_none();
                if is_no_value || (self.typed && vanishes(field, schema, name)) {
                    dropped.push(name.clone());
                }
            } else {
                self.unknown.push(at.clone());
                dropped.push(name.clone());
            }
            at.truncate(length);
        }
        for name in dropped {
            map.remove(&name);
        }
    }

    fn check(&mut self, value: &Value, schema: &Schema, at: &str) {
        if !self.typed || self.mismatch.is_some() || value.is_null() {
            return;
        }
        if !has_type(value, schema.kind) {
            self.mismatch = Some(Mismatch {
                field: at.to_string(),
                found: type_name(value),
                wanted: wanted_name(schema.kind),
            });
        }
    }
}

fn takes(schema: &Schema, kind: Type) -> bool {
    schema.kind == kind || schema.kind == Type::Any
}

fn is_known(schema: &Schema, name: &str) -> bool {
    schema.keeps_unknown
        || schema.additional.is_some()
        || schema.properties.contains_key(name)
        || (schema.embedded && matches!(name, "apiVersion" | "kind" | "metadata"))
}

/// Whether Go's encoder leaves the field out. Required fields and members of maps stay.
fn vanishes(value: &Value, schema: &Schema, name: &str) -> bool {
    if value.is_null() {
        return true;
    }
    let Some(field) = schema.properties.get(name) else {
        return false;
    };
    if schema
        .limits
        .required
        .iter()
        .any(|required| required == name)
    {
        return false;
    }
    match value {
        // So do some lists.
        Value::Array(items) => items.is_empty() && field.default.is_none(),
        Value::Object(map) => map.is_empty() && field.additional.is_some(),
        // Some strings are pointers, which keep "": those carry a default in the schema table.
        Value::String(text) => text.is_empty() && field.default.is_none(),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a value has the JSON type that a schema asks for.
pub(super) fn has_type(value: &Value, kind: Type) -> bool {
    match kind {
        Type::Any => true,
        Type::Object => value.is_object(),
        Type::Array => value.is_array(),
        Type::Text => value.is_string(),
        Type::Boolean => value.is_boolean(),
        Type::Number => value.is_number(),
        Type::Integer => is_integer(value),
        Type::IntOrString => is_integer(value) || value.is_string(),
    }
}

fn is_integer(value: &Value) -> bool {
    value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|f| f.fract() == 0.0)
}

pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) if is_integer(value) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

pub(super) fn wanted_name(kind: Type) -> &'static str {
    match kind {
        Type::Any => "any",
        Type::Object => "object",
        Type::Array => "array",
        Type::Text => "string",
        Type::Integer => "integer",
        Type::Number => "number",
        Type::Boolean => "boolean",
        Type::IntOrString => "integer or string",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::of_builtin;
    use serde_json::json;

    #[test]
    fn unknown_fields_of_a_service_are_dropped_and_named() {
        let mut service = json!({"metadata": {"name": "web", "labels": {}},
            "spec": {"ports": [{"port": 80, "prot": "TCP"}], "tpye": "NodePort"}});
        let unknown = conform(&mut service, &of_builtin("", "Service"), true).unwrap();
        assert_eq!(unknown, ["spec.ports[0].prot", "spec.tpye"]);
        assert_eq!(
            service,
            json!({"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}})
        );
    }

    #[test]
    fn a_port_that_is_a_string_cannot_be_read() {
        let mut service = json!({"spec": {"ports": [{"port": "80"}]}});
        let mismatch = conform(&mut service, &of_builtin("", "Service"), true).unwrap_err();
        assert_eq!(
            (mismatch.field.as_str(), mismatch.found),
            ("spec.ports[0].port", "string")
        );
    }

    #[test]
    fn empty_values_of_a_config_map_stay() {
        let mut map = json!({"data": {"a": ""}});
        conform(&mut map, &of_builtin("", "ConfigMap"), true).unwrap();
        assert_eq!(map, json!({"data": {"a": ""}}));
    }
}
