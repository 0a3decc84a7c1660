//! The program's own parts: the command line, what a run found, and the pages made of it.

pub mod cli;
pub mod commands;
pub mod context;
pub mod exit;
mod lanes;
pub mod report;
pub mod run;
pub mod search;
pub mod up;
