//! What can go wrong, at the start and in a pass.

use hopwise_nsx_client as nsx;
use hopwise_shell::Ended;
use std::path::PathBuf;
use std::sync::Arc;

/// Why ncp cannot start, or why a pass failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A request to the API server failed.
    #[error(transparent)]
    Request(#[from] hopwise_shell::Error),
    /// A request to NSX-T failed.
    #[error(transparent)]
    Nsx(#[from] nsx::Error),
    /// A read of NSX-T failed that other passes asked for, too.
    #[error(transparent)]
    Read(#[from] Arc<nsx::Error>),
    /// NSX-T has no virtual server for a port's protocol.
    #[error("port {port}: NSX-T has no virtual server for SCTP; use TCP or UDP")]
    NoVirtualServer {
        /// The Service's port.
        port: u16,
    },
    /// The API server cannot be used, or the program ended unasked.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// A file that a flag names cannot be read.
    #[error("read {}, named by {flag}", path.display())]
    File {
        /// The flag.
        flag: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A flag is not given that another one asks for.
    #[error("--nsx-auth {how} needs {flag}")]
    FlagMissing {
        /// The value of `--nsx-auth`.
        how: &'static str,
        /// The flag.
        flag: &'static str,
    },
    /// A flag is given that would mean nothing.
    #[error("{flag} is for --nsx-auth {how}")]
    FlagUnused {
        /// The flag.
        flag: &'static str,
        /// The value of `--nsx-auth` that it belongs to.
        how: &'static str,
    },
    /// NSX-T cannot be used with what the flags say.
    #[error("use NSX-T at {address} {who}; check {flag}")]
    Manager {
        /// The managers' addresses.
        address: String,
        /// As whom.
        who: String,
        /// The flag that is most likely wrong.
        flag: &'static str,
        /// What the client says.
        source: Box<nsx::Error>,
    },
}

impl Error {
    /// How the process ends: 2 when it was called with what cannot be used, 1 when something that
    /// it needs does not answer or refuses.
    pub fn exit_code(&self) -> u8 {
        let is_usage = match self {
            Error::File { .. } | Error::FlagMissing { .. } | Error::FlagUnused { .. } => true,
            Error::Ended(ended) => return ended.exit_code(),
            Error::Manager { source, .. } => matches!(
                **source,
                nsx::Error::Address { .. }
                    | nsx::Error::AuthorityMissing { .. }
                    | nsx::Error::TlsMissing { .. }
                    | nsx::Error::Unusable { .. }
            ),
            Error::Request(_) | Error::Nsx(_) | Error::Read(_) | Error::NoVirtualServer { .. } => {
                false
            }
        };
        if is_usage { 2 } else { 1 }
    }
}
