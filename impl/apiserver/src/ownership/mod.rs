//! Who owns which field: `metadata.managedFields` and server-side apply.
mod apply;
mod fields;
mod ledger;

pub(crate) use apply::{Applied, apply, conflict_text};
pub(crate) use ledger::{Author, created_by_apply, record_update};
