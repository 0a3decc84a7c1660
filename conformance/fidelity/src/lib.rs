//! The fidelity ledger: the same requests to the embedded API server and to a kube-apiserver, and
//! where the answers differ (`docs/fidelity.md`).

pub mod allowed;
pub mod clause;
pub mod compare;
pub mod corpus;
pub mod difference;
pub mod embedded;
pub mod flaw;
pub mod generate;
pub mod ledger;
pub mod memory;
pub mod normal;
pub mod play;
pub mod real;
pub mod server;
pub mod step;
pub mod wire;
