//! Requests of a pass, each with the precondition that its decision names
//! (`docs/protocol.md` §5). Losing a race is an outcome; failing is an error.

use hopwise_core::{Guard, Uid};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, Preconditions};
use kube::core::Status;
use kube::{Api, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt::Debug;

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it.
    Written,
    /// The object is no longer what the pass saw.
    Stale,
    /// The object is no longer there.
    Gone,
}

/// Why a pass failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A read was not answered as it should be.
    #[error("read {what}")]
    Read {
        /// The object.
        what: String,
        /// What the client says.
        source: Box<kube::Error>,
    },
    /// A write was refused for another reason than a lost race, or was not answered.
    #[error("{verb} {what}")]
    Write {
        /// What was asked for.
        verb: &'static str,
        /// The object.
        what: String,
        /// What the client says.
        source: Box<kube::Error>,
    },
}

/// What can be written.
pub trait Written:
    Resource<DynamicType = ()> + Clone + Debug + Serialize + DeserializeOwned + Send + Sync
{
}

impl<K> Written for K where
    K: Resource<DynamicType = ()> + Clone + Debug + Serialize + DeserializeOwned + Send + Sync
{
}

/// Takes a finalizer on the object as seen.
///
/// Without a guard the whole object is written back as it was seen, plus the finalizer: whatever
/// somebody changed meanwhile is undone. That is what the guard is for. It is a merge patch since
/// an unguarded PUT is refused for custom resources, and brings a Service back that is gone.
///
/// # Errors
/// When the server is not reached or refuses for another reason than a lost race.
pub async fn hold<K: Written>(
    api: &Api<K>,
    seen: &K,
    finalizer: &str,
    guard: &Guard,
) -> Result<Outcome, Error> {
    let mut finalizers = seen.finalizers().to_vec();
    finalizers.push(finalizer.into());
    let answer = match guard {
        Guard::AsSeen { .. } => patch_finalizers(api, seen, &finalizers, guard).await,
        Guard::None => {
            let mut whole = seen.clone();
            let meta = whole.meta_mut();
            meta.finalizers = Some(finalizers);
            meta.uid = None;
            meta.resource_version = None;
            meta.managed_fields = None;
            let patch = Patch::Merge(&whole);
            api.patch(&seen.name_any(), &PatchParams::default(), &patch)
                .await
        }
    };
    // A finalizer cannot be added once the object is being deleted: the server answers 422.
    match answer {
        Err(kube::Error::Api(status)) if status.is_invalid() => Ok(Outcome::Stale),
        answer => outcome("hold", seen, answer),
    }
}

/// Gives up a finalizer on the object as seen.
///
/// # Errors
/// As [`hold`].
pub async fn release<K: Written>(
    api: &Api<K>,
    seen: &K,
    finalizer: &str,
    guard: &Guard,
) -> Result<Outcome, Error> {
    let mut finalizers = seen.finalizers().to_vec();
    finalizers.retain(|key| key != finalizer);
    let answer = patch_finalizers(api, seen, &finalizers, guard).await;
    outcome("release", seen, answer)
}

async fn patch_finalizers<K: Written>(
    api: &Api<K>,
    seen: &K,
    finalizers: &[String],
    guard: &Guard,
) -> Result<K, kube::Error> {
    let mut metadata = precondition(guard);
    metadata["finalizers"] = json!(finalizers);
    let patch = Patch::Merge(json!({ "metadata": metadata }));
    api.patch(&seen.name_any(), &PatchParams::default(), &patch)
        .await
}

/// Writes a status over that of the object as seen.
///
/// # Errors
/// As [`hold`].
pub async fn publish<K: Written>(
    api: &Api<K>,
    seen: &K,
    status: Value,
    guard: &Guard,
) -> Result<Outcome, Error> {
    let patch = Patch::Merge(json!({ "metadata": precondition(guard), "status": status }));
    let answer = api
        .patch_status(&seen.name_any(), &PatchParams::default(), &patch)
        .await;
    outcome("publish", seen, answer)
}

/// Creates an object, if its name is free.
///
/// # Errors
/// As [`hold`]; also when the kind or the namespace does not exist.
pub async fn create<K: Written>(api: &Api<K>, object: &K, by: &str) -> Result<Outcome, Error> {
    let params = PostParams {
        field_manager: Some(by.into()),
        ..PostParams::default()
    };
    match api.create(&params, object).await {
        Err(error @ kube::Error::Api(_)) if is_missing_kind_or_namespace(&error) => {
            Err(failed("create", object, error))
        }
        answer => outcome("create", object, answer),
    }
}

/// Brings the fields in `patch` to the object that still has this UID.
///
/// # Errors
/// As [`hold`].
pub async fn update<K: Written>(
    api: &Api<K>,
    seen: &K,
    patch: &Patch<Value>,
    by: &str,
) -> Result<Outcome, Error> {
    let params = PatchParams {
        field_manager: Some(by.into()),
        ..PatchParams::default()
    };
    match api.patch(&seen.name_any(), &params, patch).await {
        Err(kube::Error::Api(status)) if refuses_uid(&status) => Ok(Outcome::Stale),
        answer => outcome("update", seen, answer),
    }
}

/// Writes an object that is wholly the writer's own, whether it exists or not.
///
/// # Errors
/// As [`hold`].
pub async fn apply<K: Written>(api: &Api<K>, object: &K, by: &str) -> Result<Outcome, Error> {
    let params = PatchParams::apply(by).force();
    let answer = api
        .patch(&object.name_any(), &params, &Patch::Apply(object))
        .await;
    outcome("apply", object, answer)
}

/// Deletes the object of this name, if it still has this UID; whatever it is if no UID is given.
///
/// # Errors
/// As [`hold`].
pub async fn delete<K: Written>(
    api: &Api<K>,
    name: &str,
    uid: Option<&Uid>,
) -> Result<Outcome, Error> {
    let of_this_uid = |uid: &Uid| Preconditions {
        uid: Some(uid.0.clone()),
        resource_version: None,
    };
    let params = DeleteParams {
        preconditions: uid.map(of_this_uid),
        ..DeleteParams::default()
    };
    let answer = api.delete(name, &params).await;
    outcome_of("delete", || named::<K>(api, name), answer)
}

/// Reads the object of this name at its server.
///
/// # Guarantees
/// `None` only if the server says that there is no object of this name. A 404 for any other
/// reason, such as a kind that is not installed, is an error: it would pass for a proof of absence.
///
/// # Errors
/// When the server is not reached or gives another answer.
pub async fn read<K: Written>(api: &Api<K>, name: &str) -> Result<Option<K>, Error> {
    match api.get(name).await {
        Ok(found) => Ok(Some(found)),
        Err(kube::Error::Api(status)) if says_absent(&status, name) => Ok(None),
        Err(error) => Err(Error::Read {
            what: named::<K>(api, name),
            source: Box::new(error),
        }),
    }
}

/// Reads all objects of a kind, or those that `which` selects, at their server.
///
/// # Guarantees
/// As new as a read of each: no revision is named, so that no cache answers.
///
/// # Errors
/// When the server is not reached or gives another answer.
pub async fn list<K: Written>(api: &Api<K>, which: &ListParams) -> Result<Vec<K>, Error> {
    match api.list(which).await {
        Ok(all) => Ok(all.items),
        Err(error) => Err(Error::Read {
            what: K::plural(&()).into_owned(),
            source: Box::new(error),
        }),
    }
}

/// An object in a message: its kind, namespace and name.
pub fn describe<K: Resource<DynamicType = ()>>(object: &K) -> String {
    let name = object.name_any();
    match object.namespace() {
        Some(namespace) => format!("{} {namespace}/{name}", K::kind(&())),
        None => format!("{} {name}", K::kind(&())),
    }
}

fn named<K: Resource<DynamicType = ()>>(api: &Api<K>, name: &str) -> String {
    let kind = K::kind(&());
    match api.namespace() {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    }
}

fn precondition(guard: &Guard) -> Value {
    match guard {
        Guard::AsSeen {
            uid,
            resource_version,
        } => json!({ "uid": uid.0, "resourceVersion": resource_version.0 }),
        Guard::None => json!({}),
    }
}

fn outcome<K: Written, T>(
    verb: &'static str,
    object: &K,
    answer: Result<T, kube::Error>,
) -> Result<Outcome, Error> {
    outcome_of(verb, || describe(object), answer)
}

fn outcome_of<T>(
    verb: &'static str,
    what: impl Fn() -> String,
    answer: Result<T, kube::Error>,
) -> Result<Outcome, Error> {
    match answer {
        Ok(_) => Ok(Outcome::Written),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(Outcome::Stale),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(Outcome::Gone),
        Err(error) => Err(Error::Write {
            verb,
            what: what(),
            source: Box::new(error),
        }),
    }
}

fn failed<K: Written>(verb: &'static str, object: &K, error: kube::Error) -> Error {
    Error::Write {
        verb,
        what: describe(object),
        source: Box::new(error),
    }
}

/// A POST names no object that could be gone, so a 404 speaks of its kind or namespace.
fn is_missing_kind_or_namespace(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 404)
}

fn says_absent(status: &Status, name: &str) -> bool {
    let names_it = status
        .details
        .as_ref()
        .is_some_and(|details| details.name == name);
    status.code == 404 && status.reason == "NotFound" && names_it
}

/// A patch whose `metadata.uid` differs is refused as a change of an immutable field.
fn refuses_uid(status: &Status) -> bool {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    status.code == 422
        && causes
            .into_iter()
            .any(|cause| cause.field == "metadata.uid")
}
