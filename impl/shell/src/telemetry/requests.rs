//! Requests, counted on their way to a server.

use super::numbers::OfRequest;
use futures::future::BoxFuture;
use http::{Request, Response};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use std::task::{Context, Poll};
use tower::Service;

/// A service whose requests are counted.
#[derive(Clone)]
pub struct Counted<S> {
    requests: Family<OfRequest, Counter>,
    host: String,
    service: S,
}

impl<S> Counted<S> {
    pub(super) fn new(requests: Family<OfRequest, Counter>, host: &str, service: S) -> Self {
        Counted {
            requests,
            host: host.into(),
            service,
        }
    }
}

impl<S, A, B> Service<Request<A>> for Counted<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let (requests, host) = (self.requests.clone(), self.host.clone());
        let method = request.method().to_string();
        let answer = self.service.call(request);
        Box::pin(async move {
            let answer = answer.await;
            let code = match &answer {
                Ok(answer) => answer.status().as_str().into(),
                Err(_) => "<error>".into(),
            };
            let labels = OfRequest { code, host, method };
            requests.get_or_create(&labels).inc();
            answer
        })
    }
}
