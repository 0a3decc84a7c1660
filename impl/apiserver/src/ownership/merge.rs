//! Merges an applied configuration into an object.
use serde_json::Value;

use super::fields::{Step, items_of};
use crate::object::map_mut;
use crate::schema::{List, Schema};

/// Merges as ownership sees the object: atomic values replace, sets and keyed lists unite.
pub(super) fn merge_configuration(target: &mut Value, configuration: &Value, schema: &Schema) {
    match configuration {
        Value::Object(map) if !schema.atomic_map => {
            let fields = map_mut(target);
            for (name, value) in map.iter().filter(|(name, _)| *name != "managedFields") {
                let slot = fields.entry(name.clone()).or_insert(Value::Null);
                merge_configuration(slot, value, schema.field(name));
            }
        }
        Value::Array(items) => merge_list(target, items, schema),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            *target = configuration.clone();
        }
    }
}

fn merge_list(target: &mut Value, items: &[Value], schema: &Schema) {
    let (Value::Array(list), false) = (&mut *target, schema.list == List::Atomic) else {
        *target = Value::Array(items.to_vec());
        return;
    };
    *list = in_order(list, items, schema);
}

/// Both lists as one, in the order of the applied one as far as it says one; what it does not name
/// stays before what it stood before.
fn in_order(old: &[Value], items: &[Value], schema: &Schema) -> Vec<Value> {
    let step = |item: &Value| {
        items_of(std::slice::from_ref(item), schema)
            .next()
            .map(|it| it.0)
    };
    let applied: Vec<Option<Step>> = items.iter().map(step).collect();
    let before: Vec<Option<Step>> = old.iter().map(step).collect();
    let merged = |at: usize| {
        let twin = before
            .iter()
            .position(|it| it.is_some() && *it == applied[at]);
        let mut item = twin.map_or(Value::Null, |twin| old[twin].clone());
        merge_configuration(&mut item, &items[at], schema.item());
        item
    };
    let mut shared = applied.iter().filter(|it| before.contains(it)).peekable();
    let (mut left, mut right) = (0, 0);
    let mut out = Vec::new();
    while left < old.len() || right < items.len() {
        if left < old.len() && right < items.len() {
            if before[left] == applied[right] {
                out.push(merged(right));
                (left, right) = (left + 1, right + 1);
                shared.next();
                continue;
            }
            let waits = shared.peek().is_some_and(|next| **next != before[left]);
            if applied.contains(&before[left]) && waits {
                left += 1;
                continue;
            }
        }
        if left < old.len() && !applied.contains(&before[left]) {
            out.push(old[left].clone());
            left += 1;
        } else if right < items.len() {
            if before.contains(&applied[right]) {
                shared.next();
            }
            out.push(merged(right));
            right += 1;
        } else {
            left += 1;
        }
    }
    out
}
