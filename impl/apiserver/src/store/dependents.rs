//! Who names whom as an owner, and which deletions wait for the collector.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Key;
use crate::object::{Object, finalizers};

/// Finalizers that the collector itself removes.
pub(crate) const ORPHAN: &str = "orphan";
pub(crate) const FOREGROUND: &str = "foregroundDeletion";
pub(crate) const DEFINITION_CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// An index over all tables, kept up by every write.
#[derive(Clone, Default)]
pub(crate) struct Dependents {
    living: BTreeMap<String, Key>,
    by_owner: BTreeMap<String, BTreeSet<Key>>,
    waiting: BTreeSet<Key>,
    /// Owners that went, or were never there, since the collector last looked.
    unsettled: BTreeSet<String>,
}

impl Dependents {
    /// An object was written in place of another version of itself.
    pub fn replace(&mut self, key: &Key, before: Option<&Object>, after: Option<&Object>) {
        let owners_before: BTreeSet<&str> = before.map(owners).unwrap_or_default();
        let owners_after: BTreeSet<&str> = after.map(owners).unwrap_or_default();
        for gone in owners_before.difference(&owners_after) {
            if let Some(set) = self.by_owner.get_mut(*gone) {
                set.remove(key);
                if set.is_empty() {
                    self.by_owner.remove(*gone);
                }
            }
        }
        for new in owners_after.difference(&owners_before) {
            self.by_owner
                .entry((*new).to_string())
                .or_default()
                .insert(key.clone());
            self.unsettled.insert((*new).to_string());
        }
        match (before, after) {
            (None, Some(object)) => {
                self.living.insert(object.uid().to_string(), key.clone());
            }
            (Some(object), None) => {
                self.living.remove(object.uid());
                self.unsettled.insert(object.uid().to_string());
            }
            (None, None) | (Some(_), Some(_)) => {}
        }
        if after.is_some_and(waits_for_collector) {
            self.waiting.insert(key.clone());
        } else if before.is_some() {
            self.waiting.remove(key);
        }
    }

    pub fn is_living(&self, uid: &str) -> bool {
        self.living.contains_key(uid)
    }

    /// Objects being deleted that only the collector can finish.
    pub fn waiting(&self) -> Vec<Key> {
        self.waiting.iter().cloned().collect()
    }

    /// Objects that name this owner.
    pub fn of(&self, owner: &str) -> Vec<Key> {
        self.by_owner
            .get(owner)
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// Dependents of owners that are gone, and of owners nobody has ever seen.
    pub fn take_orphaned(&mut self) -> BTreeSet<Key> {
        let unsettled = std::mem::take(&mut self.unsettled);
        let gone = unsettled
            .iter()
            .filter(|uid| !self.living.contains_key(*uid));
        gone.filter_map(|uid| self.by_owner.get(uid))
            .flatten()
            .cloned()
            .collect()
    }
}

fn owners(object: &Object) -> BTreeSet<&str> {
    let references = object.value()["metadata"]["ownerReferences"].as_array();
    references
        .into_iter()
        .flatten()
        .filter_map(|r| r["uid"].as_str())
        .collect()
}

fn waits_for_collector(object: &Object) -> bool {
    let value: &Value = object.value();
    object.is_deleting()
        && (value["kind"] == "Namespace"
            || finalizers(value).any(|f| matches!(f, ORPHAN | FOREGROUND | DEFINITION_CLEANUP)))
}
