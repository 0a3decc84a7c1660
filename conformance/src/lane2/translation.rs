//! The words of the model in the words of `hopwise-core`, and back: the whole of what lane 2 takes
//! for granted.
//!
//! A UID is named by its kind and number, so that one kind's is never another's. The origin, which
//! the shells copy from annotation to annotation, is no part of any decision: lane 4 compares it.

mod decided;
mod observed;
mod words;

pub use decided::{as_decided, mirror_request, ncp_request, vmop_request};
pub(super) use observed::upstream;
pub use observed::{mirrored, ncp_observed, vmop_observed};

/// Why a decision has no counterpart in the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It names an object that the model does not have.
    #[error("the decision names {what} {name:?}, which the model has not")]
    Unknown {
        /// Of what sort it is.
        what: &'static str,
        /// What it is called.
        name: String,
    },
    /// It is about Endpoints, which should not differ when there are no VirtualMachines.
    #[error("the decision writes Endpoints though no VirtualMachine was seen")]
    Endpoints,
}
