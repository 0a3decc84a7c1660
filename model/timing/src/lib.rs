//! How long the chain takes: a discrete-event run of the specification.
//!
//! There is no second model. Every step is one that [`hopwise_protocol::Chain`] allows; this crate
//! only says *when* each happens, with delays that are stated in [`Delays`] and [`Policy`] and
//! drawn from a seed. `docs/latency.md`, which is the [`page`], says what the clocks mean.
//!
//! ```
//! use hopwise_timing::{Setup, run};
//!
//! let measured = run(&Setup::default(), 1);
//! assert_eq!(measured.unfinished, 0);
//! assert!(measured.published.median() < measured.published.most());
//! ```

mod delays;
mod draw;
mod policy;

mod agenda;
mod copy;
mod fleet;
mod measure;

mod chart;
mod live;
mod page;
mod questions;
mod table;

pub use delays::Delays;
pub use draw::{Delay, Source};
pub use fleet::{Fleet, Phases, Setup, run, run_while};
pub use measure::{Distribution, Measurements, Requests};
pub use page::{SEED, page};
pub use policy::Policy;
pub use questions::base;
pub use table::{number, seconds, table};
