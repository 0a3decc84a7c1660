//! The client's end of the gate.

use super::{Asks, Gate, Heard, Place};
use crate::who::Who;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use std::task::{Context, Poll};
use tower::BoxError;

/// The body of an answer.
pub type GateBody = UnsyncBoxBody<Bytes, BoxError>;

pub(super) type Reply = Result<Response<GateBody>, BoxError>;

/// A body that is all there.
pub(crate) fn whole(bytes: Bytes) -> GateBody {
    Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// The way of one process to one server. It fits under `kube::Client::new` and under the NSX-T
/// client, in the place of a network.
#[derive(Clone)]
pub struct GateService {
    gate: Gate,
    who: Who,
    place: Place,
}

impl GateService {
    pub(super) fn new(gate: Gate, who: Who, place: Place) -> Self {
        GateService { gate, who, place }
    }
}

impl<B> tower::Service<Request<B>> for GateService
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<GateBody>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Reply>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let GateService { gate, who, place } = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map_err(Into::into)?.to_bytes();
            let request = Request::from_parts(head, body);
            let asks = gate.mistake(who, |mistake| mistake.asks(request.clone()));
            let request = match asks.unwrap_or(Asks::Sends(request)) {
                Asks::Sends(request) => request,
                Asks::Answers(answer) => return Ok(answer.map(whole)),
            };
            let is_watch = request
                .uri()
                .query()
                .unwrap_or_default()
                .contains("watch=true");
            let errs = gate.seed.is_some_and(|(whose, _)| whose == who.hop);
            let sent = (errs && !is_watch).then(|| request.clone());
            let heard = gate.hold(who, place, request).await;
            let heard = heard.unwrap_or_else(|_| Err("the gate closed the connection".into()));
            match sent {
                Some(sent) => gate.mishear(who, &sent, heard).await,
                None => heard,
            }
        })
    }
}

impl Gate {
    /// The answer to a request as the mistake of a hop's process makes it.
    async fn mishear(&self, who: Who, sent: &Request<Bytes>, reply: Reply) -> Reply {
        let heard = match reply {
            Ok(answer) => {
                let (head, body) = answer.into_parts();
                let body = body.collect().await?.to_bytes();
                Heard::Answer(Response::from_parts(head, body))
            }
            Err(_) => Heard::Broken,
        };
        match self.mistake(who, |mistake| mistake.hears(sent, heard)) {
            Some(Heard::Answer(answer)) => Ok(answer.map(whole)),
            Some(Heard::Broken) | None => Err("the connection broke".into()),
        }
    }
}
