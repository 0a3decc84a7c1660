//! The time of day, as an argument.

use jiff::Timestamp;

/// Where a controller takes the time from. Only Events and conditions carry it; no decision does.
pub trait Clock: Send + Sync {
    /// The time of day.
    fn now(&self) -> Timestamp;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that real time comes from"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
