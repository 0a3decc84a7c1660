//! When an object whose pass failed is tried again.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(64);

/// Exponential delays per object with seeded jitter, so that a run can be repeated exactly.
#[derive(Debug)]
pub struct Backoff {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    failures: BTreeMap<String, u32>,
    jitter: fastrand::Rng,
}

impl Backoff {
    /// Delays whose jitter follows from `seed`.
    pub fn seeded(seed: u64) -> Self {
        let state = State {
            failures: BTreeMap::new(),
            jitter: fastrand::Rng::with_seed(seed),
        };
        Backoff {
            state: Mutex::new(state),
        }
    }

    /// One more pass over the object failed: 1 s, 2 s, 4 s and so on to 64 s, and up to a quarter
    /// on top.
    pub fn after_failure(&self, object: &str) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let failures = state.failures.entry(object.into()).or_default();
        let delay = LONGEST.min(FIRST * 2_u32.saturating_pow(*failures));
        *failures += 1;
        delay + delay.mul_f64(state.jitter.f64() / 4.0)
    }

    /// A pass over the object succeeded.
    pub fn after_success(&self, object: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures.remove(object);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest_and_start_over_after_a_success() {
        let backoff = Backoff::seeded(7);
        let seconds = |delay: Duration| delay.as_secs_f64();
        assert!((1.0..=1.25).contains(&seconds(backoff.after_failure("a"))));
        assert!((2.0..=2.5).contains(&seconds(backoff.after_failure("a"))));
        assert!((1.0..=1.25).contains(&seconds(backoff.after_failure("b"))));
        for _ in 0..40 {
            backoff.after_failure("a");
        }
        assert!((64.0..=80.0).contains(&seconds(backoff.after_failure("a"))));
        backoff.after_success("a");
        assert!((1.0..=1.25).contains(&seconds(backoff.after_failure("a"))));
    }

    #[test]
    fn the_same_seed_gives_the_same_delays() {
        let delays = |seed| {
            let backoff = Backoff::seeded(seed);
            (0..5)
                .map(|_| backoff.after_failure("a"))
                .collect::<Vec<_>>()
        };
        assert_eq!(delays(7), delays(7));
        assert_ne!(delays(7), delays(8));
    }
}
