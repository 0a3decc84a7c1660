//! DELETE of one object and of a collection.
use std::sync::Arc;

use serde_json::Value;

use super::update::{is_held, uid_mismatch};
use super::{DEFINITIONS, Effect, State, Terms};
use crate::failure::Failure;
use crate::object::{Object, finalizers, metadata_mut, texts};
use crate::registry::Resource;
use crate::request::Query;
use crate::selector::Selector;
use crate::store::{Change, FOREGROUND, Key, ORPHAN};

/// What happens to dependents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Propagation {
    /// They are deleted afterwards.
    #[default]
    Background,
    /// They are deleted first.
    Foreground,
    /// They are left, without their owner reference.
    Orphan,
}

/// `DeleteOptions`, from the body or the query.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeleteOptions {
    pub uid: Option<String>,
    pub version: Option<String>,
    pub propagation: Propagation,
    pub dry_run: bool,
}

/// What a delete left.
pub(crate) struct Deleted {
    pub object: Arc<Object>,
    /// Nothing held the object; it is gone.
    pub removed: bool,
}

impl DeleteOptions {
    pub fn of(body: &Value, query: &Query) -> Result<DeleteOptions, Failure> {
        let text = |value: &Value| value.as_str().map(String::from);
        let policy = body["propagationPolicy"]
            .as_str()
            .or(query.get("propagationPolicy"));
        let propagation = match policy {
            None | Some("Background") => Propagation::Background,
            Some("Foreground") => Propagation::Foreground,
            Some("Orphan") => Propagation::Orphan,
            Some(other) => {
                return Err(Failure::new(
                    422,
                    "Invalid",
                    format!(
                        "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: \
                         Unsupported value: {other:?}: supported values: \"Foreground\", \
                         \"Background\", \"Orphan\", \"nil\""
                    ),
                ));
            }
        };
        Ok(DeleteOptions {
            uid: text(&body["preconditions"]["uid"]),
            version: text(&body["preconditions"]["resourceVersion"]),
            propagation,
            dry_run: texts(&body["dryRun"]).iter().any(|d| d == "All"),
        })
    }
}

impl State {
    pub fn delete(
        &mut self,
        resource: &Resource,
        key: &Key,
        options: &DeleteOptions,
        terms: &Terms,
    ) -> Result<Deleted, Failure> {
        let old = self.store.at(key).cloned();
        let old = old.ok_or_else(|| Failure::not_found(resource, &key.name))?;
        check_preconditions(resource, &old, options)?;
        check_protected(resource, &key.name)?;
        if old.is_deleting() && is_held(old.value()) {
            return Ok(Deleted {
                object: old,
                removed: false,
            });
        }
        let mut new = old.value().clone();
        let extra = match options.propagation {
            Propagation::Background => None,
            Propagation::Foreground => Some(FOREGROUND),
            Propagation::Orphan => Some(ORPHAN),
        };
        if let Some(extra) = extra.filter(|extra| finalizers(old.value()).all(|f| f != *extra)) {
            let metadata = metadata_mut(&mut new);
            let list = metadata
                .entry("finalizers")
                .or_insert_with(|| Value::Array(Vec::new()));
            list.as_array_mut()
                .expect("finalizers are a list")
                .push(extra.into());
        }
        let held = is_held(&new);
        if terms.effect == Effect::DryRun || options.dry_run {
            return Ok(Deleted {
                object: old,
                removed: !held,
            });
        }
        if !held {
            let object = self.remove(key, new);
            return Ok(Deleted {
                object,
                removed: true,
            });
        }
        mark_deleting(resource, &mut new, &terms.time());
        let object = self.store.commit(key.clone(), Change::Modified, new);
        Ok(Deleted {
            object,
            removed: false,
        })
    }

    /// Removes an object that nothing holds.
    pub(crate) fn remove(&mut self, key: &Key, last: Value) -> Arc<Object> {
        let object = self.store.commit(key.clone(), Change::Deleted, last);
        if &*key.table == DEFINITIONS {
            self.definitions_changed();
        }
        self.usage_changed(&key.namespace);
        object
    }

    pub fn delete_collection(
        &mut self,
        resource: &Resource,
        namespace: Option<&str>,
        selector: &Selector,
        options: &DeleteOptions,
        terms: &Terms,
    ) -> Result<Vec<Arc<Object>>, Failure> {
        let chosen: Vec<Arc<Object>> = self
            .store
            .scan(&resource.table, namespace)
            .filter(|object| selector.matches(object.value()))
            .cloned()
            .collect();
        let mut deleted = Vec::with_capacity(chosen.len());
        for object in chosen {
            let space = resource.is_namespaced().then(|| object.namespace());
            let key = State::key(resource, space, object.name());
            deleted.push(self.delete(resource, &key, options, terms)?.object);
        }
        Ok(deleted)
    }
}

fn mark_deleting(resource: &Resource, object: &mut Value, time: &str) {
    let metadata = metadata_mut(object);
    metadata.insert("deletionTimestamp".into(), time.into());
    metadata.insert("deletionGracePeriodSeconds".into(), 0.into());
    // The deletion mark is a change of intent.
    if let Some(generation) = metadata.get("generation").and_then(Value::as_i64) {
        metadata.insert("generation".into(), (generation + 1).into());
    }
    if resource.is_core("Namespace") {
        object["status"]["phase"] = "Terminating".into();
    }
}

fn check_preconditions(
    resource: &Resource,
    old: &Object,
    options: &DeleteOptions,
) -> Result<(), Failure> {
    if let Some(uid) = options.uid.as_deref().filter(|uid| *uid != old.uid()) {
        return Err(Failure::conflict(
            resource,
            old.name(),
            &uid_mismatch(uid, old.uid()),
        ));
    }
    if let Some(version) = options.version.as_deref().filter(|v| *v != old.version()) {
        let why = format!(
            "Precondition failed: ResourceVersion in precondition: {version}, ResourceVersion in \
             object meta: {}",
            old.version()
        );
        return Err(Failure::conflict(resource, old.name(), &why));
    }
    Ok(())
}

fn check_protected(resource: &Resource, name: &str) -> Result<(), Failure> {
    let protected = matches!(name, "default" | "kube-system" | "kube-public");
    if resource.is_core("Namespace") && protected {
        return Err(Failure::forbidden(
            resource,
            name,
            "this namespace may not be deleted",
        ));
    }
    Ok(())
}
