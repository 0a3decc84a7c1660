//! Real connections through realized virtual servers to real backends on loopback.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

mod access;
mod bench;
mod health;
mod tcp;
mod udp;
