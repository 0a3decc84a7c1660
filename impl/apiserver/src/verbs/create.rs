//! POST, and the creating half of apply and of PUT.
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Effect, Part, State, Terms, check_kind, decode};
use crate::failure::Failure;
use crate::object::{Object, is_deleting, map_mut, metadata_mut, metadata_text, name_of};
use crate::ownership::{self, Author};
use crate::registry::{Generation, Origin, Resource};
use crate::render::stored_form;
use crate::rules;
use crate::store::{Change, Key};

/// What the server alone sets.
const SYSTEM_FIELDS: [&str; 5] = [
    "resourceVersion",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
    "managedFields",
];

impl State {
    pub fn create(
        &mut self,
        resource: &Resource,
        namespace: Option<&str>,
        part: Part,
        body: Value,
        terms: &mut Terms,
    ) -> Result<Arc<Object>, Failure> {
        if !metadata_text(&body, "resourceVersion").is_empty() {
            return Err(Failure::bad_request(
                "resourceVersion should not be set on objects to be created",
            ));
        }
        let record = |object: &mut Value, author: &Author<'_>| {
            let typed = resource.origin == Origin::Builtin;
            let schema = &resource.schema;
            let fixed = part.fixed(resource);
            ownership::record_update(&json!({}), object, schema, author, typed, fixed);
        };
        let (key, object) =
            self.prepare_creation(resource, namespace, part, body, &record, terms)?;
        Ok(self.keep_created(key, object, terms))
    }

    /// Creates what a server-side apply names and finds absent.
    pub fn create_by_apply(
        &mut self,
        resource: &Resource,
        namespace: Option<&str>,
        part: Part,
        configuration: Value,
        terms: &mut Terms,
    ) -> Result<Arc<Object>, Failure> {
        let emptied = std::mem::take(&mut terms.emptied);
        let applied = configuration.clone();
        if !metadata_text(&applied, "uid").is_empty() {
            let why = format!(
                "uid mismatch: the provided object specified uid {}, and no existing object was \
                 found",
                metadata_text(&applied, "uid")
            );
            return Err(Failure::conflict(resource, name_of(&applied), &why));
        }
        let record = |object: &mut Value, author: &Author<'_>| {
            let fixed = part.fixed(resource);
            ownership::created_by_apply(object, &applied, &resource.schema, author, fixed);
        };
        let (key, object) =
            self.prepare_creation(resource, namespace, part, configuration, &record, terms)?;
        let object = self.keep_created(key.clone(), object, terms);
        if resource.origin == Origin::Custom && terms.effect == Effect::Persisted {
            self.note_emptied(&key, &object, &emptied);
        }
        Ok(object)
    }

    fn keep_created(&mut self, key: Key, object: Value, terms: &Terms) -> Arc<Object> {
        if terms.effect == Effect::DryRun {
            return Object::new(object);
        }
        let is_definition = &*key.table == super::DEFINITIONS;
        let namespace = key.namespace.clone();
        let object = self.store.commit(key, Change::Added, object);
        if is_definition {
            self.definitions_changed();
        }
        self.usage_changed(&namespace);
        object
    }

    fn prepare_creation(
        &mut self,
        resource: &Resource,
        namespace: Option<&str>,
        part: Part,
        mut object: Value,
        record: &dyn Fn(&mut Value, &Author<'_>),
        terms: &mut Terms,
    ) -> Result<(Key, Value), Failure> {
        check_kind(resource, &object)?;
        decode(resource, &mut object, terms)?;
        place_it(resource, namespace, &mut object)?;
        if let Some(namespace) = namespace {
            self.check_namespace(resource, namespace, &object)?;
        }
        self.name_it(&mut object);
        let name = name_of(&object).to_string();
        let key = State::key(resource, namespace, &name);
        let uid = self.new_uid();
        let metadata = metadata_mut(&mut object);
        for field in SYSTEM_FIELDS {
            metadata.remove(field);
        }
        if resource.generation == Generation::Counted {
            metadata.remove("generation");
        }
        metadata.insert("uid".into(), uid.into());
        metadata.insert("creationTimestamp".into(), terms.time().into());
        if resource.generation == Generation::Counted {
            metadata.insert("generation".into(), 1.into());
        }
        let mut object = stored_form(resource, object);
        let map = object.as_object_mut().expect("checked to be an object");
        map.insert("kind".into(), resource.kind.as_str().into());
        let api_version = self.stored_api_version(resource);
        map.insert("apiVersion".into(), api_version.into());
        if resource.has_status && part == Part::Whole {
            map.remove("status");
        }
        rules::fill_defaults(resource, &mut object);
        // What the server allocates from here on is nobody's.
        if self.options.managed_fields {
            let author = Author {
                name: &terms.field_manager,
                subresource: part.name(),
                api_version: &resource.api_version(),
                time: &terms.time(),
            };
            record(&mut object, &author);
        }
        if resource.has_status && part == Part::Status {
            // It is owned, and still left out.
            map_mut(&mut object).remove("status");
            rules::fill_defaults(resource, &mut object);
        }
        rules::complete_new(resource, part, &mut object, self, terms)?;
        if let Some(there) = self.store.at(&key) {
            let mut failure = Failure::already_exists(resource, &name);
            if there.is_deleting() {
                failure.message = format!("object is being deleted: {}", failure.message);
            }
            return Err(failure);
        }
        Ok((key, object))
    }

    /// `apiVersion` under which objects of this resource are kept.
    pub(super) fn stored_api_version(&self, resource: &Resource) -> String {
        self.registry
            .of_table(&resource.table)
            .map_or_else(|| resource.api_version(), |stored| stored.api_version())
    }

    fn name_it(&mut self, object: &mut Value) {
        let prefix = metadata_text(object, "generateName").to_string();
        if name_of(object).is_empty() && !prefix.is_empty() {
            let name = format!("{prefix}{}", self.new_suffix());
            metadata_mut(object).insert("name".into(), name.into());
        }
    }

    /// Nothing is created in a namespace that is absent or being deleted.
    fn check_namespace(
        &self,
        resource: &Resource,
        namespace: &str,
        object: &Value,
    ) -> Result<(), Failure> {
        let namespaces = crate::registry::builtin("", "namespaces");
        let found = self.find(&namespaces, None, namespace)?;
        if !is_deleting(found.value()) {
            return Ok(());
        }
        let why = format!(
            "unable to create new content in namespace {namespace} because it is being terminated"
        );
        // A name that is to be generated is not generated yet.
        let names = [name_of(object), metadata_text(object, "generateName")];
        let name = names.into_iter().find(|it| !it.is_empty());
        let mut failure = Failure::forbidden(resource, name.unwrap_or("Unknown"), &why);
        failure.details["causes"] = json!([{"reason": "NamespaceTerminating",
            "message": format!("namespace {namespace} is being terminated"),
            "field": "metadata.namespace"}]);
        Err(failure)
    }
}

/// Puts an object into the namespace of the request.
fn place_it(
    resource: &Resource,
    namespace: Option<&str>,
    object: &mut Value,
) -> Result<(), Failure> {
    let Some(namespace) = namespace else {
        if resource.is_namespaced() {
            return Err(Failure::method_not_allowed());
        }
        metadata_mut(object).remove("namespace");
        return Ok(());
    };
    let given = metadata_text(object, "namespace");
    if !given.is_empty() && given != namespace {
        return Err(Failure::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    metadata_mut(object).insert("namespace".into(), namespace.into());
    Ok(())
}
