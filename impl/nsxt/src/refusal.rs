//! What the manager answers when it does not do what was asked: status, code, module and text.
//!
//! Codes and texts follow NSX-T 3.1 as its client libraries know them; those that no source gives
//! are marked "ours".

use http::StatusCode;
use serde_json::{Value, json};

use crate::routes::Answer;

/// A refused request. The text of each variant is the `error_message` on the wire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(
        "The requested object : {path} could not be found. Object identifiers are case sensitive."
    )]
    NotFound { path: String },
    #[error("The path=[{path}] is invalid")]
    InvalidPath { path: String },
    #[error(
        "The object path=[{path}] cannot be deleted as either it has children or it is being \
         referenced by other objects path=[{}].", .by.join(",")
    )]
    InUse { path: String, by: Vec<String> },
    #[error("Cannot create an object with path=[{path}] as it already exists.")]
    AlreadyExists { path: String },
    #[error(
        "The object {path} is stale (system version {current}, yours {given}). Fetch the latest \
         copy of the object and retry operation."
    )]
    Stale {
        path: String,
        current: String,
        given: i64,
    },
    #[error("The object path=[{path}] is marked for deletion. Please retry after some time.")]
    MarkedForDelete { path: String },
    #[error("Field level validation errors: {{{}}}", .0.join("; "))]
    Invalid(Vec<String>),
    #[error("Json de-serialization error: property {property} is unrecognized.")]
    Unrecognized { property: String },
    #[error("Json de-serialization error: {0}")]
    Malformed(String),
    #[error("Invalid Dto type hierarchy: {0}")]
    Hierarchy(String),
    #[error("Subnet range {range} overlaps with range {other} of subnet path=[{path}].")]
    Overlap {
        range: String,
        other: String,
        path: String,
    },
    #[error("IP range of path=[{path}] cannot be changed as IP address {address} is in use.")]
    RangeInUse { path: String, address: String },
    #[error(
        "Principal '{user}' with role '[enterprise_admin]' attempts to delete or modify an object \
         of type {resource_type} it doesn't own. (createUser=system, allowOverwrite=null)"
    )]
    NotOwner { user: String, resource_type: String },
    #[error("The credentials were incorrect or the account specified has been locked.")]
    Credentials,
    #[error("The certificate of the client is not trusted.")]
    Certificate,
    #[error("Missing or invalid XSRF token.")]
    XsrfToken,
    #[error("Page size or cursor is out of range: {0}")]
    Page(String),
    #[error("The search query is not understood: {0}")]
    Query(String),
    #[error("Method {method} is not supported for {path}.")]
    Method { method: String, path: String },
    #[error(
        "The state cannot be kept ({why}). Free space on the disk and start the manager again."
    )]
    Unkept { why: String },
    #[error("{message}")]
    Injected {
        status: StatusCode,
        code: i64,
        message: String,
    },
}

impl Refusal {
    pub(crate) fn not_found(path: impl Into<String>) -> Refusal {
        Refusal::NotFound { path: path.into() }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Refusal::NotFound { .. } => StatusCode::NOT_FOUND,
            Refusal::Stale { .. } => StatusCode::PRECONDITION_FAILED,
            Refusal::Credentials | Refusal::XsrfToken => StatusCode::FORBIDDEN,
            Refusal::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::Unkept { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::Certificate => StatusCode::INTERNAL_SERVER_ERROR,
            Refusal::Injected { status, .. } => *status,
            Refusal::InvalidPath { .. }
            | Refusal::InUse { .. }
            | Refusal::AlreadyExists { .. }
            | Refusal::MarkedForDelete { .. }
            | Refusal::Invalid(_)
            | Refusal::Unrecognized { .. }
            | Refusal::Malformed(_)
            | Refusal::Hierarchy(_)
            | Refusal::Overlap { .. }
            | Refusal::RangeInUse { .. }
            | Refusal::NotOwner { .. }
            | Refusal::Page(_)
            | Refusal::Query(_) => StatusCode::BAD_REQUEST,
        }
    }

    /// The number that clients decide by. 220 and 405 are ours.
    fn code(&self) -> i64 {
        match self {
            Refusal::NotFound { .. } => 600,
            Refusal::InvalidPath { .. } => 500_012,
            Refusal::InUse { .. } => 500_030,
            Refusal::AlreadyExists { .. } => 500_127,
            Refusal::Stale { .. } => 206,
            Refusal::MarkedForDelete { .. } => 500_045,
            Refusal::Invalid(_) | Refusal::Page(_) => 255,
            Refusal::Unrecognized { .. } | Refusal::Malformed(_) => 287,
            Refusal::Hierarchy(_) => 500_165,
            Refusal::Overlap { .. } => 500_105,
            Refusal::RangeInUse { .. } => 5016,
            Refusal::NotOwner { .. } => 8327,
            Refusal::Credentials => 403,
            Refusal::XsrfToken => 98,
            Refusal::Certificate => 99,
            Refusal::Query(_) => 220,
            Refusal::Method { .. } => 405,
            Refusal::Unkept { .. } => 98,
            Refusal::Injected { code, .. } => *code,
        }
    }

    fn module(&self) -> &'static str {
        match self {
            Refusal::InvalidPath { .. }
            | Refusal::InUse { .. }
            | Refusal::AlreadyExists { .. }
            | Refusal::MarkedForDelete { .. }
            | Refusal::Hierarchy(_)
            | Refusal::Overlap { .. } => "Policy",
            Refusal::RangeInUse { .. } => "id-allocation service",
            Refusal::NotOwner { .. } => "policy",
            Refusal::Query(_) => "SEARCH",
            Refusal::NotFound { .. }
            | Refusal::Stale { .. }
            | Refusal::Invalid(_)
            | Refusal::Unrecognized { .. }
            | Refusal::Malformed(_)
            | Refusal::Credentials
            | Refusal::Certificate
            | Refusal::XsrfToken
            | Refusal::Page(_)
            | Refusal::Method { .. }
            | Refusal::Unkept { .. }
            | Refusal::Injected { .. } => "common-services",
        }
    }

    pub(crate) fn answer(&self) -> Answer {
        Answer {
            status: self.status(),
            headers: Vec::new(),
            body: Some(self.body()),
        }
    }

    /// The `ApiError` body. The two refusals of the session layer lack `httpStatus`, as real ones
    /// do.
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({
            "error_code": self.code(),
            "module_name": self.module(),
            "error_message": self.to_string(),
        });
        if !matches!(self, Refusal::Credentials | Refusal::XsrfToken) {
            body["httpStatus"] = json!(status_name(self.status()));
        }
        body
    }
}

/// The enum name NSX-T gives a status: `NOT_FOUND`, `PRECONDITION_FAILED`, ….
pub(crate) fn status_name(status: StatusCode) -> String {
    status
        .canonical_reason()
        .unwrap_or("UNKNOWN")
        .to_ascii_uppercase()
        .replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_object_is_told_in_the_words_of_nsx() {
        assert_eq!(
            Refusal::not_found("/infra/lb-pools/x").body(),
            json!({
                "httpStatus": "NOT_FOUND",
                "error_code": 600,
                "module_name": "common-services",
                "error_message": "The requested object : /infra/lb-pools/x could not be found. \
                                  Object identifiers are case sensitive.",
            })
        );
    }

    #[test]
    fn an_object_in_use_names_its_referrers_in_the_second_bracket() {
        let refusal = Refusal::InUse {
            path: "/infra/lb-pools/x".to_owned(),
            by: vec![
                "/infra/lb-virtual-servers/a".to_owned(),
                "/infra/b".to_owned(),
            ],
        };
        assert_eq!(
            refusal.body(),
            json!({
                "httpStatus": "BAD_REQUEST",
                "error_code": 500_030,
                "module_name": "Policy",
                "error_message": "The object path=[/infra/lb-pools/x] cannot be deleted as either \
                    it has children or it is being referenced by other objects \
                    path=[/infra/lb-virtual-servers/a,/infra/b].",
            })
        );
    }

    #[test]
    fn refused_credentials_come_without_a_status_name() {
        assert_eq!(
            Refusal::Credentials.body(),
            json!({
                "error_code": 403,
                "module_name": "common-services",
                "error_message": "The credentials were incorrect or the account specified has \
                                  been locked.",
            })
        );
    }
}
