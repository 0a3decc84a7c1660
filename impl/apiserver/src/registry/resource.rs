//! One resource in one version: its names, and what is peculiar about it.
use std::sync::Arc;

use serde_json::Value;

use crate::schema::Schema;

/// Whether objects live in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Namespaced,
    Cluster,
}

/// Whether the server counts changes of the intent in `metadata.generation`.
/// Service, Node, ConfigMap, Secret, Event and Lease do not have one in Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    Counted,
    Absent,
}

/// What a PUT without `resourceVersion`, or of an absent object, does. Each kind's strategy in
/// Kubernetes chooses (`AllowUnconditionalUpdate`, `AllowCreateOnUpdate`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unconditional {
    /// The version must be named.
    Refused,
    /// The newest version is replaced.
    Replaces,
    /// The newest version is replaced, and an absent object is created.
    Creates,
    /// The version must be named, and an absent object is created.
    CreatesOnly,
}

/// Who defined the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Builtin,
    Custom,
}

/// How the form on the wire differs from the stored one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Not at all.
    Stored,
    /// Another version of a custom resource: only `apiVersion` differs.
    OtherVersion,
    /// `events.k8s.io/v1` of what is stored as a core `v1` Event.
    NewEvent,
}

/// An additional printer column of a custom resource.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub name: String,
    pub kind: String,
    pub format: String,
    pub description: String,
    pub path: String,
    pub priority: i64,
}

/// One resource in one version.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub group: String,
    pub version: String,
    pub plural: String,
    pub singular: String,
    pub kind: String,
    pub short_names: Vec<String>,
    pub categories: Vec<String>,
    pub scope: Scope,
    /// Whether there is a `/status` subresource.
    pub has_status: bool,
    pub generation: Generation,
    pub unconditional: Unconditional,
    pub origin: Origin,
    /// Name of the table that holds the objects: the qualified name of the stored form.
    pub table: Arc<str>,
    pub form: Form,
    pub columns: Vec<Column>,
    pub schema: Arc<Schema>,
    /// The schema as a definition gave it, for OpenAPI; built-in kinds have theirs elsewhere.
    pub published_schema: Option<Value>,
}

impl Resource {
    /// `v1` or `group/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `services` or `leases.coordination.k8s.io`, as messages name a resource.
    pub fn qualified(&self) -> String {
        qualified(&self.group, &self.plural)
    }

    pub fn is_namespaced(&self) -> bool {
        self.scope == Scope::Namespaced
    }

    pub fn is_core(&self, kind: &str) -> bool {
        self.group.is_empty() && self.kind == kind
    }

    pub fn is_definition(&self) -> bool {
        self.group == "apiextensions.k8s.io"
    }
}

pub(crate) fn qualified(group: &str, plural: &str) -> String {
    if group.is_empty() {
        plural.to_string()
    } else {
        format!("{plural}.{group}")
    }
}
