//! The commands, one file each.

pub mod ablate;
pub mod accept;
pub mod bench;
pub mod chaos;
pub mod check;
pub mod cover;
pub mod diff;
pub mod explain;
pub mod explore;
pub mod latency;
pub mod list;
pub mod manifests;
pub mod mutants;
pub mod printed;
pub mod product;
pub mod replay;
pub mod report;
pub mod review;
pub mod run;
pub mod serve;
pub mod simulate;
pub mod storm;
pub mod trace;
pub mod up;
