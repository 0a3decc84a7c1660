//! What the three controllers share around their decisions: how they learn, how they write, how
//! they try again, and how their programs start, lead, tell of themselves and end.
//!
//! Nothing here decides. Nothing retries inside a pass: a failed pass ends, and the work queue
//! brings its object back.

mod backoff;
pub mod cli;
mod clock;
mod connect;
mod ending;
mod endpoints;
mod events;
mod lead;
mod lease;
pub mod logging;
pub mod narrow;
#[cfg(feature = "otlp")]
mod otlp;
mod renewal;
pub mod status;
mod telemetry;
mod watch;
mod write;

pub use backoff::Backoff;
pub use clock::{Clock, SystemClock};
pub use connect::{Credentials, Unusable, chain, check_access, connect};
pub use ending::{Ended, signals};
pub use events::{Occurrence, Recorder, Repeat, Severity, recorder};
pub use lead::{LeaseFlags, lead};
pub use lease::{Candidate, Lost, Terms};
pub use telemetry::{Check, Counted, Telemetry};
pub use watch::{Heard, Watched, filled, is_ready, own, secondary};
pub use write::{
    Error, Outcome, apply, create, delete, describe, hold, list, publish, read, release, update,
};
