//! The commands, one file each.

pub mod check;
pub mod list;
pub mod replay;
pub mod review;
pub mod run;
pub mod serve;
pub mod up;
