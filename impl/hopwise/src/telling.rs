//! A trace told: what happens, what it changes, and whether what it claims is true.

mod changes;
mod claim;
pub mod hazard;
mod itf;
mod matter;
mod page;
mod sequence;
mod text;
mod walked;
mod why;

pub use changes::{Change, Tree};
pub use claim::{Verdict, lasso, verdict};
pub use sequence::{mermaid, plantuml};
pub use text::{Told, sentence};
pub use walked::{Walked, found};
pub use why::why;
