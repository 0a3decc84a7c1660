//! Compares the controllers with the model, step by step.
//!
//! [`lane2`] asks the pure decisions at every reachable state of the model; [`replay`] drives the
//! complete controllers through a trace of it. Between the controllers and their servers stands a
//! [`gate`], and what they did is read back by the [`refinement`] mapping. [`mutants`] are what both
//! must catch.

pub mod accept;
pub mod caller;
pub mod difference;

pub mod lane2;
pub mod product;

pub mod call;
pub mod foreign;
pub mod gate;
pub mod process;
pub mod recording;
pub mod seen;
pub mod servers;
pub mod who;
pub mod wire;
pub mod world;

mod controllers;
mod dictionary;
pub mod driver;
mod names;
mod nsx;
mod words;

pub mod chaos;
pub mod corrupt;
pub mod cover;
pub mod refinement;
pub mod replay;
pub mod shrink;
pub mod traces;
pub mod transcript;
pub mod walks;
pub mod witnesses;

pub mod mutants;
