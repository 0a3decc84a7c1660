//! The three ways to change an object by naming the difference.
mod json_patch;
mod merge;
mod strategic;

pub(crate) use json_patch::{PatchError, json_patch};
pub(crate) use merge::merge;
pub(crate) use strategic::strategic;
