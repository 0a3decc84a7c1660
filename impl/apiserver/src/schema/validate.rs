//! Judges a custom resource by its schema, in the words of the OpenAPI validator.
use serde_json::Value;

use super::conform::{has_type, type_name, wanted_name};
use super::{Limits, List, Schema};
use crate::field_error::FieldError;

/// Everything that is wrong with `value`.
pub(crate) fn validate(value: &Value, schema: &Schema) -> Vec<FieldError> {
    let mut errors = Vec::new();
    visit(value, schema, "", &mut errors);
    errors
}

fn visit(value: &Value, schema: &Schema, at: &str, errors: &mut Vec<FieldError>) {
    if value.is_null() && schema.nullable {
        return;
    }
    let limits = &schema.limits;
    if !limits.choices.is_empty() && !limits.choices.contains(value) {
        errors.push(FieldError::not_supported(at, value, &limits.choices));
    }
    if !has_type(value, schema.kind) {
        errors.push(FieldError::wrong_type(
            at,
            type_name(value),
            wanted_name(schema.kind),
        ));
        return;
    }
    match value {
        Value::Object(map) => {
            for name in limits
                .required
                .iter()
                .filter(|name| !map.contains_key(*name))
            {
                errors.push(FieldError::required(joined(at, name), ""));
            }
            // Metadata has rules of its own.
            for (name, field) in map.iter().filter(|it| !at.is_empty() || it.0 != "metadata") {
                visit(field, schema.field(name), &joined(at, name), errors);
            }
        }
        Value::Array(items) => {
            check_items(items, schema, at, errors);
            for (index, item) in items.iter().enumerate() {
                visit(item, schema.item(), &format!("{at}[{index}]"), errors);
            }
        }
        Value::String(text) => check_text(text, limits, at, errors),
        Value::Number(_) => check_number(value, limits, at, errors),
        Value::Null | Value::Bool(_) => {}
    }
}

fn joined(at: &str, name: &str) -> String {
    if at.is_empty() {
        name.to_string()
    } else {
        format!("{at}.{name}")
    }
}

fn check_items(items: &[Value], schema: &Schema, at: &str, errors: &mut Vec<FieldError>) {
    let count = items.len();
    if let Some(most) = schema.limits.max_items.filter(|most| count as u64 > *most) {
        errors.push(FieldError::too_many(at, count, most));
    }
    if let Some(least) = schema
        .limits
        .min_items
        .filter(|least| (count as u64) < *least)
    {
        let detail = format!("{at} in body should have at least {least} items");
        errors.push(FieldError::invalid(at, count, detail));
    }
    for (index, item) in items.iter().enumerate() {
        let is_repeated = match &schema.list {
            List::Atomic => false,
            List::Set => items[..index].contains(item),
            List::Keyed(keys) => items[..index]
                .iter()
                .any(|earlier| keys.iter().all(|key| earlier.get(key) == item.get(key))),
        };
        if is_repeated {
            let shown = match &schema.list {
                List::Keyed(keys) => keys
                    .iter()
                    .map(|key| (key.clone(), item[key].clone()))
                    .collect(),
                List::Atomic | List::Set => item.clone(),
            };
            errors.push(FieldError::duplicate(format!("{at}[{index}]"), shown));
        }
    }
}

fn check_text(text: &str, limits: &Limits, at: &str, errors: &mut Vec<FieldError>) {
    let length = text.chars().count() as u64;
    if let Some(most) = limits.max_length.filter(|most| length > *most) {
        errors.push(FieldError::too_long(at, most));
    }
    if let Some(least) = limits.min_length.filter(|least| length < *least) {
        let detail = format!("{at} in body should be at least {least} chars long");
        errors.push(FieldError::invalid(at, text, detail));
    }
    if let Some(pattern) = limits
        .pattern
        .as_ref()
        .filter(|pattern| !pattern.is_match(text))
    {
        let detail = format!("{at} in body should match '{pattern}'");
        errors.push(FieldError::invalid(at, text, detail));
    }
}

fn check_number(value: &Value, limits: &Limits, at: &str, errors: &mut Vec<FieldError>) {
    let Some(number) = value.as_f64() else { return };
    if let Some(least) = limits.minimum {
        let (broken, words) = if limits.exclusive_minimum {
            (number <= least, "greater than")
        } else {
            (number < least, "greater than or equal to")
        };
        if broken {
            let detail = format!("{at} in body should be {words} {least}");
            errors.push(FieldError::invalid(at, value.clone(), detail));
        }
    }
    if let Some(most) = limits.maximum {
        let (broken, words) = if limits.exclusive_maximum {
            (number >= most, "less than")
        } else {
            (number > most, "less than or equal to")
        };
        if broken {
            let detail = format!("{at} in body should be {words} {most}");
            errors.push(FieldError::invalid(at, value.clone(), detail));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wrong(schema: &Value, value: &Value) -> Vec<String> {
        validate(value, &Schema::compile(schema))
            .iter()
            .map(FieldError::to_string)
            .collect()
    }

    #[test]
    fn every_broken_limit_is_named() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "string"},
            "b": {"type": "integer", "minimum": 1},
            "c": {"type": "string", "enum": ["x", "y"]},
            "d": {"type": "string", "pattern": "^a+$"},
            "e": {"type": "array", "maxItems": 1, "items": {"type": "string"}}}});
        let value = json!({"b": 0, "c": "z", "d": "b", "e": ["p", 1]});
        assert_eq!(
            wrong(&schema, &value),
            [
                "a: Required value",
                "b: Invalid value: 0: b in body should be greater than or equal to 1",
                "c: Unsupported value: \"z\": supported values: \"x\", \"y\"",
                "d: Invalid value: \"b\": d in body should match '^a+$'",
                "e: Too many: 2: must have at most 1 items",
                "e[1]: Invalid value: \"integer\": e[1] in body must be of type string: \
                 \"integer\"",
            ]
        );
    }

    #[test]
    fn null_is_a_value_only_where_the_schema_says_so() {
        let field = |nullable: bool| {
            json!({"type": "object", "properties": {
            "a": {"type": "string", "nullable": nullable}}})
        };
        assert!(wrong(&field(true), &json!({"a": null})).is_empty());
        assert_eq!(wrong(&field(false), &json!({"a": null})).len(), 1);
    }
}
