//! DELETE of one object and of a collection.
use std::sync::Arc;

use serde_json::Value;

use super::guard::storage_conflict;
use super::update::is_held;
use super::{DEFINITIONS, Effect, State, Terms};
use crate::failure::Failure;
use crate::field_error::FieldError;
use crate::object::{Object, finalizers, metadata_mut, texts};
use crate::registry::Resource;
use crate::request::Query;
use crate::selector::Selector;
use crate::store::{Change, FOREGROUND, Key, ORPHAN};

/// What happens to dependents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Propagation {
    /// They are deleted afterwards.
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
    /// Nothing where the finalizers of the object decide.
    pub propagation: Option<Propagation>,
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
        // Where there is a body, the query is not looked at.
        let has_body = !body.is_null();
        let policy = match has_body {
            true => body["propagationPolicy"].as_str(),
            false => query.get("propagationPolicy"),
        };
        let propagation = match policy {
            None => None,
            Some("Background") => Some(Propagation::Background),
            Some("Foreground") => Some(Propagation::Foreground),
            Some("Orphan") => Some(Propagation::Orphan),
            Some(other) => {
                let choices = ["Foreground", "Background", "Orphan", "nil"].map(Value::from);
                let field = "propagationPolicy";
                let error = FieldError::not_supported(field, &other.into(), &choices);
                return Err(Failure::invalid_options("DeleteOptions", &[error]));
            }
        };
        Ok(DeleteOptions {
            uid: text(&body["preconditions"]["uid"]),
            version: text(&body["preconditions"]["resourceVersion"]),
            propagation,
            dry_run: match has_body {
                true => texts(&body["dryRun"]).iter().any(|d| d == "All"),
                false => query.asks_dry_run(),
            },
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
        let mut new = old.value().clone();
        hold_for_dependents(resource, options.propagation, &mut new);
        if old.is_deleting() && is_held(&new) && new == *old.value() {
            return Ok(Deleted {
                object: old,
                removed: false,
            });
        }
        let held = is_held(&new);
        let is_freed = !held && finalizers(&new).ne(finalizers(old.value()));
        if let (Some(_), true) = (&options.version, is_freed) {
            // kube-apiserver forgets the version that was asked for when it takes finalizers off.
            let effect = match options.dry_run {
                true => Effect::DryRun,
                false => Effect::Persisted,
            };
            let why = format!(
                "ResourceVersion in precondition: , ResourceVersion in object meta: {}",
                old.version()
            );
            return Err(storage_conflict(resource, key, &why, effect));
        }
        if options.dry_run {
            if held && !old.is_deleting() {
                mark_deleting(resource, &mut new, &terms.time());
            }
            return Ok(Deleted {
                object: if held { Object::new(new) } else { old },
                removed: !held,
            });
        }
        if !held {
            let object = self.remove(key, old.value().clone(), terms);
            return Ok(Deleted {
                object,
                removed: true,
            });
        }
        if !old.is_deleting() {
            mark_deleting(resource, &mut new, &terms.time());
        }
        let object = self.store.commit(key.clone(), Change::Modified, new);
        Ok(Deleted {
            object,
            removed: false,
        })
    }

    /// Removes an object that nothing holds.
    pub(crate) fn remove(&mut self, key: &Key, last: Value, terms: &Terms) -> Arc<Object> {
        let object = self.store.commit(key.clone(), Change::Deleted, last);
        if &*key.table == DEFINITIONS {
            self.definitions_changed();
        }
        self.usage_changed(&key.namespace);
        self.removed(key, terms);
        object
    }

    /// The Endpoints of a Service are deleted with it, where the options say so.
    pub(super) fn removed(&mut self, key: &Key, terms: &Terms) {
        if &*key.table != "services" || !self.options.deletes_endpoints {
            return;
        }
        let endpoints = crate::registry::builtin("", "endpoints");
        let key = State::key(&endpoints, Some(&key.namespace), &key.name);
        if self.store.at(&key).is_some() {
            // Nothing was asked for that could be refused.
            let _ = self.delete(&endpoints, &key, &DeleteOptions::default(), terms);
        }
    }

    pub fn delete_collection(
        &mut self,
        resource: &Resource,
        namespace: Option<&str>,
        selector: &Selector,
        options: &DeleteOptions,
        terms: &Terms,
    ) -> Result<Vec<Arc<Object>>, Failure> {
        // What is answered is what was found, not what became of it.
        let chosen: Vec<Arc<Object>> = self
            .store
            .scan(&resource.table, namespace)
            .filter(|object| selector.matches(object.value()))
            .cloned()
            .collect();
        for object in &chosen {
            let space = resource.is_namespaced().then(|| object.namespace());
            let key = State::key(resource, space, object.name());
            self.delete(resource, &key, options, terms)?;
        }
        Ok(chosen)
    }
}

/// Puts the finalizer in that lets the garbage collector do as asked, and takes the others out that
/// it obeys. Events have no dependents, so both go.
fn hold_for_dependents(resource: &Resource, asked: Option<Propagation>, object: &mut Value) {
    let is_event = resource.kind == "Event";
    let extra = match asked {
        None if !is_event => return,
        _ if is_event => None,
        None | Some(Propagation::Background) => None,
        Some(Propagation::Foreground) => Some(FOREGROUND),
        Some(Propagation::Orphan) => Some(ORPHAN),
    };
    let before: Vec<String> = finalizers(object).map(String::from).collect();
    let is_kept =
        |it: &&String| Some(it.as_str()) == extra || !matches!(it.as_str(), FOREGROUND | ORPHAN);
    let mut after: Vec<Value> = before
        .iter()
        .filter(is_kept)
        .map(|it| it.as_str().into())
        .collect();
    after.extend(
        extra
            .filter(|extra| before.iter().all(|it| it != extra))
            .map(Value::from),
    );
    let metadata = metadata_mut(object);
    match after.is_empty() {
        true => metadata.remove("finalizers"),
        false => metadata.insert("finalizers".into(), after.into()),
    };
}

fn mark_deleting(resource: &Resource, object: &mut Value, time: &str) {
    let metadata = metadata_mut(object);
    metadata.insert("deletionTimestamp".into(), time.into());
    // Namespaces are deleted by a way of their own, which names no grace.
    if !resource.is_core("Namespace") {
        metadata.insert("deletionGracePeriodSeconds".into(), 0.into());
    }
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
    let unlike = |what: &str, wanted: &str, found: &str, fate: &str| {
        let why = format!(
            "the {what} in the precondition ({wanted}) does not match the {what} in record \
             ({found}). The object might have been {fate}"
        );
        Err(Failure::conflict_of_kind(resource, old.name(), &why))
    };
    if let Some(uid) = options.uid.as_deref().filter(|uid| *uid != old.uid()) {
        return unlike("UID", uid, old.uid(), "deleted and then recreated");
    }
    if let Some(version) = options.version.as_deref().filter(|v| *v != old.version()) {
        return unlike("ResourceVersion", version, old.version(), "modified");
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
