//! Objects, versions and the history of changes. Knows nothing of kinds or requests.
mod addresses;
mod dependents;

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use serde_json::Value;

use crate::object::{Object, metadata_mut};
pub(crate) use addresses::{Addresses, ports_of};
pub(crate) use dependents::{DEFINITION_CLEANUP, Dependents, FOREGROUND, ORPHAN};

/// Where an object is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub table: Arc<str>,
    pub namespace: String,
    pub name: String,
}

/// What a write did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    Added,
    Modified,
    Deleted,
}

/// One write, as watches see it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub version: u64,
    pub key: Key,
    pub change: Change,
    pub object: Arc<Object>,
    pub previous: Option<Arc<Object>>,
}

type Table = BTreeMap<String, BTreeMap<String, Arc<Object>>>;

/// Everything stored, and the changes that led to it.
#[derive(Clone)]
pub(crate) struct Store {
    version: u64,
    compacted: u64,
    history: usize,
    tables: BTreeMap<Arc<str>, Table>,
    log: VecDeque<Entry>,
    /// Cluster addresses and node ports that stored Services hold.
    pub addresses: Addresses,
    /// Who names whom as an owner, and which deletions wait for the collector.
    pub dependents: Dependents,
}

impl Store {
    pub fn new(history: usize) -> Store {
        Store {
            version: 1,
            compacted: 0,
            history,
            tables: BTreeMap::new(),
            log: VecDeque::new(),
            addresses: Addresses::default(),
            dependents: Dependents::default(),
        }
    }

    /// The version of the newest write.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The newest version whose history is forgotten.
    pub fn compacted(&self) -> u64 {
        self.compacted
    }

    /// Forgets history up to and including `version`.
    pub fn compact(&mut self, version: u64) {
        self.compacted = self.compacted.max(version.min(self.version));
        while self
            .log
            .front()
            .is_some_and(|entry| entry.version <= self.compacted)
        {
            self.log.pop_front();
        }
    }

    pub fn get(&self, table: &str, namespace: &str, name: &str) -> Option<&Arc<Object>> {
        self.tables.get(table)?.get(namespace)?.get(name)
    }

    pub fn at(&self, key: &Key) -> Option<&Arc<Object>> {
        self.get(&key.table, &key.namespace, &key.name)
    }

    /// Objects of a table, of one namespace or of all, in the order of namespace and name.
    pub fn scan<'a>(
        &'a self,
        table: &str,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Arc<Object>> {
        let bounds = match namespace {
            Some(one) => (Bound::Included(one), Bound::Included(one)),
            None => (Bound::Unbounded, Bound::Unbounded),
        };
        let table = self.tables.get(table);
        table
            .into_iter()
            .flat_map(move |t| t.range::<str, _>(bounds))
            .flat_map(|(_, s)| s.values())
    }

    /// Keys of everything in a namespace.
    pub fn keys_in(&self, namespace: &str) -> Vec<Key> {
        let tables = self
            .tables
            .iter()
            .filter_map(|(table, t)| Some((table, t.get(namespace)?)));
        tables
            .flat_map(|(table, space)| {
                space.keys().map(|name| Key {
                    table: table.clone(),
                    namespace: namespace.to_string(),
                    name: name.clone(),
                })
            })
            .collect()
    }

    /// Writes an object: gives it the next version, and remembers the change.
    pub fn commit(&mut self, key: Key, change: Change, mut value: Value) -> Arc<Object> {
        self.version += 1;
        metadata_mut(&mut value).insert("resourceVersion".into(), self.version.to_string().into());
        let object = Object::new(value);
        let previous = self.place(&key, change, &object);
        if &*key.table == "services" {
            self.addresses.replace(
                previous.as_deref(),
                (change != Change::Deleted).then_some(&*object),
            );
        }
        self.dependents.replace(
            &key,
            previous.as_deref(),
            (change != Change::Deleted).then_some(&*object),
        );
        let version = self.version;
        self.log.push_back(Entry {
            version,
            key,
            change,
            object: object.clone(),
            previous,
        });
        if self.log.len() > self.history
            && let Some(oldest) = self.log.pop_front()
        {
            self.compacted = oldest.version;
        }
        object
    }

    fn place(&mut self, key: &Key, change: Change, object: &Arc<Object>) -> Option<Arc<Object>> {
        if change == Change::Deleted {
            let table = self.tables.get_mut(&key.table)?;
            let space = table.get_mut(&key.namespace)?;
            let previous = space.remove(&key.name);
            if space.is_empty() {
                table.remove(&key.namespace);
            }
            return previous;
        }
        let table = self.tables.entry(key.table.clone()).or_default();
        let space = table.entry(key.namespace.clone()).or_default();
        space.insert(key.name.clone(), object.clone())
    }

    /// Changes after `version`, oldest first.
    pub fn changes_after(&self, version: u64) -> impl Iterator<Item = &Entry> {
        let from = self.log.partition_point(|entry| entry.version <= version);
        self.log.range(from..)
    }

    /// A table as it was at `version`, which must not be compacted. Undoes the changes since.
    pub fn snapshot(&self, table: &str, version: u64) -> BTreeMap<(String, String), Arc<Object>> {
        let mut objects: BTreeMap<_, _> = self
            .scan(table, None)
            .map(|o| ((o.namespace().to_string(), o.name().to_string()), o.clone()))
            .collect();
        for entry in self
            .log
            .iter()
            .rev()
            .take_while(|entry| entry.version > version)
        {
            if &*entry.key.table != table {
                continue;
            }
            let place = (entry.key.namespace.clone(), entry.key.name.clone());
            match &entry.previous {
                Some(previous) => objects.insert(place, previous.clone()),
                None => objects.remove(&place),
            };
        }
        objects
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn key(name: &str) -> Key {
        Key {
            table: "configmaps".into(),
            namespace: "default".into(),
            name: name.into(),
        }
    }

    fn named(name: &str, size: u64) -> Value {
        json!({"metadata": {"name": name, "namespace": "default"}, "size": size})
    }

    #[test]
    fn a_snapshot_shows_a_table_as_it_was() {
        let mut store = Store::new(100);
        store.commit(key("a"), Change::Added, named("a", 1));
        let then = store.version();
        store.commit(key("a"), Change::Modified, named("a", 2));
        store.commit(key("b"), Change::Added, named("b", 1));
        let old = store.snapshot("configmaps", then);
        let sizes: Vec<_> = old.values().map(|o| o.value()["size"].clone()).collect();
        assert_eq!(sizes, [json!(1)]);
    }

    #[test]
    fn history_is_bounded_and_what_is_forgotten_is_known() {
        let mut store = Store::new(2);
        for size in 0..4 {
            let change = if size == 0 {
                Change::Added
            } else {
                Change::Modified
            };
            store.commit(key("a"), change, named("a", size));
        }
        assert_eq!((store.version(), store.compacted()), (5, 3));
        assert_eq!(store.changes_after(0).count(), 2);
    }
}
