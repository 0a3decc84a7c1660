//! Servers that misbehave: between a server and its port, and unknown to whoever calls.

use super::Record;
use bytes::Bytes;
use fastrand::Rng;
use futures::StreamExt;
use futures::future::BoxFuture;
use http::{Method, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, BodyStream, Full, StreamBody};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

/// How many of a hundred requests meet a fault.
const FAULTY_OF_100: u8 = 8;

/// Whose answers are imitated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A Kubernetes API server.
    Kubernetes,
    /// An NSX-T manager.
    Nsx,
}

/// The weather over one server. Clones share it.
#[derive(Clone)]
pub struct Weather(Arc<Sky>);

struct Sky {
    server: &'static str,
    kind: Kind,
    seed: u64,
    is_bad: AtomicBool,
    requests: AtomicU64,
    record: Record,
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It is refused, and nothing else happens.
    Refused(StatusCode),
    /// It is done, and its answer is lost: the caller hears of an error.
    AnswerLost,
}

impl Weather {
    /// Fair weather over a server.
    pub fn fair(server: &'static str, kind: Kind, seed: u64, record: Record) -> Weather {
        Weather(Arc::new(Sky {
            server,
            kind,
            seed,
            is_bad: AtomicBool::new(false),
            requests: AtomicU64::new(0),
            record,
        }))
    }

    /// Faults begin.
    pub fn turn_bad(&self) {
        self.0.is_bad.store(true, Ordering::Relaxed);
    }

    /// Faults end.
    pub fn turn_fair(&self) {
        self.0.is_bad.store(false, Ordering::Relaxed);
    }

    /// The chance of the next request: it follows from the seed and how many came before.
    fn next(&self) -> Option<Rng> {
        if !self.0.is_bad.load(Ordering::Relaxed) {
            return None;
        }
        let n = self.0.requests.fetch_add(1, Ordering::Relaxed);
        let mut chance = Rng::with_seed(self.0.seed ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        chance.u64(..);
        Some(chance)
    }

    fn note(&self, method: &Method, path: &str, fault: &Value) {
        let (server, method) = (self.0.server, method.as_str());
        let line = json!({"server": server, "method": method, "path": path, "fault": fault});
        self.0.record.add("fault", line);
    }

    fn error(&self, status: StatusCode) -> Response<BoxedBody> {
        let body = match self.0.kind {
            Kind::Kubernetes => status_object(status),
            Kind::Nsx => json!({"httpStatus": status.canonical_reason(), "error_code": 98,
                "module_name": "common-services",
                "error_message": "The service is temporarily unavailable."}),
        };
        let body = Full::new(Bytes::from(body.to_string())).map_err(|never| match never {});
        let mut response = Response::new(body.boxed_unsync());
        *response.status_mut() = status;
        let json = const { http::HeaderValue::from_static("application/json") };
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}

/// The `metav1.Status` of a refusal.
fn status_object(status: StatusCode) -> Value {
    let reason = match status.as_u16() {
        409 => "Conflict",
        410 => "Expired",
        429 => "TooManyRequests",
        _ => "InternalError",
    };
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": "the storm refuses", "reason": reason, "code": status.as_u16()})
}

/// The fault that a request meets, if any.
fn fault(kind: Kind, method: &Method, chance: &mut Rng) -> Option<Fault> {
    if chance.u8(..100) >= FAULTY_OF_100 {
        return None;
    }
    let is_read = method == Method::GET;
    Some(match (kind, chance.u8(..4)) {
        (_, 0) if !is_read => Fault::AnswerLost,
        (Kind::Kubernetes, 0 | 1) => Fault::Refused(StatusCode::INTERNAL_SERVER_ERROR),
        (Kind::Kubernetes, 2) if is_read => Fault::Refused(StatusCode::GONE),
        (Kind::Kubernetes, 2) => Fault::Refused(StatusCode::CONFLICT),
        (Kind::Nsx, 0 | 1) => Fault::Refused(StatusCode::SERVICE_UNAVAILABLE),
        (_, _) => Fault::Refused(StatusCode::TOO_MANY_REQUESTS),
    })
}

type BodyError = Box<dyn std::error::Error + Send + Sync>;
type BoxedBody = UnsyncBoxBody<Bytes, BodyError>;

/// A server under its weather.
#[derive(Clone)]
pub struct Exposed<S> {
    /// The server.
    pub service: S,
    /// What comes over it.
    pub weather: Weather,
}

impl<S, B, A> tower::Service<Request<B>> for Exposed<S>
where
    S: tower::Service<Request<B>, Response = Response<A>, Error = Infallible>,
    S::Future: Send + 'static,
    A: Body<Data = Bytes> + Send + 'static,
    A::Error: Into<BodyError>,
{
    type Response = Response<BoxedBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let weather = self.weather.clone();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let query = request.uri().query().unwrap_or_default();
        let is_watch = query.contains("watch=true") || query.contains("watch=1");
        let mut chance = weather.next();
        let fault = chance
            .as_mut()
            .and_then(|chance| fault(weather.0.kind, &method, chance));
        if let Some(Fault::Refused(status)) = fault {
            weather.note(&method, &path, &json!(status.as_u16()));
            let refusal = weather.error(status);
            return Box::pin(async move { Ok(refusal) });
        }
        let answer = self.service.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            if fault == Some(Fault::AnswerLost) {
                weather.note(&method, &path, &json!("answer lost"));
                return Ok(weather.error(StatusCode::INTERNAL_SERVER_ERROR));
            }
            Ok(match chance.filter(|_| is_watch) {
                Some(mut chance) => {
                    let lasts = Duration::from_millis(chance.u64(200..5000));
                    weather.note(&method, &path, &json!("watch will be dropped"));
                    answer.map(|body| dropped_after(body, lasts))
                }
                None => answer.map(|body| body.map_err(Into::into).boxed_unsync()),
            })
        })
    }
}

fn dropped_after<A>(body: A, lasts: Duration) -> BoxedBody
where
    A: Body<Data = Bytes> + Send + 'static,
    A::Error: Into<BodyError>,
{
    let frames = BodyStream::new(body.map_err(Into::into));
    StreamBody::new(frames.take_until(tokio::time::sleep(lasts)).boxed()).boxed_unsync()
}
