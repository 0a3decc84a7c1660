//! Defaults of custom resources (`default` in a structural schema).
use serde_json::Value;

use super::Schema;

/// Puts in what the schema gives absent fields. A null where null is not allowed counts as
/// absent, as in Kubernetes.
pub(crate) fn fill_defaults(value: &mut Value, schema: &Schema) {
    match value {
        Value::Object(map) => {
            for (name, property) in &schema.properties {
                let Some(default) = &property.default else {
                    continue;
                };
                let counts_as_absent = map
                    .get(name)
                    .is_none_or(|v| v.is_null() && !property.nullable);
                if counts_as_absent {
                    map.insert(name.clone(), default.clone());
                }
            }
            for (name, field) in map.iter_mut() {
                fill_defaults(field, schema.field(name));
            }
        }
        Value::Array(items) => {
            for item in items {
                fill_defaults(item, schema.item());
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn defaults_fill_nested_objects_that_are_there_or_defaulted() {
        let schema = Schema::compile(&json!({"type": "object", "properties": {
            "spec": {"type": "object", "default": {}, "properties": {
                "size": {"type": "integer", "default": 3}}}}}));
        let mut value = json!({});
        fill_defaults(&mut value, &schema);
        assert_eq!(value, json!({"spec": {"size": 3}}));
    }
}
