//! PATCH in its four forms.
use std::sync::Arc;

use serde_json::{Value, json};

use super::update::Ledger;
use super::{Part, State, Terms, Written, check_kind, decode, is_emptied};
use crate::failure::Failure;
use crate::field_error::FieldError;
use crate::object::{Object, map_mut, metadata_mut, name_of, namespace_of};
use crate::ownership::{self, Applied, Author};
use crate::patch::{self, PatchError};
use crate::registry::{Origin, Resource};
use crate::render::{presented, stored_form};
use crate::store::Key;
use crate::{rules, schema};

/// A patch and its media type.
pub(crate) struct PatchRequest<'a> {
    pub media_type: &'a str,
    pub body: Value,
    /// Whether an apply takes fields over from their owners.
    pub force: bool,
    /// Apply has no default author.
    pub names_manager: bool,
}

const TYPES: &str = "application/json-patch+json, application/merge-patch+json, \
                     application/strategic-merge-patch+json, application/apply-patch+yaml";
const CUSTOM_TYPES: &str =
    "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

impl State {
    pub fn patch(
        &mut self,
        resource: &Resource,
        key: &Key,
        part: Part,
        request: PatchRequest<'_>,
        terms: &mut Terms,
    ) -> Result<Written, Failure> {
        if request.media_type.starts_with("application/apply-patch") {
            return self.apply(resource, key, part, request, terms);
        }
        check_type(resource, request.media_type)?;
        let old = self.store.at(key).cloned();
        let old = old.ok_or_else(|| Failure::not_found(resource, &key.name))?;
        let mut new = presented(resource, old.value()).into_owned();
        match request.media_type {
            "application/json-patch+json" => {
                patch::json_patch(&mut new, &request.body).map_err(|error| match error {
                    PatchError::Malformed(why) if !request.body.is_array() => {
                        Failure::bad_request(format!("error decoding patch: {why}"))
                    }
                    PatchError::Malformed(_) | PatchError::Failed(_) => Failure::patch_refused(),
                })?;
            }
            "application/merge-patch+json" => patch::merge(&mut new, &request.body),
            _ => patch::strategic(&mut new, &request.body, &resource.schema)
                .map_err(Failure::internal)?,
        }
        let is_strategic = request.media_type.starts_with("application/strategic");
        if is_strategic {
            // What is patched is of the kind that it was.
            name_kind(resource, &mut new);
        }
        check_patched(resource, &mut new, terms)?;
        let new = stored_form(resource, new);
        let object = self.replace(resource, key, &old, new, part, Ledger::ToRecord, terms)?;
        Ok(Written {
            object,
            created: false,
        })
    }

    fn apply(
        &mut self,
        resource: &Resource,
        key: &Key,
        part: Part,
        request: PatchRequest<'_>,
        terms: &mut Terms,
    ) -> Result<Written, Failure> {
        let mut configuration = request.body;
        check_manager(request.names_manager)?;
        let exists = self.store.at(key).is_some();
        // The status of a Service makes the Service.
        let creates = part == Part::Whole || resource.is_core("Service");
        if !exists && !creates {
            return Err(Failure::not_found(resource, &key.name));
        }
        check_configuration(resource, &configuration)?;
        schema::without_nulls(&mut configuration);
        let fault = schema::fault_of(&configuration, &resource.schema)
            .or_else(|| ownership::repeated(&configuration, &resource.schema));
        if let Some(fault) = fault {
            let slash = if resource.group.is_empty() { "/" } else { "" };
            return Err(Failure::internal(format!(
                "failed to create typed patch object ({}/{}; {slash}{}, Kind={}): {fault}",
                namespace_of(&configuration),
                key.name,
                resource.api_version(),
                resource.kind
            )));
        }
        let named = configuration.clone();
        metadata_mut(&mut configuration).insert("name".into(), key.name.as_str().into());
        let Some(old) = self.store.at(key).cloned() else {
            check_decodable(resource, &configuration)?;
            check_place(key, &named)?;
            let namespace = resource.is_namespaced().then_some(key.namespace.as_str());
            terms.emptied = emptied(resource, &configuration);
            let object = self.create_by_apply(resource, namespace, part, configuration, terms)?;
            return Ok(Written {
                object,
                created: true,
            });
        };
        let mut new = self.merged(resource, &old, &configuration, part, request.force, terms)?;
        check_decodable(resource, &configuration)?;
        check_place(key, &named)?;
        let nulls = nulls_of(&new);
        terms.emptied = emptied(resource, &new);
        decode(resource, &mut new, terms)?;
        if resource.origin == Origin::Custom {
            // What the apply left as null is judged as null.
            nulls.iter().for_each(|at| set_null(&mut new, at));
        }
        let new = stored_form(resource, new);
        let object = self.replace(resource, key, &old, new, part, Ledger::Settled, terms)?;
        Ok(Written {
            object,
            created: false,
        })
    }

    fn merged(
        &self,
        resource: &Resource,
        old: &Arc<Object>,
        configuration: &Value,
        part: Part,
        force: bool,
        terms: &Terms,
    ) -> Result<Value, Failure> {
        let author = Author {
            name: &terms.field_manager,
            subresource: part.name(),
            api_version: &resource.api_version(),
            time: &terms.time(),
        };
        let old = presented(resource, old.value());
        let schema = &resource.schema;
        let typed = resource.origin == Origin::Builtin;
        let fixed = part.fixed(resource);
        match ownership::apply(&old, configuration, schema, &author, force, typed, fixed) {
            Applied::Merged(new) => Ok(new),
            Applied::Conflicts(conflicts) => {
                let causes: Vec<Value> = conflicts
                    .iter()
                    .map(|conflict| {
                        json!({"reason": "FieldManagerConflict", "field": conflict.field,
                            "message": format!("conflict with {}", conflict.owner)})
                    })
                    .collect();
                let text = ownership::conflict_text(&conflicts);
                Err(Failure::new(409, "Conflict", text).with_details(json!({"causes": causes})))
            }
        }
    }
}

/// Empty maps and lists that an apply leaves and nobody is shown: those in the metadata of a custom
/// resource are stored, and an empty `data` is more than none to who judges a Secret.
fn emptied(resource: &Resource, object: &Value) -> Vec<&'static str> {
    let (within, fields): (_, &[_]) = match resource.origin {
        Origin::Custom => (
            &object["metadata"],
            &["labels", "annotations", "finalizers", "ownerReferences"],
        ),
        Origin::Builtin if resource.is_core("Secret") => (object, &["data"]),
        Origin::Builtin => return Vec::new(),
    };
    let fields = fields.iter().copied();
    fields.filter(|it| is_emptied(&within[*it])).collect()
}

/// Where nulls are, outside of metadata, and not in lists.
fn nulls_of(object: &Value) -> Vec<Vec<String>> {
    fn walk(value: &Value, at: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
        for (name, field) in value.as_object().into_iter().flatten() {
            at.push(name.clone());
            match field.is_null() {
                true => found.push(at.clone()),
                false => walk(field, at, found),
            }
            at.pop();
        }
    }
    let mut found = Vec::new();
    walk(object, &mut Vec::new(), &mut found);
    found.retain(|at| at[0] != "metadata");
    found
}

fn set_null(object: &mut Value, at: &[String]) {
    let Some((last, around)) = at.split_last() else {
        return;
    };
    let around = around.iter().try_fold(object, |at, name| at.get_mut(name));
    if let Some(Value::Object(map)) = around {
        map.insert(last.clone(), Value::Null);
    }
}

fn name_kind(resource: &Resource, object: &mut Value) {
    let map = map_mut(object);
    map.insert("kind".into(), resource.kind.as_str().into());
    map.insert("apiVersion".into(), resource.api_version().into());
}

/// Decodes what a patch made; what cannot be is the patch's fault.
fn check_patched(resource: &Resource, new: &mut Value, terms: &mut Terms) -> Result<(), Failure> {
    let shown = new.to_string();
    let decoded = check_kind(resource, new).and_then(|()| decode(resource, new, terms));
    decoded.map_err(|failure| {
        let error = FieldError::invalid("patch", shown, failure.message);
        Failure::new(422, "Invalid", format!(" \"\" is invalid: {error}"))
            .with_details(json!({"causes": [error.cause()]}))
    })
}

fn check_type(resource: &Resource, media_type: &str) -> Result<(), Failure> {
    match (media_type, resource.origin) {
        ("application/json-patch+json" | "application/merge-patch+json", _)
        | ("application/strategic-merge-patch+json", Origin::Builtin) => Ok(()),
        (_, Origin::Custom) => Err(Failure::unsupported_media_type(CUSTOM_TYPES)),
        (_, Origin::Builtin) => Err(Failure::unsupported_media_type(TYPES)),
    }
}

fn check_manager(is_named: bool) -> Result<(), Failure> {
    if is_named {
        return Ok(());
    }
    let error = FieldError::required("fieldManager", "is required for apply patch");
    Err(Failure::invalid_options("PatchOptions", &[error]))
}

fn check_configuration(resource: &Resource, configuration: &Value) -> Result<(), Failure> {
    let text = |field: &str| configuration[field].as_str().unwrap_or_default();
    let (version, kind) = (text("apiVersion"), text("kind"));
    if !version.is_empty()
        && !kind.is_empty()
        && (version, kind) != (resource.api_version().as_str(), &resource.kind)
    {
        let slash = if version.contains('/') { "" } else { "/" };
        return Err(Failure::bad_request(format!(
            "invalid object type: {slash}{version}, Kind={kind}"
        )));
    }
    let is_unnamed = |field: &str| configuration[field].as_str().is_none_or(str::is_empty);
    if is_unnamed("apiVersion") || is_unnamed("kind") {
        return Err(Failure::bad_request(
            "invalid object type: an applied configuration names its apiVersion and kind",
        ));
    }
    if configuration["metadata"]["managedFields"].is_array() {
        return Err(Failure::bad_request("metadata.managedFields must be nil"));
    }
    Ok(())
}

/// A configuration of the right types can still hold texts that are not what they have to be.
fn check_decodable(resource: &Resource, configuration: &Value) -> Result<(), Failure> {
    let Some(why) = rules::undecodable(resource, configuration) else {
        return Ok(());
    };
    let slash = if resource.group.is_empty() { "/" } else { "" };
    Err(Failure::internal(format!(
        "failed to convert new object ({}/{}; {slash}{}, Kind={}) to proper version: {why}",
        namespace_of(configuration),
        name_of(configuration),
        resource.api_version(),
        resource.kind
    )))
}

/// Whose configuration it is.
fn check_place(key: &Key, configuration: &Value) -> Result<(), Failure> {
    let name = name_of(configuration);
    if !name.is_empty() && name != key.name {
        return Err(Failure::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            key.name
        )));
    }
    let namespace = namespace_of(configuration);
    if !namespace.is_empty() && namespace != key.namespace {
        return Err(Failure::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    Ok(())
}
