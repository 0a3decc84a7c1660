//! What a request does to the store, one verb per file. Everything here runs under one lock, so
//! a request is one step that is wholly before or after any other.
mod create;
mod delete;
mod guard;
mod list;
pub(crate) mod options;
mod patch;
mod update;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::failure::Failure;
use crate::object::{Object, metadata_text, name_of};
use crate::options::Options;
use crate::registry::{Origin, Registry, Resource};
use crate::rules;
use crate::schema::{self, Mismatch};
use crate::store::{Change, Key, Store};

pub(crate) use delete::{DeleteOptions, Deleted};
pub(crate) use list::{ListRequest, version_of};
pub(crate) use patch::PatchRequest;
pub(crate) use update::is_held;

/// Everything that requests read and write.
#[derive(Clone)]
pub(crate) struct State {
    pub store: Store,
    pub registry: Registry,
    pub options: Options,
    /// How many UIDs and generated names were given out.
    drawn: u64,
    /// Objects that are stored with empty maps and lists that nobody is shown: at which version, and
    /// which. The next write of such an object is a change, whatever it says.
    emptied: BTreeMap<Key, (String, Vec<&'static str>)>,
}

/// What to do with fields that the schema does not know (`fieldValidation`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    Ignore,
    Warn,
    Strict,
}

/// Whether a write is kept (`dryRun`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Persisted,
    DryRun,
}

/// Which part of an object a write is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    Status,
    /// `spec.finalizers` of a Namespace.
    Finalize,
}

impl Part {
    /// As `managedFields` names it.
    pub fn name(self) -> &'static str {
        match self {
            Part::Whole => "",
            Part::Status => "status",
            Part::Finalize => "finalize",
        }
    }

    /// The field that a write of this part cannot change.
    pub fn fixed(self, resource: &Resource) -> Option<&'static str> {
        match self {
            Part::Whole => resource.has_status.then_some("status"),
            Part::Status | Part::Finalize => Some("spec"),
        }
    }
}

/// The circumstances of a write.
pub(crate) struct Terms {
    pub field_manager: String,
    pub effect: Effect,
    pub strictness: Strictness,
    pub now: Timestamp,
    /// Texts for the `Warning` header.
    pub warnings: Vec<String>,
    /// Which empty maps and lists the body has that are not kept, and still make a difference.
    pub emptied: Vec<&'static str>,
}

impl Terms {
    /// The time as objects carry it: RFC 3339 in whole seconds.
    pub fn time(&self) -> String {
        in_seconds(self.now)
    }
}

/// RFC 3339 in whole seconds.
pub(crate) fn in_seconds(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second())
        .expect("a second of a time is a time")
        .to_string()
}

/// An object that a write was about, and whether the write made it.
pub(crate) struct Written {
    pub object: Arc<Object>,
    pub created: bool,
}

impl State {
    pub fn new(options: Options) -> State {
        let store = Store::new(options.history);
        State {
            store,
            registry: Registry::new(),
            options,
            drawn: 0,
            emptied: BTreeMap::new(),
        }
    }

    /// The next number of a stream that the seed alone decides (splitmix64).
    fn draw(&mut self) -> u64 {
        self.drawn += 1;
        let mut z = self
            .options
            .seed
            .wrapping_add(self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A new UID, in the form of a random UUID.
    fn new_uid(&mut self) -> String {
        let (high, low) = (self.draw(), self.draw());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | (low >> 48) & 0x3fff,
            low & 0xffff_ffff_ffff
        )
    }

    /// What `generateName` appends: five letters or digits that spell nothing.
    fn new_suffix(&mut self) -> String {
        const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
        let mut number = self.draw();
        let mut suffix = String::with_capacity(5);
        for _ in 0..5 {
            let at = usize::try_from(number % 27).expect("less than 27");
            suffix.push(char::from(LETTERS[at]));
            number /= 27;
        }
        suffix
    }

    pub fn key(resource: &Resource, namespace: Option<&str>, name: &str) -> Key {
        Key {
            table: resource.table.clone(),
            namespace: namespace.unwrap_or_default().to_string(),
            name: name.to_string(),
        }
    }

    pub fn find(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Arc<Object>, Failure> {
        let found = self
            .store
            .get(&resource.table, namespace.unwrap_or_default(), name);
        found
            .cloned()
            .ok_or_else(|| Failure::not_found(resource, name))
    }

    /// What an object is stored with and nobody is shown.
    fn emptied_of(&self, key: &Key, object: &Object) -> &[&'static str] {
        let found = self.emptied.get(key);
        found
            .filter(|(version, _)| version == object.version())
            .map_or(&[], |it| it.1.as_slice())
    }

    fn note_emptied(&mut self, key: &Key, object: &Object, emptied: &[&'static str]) {
        match emptied.is_empty() {
            true => self.emptied.remove(key),
            false => {
                let noted = (object.version().to_owned(), emptied.to_vec());
                self.emptied.insert(key.clone(), noted)
            }
        };
    }

    /// Tells the quotas of a namespace what is used there, after something in it was written.
    fn usage_changed(&mut self, namespace: &str) {
        for (quota, new) in rules::quota::outdated(namespace, &self.store) {
            let key = Key {
                table: rules::quota::QUOTAS.into(),
                namespace: namespace.to_owned(),
                name: name_of(quota.value()).to_owned(),
            };
            self.store.commit(key, Change::Modified, new);
        }
    }

    /// Takes the custom resources over from the definitions, after one of them was written.
    pub fn definitions_changed(&mut self) {
        let definitions = self
            .store
            .scan(DEFINITIONS, None)
            .map(|object| object.value());
        self.registry.reload(definitions);
    }
}

/// Table of the CustomResourceDefinitions.
pub(crate) const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// Refuses a body that is of another kind than the path.
fn check_kind(resource: &Resource, body: &Value) -> Result<(), Failure> {
    if !body.is_object() {
        return Err(Failure::bad_request(
            "the body of the request is not an object",
        ));
    }
    let wanted = (resource.kind.as_str(), resource.api_version());
    for (field, wanted) in [("kind", wanted.0), ("apiVersion", wanted.1.as_str())] {
        match body[field].as_str() {
            Some(found) if !found.is_empty() && found != wanted => {
                return Err(Failure::bad_request(format!(
                    "{} in version {:?} cannot be handled as a {}: {field} in the body \
                     ({found:?}) does not match the one of the path ({wanted:?})",
                    resource.kind, resource.version, resource.kind
                )));
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}

/// Reads a body as its schema has it; unknown fields are dropped, and reported as asked.
fn decode(resource: &Resource, body: &mut Value, terms: &mut Terms) -> Result<(), Failure> {
    let typed = resource.origin == Origin::Builtin;
    let cannot = |why: String| {
        Failure::bad_request(format!(
            "{} in version {:?} cannot be handled as a {}: {why}",
            resource.kind, resource.version, resource.kind
        ))
    };
    let unknown = schema::conform(body, &resource.schema, typed).map_err(|mismatch| {
        let Mismatch {
            field,
            found,
            wanted,
        } = mismatch;
        cannot(format!(
            "json: cannot unmarshal {found} into field {field} of type {wanted}"
        ))
    })?;
    if let Some(why) = rules::undecodable(resource, body) {
        return Err(cannot(why));
    }
    let quoted: Vec<String> = unknown
        .iter()
        .map(|f| format!("unknown field {f:?}"))
        .collect();
    match terms.strictness {
        Strictness::Ignore => {}
        Strictness::Warn => terms.warnings.extend(quoted),
        Strictness::Strict if quoted.is_empty() => {}
        Strictness::Strict => {
            return Err(cannot(format!(
                "strict decoding error: {}",
                quoted.join(", ")
            )));
        }
    }
    Ok(())
}

/// Refuses a body that is of another namespace than the path.
fn check_namespace(resource: &Resource, key: &Key, body: &Value) -> Result<(), Failure> {
    let given = metadata_text(body, "namespace");
    if resource.is_namespaced() && !given.is_empty() && given != key.namespace {
        return Err(Failure::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    Ok(())
}

/// Refuses a body that is of another name than the path.
fn check_name(body: &Value, name: &str) -> Result<(), Failure> {
    let given = name_of(body);
    if given == name {
        return Ok(());
    }
    Err(Failure::bad_request(format!(
        "the name of the object ({given}) does not match the name on the URL ({name})"
    )))
}

fn is_emptied(value: &Value) -> bool {
    value.as_object().is_some_and(|it| it.is_empty()) || value.as_array().is_some_and(Vec::is_empty)
}
