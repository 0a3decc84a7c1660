//! What Kubernetes does to objects of each kind besides storing them: defaults, validation,
//! allocation.
mod definition;
mod endpoints;
mod metadata;
pub(crate) mod names;
mod namespace;
mod plain;
pub(crate) mod quota;
mod service;

use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, Engine};
use serde_json::Value;

use crate::failure::Failure;
use crate::field_error::FieldError;
use crate::object::name_of;
use crate::registry::{Origin, Resource};
use crate::schema;
use crate::verbs::{Part, State, Terms};

/// Fills in what Kubernetes fills in when it decodes an object, so that its writer owns it.
pub(crate) fn fill_defaults(resource: &Resource, object: &mut Value) {
    match kind(resource) {
        Kind::Service => service::fill_defaults(object),
        Kind::Namespace => namespace::fill_label(object),
        Kind::Definition | Kind::Quota => {}
        Kind::Custom => schema::fill_defaults(object, &resource.schema),
        Kind::Plain => plain::fill_defaults(resource, object),
    }
}

/// Fills in and judges an object that is about to be created.
pub(crate) fn complete_new(
    resource: &Resource,
    part: Part,
    object: &mut Value,
    state: &State,
    terms: &mut Terms,
) -> Result<(), Failure> {
    if let (Kind::Service, Part::Whole) = (kind(resource), part) {
        let errors = service::allocate(None, object, state, terms.effect);
        refuse(resource, object, &errors)?;
    }
    let before = terms.warnings.len();
    let mut errors = metadata::validate(resource, None, object, terms);
    match kind(resource) {
        Kind::Service => {
            errors.extend(match part {
                Part::Whole => service::complete(None, object),
                Part::Status | Part::Finalize => service::complete_without_address(object),
            });
            terms.warnings.extend(service::warnings(object));
        }
        Kind::Namespace => namespace::complete(object),
        Kind::Definition => errors.extend(definition::complete(object, &terms.time())),
        Kind::Custom => errors.extend(schema::validate(object, &resource.schema)),
        Kind::Quota => errors.extend(quota::complete(object, &state.store)),
        Kind::Plain => errors.extend(plain::complete(resource, None, object, state, &[])),
    }
    if !errors.is_empty() {
        // What is refused is not advised on.
        terms.warnings.truncate(before);
    }
    refuse(resource, object, &first_things_first(resource, errors))?;
    quota::check(resource, None, object, &state.store)
}

/// Of an Event in the wrong namespace nothing else is judged.
fn first_things_first(resource: &Resource, mut errors: Vec<FieldError>) -> Vec<FieldError> {
    let is_misplaced = |it: &FieldError| it.field() == plain::EVENT_PLACE;
    if resource.kind == "Event" && errors.iter().any(is_misplaced) {
        errors.retain(is_misplaced);
    }
    errors
}

/// Fills in and judges an object that is about to replace `old`, of which some faults may be known.
pub(crate) fn complete_changed(
    resource: &Resource,
    part: Part,
    old: &Value,
    object: &mut Value,
    state: &State,
    terms: &mut Terms,
    found: Vec<FieldError>,
) -> Result<(), Failure> {
    if let (Kind::Service, Part::Whole) = (kind(resource), part) {
        let errors = service::allocate(Some(old), object, state, terms.effect);
        refuse(resource, object, &errors)?;
    }
    let before = terms.warnings.len();
    let mut errors = metadata::validate(resource, Some(old), object, terms);
    errors.extend(found);
    match (kind(resource), part) {
        (Kind::Service, Part::Whole) => {
            errors.extend(service::complete(Some(old), object));
            terms.warnings.extend(service::warnings(object));
        }
        (Kind::Service, Part::Status | Part::Finalize) => {
            errors.extend(service::complete_status(object));
        }
        (Kind::Namespace, _) => namespace::complete(object),
        (Kind::Definition, Part::Whole) => {
            errors.extend(definition::complete(object, &terms.time()));
        }
        (Kind::Definition, Part::Status | Part::Finalize) => {}
        (Kind::Custom, part) => {
            errors.extend(schema::validate(object, &resource.schema));
            if part != Part::Whole {
                // Of a status nobody is advised on the metadata.
                terms.warnings.truncate(before);
            }
        }
        (Kind::Quota, Part::Whole) => errors.extend(quota::complete(object, &state.store)),
        (Kind::Quota, Part::Status | Part::Finalize) => {}
        (Kind::Plain, _) => {
            let emptied = &terms.emptied;
            errors.extend(plain::complete(resource, Some(old), object, state, emptied));
        }
    }
    if !errors.is_empty() {
        terms.warnings.truncate(before);
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

/// Why a typed decoder cannot read a text of an object, although it is a text.
pub(crate) fn undecodable(resource: &Resource, object: &Value) -> Option<String> {
    let base64 = |field: &str| {
        let mut texts = object[field].as_object().into_iter().flatten();
        texts.find_map(|(_, text)| STANDARD.decode(text.as_str()?).err())
    };
    let error = match resource.kind.as_str() {
        "Secret" => base64("data"),
        "ConfigMap" => base64("binaryData"),
        "Lease" => {
            let times = ["acquireTime", "renewTime"].map(|field| &object["spec"][field]);
            let mut times = times.into_iter().filter_map(Value::as_str);
            let time = times.find(|time| !is_micro_time(time))?;
            let form = "2006-01-02T15:04:05.000000Z07:00";
            return Some(format!(
                "parsing time {time:?} as {form:?}: cannot parse it"
            ));
        }
        _ => None,
    }?;
    let at = match error {
        DecodeError::InvalidByte(at, _)
        | DecodeError::InvalidLastSymbol(at, _)
        | DecodeError::InvalidLength(at) => at,
        DecodeError::InvalidPadding => 0,
    };
    Some(format!("illegal base64 data at input byte {at}"))
}

/// RFC 3339 with six digits after the second.
fn is_micro_time(text: &str) -> bool {
    let fraction = text.split_once('.').map_or("", |it| it.1);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    digits == 6 && text.parse::<jiff::Timestamp>().is_ok()
}
