//! The way of one pass to its servers: what it asks is answered from a log, and the first request that
//! the log does not have stops it.

use super::reply::{Reply, Sent};
use crate::gate::{Asks, GateBody, Heard, Mistake, Place, whole};
use bytes::Bytes;
use futures::future::BoxFuture;
use hopwise_vocab::Hop;
use http::{Request, Response};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use serde_json::Value;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tower::BoxError;

/// A request of a pass, with all of it that is sent.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub server: Place,
    pub request: Request<Bytes>,
}

impl Line {
    /// Server, method, target and body, as text: two runs ask the same exactly if these are equal.
    pub(super) fn text(&self) -> String {
        let body = String::from_utf8_lossy(self.request.body());
        let (method, target) = (self.request.method(), self.request.uri());
        format!("{} {method} {target} {body}", self.server)
    }

    fn is(&self, other: &Line) -> bool {
        self.server == other.server
            && self.request.method() == other.request.method()
            && self.request.uri() == other.request.uri()
            && self.request.body() == other.request.body()
    }
}

/// What one run of a pass is told, and what it asks beyond that.
#[derive(Default)]
pub(super) struct Script {
    /// What was asked before, each with its answer.
    log: Vec<(Line, Reply)>,
    heard: usize,
    seen: Value,
    /// What the controller makes of its requests and answers, if it errs.
    mistake: Option<Box<dyn Mistake>>,
    /// What is asked beyond the log.
    pub asks: Option<Line>,
    /// What was asked in the place of something else.
    pub strays: Option<(Line, Line)>,
    waker: Option<Waker>,
}

impl Script {
    /// The script of a run that has heard so much, about this upstream object.
    pub(super) fn of(
        log: Vec<(Line, Reply)>,
        seen: Value,
        mistake: Option<Box<dyn Mistake>>,
    ) -> Script {
        Script {
            log,
            seen,
            mistake,
            ..Script::default()
        }
    }

    /// Whether the run has come to its end; its waker is kept if not.
    pub(super) fn is_over(&mut self, context: &Context<'_>) -> bool {
        self.waker = Some(context.waker().clone());
        self.asks.is_some() || self.strays.is_some()
    }

    /// What the caller of a request hears; none where nobody answers any more.
    fn call(&mut self, hop: Hop, line: Line) -> Option<Heard> {
        let Some(mistake) = &mut self.mistake else {
            return self.answer(hop, line);
        };
        let request = match mistake.asks(line.request) {
            Asks::Sends(request) => request,
            Asks::Answers(answer) => return Some(Heard::Answer(answer)),
        };
        let sent = request.clone();
        let heard = self.answer(hop, Line { request, ..line })?;
        let mistake = self.mistake.as_mut()?;
        Some(mistake.hears(&sent, heard))
    }

    /// The next answer.
    fn answer(&mut self, hop: Hop, line: Line) -> Option<Heard> {
        let Some((expected, reply)) = self.log.get(self.heard) else {
            self.asks = Some(line);
            self.wake();
            return None;
        };
        if !expected.is(&line) {
            self.strays = Some((expected.clone(), line));
            self.wake();
            return None;
        }
        self.heard += 1;
        let answer = reply.answer(&Sent {
            hop,
            server: line.server,
            request: &line.request,
            seen: &self.seen,
        });
        Some(answer.map_or(Heard::Broken, Heard::Answer))
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// A way to one server. It fits under `kube::Client::new` and under the NSX-T client.
#[derive(Clone)]
pub(super) struct Transport {
    pub script: Arc<Mutex<Script>>,
    pub hop: Hop,
    pub server: Place,
}

impl<B> tower::Service<Request<B>> for Transport
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<GateBody>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<GateBody>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Transport {
            script,
            hop,
            server,
        } = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map_err(Into::into)?.to_bytes();
            let request = Request::from_parts(head, body);
            let heard = script.lock().call(hop, Line { server, request });
            match heard {
                Some(Heard::Answer(answer)) => Ok(answer.map(whole)),
                Some(Heard::Broken) => Err("the connection broke".into()),
                None => std::future::pending().await,
            }
        })
    }
}
