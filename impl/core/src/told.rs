//! What an object is told: the one thing that travels up.

use std::net::IpAddr;

/// What a status says, narrowed to what travels up the chain (`docs/protocol.md` §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// No address, and no word of why.
    Nothing,
    /// This address.
    Address(IpAddr),
    /// No address: the pool has none that is free.
    Exhausted,
}
