//! The manager as a `tower` service, and its clockwork.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http_body_util::{BodyExt, Full, Limited};
use tower::Service;

use crate::manager::Manager;
use crate::refusal::Refusal;

/// The largest body that is read.
const LARGEST_BODY: usize = 16 << 20;

/// How long the clockwork sleeps at most, so that a clock that is set forward is noticed.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// The manager's API over any request body.
///
/// Before each answer the manager does what is due by its clock, so that a client sees what time
/// has brought about even where nothing else drives the manager.
#[derive(Clone)]
pub struct PolicyApi(pub Arc<Manager>);

impl<B> Service<http::Request<B>> for PolicyApi
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = http::Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let manager = self.0.clone();
        async move {
            let (head, body) = request.into_parts();
            let response = match Limited::new(body, LARGEST_BODY).collect().await {
                Ok(body) => {
                    manager.advance();
                    manager.answer(&http::Request::from_parts(head, body.to_bytes()))
                }
                Err(error) => manager.refused(&Refusal::Malformed(error.to_string())),
            };
            Ok(response.map(Full::new))
        }
        .boxed()
    }
}

/// Advances the manager whenever something is due, for ever.
pub async fn keep_time(manager: Arc<Manager>) {
    let mut changed = manager.changed();
    loop {
        manager.advance();
        let now = manager.now();
        let sleep = manager.next_due().map(|due| {
            let left = Duration::try_from(due.duration_since(now)).unwrap_or_default();
            // Due times are finer than the timer: a sleep of nothing would spin.
            left.clamp(Duration::from_millis(1), LONGEST_SLEEP)
        });
        let due = async {
            match sleep {
                Some(sleep) => tokio::time::sleep(sleep).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => {}
            told = changed.changed() => {
                if told.is_err() {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Credentials, Options, Realization};
    use jiff::Timestamp;
    use std::sync::atomic::{AtomicI64, Ordering};

    const POOL: &str = "/policy/api/v1/infra/lb-pools/p";

    fn manager() -> (Arc<Manager>, Arc<AtomicI64>) {
        let clock = Arc::new(AtomicI64::new(0));
        let ticking = clock.clone();
        let manager = Manager::new(Options {
            clock: Arc::new(move || {
                Timestamp::from_second(ticking.load(Ordering::SeqCst)).unwrap()
            }),
            seed: 1,
            credentials: Credentials {
                username: "admin".into(),
                password: "secret".into(),
            },
            realization: Realization::After(Duration::from_secs(2)),
            purge: Realization::Immediate,
        });
        (manager, clock)
    }

    async fn ask(manager: &Arc<Manager>, method: &str, body: &'static str) -> http::StatusCode {
        let request = http::Request::builder()
            .method(method)
            .uri(POOL)
            .header("authorization", "Basic YWRtaW46c2VjcmV0")
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        PolicyApi(manager.clone())
            .call(request)
            .await
            .unwrap()
            .status()
    }

    #[tokio::test]
    async fn a_body_that_is_too_large_is_refused_with_the_headers_of_any_other_answer() {
        let (manager, _) = manager();
        let body = Full::new(Bytes::from(vec![b' '; LARGEST_BODY + 1]));
        let answer = PolicyApi(manager).call(http::Request::new(body)).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 400);
        let headers = answer.headers();
        assert_eq!(headers["content-type"], "application/json;charset=UTF-8");
        assert!(headers.contains_key("date"));
    }

    #[tokio::test]
    async fn a_request_finds_what_time_has_brought_about() {
        let (manager, clock) = manager();
        assert_eq!(ask(&manager, "PUT", "{}").await, 200);
        assert_eq!(manager.pending().len(), 1);
        clock.store(2, Ordering::SeqCst);
        assert_eq!(ask(&manager, "GET", "").await, 200);
        assert_eq!(manager.pending().len(), 0);
    }

    #[tokio::test]
    async fn the_clockwork_realizes_what_is_due_without_a_request() {
        let (manager, clock) = manager();
        let clockwork = tokio::spawn(keep_time(manager.clone()));
        assert_eq!(ask(&manager, "PUT", "{}").await, 200);
        let mut changed = manager.changed();
        clock.store(2, Ordering::SeqCst);
        while !manager.pending().is_empty() {
            changed.changed().await.unwrap();
        }
        clockwork.abort();
    }
}
