//! Server-side apply: merging a configuration, finding conflicts, removing what was given up.
use std::collections::BTreeMap;

use serde_json::Value;

use super::changes::{Changes, with_structs};
use super::fields::{FieldSet, Path, Step, all_fields_of, fields_of, is_owned, shown, without};
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

/// Applies `configuration` onto `old`. With `force`, fields in conflict change hands. Of the field
/// that is `fixed` nothing is owned: what is applied of it is taken back later.
pub(crate) fn apply(
    old: &Value,
    configuration: &Value,
    schema: &Schema,
    author: &Author<'_>,
    force: bool,
    typed: bool,
    fixed: Option<&str>,
) -> Applied {
    let mut entries = read(old);
    if entries.is_empty() {
        entries.extend(before_first_apply(old, schema, author, typed, fixed));
    }
    let wanted = fields_of(configuration, schema, fixed);
    let mine = entries.iter().position(|entry| entry.is_of(author, true));
    let mut merged = old.clone();
    merge_configuration(&mut merged, configuration, schema);
    let mut emptied = Vec::new();
    let mut new = match mine {
        Some(mine) => {
            let gone = given_up(&merged, &entries, mine, &wanted, schema);
            without(&merged, &gone, schema, &mut emptied)
        }
        None => merged,
    };
    let changes = Changes::between(old, &new, schema).without(fixed);
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
    if !typed {
        emptied.iter().for_each(|path| set_null(&mut new, path));
    }
    Applied::Merged(new)
}

/// What is emptied is null, and whoever judges it says whether it may be.
fn set_null(object: &mut Value, path: &[Step]) {
    let mut at = object;
    for step in path {
        let Step::Field(name) = step else { return };
        let Some(below) = at.get_mut(name) else {
            return;
        };
        at = below;
    }
    if !path.starts_with(&[Step::Field("metadata".into())]) {
        *at = Value::Null;
    }
}

/// Whoever wrote what nobody owns.
fn before_first_apply(
    old: &Value,
    schema: &Schema,
    author: &Author<'_>,
    typed: bool,
    fixed: Option<&str>,
) -> Option<Ownership> {
    let nothing = Value::Object(serde_json::Map::new());
    let nothing = match typed {
        true => with_structs(&nothing, old, schema),
        false => nothing,
    };
    let changes = Changes::between(&nothing, old, schema);
    let fields = changes.without(fixed).set();
    let nobody = Author {
        name: "before-first-apply",
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

/// What the author owned, nobody owns any more, and nothing is left in, in a merged object: `prune`
/// of structured-merge-diff. Around what is owned its structs count as owned, so that an emptied
/// `spec` goes with its last field; items and members of maps do not.
fn given_up(
    merged: &Value,
    entries: &[Ownership],
    mine: usize,
    wanted: &FieldSet,
    schema: &Schema,
) -> FieldSet {
    let with_structs = |set: &FieldSet| -> FieldSet {
        let paths = set.iter();
        paths
            .flat_map(|path| structs_around(path, schema).chain([path.clone()]))
            .collect()
    };
    let there = |value: &Value| with_structs(&all_fields_of(value, schema));
    let last = with_structs(&entries[mine].fields);
    let others = entries.iter().enumerate().filter(|(at, _)| *at != mine);
    let owned = others.flat_map(|(_, entry)| &entry.fields).chain(wanted);
    let owned = with_structs(&owned.cloned().collect());
    let all = there(merged);
    let left = there(&without(merged, &last, schema, &mut Vec::new()));
    let unowned = all
        .iter()
        .filter(|it| !left.contains(*it) && !owned.contains(*it));
    let unowned: FieldSet = unowned.cloned().collect();
    let left = there(&without(merged, &unowned, schema, &mut Vec::new()));
    let gone = all
        .into_iter()
        .filter(|it| !left.contains(it) && last.contains(it));
    gone.filter(|path| is_owned(path) && !is_key_field(path))
        .collect()
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
    use crate::ownership::{created_by_apply, record_update};
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
            None,
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
            Some("status"),
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
            apply(&old, &wanted, &service, &author("me"), false, true, None)
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
        let Applied::Merged(new) = apply(&old, &configuration, &service, &again, false, true, None)
        else {
            panic!("conflict")
        };
        assert_eq!(new, old);
    }

    #[test]
    fn a_port_that_is_given_up_goes_with_what_others_own_in_it() {
        let one = json!({"spec": {"ports": [{"port": 80}]}});
        let mut old = created(&one, "ccm");
        let mut other = old.clone();
        other["spec"]["ports"][0]["name"] = "a".into();
        let service = of_builtin("", "Service");
        record_update(&old, &mut other, &service, &author("nsx"), true, None);
        old = other;
        let new = merged(&old, &json!({"spec": {"type": "NodePort"}}), "ccm", false);
        assert_eq!(new["spec"].get("ports"), None);
        assert_eq!(
            new["metadata"]["managedFields"].as_array().unwrap().len(),
            1
        );
    }
}
