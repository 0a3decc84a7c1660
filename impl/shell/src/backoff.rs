//! When an object whose pass failed is tried again, and a watch that broke.

use backon::ExponentialBuilder;
use kube::runtime::utils::ResetTimerBackoff;
use kube::runtime::watcher::ExponentialBackoff;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(64);

/// The delays of a watch that breaks: those of kube's `DefaultBackoff`, from 0.8 s to 30 s and begun
/// again after two quiet minutes, but with jitter that follows from `seed` and from what is watched.
pub(crate) fn of_watch(seed: u64, kind: &str) -> ResetTimerBackoff<ExponentialBackoff> {
    let seed = kind
        .bytes()
        .fold(seed, |seed, byte| seed.rotate_left(8) ^ u64::from(byte));
    let delays = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(800))
        .with_max_delay(Duration::from_secs(30))
        .with_factor(2.0)
        .without_max_times()
        .with_jitter()
        .with_jitter_seed(seed);
    ResetTimerBackoff::new(delays.into(), Duration::from_secs(120))
}

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

    #[test]
    fn a_watch_has_the_same_delays_for_the_same_seed_and_kind_only() {
        let delays = |seed, kind| of_watch(seed, kind).take(6).collect::<Vec<_>>();
        assert_eq!(delays(7, "Service"), delays(7, "Service"));
        assert_ne!(delays(7, "Service"), delays(8, "Service"));
        assert_ne!(delays(7, "Service"), delays(7, "Endpoints"));
        for (delay, least) in delays(7, "Service").iter().zip([0.8, 1.6, 3.2, 6.4, 12.8]) {
            assert!((least..2.0 * least + 1.0).contains(&delay.as_secs_f64()));
        }
    }
}
