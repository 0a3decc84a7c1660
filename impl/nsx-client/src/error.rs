//! What a call can end with, other than an answer.

use http::StatusCode;
use serde::Deserialize;

/// Why a call did not do what it should. No variant holds the password.
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
    /// The certificate authority cannot be read.
    #[error("read the certificate authority of {address}: {why}")]
    Authority {
        /// As it was given.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// No answer came. Whether a write was applied is not known.
    #[error("reach NSX-T at {address}")]
    Unreachable {
        /// The manager's address.
        address: String,
        /// What the transport said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The manager does not accept the user or the password.
    #[error("NSX-T at {address} refused the password of user {user}: check --nsx-password-file")]
    Unauthorized {
        /// The manager's address.
        address: String,
        /// The user that was refused.
        user: String,
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
    pub(crate) user: &'a str,
    pub(crate) path: &'a str,
}

impl Asked<'_> {
    /// Reads a refusal. A body that is no `ApiError` leaves the status to decide.
    pub(crate) fn refused(&self, status: StatusCode, body: &[u8]) -> Error {
        let error: ApiError = serde_json::from_slice(body).unwrap_or_default();
        let (code, message) = error.telling();
        let (address, path) = (self.address.to_owned(), self.path.to_owned());
        let message = message.to_owned();
        match (status, code) {
            (StatusCode::UNAUTHORIZED, _) | (StatusCode::FORBIDDEN, 0 | 98 | 403) => {
                Error::Unauthorized {
                    address,
                    user: self.user.to_owned(),
                }
            }
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> Error {
        let asked = Asked {
            address: "https://nsx",
            user: "admin",
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
