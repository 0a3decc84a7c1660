//! The client's end of the gate.

use super::{Gate, Place};
use bytes::Bytes;
use futures::future::BoxFuture;
use hopwise_vocab::Hop;
use http::{Request, Response};
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use std::task::{Context, Poll};
use tower::BoxError;

/// The body of an answer.
pub type GateBody = UnsyncBoxBody<Bytes, BoxError>;

pub(super) type Reply = Result<Response<GateBody>, BoxError>;

/// The way of one hop to one server. It fits under `kube::Client::new` and under the NSX-T
/// client, in the place of a network.
#[derive(Clone)]
pub struct GateService {
    gate: Gate,
    hop: Hop,
    place: Place,
}

impl GateService {
    pub(super) fn new(gate: Gate, hop: Hop, place: Place) -> Self {
        GateService { gate, hop, place }
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
        let GateService { gate, hop, place } = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map_err(Into::into)?.to_bytes();
            let answer = gate.hold(hop, place, Request::from_parts(head, body));
            answer
                .await
                .map_err(|_| BoxError::from("the gate closed the connection"))?
        })
    }
}
