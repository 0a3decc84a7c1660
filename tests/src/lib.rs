//! Whole-workspace checks.
