//! `metadata.managedFields`: reading it, writing it, and keeping it up on ordinary writes.
use serde_json::{Value, json};

use super::changes::{Changes, with_nulls, with_structs};
use super::fields::{FieldSet, fields_of, from_fields_v1, to_fields_v1};
use crate::object::metadata_mut;
use crate::schema::Schema;

/// Who writes, through which path, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Author<'a> {
    pub name: &'a str,
    /// `status`, or empty for the object itself.
    pub subresource: &'a str,
    pub api_version: &'a str,
    pub time: &'a str,
}

/// One entry of `managedFields`.
#[derive(Clone, Debug)]
pub(super) struct Ownership {
    pub manager: String,
    pub by_apply: bool,
    pub subresource: String,
    pub api_version: String,
    pub fields: FieldSet,
    pub time: String,
}

impl Ownership {
    pub fn new(author: &Author<'_>, by_apply: bool, fields: FieldSet) -> Ownership {
        Ownership {
            manager: author.name.into(),
            by_apply,
            subresource: author.subresource.into(),
            api_version: author.api_version.into(),
            fields,
            time: author.time.into(),
        }
    }

    pub fn is_of(&self, author: &Author<'_>, by_apply: bool) -> bool {
        self.manager == author.name
            && self.by_apply == by_apply
            && self.subresource == author.subresource
    }
}

pub(super) fn read(object: &Value) -> Vec<Ownership> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let entries = object["metadata"]["managedFields"].as_array();
    entries
        .into_iter()
        .flatten()
        .map(|entry| Ownership {
            manager: text(&entry["manager"]),
            by_apply: entry["operation"] == "Apply",
            subresource: text(&entry["subresource"]),
            api_version: text(&entry["apiVersion"]),
            fields: from_fields_v1(&entry["fieldsV1"]),
            time: text(&entry["time"]),
        })
        .collect()
}

/// Writes the entries into the object, appliers first as Kubernetes sorts them.
pub(super) fn write(object: &mut Value, mut entries: Vec<Ownership>) {
    entries.retain(|entry| !entry.fields.is_empty());
    entries.sort_by(|a, b| {
        (!a.by_apply, &a.manager, &a.subresource).cmp(&(!b.by_apply, &b.manager, &b.subresource))
    });
    let list: Vec<Value> = entries.iter().map(wire).collect();
    let metadata = metadata_mut(object);
    if list.is_empty() {
        metadata.remove("managedFields");
    } else {
        metadata.insert("managedFields".into(), Value::Array(list));
    }
}

fn wire(entry: &Ownership) -> Value {
    let mut value = json!({
        "manager": entry.manager,
        "operation": if entry.by_apply { "Apply" } else { "Update" },
        "apiVersion": entry.api_version, "time": entry.time,
        "fieldsType": "FieldsV1", "fieldsV1": to_fields_v1(&entry.fields)});
    if !entry.subresource.is_empty() {
        value["subresource"] = entry.subresource.as_str().into();
    }
    value
}

/// Ownership after an ordinary write by `author` turned `old` into `new`: what changed is the
/// author's, and nobody else's any more. Built-in kinds are `typed`; `fixed` is the field that a
/// write of this part cannot change.
pub(crate) fn record_update(
    old: &Value,
    new: &mut Value,
    schema: &Schema,
    author: &Author<'_>,
    typed: bool,
    fixed: Option<&str>,
) {
    let mut entries = read(old);
    let changes = match typed {
        true => {
            let old = with_nulls(&with_structs(old, new, schema), schema);
            Changes::between(&old, &with_nulls(new, schema), schema)
        }
        false => Changes::between(old, new, schema),
    };
    let changes = changes.without(fixed);
    let set = changes.set();
    for entry in &mut entries {
        let is_own = entry.is_of(author, false);
        entry
            .fields
            .retain(|path| !changes.removed.contains(path) && (is_own || !set.contains(path)));
    }
    if !set.is_empty() {
        match entries.iter_mut().find(|entry| entry.is_of(author, false)) {
            Some(entry) => {
                if !set.is_subset(&entry.fields) {
                    entry.time = author.time.into();
                }
                entry.fields.extend(set);
            }
            None => entries.push(Ownership::new(author, false, set)),
        }
    }
    write(new, entries);
}

/// Ownership of an object that apply created: the author owns what the configuration named, and
/// not what the server filled in.
pub(crate) fn created_by_apply(
    object: &mut Value,
    configuration: &Value,
    schema: &Schema,
    author: &Author<'_>,
    fixed: Option<&str>,
) {
    let fields = fields_of(configuration, schema, fixed);
    write(object, vec![Ownership::new(author, true, fields)]);
}
