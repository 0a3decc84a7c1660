//! Compares the controllers with the model, step by step.
pub mod call;
pub mod gate;
pub mod process;
