//! What a long comparison asks of whoever runs it: the time, and an ear for its progress.

use std::time::Duration;

/// Who runs a comparison.
pub struct Caller<'a> {
    /// Tells how much time has gone by since some moment of the caller's choice.
    pub clock: &'a dyn Fn() -> Duration,
    /// Hears now and then how much is done, of how much.
    pub progress: &'a mut dyn FnMut(usize, usize),
    /// The most states to look at. The report says whether there were more.
    pub limit: Option<usize>,
}

impl Caller<'_> {
    /// How many progress reports a comparison makes, about.
    const REPORTS: usize = 100;

    pub(crate) fn now(&self) -> Duration {
        (self.clock)()
    }

    pub(crate) fn report(&mut self, done: usize, all: usize) {
        if done == all || done.is_multiple_of((all / Self::REPORTS).max(1)) {
            (self.progress)(done, all);
        }
    }
}
