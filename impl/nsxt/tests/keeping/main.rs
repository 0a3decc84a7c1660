//! A manager that keeps its state in a file, and what is left of it afterwards.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

mod files;
mod killed;
mod owner;
mod reopened;
