//! What a write must not do to what is there: mean another object, or change what is settled.
use serde_json::Value;

use super::{Effect, Terms};
use crate::failure::Failure;
use crate::field_error::FieldError;
use crate::object::finalizers;
use crate::registry::{Origin, Resource};
use crate::store::Key;

/// Another UID is asked for than what is there has, or nothing is there.
pub(super) fn uid_mismatch(
    resource: &Resource,
    key: &Key,
    wanted: &str,
    found: &str,
    terms: &Terms,
) -> Failure {
    let why = format!("UID in precondition: {wanted}, UID in object meta: {found}");
    storage_conflict(resource, key, &why, terms.effect)
}

/// What was asked for is not what is stored, in the words of the storage of kube-apiserver.
pub(super) fn storage_conflict(
    resource: &Resource,
    key: &Key,
    why: &str,
    effect: Effect,
) -> Failure {
    let place = match (resource.origin, resource.plural.as_str()) {
        (Origin::Custom, plural) => format!("{}/{plural}", resource.group),
        (Origin::Builtin, "services") => "services/specs".to_string(),
        (Origin::Builtin, "endpoints") => "services/endpoints".to_string(),
        (Origin::Builtin, plural) => plural.to_string(),
    };
    // What is not stored is not looked for under the root of the store.
    let root = match effect {
        Effect::Persisted => "/registry",
        Effect::DryRun => "",
    };
    let why = format!(
        "StorageError: invalid object, Code: 4, Key: {root}/{place}/{}/{}, ResourceVersion: 0, \
         AdditionalErrorMsg: Precondition failed: {why}",
        key.namespace, key.name,
    );
    Failure::conflict(resource, &key.name, &why)
}

/// Metadata that a write names, and cannot change. Who names another UID means another object.
pub(super) fn frozen_faults(old: &Value, new: &Value) -> Vec<FieldError> {
    let fields = ["uid", "deletionTimestamp", "deletionGracePeriodSeconds"];
    let is_other = |field: &&str| {
        let (old, new) = (&old["metadata"][*field], &new["metadata"][*field]);
        // Nobody moves a deletion that has begun.
        let is_kept = *field == "deletionTimestamp" && !old.is_null();
        !new.is_null() && *new != "" && new != old && !is_kept
    };
    let others = fields.into_iter().filter(is_other);
    others
        .map(|field| {
            let value = new["metadata"][field].clone();
            FieldError::invalid(format!("metadata.{field}"), value, "field is immutable")
        })
        .collect()
}

/// An object that is being deleted takes no new finalizers.
pub(super) fn check_finalizers(old: &Value, new: &Value) -> Option<FieldError> {
    if !crate::object::is_deleting(old) {
        return None;
    }
    let before: Vec<&str> = finalizers(old).collect();
    let mut added: Vec<&str> = finalizers(new).filter(|f| !before.contains(f)).collect();
    added.sort_unstable();
    added.dedup();
    if added.is_empty() {
        return None;
    }
    let detail = format!(
        "no new finalizers can be added if the object is being deleted, found new finalizers \
         []string{{{}}}",
        added
            .iter()
            .map(|f| format!("{f:?}"))
            .collect::<Vec<_>>()
            .join(", ")
    );
    Some(FieldError::forbidden("metadata.finalizers", detail))
}
