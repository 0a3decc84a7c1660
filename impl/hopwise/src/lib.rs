//! The program's own parts: what a run found, and the pages made of it.

pub mod report;
pub mod run;
