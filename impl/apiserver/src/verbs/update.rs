//! PUT, and the second half of every patch.
use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::guard::{check_finalizers, frozen_faults, uid_mismatch};
use super::{DEFINITIONS, Effect, Part, State, Terms, Written};
use super::{check_kind, check_name, check_namespace, decode};
use crate::failure::Failure;
use crate::object::{Object, finalizers, map_mut, metadata_mut, metadata_text};
use crate::ownership::{self, Author};
use crate::registry::{Generation, Origin, Resource, Unconditional};
use crate::render::stored_form;
use crate::store::{Change, Key};
use crate::{rules, schema};

/// Whether the new object already says who owns what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ledger {
    ToRecord,
    Settled,
}

/// Metadata that only the server changes.
const SYSTEM_FIELDS: [&str; 6] = [
    "uid",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "namespace",
];

impl State {
    /// PUT.
    pub fn put(
        &mut self,
        resource: &Resource,
        key: &Key,
        part: Part,
        body: Value,
        terms: &mut Terms,
    ) -> Result<Written, Failure> {
        check_kind(resource, &body)?;
        let mut body = body;
        decode(resource, &mut body, terms)?;
        check_name(&body, &key.name)?;
        check_namespace(resource, key, &body)?;
        let uid = metadata_text(&body, "uid").to_string();
        let Some(old) = self.store.at(key).cloned() else {
            let creates = matches!(
                resource.unconditional,
                Unconditional::Creates | Unconditional::CreatesOnly
            );
            if !creates || part == Part::Finalize {
                return Err(Failure::not_found(resource, &key.name));
            }
            if !uid.is_empty() {
                return Err(uid_mismatch(resource, key, &uid, "", terms));
            }
            let namespace = resource.is_namespaced().then_some(key.namespace.as_str());
            // A version of what is not there is no version.
            metadata_mut(&mut body).remove("resourceVersion");
            let object = self.create(resource, namespace, part, body, terms)?;
            return Ok(Written {
                object,
                created: true,
            });
        };
        if !uid.is_empty() && uid != old.uid() {
            return Err(uid_mismatch(resource, key, &uid, old.uid(), terms));
        }
        let new = stored_form(resource, body);
        let object = self.replace(resource, key, &old, new, part, Ledger::ToRecord, terms)?;
        Ok(Written {
            object,
            created: false,
        })
    }

    /// Puts `new`, decoded and in its stored form, in the place of `old`.
    #[expect(clippy::too_many_arguments, reason = "a write is about all of these")]
    pub(super) fn replace(
        &mut self,
        resource: &Resource,
        key: &Key,
        old: &Arc<Object>,
        mut new: Value,
        part: Part,
        ledger: Ledger,
        terms: &mut Terms,
    ) -> Result<Arc<Object>, Failure> {
        check_namespace(resource, key, &new)?;
        check_name(&new, &key.name)?;
        let given = metadata_text(&new, "resourceVersion");
        let is_refused = matches!(
            resource.unconditional,
            Unconditional::Refused | Unconditional::CreatesOnly
        );
        if given.is_empty() && is_refused {
            return Err(Failure::unversioned(resource, &key.name));
        }
        if !given.is_empty() && given != old.version() {
            return Err(Failure::stale(resource, &key.name));
        }
        let owned = metadata_mut(&mut new).remove("managedFields");
        // Whoever asks for a change owns it, even of what the part does not let through.
        rules::fill_defaults(resource, &mut new);
        let mut asked = new.clone();
        self.settle_ledger(
            resource,
            part,
            old.value(),
            &mut asked,
            owned,
            ledger,
            terms,
        );
        restrict(resource, part, old.value(), &mut new);
        let mut faults = frozen_faults(old.value(), &new);
        keep_system_fields(old.value(), &mut new);
        let api_version = self.stored_api_version(resource);
        map_mut(&mut new).insert("apiVersion".into(), api_version.into());
        map_mut(&mut new).insert("kind".into(), resource.kind.as_str().into());
        faults.extend(check_finalizers(old.value(), &new));
        take_ledger(&asked, &mut new);
        rules::complete_changed(resource, part, old.value(), &mut new, self, terms, faults)?;
        if resource.generation == Generation::Counted && intent_changed(resource, old.value(), &new)
        {
            let generation = old.value()["metadata"]["generation"].as_i64().unwrap_or(0) + 1;
            metadata_mut(&mut new).insert("generation".into(), generation.into());
        }
        let emptied: &[_] = match resource.origin {
            Origin::Custom if part == Part::Whole => &terms.emptied,
            Origin::Custom | Origin::Builtin => &[],
        };
        if is_same(old.value(), &new) && *emptied == *self.emptied_of(key, old) {
            return Ok(old.clone());
        }
        if terms.effect == Effect::DryRun {
            return Ok(Object::new(new));
        }
        let is_last = old.is_deleting() && !is_held(&new);
        let mut shown = is_last.then(|| new.clone());
        let kept = self.keep_changed(key, old, new, terms);
        self.note_emptied(key, &kept, emptied);
        // Who takes the last finalizer off is shown the object before it goes.
        Ok(shown.take().map_or(kept, Object::new))
    }

    /// Stores a change; the last finalizer's removal from an object being deleted removes it.
    pub(crate) fn keep_changed(
        &mut self,
        key: &Key,
        old: &Object,
        new: Value,
        terms: &Terms,
    ) -> Arc<Object> {
        let is_finished = old.is_deleting() && !is_held(&new);
        let change = if is_finished {
            Change::Deleted
        } else {
            Change::Modified
        };
        let object = self.store.commit(key.clone(), change, new);
        if &*key.table == DEFINITIONS {
            self.definitions_changed();
        }
        self.usage_changed(&key.namespace);
        if is_finished {
            self.removed(key, terms);
        }
        object
    }

    #[expect(clippy::too_many_arguments, reason = "a write is about all of these")]
    fn settle_ledger(
        &self,
        resource: &Resource,
        part: Part,
        old: &Value,
        new: &mut Value,
        owned: Option<Value>,
        ledger: Ledger,
        terms: &Terms,
    ) {
        if !self.options.managed_fields {
            return;
        }
        match (ledger, owned) {
            (Ledger::Settled, Some(owned)) => {
                metadata_mut(new).insert("managedFields".into(), owned);
            }
            (Ledger::Settled, None) => {}
            // What nobody has been recorded for is not recorded until somebody applies.
            (Ledger::ToRecord, _) if !old["metadata"]["managedFields"].is_array() => {}
            (Ledger::ToRecord, owned) => {
                // A client may rewrite the ledger: kubectl does when it moves to apply.
                let mut before = Cow::Borrowed(old);
                let given = owned.filter(|it| it.is_array() && part == Part::Whole);
                if let Some(given) = given.filter(|g| *g != old["metadata"]["managedFields"]) {
                    metadata_mut(before.to_mut()).insert("managedFields".into(), given);
                }
                let author = Author {
                    name: &terms.field_manager,
                    subresource: part.name(),
                    api_version: &resource.api_version(),
                    time: &terms.time(),
                };
                let typed = resource.origin == Origin::Builtin;
                let fixed = part.fixed(resource);
                let schema = &resource.schema;
                if !typed && schema::fault_of(new, schema).is_some() {
                    // What cannot be compared is owned by nobody any more.
                    return;
                }
                ownership::record_update(&before, new, schema, &author, typed, fixed);
            }
        }
    }
}

/// Whether something still holds an object that is being deleted.
pub(crate) fn is_held(object: &Value) -> bool {
    let namespace_held = object["kind"] == "Namespace"
        && object["apiVersion"] == "v1"
        && object["spec"]["finalizers"]
            .as_array()
            .is_some_and(|list| !list.is_empty());
    namespace_held || finalizers(object).next().is_some()
}

/// Confines a write to the part it is about.
fn restrict(resource: &Resource, part: Part, old: &Value, new: &mut Value) {
    match part {
        Part::Whole if resource.has_status => set_or_remove(new, "status", old.get("status")),
        Part::Whole => {}
        Part::Status => {
            let status = new.get("status").cloned();
            let metadata = new["metadata"].clone();
            *new = old.clone();
            // The strategies of built-in kinds let metadata through, those of custom ones do not.
            if resource.origin == Origin::Builtin {
                map_mut(new).insert("metadata".into(), metadata);
            }
            set_or_remove(new, "status", status.as_ref());
        }
        Part::Finalize => {
            let finalizers = new["spec"]["finalizers"].clone();
            *new = old.clone();
            let spec = map_mut(new).entry("spec").or_insert(Value::Null);
            set_or_remove(
                spec,
                "finalizers",
                Some(&finalizers).filter(|f| !f.is_null()),
            );
        }
    }
}

fn take_ledger(from: &Value, object: &mut Value) {
    let metadata = metadata_mut(object);
    match from["metadata"].get("managedFields") {
        Some(ledger) => metadata.insert("managedFields".into(), ledger.clone()),
        None => metadata.remove("managedFields"),
    };
}

fn set_or_remove(object: &mut Value, field: &str, value: Option<&Value>) {
    let map = map_mut(object);
    match value {
        Some(value) => {
            map.insert(field.into(), value.clone());
        }
        None => {
            map.remove(field);
        }
    }
}

fn keep_system_fields(old: &Value, new: &mut Value) {
    let metadata = metadata_mut(new);
    for field in SYSTEM_FIELDS {
        match old["metadata"].get(field) {
            Some(value) => metadata.insert(field.into(), value.clone()),
            None => metadata.remove(field),
        };
    }
    metadata.insert(
        "resourceVersion".into(),
        old["metadata"]["resourceVersion"].clone(),
    );
    metadata.remove("selfLink");
}

fn intent_changed(resource: &Resource, old: &Value, new: &Value) -> bool {
    let is_intent = |name: &str| {
        let is_report = name == "status" && resource.has_status;
        !is_report && !matches!(name, "metadata" | "apiVersion" | "kind")
    };
    // Labels of an EndpointSlice say whose it is.
    let labels = |object: &Value| object["metadata"].get("labels").cloned();
    (resource.kind == "EndpointSlice" && labels(old) != labels(new))
        || !fields(old, &is_intent).eq(fields(new, &is_intent))
}

fn fields<'a>(
    object: &'a Value,
    wanted: &'a dyn Fn(&str) -> bool,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    object
        .as_object()
        .into_iter()
        .flatten()
        .filter(move |(name, _)| wanted(name))
}

/// Whether a write changes nothing that counts: then there is no new version and no event. The
/// times in the ledger do not count, who owns what does.
fn is_same(old: &Value, new: &Value) -> bool {
    let outside = |name: &str| name != "metadata";
    let unowned = |name: &str| name != "managedFields";
    fields(old, &outside).eq(fields(new, &outside))
        && fields(&old["metadata"], &unowned).eq(fields(&new["metadata"], &unowned))
        && same_owners(
            &old["metadata"]["managedFields"],
            &new["metadata"]["managedFields"],
        )
}

fn same_owners(old: &Value, new: &Value) -> bool {
    let timeless = |name: &str| name != "time";
    let (old, new) = (old.as_array(), new.as_array());
    let (old, new) = (
        old.map_or(&[][..], Vec::as_slice),
        new.map_or(&[][..], Vec::as_slice),
    );
    old.len() == new.len()
        && old
            .iter()
            .zip(new)
            .all(|(a, b)| fields(a, &timeless).eq(fields(b, &timeless)))
}
