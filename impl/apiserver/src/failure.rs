//! A refused request, as the `metav1.Status` it becomes.
use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde_json::{Value, json};

use crate::field_error::FieldError;
use crate::registry::Resource;

/// Why a request was refused, worded as Kubernetes words it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    pub code: u16,
    pub reason: &'static str,
    pub message: String,
    pub details: Value,
}

/// The errors as one text, each once.
fn joined(errors: &[FieldError]) -> String {
    let mut texts: Vec<String> = Vec::new();
    for error in errors {
        let text = error.to_string();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    match texts.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

impl Failure {
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Failure {
            code,
            reason,
            message: message.into(),
            details: Value::Null,
        }
    }

    fn about(mut self, resource: &Resource, name: &str) -> Self {
        self.details = json!({"name": name, "group": resource.group, "kind": resource.plural});
        self
    }

    pub fn with_details(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Failure::new(400, "BadRequest", message)
    }

    /// No such path or kind at all.
    pub fn unknown_path() -> Self {
        Failure::new(
            404,
            "NotFound",
            "the server could not find the requested resource",
        )
        .with_details(json!({}))
    }

    pub fn not_found(resource: &Resource, name: &str) -> Self {
        let message = format!("{} {name:?} not found", resource.qualified());
        Failure::new(404, "NotFound", message).about(resource, name)
    }

    pub fn already_exists(resource: &Resource, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", resource.qualified());
        Failure::new(409, "AlreadyExists", message).about(resource, name)
    }

    /// The write named a version that is no longer the newest.
    pub fn stale(resource: &Resource, name: &str) -> Self {
        Failure::conflict(
            resource,
            name,
            "the object has been modified; please apply your changes to the latest version and \
             try again",
        )
    }

    pub fn conflict(resource: &Resource, name: &str, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} {name:?}: {why}",
            resource.qualified()
        );
        Failure::new(409, "Conflict", message).about(resource, name)
    }

    /// A write that has to name the version that it replaces, and names none.
    pub fn unversioned(resource: &Resource, name: &str) -> Self {
        let field = "metadata.resourceVersion";
        let error = FieldError::invalid(field, 0, "must be specified for an update");
        let message = format!("{} {name:?} is invalid: {error}", resource.qualified());
        let details = json!({"name": name, "group": resource.group, "kind": resource.plural,
            "causes": [error.cause()]});
        Failure::new(422, "Invalid", message).with_details(details)
    }

    /// A conflict that names the kind, as those do that a delete meets.
    pub fn conflict_of_kind(resource: &Resource, name: &str, why: &str) -> Self {
        let kind = match resource.group.as_str() {
            "" => resource.kind.clone(),
            group => format!("{}.{group}", resource.kind),
        };
        let message = format!("Operation cannot be fulfilled on {kind} {name:?}: {why}");
        Failure::new(409, "Conflict", message)
            .with_details(json!({"name": name, "group": resource.group, "kind": resource.kind}))
    }

    pub fn forbidden(resource: &Resource, name: &str, why: &str) -> Self {
        let message = if name.is_empty() {
            format!("{} is forbidden: {why}", resource.qualified())
        } else {
            format!("{} {name:?} is forbidden: {why}", resource.qualified())
        };
        Failure::new(403, "Forbidden", message).about(resource, name)
    }

    pub fn invalid(resource: &Resource, name: &str, errors: &[FieldError]) -> Self {
        let list = joined(errors);
        let kind = if resource.group.is_empty() {
            resource.kind.clone()
        } else {
            format!("{}.{}", resource.kind, resource.group)
        };
        let causes: Vec<Value> = errors.iter().map(FieldError::cause).collect();
        Failure::new(
            422,
            "Invalid",
            format!("{kind} {name:?} is invalid: {list}"),
        )
        .with_details(
            json!({"name": name, "group": resource.group, "kind": resource.kind, "causes": causes}),
        )
    }

    /// Options of a request that contradict each other.
    pub fn invalid_options(kind: &str, errors: &[FieldError]) -> Self {
        let causes: Vec<Value> = errors.iter().map(FieldError::cause).collect();
        let message = format!("{kind}.meta.k8s.io \"\" is invalid: {}", joined(errors));
        Failure::new(422, "Invalid", message)
            .with_details(json!({"group": "meta.k8s.io", "kind": kind, "causes": causes}))
    }

    /// A version that is none is the client's mistake in a list, and nobody's in a GET or a watch.
    pub fn of_one_read(self) -> Self {
        let words = "invalid resource version: ";
        match self.message.strip_prefix(words) {
            Some(message) => Failure::internal(message),
            None => self,
        }
    }

    /// Something that Kubernetes does not count as the client's mistake, and has no word for.
    pub fn internal(message: impl Into<String>) -> Self {
        Failure::new(500, "", message)
    }

    /// A patch that cannot be carried out on the object as it is.
    pub fn patch_refused() -> Self {
        Failure::new(
            422,
            "Invalid",
            "the server rejected our request due to an error in our request",
        )
        .with_details(json!({}))
    }

    pub fn method_not_allowed() -> Self {
        Failure::new(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        )
        .with_details(json!({}))
    }

    pub fn unsupported_media_type(accepted: &str) -> Self {
        Failure::new(
            415,
            "UnsupportedMediaType",
            format!(
                "the body of the request was in an unknown format - accepted media types \
                 include: {accepted}"
            ),
        )
    }

    pub fn too_large_body(limit: usize) -> Self {
        let message = format!("Request entity too large: limit is {limit}");
        Failure::new(413, "RequestEntityTooLarge", message)
    }

    pub fn not_acceptable() -> Self {
        Failure::new(
            406,
            "NotAcceptable",
            "only the following media types are accepted: application/json",
        )
    }

    pub fn unauthorized() -> Self {
        Failure::new(401, "Unauthorized", "Unauthorized")
    }

    /// The version asked for is no longer in the history.
    pub fn expired(message: impl Into<String>) -> Self {
        Failure::new(410, "Expired", message)
    }

    /// The version asked for has not happened yet.
    pub fn too_large(asked: u64, current: u64) -> Self {
        Failure::new(
            504,
            "Timeout",
            format!("Timeout: Too large resource version: {asked}, current: {current}"),
        )
        .with_details(json!({
            "causes": [{"reason": "ResourceVersionTooLarge",
                "message": "Too large resource version"}],
            "retryAfterSeconds": 1,
        }))
    }

    /// The `metav1.Status`.
    pub fn status(&self) -> Value {
        let mut status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {},
            "status": "Failure", "message": self.message, "reason": self.reason,
            "code": self.code});
        if self.reason.is_empty() {
            crate::object::map_mut(&mut status).remove("reason");
        }
        if let Value::Object(details) = &self.details {
            let kept = details.iter().filter(|(_, v)| v.as_str() != Some(""));
            status["details"] = kept.map(|(k, v)| (k.clone(), v.clone())).collect();
        }
        status
    }

    pub fn response(&self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(self.status().to_string()));
        *response.status_mut() =
            StatusCode::from_u16(self.code).expect("every code above is a status code");
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            const { http::HeaderValue::from_static("application/json") },
        );
        response
    }
}
