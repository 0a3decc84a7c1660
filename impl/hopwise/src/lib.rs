//! The program's own parts: the command line, what a run found, and the pages made of it.

mod ablation;
mod baseline;
pub mod bench;
pub mod cli;
pub mod commands;
pub mod context;
pub mod exit;
pub mod explore;
mod lanes;
pub mod limits;
pub mod live;
pub mod manifests;
mod nearest;
mod output;
pub mod progress;
mod registry;
pub mod report;
pub mod run;
pub mod schema;
pub mod search;
pub mod selection;
pub mod storm;
mod telling;
mod timed;
mod together;
pub mod up;
