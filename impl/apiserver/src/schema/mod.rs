//! Structural schemas, compiled once: what a field may hold, and how its lists and maps merge.
//!
//! One mechanism serves the built-in kinds (schemas of the crate k8s-openapi) and the custom ones
//! (schemas of their definitions): unknown fields, types, validation, defaults, strategic merge
//! and field ownership all walk the same tree.
mod builtin;
mod compile;
mod conform;
mod defaults;
mod validate;

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

pub(crate) use builtin::of_builtin;
pub(crate) use conform::{Mismatch, conform, fault_of, without_nulls};
pub(crate) use defaults::fill_defaults;
pub(crate) use validate::validate;

pub(crate) mod published {
    //! The schemas that OpenAPI publishes for built-in kinds.
    pub(crate) use super::builtin::{definition_name, definitions};
}

/// The JSON type a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Type {
    /// No type is required.
    #[default]
    Any,
    Object,
    Array,
    Text,
    Integer,
    Number,
    Boolean,
    IntOrString,
}

/// How items of a list are told apart (`x-kubernetes-list-type`).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) enum List {
    /// The list is one value.
    #[default]
    Atomic,
    /// Every item is a value of its own.
    Set,
    /// Items are known by these fields.
    Keyed(Vec<String>),
}

/// Limits on a value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    pub choices: Vec<Value>,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub exclusive_minimum: bool,
    pub exclusive_maximum: bool,
    pub min_length: Option<u64>,
    pub max_length: Option<u64>,
    pub min_items: Option<u64>,
    pub max_items: Option<u64>,
    pub pattern: Option<Regex>,
    /// `not`, `anyOf`, `oneOf` and CEL rules are not evaluated.
    pub required: Vec<String>,
}

/// A compiled schema.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    pub kind: Type,
    pub properties: BTreeMap<String, Schema>,
    pub additional: Option<Box<Schema>>,
    pub items: Option<Box<Schema>>,
    pub list: List,
    /// Merge key of strategic merge patch, which knows one field where ownership may know several.
    pub merge_key: Option<String>,
    /// The map is one value (`x-kubernetes-map-type: atomic`).
    pub atomic_map: bool,
    pub nullable: bool,
    /// Fields that the schema does not name are kept.
    pub keeps_unknown: bool,
    /// The field holds a whole object with `apiVersion`, `kind` and `metadata`.
    pub embedded: bool,
    pub default: Option<Value>,
    pub limits: Limits,
}

impl Schema {
    /// A schema that allows everything; what lies below a field nobody described.
    pub fn anything() -> &'static Schema {
        static ANYTHING: std::sync::OnceLock<Schema> = std::sync::OnceLock::new();
        ANYTHING.get_or_init(|| Schema {
            keeps_unknown: true,
            ..Schema::default()
        })
    }

    /// The schema of a field of this object.
    pub fn field(&self, name: &str) -> &Schema {
        self.properties
            .get(name)
            .or(self.additional.as_deref())
            .unwrap_or_else(|| Schema::anything())
    }

    /// The schema of an item of this list.
    pub fn item(&self) -> &Schema {
        self.items.as_deref().unwrap_or_else(|| Schema::anything())
    }
}
