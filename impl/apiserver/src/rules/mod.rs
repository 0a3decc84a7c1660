//! What Kubernetes does to objects of each kind besides storing them: defaults, validation,
//! allocation.
mod definition;
mod metadata;
pub(crate) mod names;
mod namespace;
mod plain;
pub(crate) mod quota;
mod service;

use serde_json::Value;

use crate::failure::Failure;
use crate::field_error::FieldError;
use crate::object::name_of;
use crate::registry::{Origin, Resource};
use crate::schema;
use crate::verbs::{Part, State, Terms};

/// Fills in and judges an object that is about to be created.
pub(crate) fn complete_new(
    resource: &Resource,
    object: &mut Value,
    state: &State,
    terms: &mut Terms,
) -> Result<(), Failure> {
    let mut errors = metadata::validate(resource, object, terms);
    match kind(resource) {
        Kind::Service => errors.extend(service::complete(None, object, state)),
        Kind::Namespace => namespace::complete(object),
        Kind::Definition => errors.extend(definition::complete(object, &terms.time())),
        Kind::Custom => {
            schema::fill_defaults(object, &resource.schema);
            errors.extend(schema::validate(object, &resource.schema));
        }
        Kind::Quota => errors.extend(quota::complete(object, &state.store)),
        Kind::Plain => errors.extend(plain::complete(resource, None, object)),
    }
    refuse(resource, object, &errors)?;
    quota::check(resource, None, object, &state.store)
}

/// Fills in and judges an object that is about to replace `old`.
pub(crate) fn complete_changed(
    resource: &Resource,
    part: Part,
    old: &Value,
    object: &mut Value,
    state: &State,
    terms: &mut Terms,
) -> Result<(), Failure> {
    let mut errors = metadata::validate(resource, object, terms);
    match (kind(resource), part) {
        (Kind::Service, Part::Whole) => errors.extend(service::complete(Some(old), object, state)),
        (Kind::Service, Part::Status | Part::Finalize) => {
            errors.extend(service::complete_status(object));
        }
        (Kind::Namespace, _) => namespace::complete(object),
        (Kind::Definition, Part::Whole) => {
            errors.extend(definition::complete(object, &terms.time()));
        }
        (Kind::Definition, Part::Status | Part::Finalize) => {}
        (Kind::Custom, _) => {
            schema::fill_defaults(object, &resource.schema);
            errors.extend(schema::validate(object, &resource.schema));
        }
        (Kind::Quota, Part::Whole) => errors.extend(quota::complete(object, &state.store)),
        (Kind::Quota, Part::Status | Part::Finalize) => {}
        (Kind::Plain, _) => errors.extend(plain::complete(resource, Some(old), object)),
    }
    refuse(resource, object, &errors)?;
    quota::check(resource, Some(old), object, &state.store)
}

/// Which rules a resource has.
enum Kind {
    Service,
    Namespace,
    Definition,
    Custom,
    Quota,
    Plain,
}

fn kind(resource: &Resource) -> Kind {
    match (resource.origin, resource.plural.as_str()) {
        (Origin::Custom, _) => Kind::Custom,
        (Origin::Builtin, "services") => Kind::Service,
        (Origin::Builtin, "namespaces") => Kind::Namespace,
        (Origin::Builtin, "customresourcedefinitions") => Kind::Definition,
        (Origin::Builtin, "resourcequotas") => Kind::Quota,
        (Origin::Builtin, _) => Kind::Plain,
    }
}

fn refuse(resource: &Resource, object: &Value, errors: &[FieldError]) -> Result<(), Failure> {
    if errors.is_empty() {
        return Ok(());
    }
    Err(Failure::invalid(resource, name_of(object), errors))
}
