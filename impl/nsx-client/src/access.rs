//! Where NSX-T is, and as whom it is used.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::Error;

/// How a cluster of managers is reached.
#[derive(Debug, Clone)]
pub struct Access {
    /// `https://HOST[:PORT]` of each manager, or `http://…` where somebody asked for plain HTTP. A
    /// virtual IP of the cluster is one, too.
    pub addresses: Vec<String>,
    /// As whom.
    pub identity: Identity,
    /// The only authorities that managers' certificates may come from, as PEM. Needed with https.
    pub authority: Option<Source>,
    /// What the jitter of delays follows from.
    pub seed: u64,
}

/// How a client shows who it is. Source: nsx.md §1.
#[derive(Debug, Clone)]
pub enum Identity {
    /// The password with every request.
    Basic(Account),
    /// The password once, for a cookie and a token that go with every request.
    Session(Account),
    /// A certificate that is registered as a principal identity, shown in the TLS handshake.
    Certificate {
        /// The certificate, and those that it comes from, as PEM.
        certificate: Source,
        /// Its private key, as PEM.
        key: Source,
    },
}

/// An account at the managers.
#[derive(Debug, Clone)]
pub struct Account {
    /// Such as `admin`.
    pub username: String,
    /// A line break at its end belongs to no password.
    pub password: Source,
}

/// Where a text comes from that may be secret, and may change.
#[derive(Clone)]
pub enum Source {
    /// A file, whose changes are taken up.
    File(PathBuf),
    /// The text itself. Never printed.
    Given(String),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File(path) => f.debug_tuple("File").field(path).finish(),
            Source::Given(_) => f.debug_tuple("Given").finish_non_exhaustive(),
        }
    }
}

/// What a client is made of besides addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Material {
    /// Of an account.
    Password,
    /// Of the managers' certificates.
    Authority,
    /// Of a principal identity.
    Certificate,
    /// Of that certificate.
    Key,
}

impl fmt::Display for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Material::Password => "the password",
            Material::Authority => "the certificate authority",
            Material::Certificate => "the client certificate",
            Material::Key => "the key of the client certificate",
        })
    }
}

/// What a client shows a manager of itself, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// A password, or a session that was opened by it.
    Password {
        /// Whose.
        user: String,
    },
    /// A certificate.
    Certificate,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shown::Password { user } => {
                write!(f, "the password of user {user}: check --nsx-password-file")
            }
            Shown::Certificate => f.write_str(
                "the client certificate: register it as a principal identity, \
                 or check --nsx-certificate-file",
            ),
        }
    }
}

impl Access {
    /// All files that it names.
    pub(crate) fn files(&self) -> Vec<&Path> {
        let (first, second) = match &self.identity {
            Identity::Basic(account) | Identity::Session(account) => (&account.password, None),
            Identity::Certificate { certificate, key } => (certificate, Some(key)),
        };
        let all = [Some(first), second, self.authority.as_ref()];
        all.into_iter().flatten().filter_map(Source::file).collect()
    }

    pub(crate) fn shown(&self) -> Shown {
        match &self.identity {
            Identity::Basic(account) | Identity::Session(account) => Shown::Password {
                user: account.username.clone(),
            },
            Identity::Certificate { .. } => Shown::Certificate,
        }
    }
}

impl Source {
    fn file(&self) -> Option<&Path> {
        match self {
            Source::File(path) => Some(path),
            Source::Given(_) => None,
        }
    }

    pub(crate) fn read(&self, what: Material) -> Result<String, Error> {
        match self {
            Source::Given(text) => Ok(text.clone()),
            Source::File(path) => {
                std::fs::read_to_string(path).map_err(|source| Error::Unreadable {
                    what,
                    path: path.clone(),
                    source,
                })
            }
        }
    }
}

impl Account {
    pub(crate) fn read_password(&self) -> Result<String, Error> {
        let password = self.password.read(Material::Password)?;
        Ok(password.trim_end_matches(['\r', '\n']).to_owned())
    }
}
