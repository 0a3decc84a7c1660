//! Compares the controllers with the model, step by step.
