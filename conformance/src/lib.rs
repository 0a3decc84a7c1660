//! Compares the controllers with the model, step by step.
pub mod call;
pub mod caller;
pub mod difference;
pub mod gate;
pub mod lane2;
pub mod names;
pub mod process;
pub mod wire;
