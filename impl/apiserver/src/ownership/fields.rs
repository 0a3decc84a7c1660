//! Sets of field paths, and their `FieldsV1` form.
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::schema::{List, Schema};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Field(String),
    /// Item of a keyed list: the JSON of its key fields.
    Key(String),
    /// Item of a set: its JSON.
    Item(String),
}

/// Where a field is.
pub(super) type Path = Vec<Step>;

/// Fields, each by its path. A keyed item is itself a member, besides its fields.
pub(super) type FieldSet = BTreeSet<Path>;

/// The key of an item, defaults filled in; nothing if a key field is missing.
pub(super) fn key_of(item: &Value, keys: &[String], schema: &Schema) -> Option<String> {
    let mut key = Map::new();
    for name in keys {
        let value = item.get(name).or(schema.field(name).default.as_ref())?;
        key.insert(name.clone(), value.clone());
    }
    Some(Value::Object(key).to_string())
}

/// Everything that a configuration names, but for a field that it cannot change.
pub(super) fn fields_of(object: &Value, schema: &Schema, fixed: Option<&str>) -> FieldSet {
    let fixed = fixed.map(|it| Step::Field(it.into()));
    let mut set = all_fields_of(object, schema);
    set.retain(|path| is_owned(path) && (fixed.is_none() || path.first() != fixed.as_ref()));
    set
}

/// The same with what belongs to nobody.
pub(super) fn all_fields_of(object: &Value, schema: &Schema) -> FieldSet {
    let mut set = FieldSet::new();
    walk(object, schema, &mut Vec::new(), &mut set);
    set
}

/// Identity and what the server sets belong to nobody.
pub(super) fn is_owned(path: &[Step]) -> bool {
    let name = |at: usize| match path.get(at) {
        Some(Step::Field(name)) => name.as_str(),
        Some(Step::Key(_) | Step::Item(_)) | None => "",
    };
    match name(0) {
        "" | "apiVersion" | "kind" => false,
        "metadata" => !matches!(
            name(1),
            "" | "name"
                | "namespace"
                | "uid"
                | "resourceVersion"
                | "generation"
                | "creationTimestamp"
                | "managedFields"
                | "selfLink"
        ),
        _ => true,
    }
}

/// As `ToFieldSet` of structured-merge-diff: leaves, items, members of maps that are no structs, and
/// what is empty.
fn walk(value: &Value, schema: &Schema, at: &mut Path, set: &mut FieldSet) {
    match value {
        Value::Object(map) if !schema.atomic_map => {
            for (name, field) in map {
                at.push(Step::Field(name.clone()));
                walk(field, schema.field(name), at, set);
                let is_empty = field.as_object().is_some_and(Map::is_empty);
                if is_empty || !schema.properties.contains_key(name) {
                    set.insert(at.clone());
                }
                at.pop();
            }
        }
        Value::Array(items) if schema.list != List::Atomic => {
            for (step, item) in items_of(items, schema) {
                at.push(step);
                if schema.list != List::Set {
                    walk(item, schema.item(), at, set);
                }
                set.insert(at.clone());
                at.pop();
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => {
            set.insert(at.clone());
        }
    }
}

/// The first item that a configuration names twice, as a refusal says it.
pub(crate) fn repeated(configuration: &Value, schema: &Schema) -> Option<String> {
    find_repeated(configuration, schema, &mut Vec::new())
}

fn find_repeated(value: &Value, schema: &Schema, at: &mut Path) -> Option<String> {
    match value {
        Value::Object(map) => map.iter().find_map(|(name, field)| {
            at.push(Step::Field(name.clone()));
            let found = find_repeated(field, schema.field(name), at);
            at.pop();
            found
        }),
        Value::Array(items) if schema.list != List::Atomic => {
            let mut known = BTreeSet::new();
            let twice = items_of(items, schema).find(|(step, _)| !known.insert(step.clone()));
            let item = shown(&[twice?.0]);
            Some(format!("{}: duplicate entries for key {item}", shown(at)))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    }
}

/// The items of a set or a keyed list, each by its step; those without a key have none.
pub(super) fn items_of<'a>(
    items: &'a [Value],
    schema: &Schema,
) -> impl Iterator<Item = (Step, &'a Value)> {
    items.iter().filter_map(|item| match &schema.list {
        List::Keyed(keys) => Some((Step::Key(key_of(item, keys, schema.item())?), item)),
        List::Set | List::Atomic => Some((Step::Item(item.to_string()), item)),
    })
}

/// The value without what is at some paths. Which maps and lists that emptied is noted.
pub(super) fn without(
    value: &Value,
    gone: &FieldSet,
    schema: &Schema,
    emptied: &mut Vec<Path>,
) -> Value {
    let kept = keep(value, gone, schema, &mut Vec::new(), emptied);
    kept.unwrap_or(Value::Null)
}

fn keep(
    value: &Value,
    gone: &FieldSet,
    schema: &Schema,
    at: &mut Path,
    emptied: &mut Vec<Path>,
) -> Option<Value> {
    if gone.contains(at) {
        return None;
    }
    let was = emptied.len();
    let kept = match value {
        Value::Object(map) if !schema.atomic_map => {
            let mut kept = Map::new();
            for (name, field) in map {
                at.push(Step::Field(name.clone()));
                let field = keep(field, gone, schema.field(name), at, emptied);
                kept.extend(field.map(|it| (name.clone(), it)));
                at.pop();
            }
            Value::Object(kept)
        }
        Value::Array(items) if schema.list != List::Atomic => {
            let mut kept = Vec::new();
            for item in items {
                let step = items_of(std::slice::from_ref(item), schema).next();
                let Some((step, _)) = step else {
                    kept.push(item.clone());
                    continue;
                };
                at.push(step);
                kept.extend(keep(item, gone, schema.item(), at, emptied));
                at.pop();
            }
            Value::Array(kept)
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => value.clone(),
    };
    let is_empty = |value: &Value| match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    if is_empty(&kept) && !is_empty(value) {
        emptied.truncate(was);
        emptied.push(at.clone());
    }
    Some(kept)
}

/// The wire form. A member that is also on the way to others is marked by `.`.
pub(super) fn to_fields_v1(set: &FieldSet) -> Value {
    let mut root = Value::Object(Map::new());
    let mut paths = set.iter().peekable();
    while let Some(path) = paths.next() {
        let mut at = &mut root;
        for step in path {
            let name = match step {
                Step::Field(name) => format!("f:{name}"),
                Step::Key(key) => format!("k:{key}"),
                Step::Item(item) => format!("v:{item}"),
            };
            let map = at.as_object_mut().expect("only objects are put below");
            at = map.entry(name).or_insert_with(|| json!({}));
        }
        let is_on_the_way = paths.peek().is_some_and(|next| next.starts_with(path));
        if is_on_the_way {
            at["."] = json!({});
        }
    }
    root
}

/// Reads the wire form.
pub(super) fn from_fields_v1(fields: &Value) -> FieldSet {
    let mut set = FieldSet::new();
    read(fields, &mut Vec::new(), &mut set);
    set
}

fn read(fields: &Value, at: &mut Path, set: &mut FieldSet) {
    let members = fields.as_object();
    if members.is_none_or(Map::is_empty) && !at.is_empty() {
        set.insert(at.clone());
        return;
    }
    for (name, below) in members.into_iter().flatten() {
        let step = match name.split_once(':') {
            Some(("f", name)) => Step::Field(name.into()),
            Some(("k", key)) => Step::Key(key.into()),
            Some(("v", item)) => Step::Item(item.into()),
            Some(_) | None => {
                if name == "." {
                    set.insert(at.clone());
                }
                continue;
            }
        };
        at.push(step);
        read(below, at, set);
        at.pop();
    }
}

/// `.spec.ports[port=80,protocol="TCP"].name`, as conflicts name a field.
pub(super) fn shown(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Field(name) => text.push_str(&format!(".{name}")),
            Step::Key(key) => {
                let key: Map<String, Value> = serde_json::from_str(key).unwrap_or_default();
                let pairs: Vec<String> = key.iter().map(|(k, v)| format!("{k}={v}")).collect();
                text.push_str(&format!("[{}]", pairs.join(",")));
            }
            Step::Item(item) => text.push_str(&format!("[={item}]")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::of_builtin;

    #[test]
    fn a_field_set_survives_its_wire_form() {
        let service = json!({"metadata": {"name": "web", "labels": {"a": "b"},
            "finalizers": ["x/y"]}, "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}});
        let set = fields_of(&service, &of_builtin("", "Service"), None);
        let wire = to_fields_v1(&set);
        assert_eq!(
            wire,
            json!({"f:metadata": {"f:labels": {"f:a": {}}, "f:finalizers": {"v:\"x/y\"": {}}},
                "f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}":
                    {".": {}, "f:port": {}}}, "f:selector": {}}})
        );
        assert_eq!(from_fields_v1(&wire), set);
    }
}
