//! What a call can end with, other than an answer.

use std::path::PathBuf;

use http::StatusCode;
use serde::Deserialize;

use crate::access::{Material, Shown};

/// Why a call did not do what it should. No variant holds a password, a key, a cookie or a token.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be called, whatever listens there.
    #[error("{address} is no address of an NSX-T manager: give https://HOST[:PORT]")]
    Address {
        /// As it was given.
        address: String,
    },
    /// There is nothing to check the manager's certificate against.
    #[error("{address} is reached over TLS: give its certificate authority with --nsx-ca-file")]
    AuthorityMissing {
        /// As it was given.
        address: String,
    },
    /// A client certificate is shown in the handshake of TLS, and there is none.
    #[error("{address} is reached without TLS, which a client certificate needs: give https://")]
    TlsMissing {
        /// As it was given.
        address: String,
    },
    /// A file cannot be read.
    #[error("read {what} in {}", path.display())]
    Unreadable {
        /// What is in the file.
        what: Material,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What was read is not what it should be.
    #[error("use {what}: {why}")]
    Unusable {
        /// What it should be.
        what: Material,
        /// What is wrong with it.
        why: String,
    },
    /// No answer came. Whether a write was applied is not known.
    #[error("reach NSX-T at {address}")]
    Unreachable {
        /// The managers' addresses.
        address: String,
        /// What the transport said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The manager does not accept whom the client shows.
    #[error("NSX-T at {address} refused {shown}")]
    Unauthorized {
        /// The manager's address.
        address: String,
        /// What was refused.
        shown: Shown,
    },
    /// A PUT named a revision that is not the newest: read again, and decide again.
    #[error("{path} was changed by somebody else")]
    Stale {
        /// The object.
        path: String,
    },
    /// A PUT without a revision found the object there already.
    #[error("{path} exists already")]
    Exists {
        /// The object.
        path: String,
    },
    /// A DELETE found that others refer to the object, or that it has children.
    #[error("{path} is in use: {message}")]
    InUse {
        /// The object.
        path: String,
        /// The manager's words, which name the referrers.
        message: String,
    },
    /// The object is being deleted; its id cannot be used yet.
    #[error("{path} is still being deleted")]
    Deleting {
        /// The object.
        path: String,
    },
    /// The manager has too much to do, or is starting.
    #[error("NSX-T at {address} is busy ({status}): {message}")]
    Busy {
        /// The manager's address.
        address: String,
        /// 429, 503, and the like.
        status: StatusCode,
        /// The manager's words.
        message: String,
    },
    /// Any other refusal.
    #[error("NSX-T refused {path} with {status}, code {code}: {message}")]
    Refused {
        /// What was asked for.
        path: String,
        /// The HTTP status.
        status: StatusCode,
        /// The most telling error code.
        code: i64,
        /// The manager's words.
        message: String,
    },
    /// An answer that is not of the Policy API.
    #[error("NSX-T at {address} answered {path} with what cannot be read: {why}")]
    Unexpected {
        /// The manager's address.
        address: String,
        /// What was asked for.
        path: String,
        /// What is wrong with it.
        why: String,
    },
}

/// The error body. All fields are optional, since proxies answer too.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ApiError {
    pub(crate) error_code: i64,
    pub(crate) error_message: String,
    pub(crate) related_errors: Vec<ApiError>,
}

impl ApiError {
    /// A body that is none leaves the status to decide.
    fn read(body: &[u8]) -> ApiError {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// The error that tells most: a related one, where the outer is only the wrapper.
    pub(crate) fn telling(&self) -> (i64, &str) {
        match self.related_errors.first() {
            Some(related) => (related.error_code, &related.error_message),
            None => (self.error_code, &self.error_message),
        }
    }
}

/// Who was asked for what, and as whom.
pub(crate) struct Asked<'a> {
    pub(crate) address: &'a str,
    pub(crate) shown: &'a Shown,
    pub(crate) path: &'a str,
}

impl Asked<'_> {
    /// Reads a refusal.
    pub(crate) fn refused(&self, status: StatusCode, body: &[u8]) -> Error {
        let error = ApiError::read(body);
        let (code, message) = error.telling();
        let (address, path) = (self.address.to_owned(), self.path.to_owned());
        let message = message.to_owned();
        if is_of_credentials(status, body) || self.is_of_certificate(status, code) {
            let shown = self.shown.clone();
            return Error::Unauthorized { address, shown };
        }
        match (status, code) {
            (StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT, _) => Error::Stale { path },
            (_, 500_127) => Error::Exists { path },
            (_, 500_030) => Error::InUse { path, message },
            (_, 500_045) => Error::Deleting { path },
            (
                StatusCode::TOO_MANY_REQUESTS
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::BAD_GATEWAY
                | StatusCode::GATEWAY_TIMEOUT,
                _,
            ) => Error::Busy {
                address,
                status,
                message,
            },
            (status, code) => Error::Refused {
                path,
                status,
                code,
                message,
            },
        }
    }

    /// A certificate that is not registered is no 403.
    fn is_of_certificate(&self, status: StatusCode, code: i64) -> bool {
        let is_refused = (status, code) == (StatusCode::INTERNAL_SERVER_ERROR, 99);
        is_refused && *self.shown == Shown::Certificate
    }
}

/// Whether a refusal is one of a password, a session or its token.
pub(crate) fn is_of_credentials(status: StatusCode, body: &[u8]) -> bool {
    match status {
        StatusCode::UNAUTHORIZED => true,
        StatusCode::FORBIDDEN => matches!(ApiError::read(body).telling().0, 0 | 98 | 403),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> Error {
        let shown = Shown::Password {
            user: "admin".to_owned(),
        };
        refused_to(&shown, status, body)
    }

    fn refused_to(shown: &Shown, status: u16, body: &str) -> Error {
        let asked = Asked {
            address: "https://nsx",
            shown,
            path: "/infra/lb-pools/p",
        };
        asked.refused(StatusCode::from_u16(status).unwrap(), body.as_bytes())
    }

    #[test]
    fn a_refused_password_names_the_address_the_user_and_the_option() {
        let body = r#"{"module_name":"common-services","error_message":"x","error_code":403}"#;
        assert_eq!(
            refused(403, body).to_string(),
            "NSX-T at https://nsx refused the password of user admin: check --nsx-password-file"
        );
    }

    #[test]
    fn another_403_is_not_blamed_on_the_password() {
        assert!(matches!(
            refused(403, r#"{"error_code":505}"#),
            Error::Refused { code: 505, .. }
        ));
    }

    #[test]
    fn a_certificate_is_refused_with_a_code_of_its_own() {
        let body = r#"{"error_code":99}"#;
        assert_eq!(
            refused_to(&Shown::Certificate, 500, body).to_string(),
            "NSX-T at https://nsx refused the client certificate: register it as a principal \
             identity, or check --nsx-certificate-file"
        );
        assert!(matches!(
            refused(500, body),
            Error::Refused { code: 99, .. }
        ));
    }

    #[test]
    fn the_code_inside_a_wrapper_decides() {
        let body = r#"{"error_code":500060,"related_errors":[{"error_code":500030}]}"#;
        assert!(matches!(refused(400, body), Error::InUse { .. }));
    }

    #[test]
    fn a_refusal_that_is_no_json_is_read_by_its_status() {
        assert!(matches!(refused(503, "<html>"), Error::Busy { .. }));
        assert!(matches!(refused(412, ""), Error::Stale { .. }));
    }
}
