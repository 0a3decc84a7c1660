//! Serves a tower service over TLS with a generated certificate authority.
//!
//! The embedded servers are synchronous or in-process `tower` services; this crate is the one
//! place that turns them into listening ports: HTTP/1.1, over TLS or plain, with a graceful end.
//! It knows nothing about what it serves. Where a client has shown a certificate, each of its
//! requests has it as an extension, a `rustls_pki_types::CertificateDer<'static>`: the handshake has
//! proved that the client has the key, and whether to trust it is the service's decision.

mod authority;
mod client;
mod listen;
mod server;

pub use authority::{Authority, Identity, Issued};
pub use listen::listen;
pub use server::{Transport, serve};

use std::net::SocketAddr;

/// What can go wrong before a server answers its first request.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another program listens on the address.
    #[error("{address} is already taken: stop what listens there, or choose another address")]
    Taken {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The address cannot be listened on, for another reason than being taken.
    #[error("listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A key or a certificate could not be made.
    #[error("issue a certificate for {name}")]
    Issue {
        /// The authority's name, or the first name of the certificate.
        name: String,
        /// What the certificate library said.
        source: rcgen::Error,
    },
    /// The TLS library refused a certificate that was just issued.
    #[error("serve with the certificate for {name}")]
    Identity {
        /// The first name of the certificate.
        name: String,
        /// What the TLS library said.
        source: rustls::Error,
    },
}
