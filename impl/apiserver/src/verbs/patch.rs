//! PATCH in its four forms.
use std::sync::Arc;

use serde_json::{Value, json};

use super::update::Ledger;
use super::{Part, State, Terms, Written, check_kind, decode};
use crate::failure::Failure;
use crate::object::{Object, map_mut, metadata_mut, name_of};
use crate::ownership::{self, Applied, Author};
use crate::patch::{self, PatchError};
use crate::registry::{Origin, Resource};
use crate::render::{presented, stored_form};
use crate::store::Key;

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
        let old = self.store.at(key).cloned();
        let old = old.ok_or_else(|| Failure::not_found(resource, &key.name))?;
        let mut new = presented(resource, old.value()).into_owned();
        match request.media_type {
            "application/json-patch+json" => {
                patch::json_patch(&mut new, &request.body).map_err(|error| match error {
                    PatchError::Malformed(why) => {
                        Failure::bad_request(format!("error decoding patch: {why}"))
                    }
                    PatchError::Failed(why) => Failure::patch_refused(&why),
                })?;
            }
            "application/merge-patch+json" => patch::merge(&mut new, &request.body),
            "application/strategic-merge-patch+json" if resource.origin == Origin::Builtin => {
                patch::strategic(&mut new, &request.body, &resource.schema);
            }
            _ if resource.origin == Origin::Custom => {
                return Err(Failure::unsupported_media_type(CUSTOM_TYPES));
            }
            _ => return Err(Failure::unsupported_media_type(TYPES)),
        }
        check_kind(resource, &new)?;
        decode(resource, &mut new, terms)?;
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
        check_configuration(resource, key, &configuration, request.names_manager)?;
        decode(resource, &mut configuration, terms)?;
        metadata_mut(&mut configuration).insert("name".into(), key.name.as_str().into());
        keep_part(resource, part, &mut configuration);
        let Some(old) = self.store.at(key).cloned() else {
            if part != Part::Whole {
                return Err(Failure::not_found(resource, &key.name));
            }
            let namespace = resource.is_namespaced().then_some(key.namespace.as_str());
            let object = self.create_by_apply(resource, namespace, configuration, terms)?;
            return Ok(Written {
                object,
                created: true,
            });
        };
        let new = self.merged(resource, &old, &configuration, part, request.force, terms)?;
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
        match ownership::apply(&old, configuration, &resource.schema, &author, force) {
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

fn check_configuration(
    resource: &Resource,
    key: &Key,
    configuration: &Value,
    names_manager: bool,
) -> Result<(), Failure> {
    if !names_manager {
        let text = "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is \
                    required for apply patch";
        return Err(Failure::new(422, "Invalid", text));
    }
    check_kind(resource, configuration)?;
    let is_unnamed = |field: &str| configuration[field].as_str().is_none_or(str::is_empty);
    if is_unnamed("apiVersion") || is_unnamed("kind") {
        return Err(Failure::bad_request(
            "invalid object type: an applied configuration names its apiVersion and kind",
        ));
    }
    if configuration["metadata"]["managedFields"]
        .as_array()
        .is_some_and(|list| !list.is_empty())
    {
        return Err(Failure::bad_request("metadata.managedFields must be nil"));
    }
    let name = name_of(configuration);
    if !name.is_empty() && name != key.name {
        return Err(Failure::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            key.name
        )));
    }
    Ok(())
}

/// Drops what this part of the object does not write, so that nobody comes to own it.
fn keep_part(resource: &Resource, part: Part, configuration: &mut Value) {
    let map = map_mut(configuration);
    match part {
        Part::Whole if resource.has_status => {
            map.remove("status");
        }
        Part::Whole => {}
        Part::Status | Part::Finalize => {
            let kept = if part == Part::Status {
                "status"
            } else {
                "spec"
            };
            map.retain(|name, _| {
                matches!(name.as_str(), "apiVersion" | "kind" | "metadata") || name == kept
            });
        }
    }
}
