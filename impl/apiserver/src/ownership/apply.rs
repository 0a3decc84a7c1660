//! Server-side apply: merging a configuration, finding conflicts, removing what was given up.
use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::{Path, Step, fields_of, key_of, remove_at, shown, value_at};
use super::ledger::{Author, Ownership, read, write};
use crate::object::map_mut;
use crate::schema::{List, Schema};

/// A field that somebody else owns with another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// `"manager"`, with its subresource and version as messages name it.
    pub owner: String,
    pub field: String,
}

/// What became of an apply.
pub(crate) enum Applied {
    Merged(Value),
    Conflicts(Vec<Conflict>),
}

/// Applies `configuration` onto `old`. With `force`, fields in conflict change hands.
pub(crate) fn apply(
    old: &Value,
    configuration: &Value,
    schema: &Schema,
    author: &Author<'_>,
    force: bool,
) -> Applied {
    let mut entries = read(old);
    let wanted = fields_of(configuration, schema);
    let mut conflicts = Vec::new();
    for entry in entries
        .iter_mut()
        .filter(|entry| !entry.is_of(author, true))
    {
        let clashes: Vec<Path> = entry
            .fields
            .iter()
            .filter(|path| wanted.contains(*path) && !matches!(path.last(), Some(Step::Key(_))))
            .filter(|path| value_at(old, path, schema) != value_at(configuration, path, schema))
            .cloned()
            .collect();
        for path in clashes {
            if force {
                entry.fields.remove(&path);
            } else {
                conflicts.push(Conflict {
                    owner: owner(entry),
                    field: shown(&path),
                });
            }
        }
    }
    if !conflicts.is_empty() {
        return Applied::Conflicts(conflicts);
    }
    let mut new = old.clone();
    let mine = entries.iter().position(|entry| entry.is_of(author, true));
    for path in mine
        .map(|at| given_up(&entries, at, &wanted))
        .unwrap_or_default()
    {
        remove_at(&mut new, &path, schema);
    }
    merge_configuration(&mut new, configuration, schema);
    match mine {
        Some(at) => {
            // Only a change moves the time, so that applying twice is one write.
            if entries[at].fields != wanted || !same_but_ledger(&new, old) {
                entries[at].time = author.time.into();
            }
            entries[at].fields = wanted;
        }
        None => entries.push(Ownership::new(author, true, wanted)),
    }
    write(&mut new, entries);
    Applied::Merged(new)
}

fn owner(entry: &Ownership) -> String {
    let subresource = if entry.subresource.is_empty() {
        String::new()
    } else {
        format!(" with subresource {:?}", entry.subresource)
    };
    format!(
        "{:?}{subresource} using {}",
        entry.manager, entry.api_version
    )
}

/// What the author owned, no longer names, and nobody else owns. A keyed item goes as a whole once
/// nobody owns anything in it.
fn given_up(entries: &[Ownership], mine: usize, wanted: &super::fields::FieldSet) -> Vec<Path> {
    let others = || {
        entries
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != mine)
            .map(|(_, e)| e)
    };
    let is_needed = |path: &Path| {
        let is_item = matches!(path.last(), Some(Step::Key(_)));
        others().any(|other| {
            other.fields.contains(path)
                || (is_item && other.fields.iter().any(|below| below.starts_with(path)))
        })
    };
    let gone = entries[mine]
        .fields
        .iter()
        .filter(|path| !wanted.contains(*path));
    // Containers come first, so that an item is found by its key; a key field goes only with it.
    let mut gone: Vec<Path> = gone
        .filter(|path| !is_needed(path) && !is_key_field(path))
        .cloned()
        .collect();
    gone.sort_by_key(Vec::len);
    gone
}

fn is_key_field(path: &[Step]) -> bool {
    let [.., Step::Key(key), Step::Field(name)] = path else {
        return false;
    };
    serde_json::from_str::<Value>(key).is_ok_and(|key| key.get(name).is_some())
}

fn same_but_ledger(a: &Value, b: &Value) -> bool {
    let without = |value: &Value| {
        let mut value = value.clone();
        crate::object::metadata_mut(&mut value).remove("managedFields");
        value
    };
    without(a) == without(b)
}

/// Merges as ownership sees the object: atomic values replace, sets and keyed lists unite.
fn merge_configuration(target: &mut Value, configuration: &Value, schema: &Schema) {
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
    for item in items {
        let at = match &schema.list {
            List::Keyed(keys) => {
                let key = key_of(item, keys, schema.item());
                list.iter()
                    .position(|old| key_of(old, keys, schema.item()) == key)
            }
            List::Set | List::Atomic => list.iter().position(|old| old == item),
        };
        match at {
            Some(at) => merge_configuration(&mut list[at], item, schema.item()),
            None => list.push(item.clone()),
        }
    }
}

/// The message of a refused apply.
pub(crate) fn conflict_text(conflicts: &[Conflict]) -> String {
    let mut by_owner: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for conflict in conflicts {
        by_owner
            .entry(&conflict.owner)
            .or_default()
            .push(&conflict.field);
    }
    if let [one] = conflicts {
        return format!(
            "Apply failed with 1 conflict: conflict with {}: {}",
            one.owner, one.field
        );
    }
    let groups: Vec<String> = by_owner
        .iter()
        .map(|(owner, fields)| match fields.as_slice() {
            [one] => format!("conflict with {owner}: {one}"),
            several => format!("conflicts with {owner}:\n- {}", several.join("\n- ")),
        })
        .collect();
    format!(
        "Apply failed with {} conflicts: {}",
        conflicts.len(),
        groups.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ownership::created_by_apply;
    use crate::schema::of_builtin;
    use serde_json::json;

    fn author(name: &'static str) -> Author<'static> {
        Author {
            name,
            subresource: "",
            api_version: "v1",
            time: "2026-01-01T00:00:00Z",
        }
    }

    fn created(configuration: &Value, name: &'static str) -> Value {
        let mut object = configuration.clone();
        created_by_apply(
            &mut object,
            configuration,
            &of_builtin("", "Service"),
            &author(name),
        );
        object
    }

    fn merged(old: &Value, configuration: &Value, name: &'static str, force: bool) -> Value {
        match apply(
            old,
            configuration,
            &of_builtin("", "Service"),
            &author(name),
            force,
        ) {
            Applied::Merged(value) => value,
            Applied::Conflicts(conflicts) => panic!("{conflicts:?}"),
        }
    }

    #[test]
    fn a_label_no_longer_named_is_removed() {
        let old = created(
            &json!({"metadata": {"labels": {"a": "1", "b": "2"}}}),
            "ccm",
        );
        let new = merged(
            &old,
            &json!({"metadata": {"labels": {"a": "1"}}}),
            "ccm",
            false,
        );
        assert_eq!(new["metadata"]["labels"], json!({"a": "1"}));
    }

    #[test]
    fn a_field_of_another_owner_is_a_conflict_unless_forced() {
        let old = created(&json!({"spec": {"type": "ClusterIP"}}), "ccm");
        let wanted = json!({"spec": {"type": "NodePort"}});
        let service = of_builtin("", "Service");
        let Applied::Conflicts(conflicts) = apply(&old, &wanted, &service, &author("me"), false)
        else {
            panic!("no conflict")
        };
        assert_eq!(
            conflict_text(&conflicts),
            "Apply failed with 1 conflict: conflict with \"ccm\" using v1: .spec.type"
        );
        assert_eq!(
            merged(&old, &wanted, "me", true)["spec"]["type"],
            "NodePort"
        );
    }

    #[test]
    fn a_port_goes_as_a_whole_when_its_only_owner_gives_it_up() {
        let two =
            json!({"spec": {"ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "b"}]}});
        let old = created(&two, "ccm");
        let one = json!({"spec": {"ports": [{"port": 80, "name": "a"}]}});
        assert_eq!(
            merged(&old, &one, "ccm", false)["spec"]["ports"],
            one["spec"]["ports"]
        );
    }

    #[test]
    fn applying_twice_changes_nothing() {
        let configuration = json!({"metadata": {"labels": {"a": "1"}}});
        let old = created(&configuration, "ccm");
        let again = Author {
            time: "2027-01-01T00:00:00Z",
            ..author("ccm")
        };
        let service = of_builtin("", "Service");
        let Applied::Merged(new) = apply(&old, &configuration, &service, &again, false) else {
            panic!("conflict")
        };
        assert_eq!(new, old);
    }
}
