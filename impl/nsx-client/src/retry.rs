//! Requests that a manager has no time for are sent again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use http::{Method, StatusCode, header};
use tokio::time::Sleep;
use tower::retry::Policy;

use crate::client::Boxed;
use crate::peer::{Answer, Request};

/// The first delay; each is twice the one before, and up to a first one on top.
const FIRST: Duration = Duration::from_millis(200);

/// How often a request is sent again.
const TIMES: usize = 4;

/// How long all delays of a request may be together. Who has to wait longer is better told, so that a
/// work queue goes on with something else.
const LONGEST: Duration = Duration::from_secs(10);

/// Sends a request again whose refusal will pass and says that nothing was done: 429, 503, and for a
/// PATCH, which names no revision, 409 and 412, where another write came between inside the manager.
/// A lost answer is none of these: whether the request was carried out is not known.
pub(crate) struct Patience {
    seed: u64,
    /// How many requests had to be patient; each has its own jitter, lest they all come back at once.
    requests: Arc<AtomicU64>,
    /// Of the request that this value is for.
    delays: Option<ExponentialBackoff>,
    waited: Duration,
}

impl Patience {
    /// Delays whose jitter follows from `seed`.
    pub(crate) fn seeded(seed: u64) -> Patience {
        Patience {
            seed,
            requests: Arc::default(),
            delays: None,
            waited: Duration::ZERO,
        }
    }

    fn delays(&self) -> ExponentialBackoff {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        ExponentialBuilder::new()
            .with_min_delay(FIRST)
            .with_factor(2.0)
            .with_max_times(TIMES)
            .with_jitter()
            .with_jitter_seed(self.seed.wrapping_add(number))
            .build()
    }

    /// The next delay, at least as long as the manager asks for.
    fn delay(&mut self, answer: &Answer) -> Option<Duration> {
        let delays = self.delays.take().unwrap_or_else(|| self.delays());
        let delay = self.delays.insert(delays).next()?;
        let delay = delay.max(retry_after(answer).unwrap_or_default());
        self.waited = self.waited.saturating_add(delay);
        (self.waited <= LONGEST).then_some(delay)
    }
}

/// A clone is for another request.
impl Clone for Patience {
    fn clone(&self) -> Self {
        Patience {
            seed: self.seed,
            requests: self.requests.clone(),
            delays: None,
            waited: Duration::ZERO,
        }
    }
}

impl Policy<Request, Answer, Boxed> for Patience {
    type Future = Sleep;

    fn retry(
        &mut self,
        request: &mut Request,
        result: &mut Result<Answer, Boxed>,
    ) -> Option<Sleep> {
        let answer = result.as_ref().ok()?;
        passes(request.method(), answer.status()).then_some(())?;
        self.delay(answer).map(tokio::time::sleep)
    }

    fn clone_request(&mut self, request: &Request) -> Option<Request> {
        Some(request.clone())
    }
}

fn passes(method: &Method, status: StatusCode) -> bool {
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => true,
        StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => *method == Method::PATCH,
        _ => false,
    }
}

/// What `Retry-After` says, if it is a number of seconds. A time of day, its other form, would need a
/// clock that agrees with the manager's.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let value = answer.headers().get(header::RETRY_AFTER)?;
    value
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
        .map(Duration::from_secs)
}

#[cfg(test)]
mod tests;
