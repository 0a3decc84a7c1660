//! What an answer may hold, measured against what was asked.

use serde_json::Value;

/// Asserts that a value is no larger than `times` the input, and some.
///
/// # Panics
/// When it is.
pub fn within(times: usize, input: &[u8], value: &Value) {
    let (held, allowed) = (nodes(value), times * (input.len() + 100));
    assert!(
        held <= allowed,
        "{} bytes became {held} values",
        input.len()
    );
}

fn nodes(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(nodes).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(nodes).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}
