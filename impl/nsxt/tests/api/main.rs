//! The manager's API, request by request, without a network.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]
#![expect(clippy::needless_pass_by_value, reason = "bodies are written in place")]

mod addresses;
mod bad_input;
mod bench;
mod hierarchy;
mod lists;
mod objects;
mod realization;
mod runtime;
mod sessions;
