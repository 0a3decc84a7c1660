//! A watch is a cursor into the history. Whoever holds it decides when it moves.
use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::object::{Object, metadata_mut, name_of};
use crate::registry::Resource;
use crate::render;
use crate::request::View;
use crate::selector::Selector;
use crate::store::{Change, Entry, Store};

/// Where one watch has got to.
#[derive(Clone)]
pub struct Cursor {
    resource: Arc<Resource>,
    namespace: Option<String>,
    selector: Selector,
    version: u64,
    view: View,
    bookmarks: bool,
    timeout_seconds: Option<u64>,
    initial: VecDeque<Arc<Object>>,
    initial_end: bool,
    table_header: bool,
    ended: bool,
}

/// What a watch asks for.
pub(crate) struct WatchRequest {
    pub resource: Arc<Resource>,
    pub namespace: Option<String>,
    pub selector: Selector,
    pub view: View,
    /// Nothing and 0: what is there now, then the changes.
    pub version: Option<u64>,
    pub send_initial: bool,
    pub bookmarks: bool,
    pub timeout_seconds: Option<u64>,
}

/// One line of a watch stream.
#[derive(Clone, Debug)]
pub struct Event {
    kind: &'static str,
    name: String,
    version: String,
    object: Bytes,
}

impl Event {
    /// `{"type": …, "object": …}` and a newline.
    pub fn line(&self) -> Bytes {
        let mut line = BytesMut::with_capacity(self.object.len() + 40);
        line.put_slice(b"{\"type\":\"");
        line.put_slice(self.kind.as_bytes());
        line.put_slice(b"\",\"object\":");
        line.put_slice(&self.object);
        line.put_slice(b"}\n");
        line.freeze()
    }

    /// `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK` or `ERROR`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Name of the object, or nothing for bookmarks and errors.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version that the watch has reached with this event.
    pub fn resource_version(&self) -> &str {
        &self.version
    }

    /// A short stable name for logs: kind, object, version.
    pub fn label(&self) -> String {
        match self.kind {
            "ERROR" => "ERROR 410".to_string(),
            "BOOKMARK" => format!("BOOKMARK rv={}", self.version),
            kind => format!("{kind} {} rv={}", self.name, self.version),
        }
    }
}

/// What an event shows. What is gone is shown as it was, at the version at which it went.
fn told(kind: &str, entry: &Entry) -> Arc<Object> {
    match &entry.previous {
        Some(previous) if kind == "DELETED" => {
            let mut last = previous.value().clone();
            let version = entry.object.version().into();
            metadata_mut(&mut last).insert("resourceVersion".into(), version);
            Object::new(last)
        }
        Some(_) | None => entry.object.clone(),
    }
}

impl Cursor {
    pub(crate) fn open(store: &Store, asked: WatchRequest) -> Cursor {
        let from_now = asked.send_initial || asked.version.unwrap_or(0) == 0;
        let namespace = asked.namespace.as_deref();
        let initial = if from_now {
            store
                .scan(&asked.resource.table, namespace)
                .filter(|object| asked.selector.matches(object.value()))
                .cloned()
                .collect()
        } else {
            VecDeque::new()
        };
        Cursor {
            version: if from_now {
                store.version()
            } else {
                asked.version.unwrap_or(0)
            },
            resource: asked.resource,
            namespace: asked.namespace,
            selector: asked.selector,
            view: asked.view,
            bookmarks: asked.bookmarks,
            timeout_seconds: asked.timeout_seconds,
            initial,
            initial_end: asked.send_initial && asked.bookmarks,
            table_header: true,
            ended: false,
        }
    }

    /// The plural of the watched resource.
    pub fn plural(&self) -> &str {
        &self.resource.plural
    }

    /// The group of the watched resource; empty for the core group.
    pub fn group(&self) -> &str {
        &self.resource.group
    }

    /// The namespace that is watched, or all of them.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The version that the watch has reached.
    pub fn resource_version(&self) -> u64 {
        self.version
    }

    /// Whether the client asked for bookmarks.
    pub fn wants_bookmarks(&self) -> bool {
        self.bookmarks
    }

    /// How long the client wants the watch to last.
    pub fn timeout_seconds(&self) -> Option<u64> {
        self.timeout_seconds
    }

    /// Whether the watch has failed and will say nothing more.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    pub(crate) fn next(&mut self, store: &Store, now: Timestamp) -> Option<Event> {
        if self.ended {
            return None;
        }
        if let Some(object) = self.initial.pop_front() {
            return Some(self.event("ADDED", &object, now));
        }
        if std::mem::take(&mut self.initial_end) {
            return Some(self.bookmark_event(true));
        }
        if self.version < store.compacted() {
            return Some(self.too_old(store.compacted()));
        }
        for entry in store.changes_after(self.version) {
            self.version = entry.version;
            if let Some(kind) = self.meaning(entry) {
                return Some(self.event(kind, &told(kind, entry), now));
            }
        }
        None
    }

    pub(crate) fn bookmark(&self) -> Option<Event> {
        (!self.ended).then(|| self.bookmark_event(false))
    }

    /// How many events the watch has not had.
    pub(crate) fn lag(&self, store: &Store) -> usize {
        if self.ended {
            return 0;
        }
        let waiting = self.initial.len() + usize::from(self.initial_end);
        if self.version < store.compacted() {
            return waiting + 1;
        }
        let changes = store
            .changes_after(self.version)
            .filter(|e| self.meaning(e).is_some());
        waiting + changes.count()
    }

    /// What a change is to this watch, if anything: an object that comes to match the selector
    /// is added, one that ceases to match is deleted.
    fn meaning(&self, entry: &Entry) -> Option<&'static str> {
        if entry.key.table != self.resource.table
            || self
                .namespace
                .as_ref()
                .is_some_and(|namespace| *namespace != entry.key.namespace)
        {
            return None;
        }
        let before = entry
            .previous
            .as_ref()
            .is_some_and(|o| self.selector.matches(o.value()));
        let after = entry.change != Change::Deleted && self.selector.matches(entry.object.value());
        match (before, after) {
            (false, false) => None,
            (false, true) => Some("ADDED"),
            (true, true) => Some("MODIFIED"),
            (true, false) => Some("DELETED"),
        }
    }

    fn event(&mut self, kind: &'static str, object: &Arc<Object>, now: Timestamp) -> Event {
        let header = std::mem::take(&mut self.table_header);
        let rendered = match self.view {
            View::Table => {
                let mut table = render::table_of_one(&self.resource, object, now);
                if !header {
                    table["columnDefinitions"] = Value::Null;
                }
                Bytes::from(table.to_string())
            }
            view @ (View::Object | View::Partial) => render::one(&self.resource, object, view, now),
        };
        Event {
            kind,
            name: name_of(object.value()).to_string(),
            version: object.version().to_string(),
            object: rendered,
        }
    }

    fn too_old(&mut self, compacted: u64) -> Event {
        self.ended = true;
        let message = format!("too old resource version: {} ({compacted})", self.version);
        Event {
            kind: "ERROR",
            name: String::new(),
            version: String::new(),
            object: Bytes::from(Failure::expired(message).status().to_string()),
        }
    }

    fn bookmark_event(&self, initial_end: bool) -> Event {
        let version = self.version.to_string();
        let mut metadata = json!({"resourceVersion": version, "creationTimestamp": null});
        if initial_end {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let partial = json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": metadata});
        let object = match self.view {
            View::Partial => partial,
            View::Table => json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1",
                "metadata": {"resourceVersion": version}, "columnDefinitions": null,
                "rows": [{"cells": [], "object": partial}]}),
            View::Object => json!({"kind": self.resource.kind,
                "apiVersion": self.resource.api_version(), "metadata": metadata}),
        };
        Event {
            kind: "BOOKMARK",
            name: String::new(),
            version,
            object: Bytes::from(object.to_string()),
        }
    }
}
