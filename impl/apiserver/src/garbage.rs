//! What Kubernetes does in the background: dependents follow their owners, contents follow their
//! Namespace, custom resources follow their definition. One call is one round.
use std::sync::Arc;

use serde_json::Value;

use crate::object::{Object, finalizers, metadata_mut, texts};
use crate::registry::{Resource, Scope};
use crate::store::{Change, DEFINITION_CLEANUP, FOREGROUND, Key, ORPHAN};
use crate::verbs::{DeleteOptions, State, Terms, is_held};

impl State {
    /// One round. Returns how many writes it made; none means that all is settled.
    pub fn collect_garbage(&mut self, terms: &mut Terms) -> usize {
        let before = self.store.version();
        for key in self.store.dependents.waiting() {
            self.continue_deletion(&key, terms);
        }
        for key in self.store.dependents.take_orphaned() {
            self.settle_dependent(&key, terms);
        }
        usize::try_from(self.store.version() - before).expect("fewer writes than memory")
    }

    fn resource_at(&self, key: &Key) -> Option<Arc<Resource>> {
        self.registry.of_table(&key.table).cloned()
    }

    fn continue_deletion(&mut self, key: &Key, terms: &mut Terms) {
        let Some(object) = self.store.at(key).cloned() else {
            return;
        };
        if &*key.table == "namespaces" {
            self.empty_namespace(key, &object, terms);
            return;
        }
        let held_by: Vec<String> = finalizers(object.value()).map(String::from).collect();
        for finalizer in held_by {
            let done = match finalizer.as_str() {
                ORPHAN => self.orphan_dependents(object.uid()),
                FOREGROUND => self.delete_dependents(object.uid(), terms),
                DEFINITION_CLEANUP => self.delete_custom_objects(object.value(), terms),
                _ => false,
            };
            if done {
                self.release(key, &finalizer, terms);
            }
        }
    }

    /// Deletes what is in a terminating Namespace; releases it when nothing is left.
    fn empty_namespace(&mut self, key: &Key, namespace: &Object, terms: &mut Terms) {
        let contents = self.store.keys_in(&key.name);
        for content in &contents {
            self.delete_at(content, terms);
        }
        if !contents
            .iter()
            .all(|content| self.store.at(content).is_none())
        {
            return;
        }
        let Some(current) = self.store.at(key).cloned() else {
            return;
        };
        let mut last = namespace.value().clone();
        let finalizers = texts(&last["spec"]["finalizers"]);
        let others: Vec<Value> = finalizers
            .into_iter()
            .filter(|f| f != "kubernetes")
            .map(Value::from)
            .collect();
        last["spec"]["finalizers"] = Value::Array(others);
        if last["spec"]["finalizers"] != current.value()["spec"]["finalizers"] || !is_held(&last) {
            self.keep_changed(key, &current, last, terms);
        }
    }

    fn delete_at(&mut self, key: &Key, terms: &Terms) {
        let Some(resource) = self.resource_at(key) else {
            return;
        };
        // Nothing but an object that is already gone can refuse here, and that is what is wanted.
        let _ = self.delete(&resource, key, &DeleteOptions::default(), terms);
    }

    fn orphan_dependents(&mut self, owner: &str) -> bool {
        for key in self.store.dependents.of(owner) {
            self.drop_owners(&key, |uid| uid == owner);
        }
        true
    }

    fn delete_dependents(&mut self, owner: &str, terms: &Terms) -> bool {
        for key in self.store.dependents.of(owner) {
            self.delete_at(&key, terms);
        }
        let blocks = |key: &Key| {
            let object = self.store.at(key).map(|object| object.shared());
            let owners = object
                .as_ref()
                .and_then(|o| o["metadata"]["ownerReferences"].as_array());
            owners.into_iter().flatten().any(|reference| {
                reference["uid"] == owner && reference["blockOwnerDeletion"] == Value::Bool(true)
            })
        };
        !self.store.dependents.of(owner).iter().any(blocks)
    }

    fn delete_custom_objects(&mut self, definition: &Value, terms: &Terms) -> bool {
        let spec = &definition["spec"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
        let Some(resource) = self.registry.any_version(&group, &plural).cloned() else {
            return true;
        };
        let keys: Vec<Key> = self
            .store
            .scan(&resource.table, None)
            .map(|object| {
                let namespaced = resource.scope == Scope::Namespaced;
                State::key(
                    &resource,
                    namespaced.then(|| object.namespace()),
                    object.name(),
                )
            })
            .collect();
        for key in &keys {
            let _ = self.delete(&resource, key, &DeleteOptions::default(), terms);
        }
        keys.iter().all(|key| self.store.at(key).is_none())
    }

    /// Takes one finalizer off.
    fn release(&mut self, key: &Key, finalizer: &str, terms: &Terms) {
        let Some(object) = self.store.at(key).cloned() else {
            return;
        };
        let mut value = object.value().clone();
        if let Some(Value::Array(list)) = metadata_mut(&mut value).get_mut("finalizers") {
            list.retain(|held| held != finalizer);
        }
        drop_if_empty(&mut value, "finalizers");
        self.keep_changed(key, &object, value, terms);
    }

    /// Deletes an object all of whose owners are gone; of one with a living owner only the
    /// references to the others go.
    fn settle_dependent(&mut self, key: &Key, terms: &Terms) {
        let Some(object) = self.store.at(key).cloned() else {
            return;
        };
        let owners = object.value()["metadata"]["ownerReferences"].as_array();
        let mut uids = owners
            .into_iter()
            .flatten()
            .filter_map(|r| r["uid"].as_str());
        if uids.any(|uid| self.store.dependents.is_living(uid)) {
            let gone: Vec<String> = object.value()["metadata"]["ownerReferences"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|r| r["uid"].as_str())
                .filter(|uid| !self.store.dependents.is_living(uid))
                .map(String::from)
                .collect();
            self.drop_owners(key, |uid| gone.iter().any(|g| g == uid));
        } else {
            self.delete_at(key, terms);
        }
    }

    fn drop_owners(&mut self, key: &Key, is_dropped: impl Fn(&str) -> bool) {
        let Some(object) = self.store.at(key).cloned() else {
            return;
        };
        let mut value = object.value().clone();
        if let Some(Value::Array(list)) = metadata_mut(&mut value).get_mut("ownerReferences") {
            list.retain(|reference| !reference["uid"].as_str().is_some_and(&is_dropped));
        }
        drop_if_empty(&mut value, "ownerReferences");
        self.store.commit(key.clone(), Change::Modified, value);
    }
}

fn drop_if_empty(object: &mut Value, field: &str) {
    let metadata = metadata_mut(object);
    if metadata
        .get(field)
        .and_then(Value::as_array)
        .is_some_and(Vec::is_empty)
    {
        metadata.remove(field);
    }
}
