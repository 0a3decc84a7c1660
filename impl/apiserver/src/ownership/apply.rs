//! Server-side apply: merging a configuration, finding conflicts, removing what was given up.
use std::collections::BTreeMap;

use serde_json::Value;

use super::changes::{Changes, with_structs};
use super::fields::{FieldSet, Path, Step, fields_of, is_owned, remove_at, shown};
use super::ledger::{Author, Ownership, read, write};
use super::merge::merge_configuration;
use crate::schema::Schema;

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
    typed: bool,
) -> Applied {
    let mut entries = read(old);
    if entries.is_empty() {
        entries.extend(before_first_apply(old, schema, author, typed));
    }
    let wanted = fields_of(configuration, schema);
    let mine = entries.iter().position(|entry| entry.is_of(author, true));
    let mut new = old.clone();
    merge_configuration(&mut new, configuration, schema);
    for path in mine
        .map(|at| given_up(&entries, at, &wanted, schema))
        .unwrap_or_default()
    {
        remove_at(&mut new, &path, schema);
    }
    let others = entries.iter().filter(|entry| !entry.is_of(author, true));
    for path in others.flat_map(|entry| &entry.fields).chain(&wanted) {
        if typed {
            keep_emptied(&mut new, old, path);
        }
    }
    let changes = Changes::between(old, &new, schema);
    let set = changes.set();
    let mut conflicts = Vec::new();
    for entry in entries
        .iter_mut()
        .filter(|entry| !entry.is_of(author, true))
    {
        let owner = owner(entry);
        conflicts.extend(entry.fields.intersection(&set).map(|path| Conflict {
            owner: owner.clone(),
            field: shown(path),
        }));
        entry
            .fields
            .retain(|path| !set.contains(path) && !changes.removed.contains(path));
    }
    if !conflicts.is_empty() && !force {
        return Applied::Conflicts(conflicts);
    }
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

/// A map that somebody owns as such stays, empty, when everything in it was given up.
fn keep_emptied(new: &mut Value, old: &Value, path: &Path) {
    let (mut new, mut old) = (new, old);
    let Some((Step::Field(last), around)) = path.split_last() else {
        return;
    };
    for step in around {
        let Step::Field(name) = step else { return };
        let (Some(below), Some(before)) = (new.get_mut(name), old.get(name)) else {
            return;
        };
        (new, old) = (below, before);
    }
    if let (Value::Object(map), Some(Value::Object(_))) = (new, old.get(last)) {
        map.entry(last.clone())
            .or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
}

/// Whoever wrote what nobody owns.
fn before_first_apply(
    old: &Value,
    schema: &Schema,
    author: &Author<'_>,
    typed: bool,
) -> Option<Ownership> {
    let nothing = Value::Object(serde_json::Map::new());
    let nothing = match typed {
        true => with_structs(&nothing, old, schema),
        false => nothing,
    };
    let fields = Changes::between(&nothing, old, schema).set();
    let nobody = Author {
        name: "before-first-apply",
        subresource: "",
        ..*author
    };
    (!fields.is_empty()).then(|| Ownership::new(&nobody, false, fields))
}

fn owner(entry: &Ownership) -> String {
    let subresource = if entry.subresource.is_empty() {
        String::new()
    } else {
        format!(" with subresource {:?}", entry.subresource)
    };
    // Of what is applied there is one configuration, in whatever version.
    let version = match entry.by_apply {
        true => String::new(),
        false => format!(" using {}", entry.api_version),
    };
    format!("{:?}{subresource}{version}", entry.manager)
}

/// What the author owned and nobody owns any more, nor anything in it. The structs around what the
/// author owned count as owned, so that an emptied `spec` goes with its last field.
fn given_up(entries: &[Ownership], mine: usize, wanted: &FieldSet, schema: &Schema) -> Vec<Path> {
    let others = entries.iter().enumerate().filter(|(at, _)| *at != mine);
    let kept: Vec<&FieldSet> = others
        .map(|(_, entry)| &entry.fields)
        .chain([wanted])
        .collect();
    let is_needed = |path: &Path| {
        kept.iter()
            .any(|set| set.iter().any(|below| below.starts_with(path)))
    };
    let owned = entries[mine].fields.iter();
    let owned: FieldSet = owned
        .flat_map(|path| structs_around(path, schema).chain([path.clone()]))
        .collect();
    // Containers come first, so that an item is found by its key; a key field goes only with it.
    let mut gone: Vec<Path> = owned
        .into_iter()
        .filter(|path| is_owned(path) && !is_needed(path) && !is_key_field(path))
        .collect();
    gone.sort_by_key(Vec::len);
    gone
}

fn structs_around<'a>(path: &'a Path, schema: &'a Schema) -> impl Iterator<Item = Path> + 'a {
    let mut at = schema;
    (0..path.len().saturating_sub(1)).filter_map(move |depth| {
        let within = at;
        match &path[depth] {
            Step::Field(name) => {
                at = within.field(name);
                within
                    .properties
                    .contains_key(name)
                    .then(|| path[..=depth].to_vec())
            }
            Step::Key(_) | Step::Item(_) => {
                at = within.item();
                None
            }
        }
    })
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
            true,
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
        let Applied::Conflicts(conflicts) =
            apply(&old, &wanted, &service, &author("me"), false, true)
        else {
            panic!("no conflict")
        };
        assert_eq!(
            conflict_text(&conflicts),
            "Apply failed with 1 conflict: conflict with \"ccm\": .spec.type"
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
        let Applied::Merged(new) = apply(&old, &configuration, &service, &again, false, true)
        else {
            panic!("conflict")
        };
        assert_eq!(new, old);
    }
}
