//! What a write added, removed and modified: `Compare` of structured-merge-diff.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::fields::{FieldSet, Path, Step, is_owned, items_of};
use crate::schema::{List, Schema};

/// Structs of Go behind a pointer: they can be absent.
const POINTERS: [&str; 4] = [
    "sessionAffinityConfig",
    "clientIP",
    "securityContext",
    "rollingUpdate",
];

/// Texts that Go writes even where they are empty.
const WRITTEN_EMPTY: [&str; 2] = ["reportingComponent", "reportingInstance"];

/// The difference between two versions of an object.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub added: FieldSet,
    pub removed: FieldSet,
    pub modified: FieldSet,
}

impl Changes {
    /// From `old` to `new`.
    pub fn between(old: &Value, new: &Value, schema: &Schema) -> Changes {
        let mut changes = Changes::default();
        changes.walk(Some(old), Some(new), schema, &mut Vec::new());
        for set in [
            &mut changes.added,
            &mut changes.removed,
            &mut changes.modified,
        ] {
            set.retain(|path| is_owned(path));
        }
        changes
    }

    /// Leaves out what a write of this part cannot change.
    pub fn without(mut self, field: Option<&str>) -> Changes {
        let Some(field) = field.map(|it| Step::Field(it.into())) else {
            return self;
        };
        for set in [&mut self.added, &mut self.removed, &mut self.modified] {
            set.retain(|path| path.first() != Some(&field));
        }
        self
    }

    /// What has another value than before.
    pub fn set(&self) -> FieldSet {
        self.added.union(&self.modified).cloned().collect()
    }

    fn walk(&mut self, old: Option<&Value>, new: Option<&Value>, schema: &Schema, at: &mut Path) {
        let sides: Vec<&Value> = old.into_iter().chain(new).collect();
        let is_empty = sides.iter().all(|side| is_empty(side));
        let are_maps = sides.iter().all(|side| side.is_object());
        let are_lists = sides.iter().all(|side| side.is_array());
        // What is empty on both sides counts as one value, so that a list can be empty or absent.
        let is_leaf = is_empty
            || !(are_maps && !schema.atomic_map || are_lists && schema.list != List::Atomic);
        if is_leaf {
            match (old, new) {
                (None, Some(_)) => self.added.insert(at.clone()),
                (Some(_), None) => self.removed.insert(at.clone()),
                (old, new) => old != new && self.modified.insert(at.clone()),
            };
            return;
        }
        let (before, after) = (members(old, schema), members(new, schema));
        let steps: BTreeSet<&Step> = before.keys().chain(after.keys()).collect();
        let none = Vec::new();
        for step in steps {
            let below = match step {
                Step::Field(name) => schema.field(name),
                Step::Key(_) | Step::Item(_) => schema.item(),
            };
            at.push(step.clone());
            let before = before.get(step).unwrap_or(&none);
            let after = after.get(step).unwrap_or(&none);
            self.walk_alike(before, after, below, at);
            at.pop();
        }
        match (old, new) {
            (None, _) => self.added.insert(at.clone()),
            (_, None) => self.removed.insert(at.clone()),
            (Some(_), Some(_)) => false,
        };
    }

    /// What has the same key. Where there are several, they are one value.
    fn walk_alike(&mut self, old: &[&Value], new: &[&Value], schema: &Schema, at: &mut Path) {
        match (old, new) {
            ([] | [_], [] | [_]) => {
                self.walk(old.first().copied(), new.first().copied(), schema, at);
            }
            ([_, _, ..], [_, _, ..]) => {
                if old != new {
                    self.modified.insert(at.clone());
                }
            }
            (_, []) => {
                self.removed.insert(at.clone());
            }
            (_, [only]) => {
                self.walk(None, Some(only), schema, at);
                self.removed.insert(at.clone());
            }
            ([], _) => {
                self.added.insert(at.clone());
            }
            ([only], _) => {
                self.walk(Some(only), None, schema, at);
                self.added.insert(at.clone());
            }
        }
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}

fn members<'a>(value: Option<&'a Value>, schema: &Schema) -> BTreeMap<Step, Vec<&'a Value>> {
    let mut members: BTreeMap<Step, Vec<&Value>> = BTreeMap::new();
    match value {
        Some(Value::Object(map)) => {
            for (name, field) in map {
                members.insert(Step::Field(name.clone()), vec![field]);
            }
        }
        Some(Value::Array(items)) => {
            for (step, item) in items_of(items, schema) {
                members.entry(step).or_default().push(item);
            }
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {}
    }
    members
}

/// An object of a built-in kind with every list that Go writes although there is none: as null.
pub(super) fn with_nulls(object: &Value, schema: &Schema) -> Value {
    let mut with = object.clone();
    let is_written = |it: &Schema| it.default.as_ref().is_some_and(Value::is_array);
    let lists = schema.properties.iter().filter(|it| is_written(it.1));
    if let Some(map) = with.as_object_mut() {
        for (name, _) in lists {
            map.entry(name.clone()).or_insert(Value::Null);
        }
    }
    with
}

/// The old version as a Go value of a built-in kind: with every struct that the new one has, empty
/// where it has none.
pub(super) fn with_structs(old: &Value, new: &Value, schema: &Schema) -> Value {
    let mut with = old.clone();
    add_structs(&mut with, new, schema);
    with
}

fn add_structs(old: &mut Value, new: &Value, schema: &Schema) {
    if !old.is_object() {
        *old = Value::Object(Map::new());
    }
    for (name, field) in new.as_object().into_iter().flatten() {
        let below = schema.field(name);
        if WRITTEN_EMPTY.contains(&name.as_str()) && field == "" && old.get(name).is_none() {
            old[name] = "".into();
        }
        let is_struct = field.is_object()
            && !below.properties.is_empty()
            && !below.atomic_map
            && !POINTERS.contains(&name.as_str());
        if is_struct {
            let slot = &mut old[name];
            add_structs(slot, field, below);
        }
    }
}
