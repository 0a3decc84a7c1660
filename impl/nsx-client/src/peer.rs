//! HTTP to one manager.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::Error;
use crate::client::Boxed;

pub(crate) type Request = http::Request<Full<Bytes>>;
pub(crate) type Answer = http::Response<Bytes>;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// How long an answer may take, with its body. A manager that accepts and then says nothing must not
/// hold a work queue for ever.
const ANSWER: Duration = Duration::from_secs(30);

/// The connections to all managers.
pub(crate) type Wire = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

pub(crate) fn wire(tls: rustls::ClientConfig) -> Wire {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT));
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1();
    Client::builder(TokioExecutor::new()).build(https.wrap_connector(tcp))
}

/// One manager.
#[derive(Clone)]
pub(crate) struct Peer {
    /// As it was given.
    pub(crate) address: Arc<str>,
    scheme: Scheme,
    authority: Authority,
    wire: Wire,
}

/// Which manager answered: an extension of its answers.
#[derive(Clone)]
pub(crate) struct Answerer(pub(crate) Arc<str>);

/// No answer came.
pub(crate) struct Lost {
    pub(crate) source: Boxed,
    pub(crate) sent: Sent,
}

/// Whether a request that was lost has been on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// There was not even a connection.
    Never,
    /// It may have been carried out, or may still be.
    Perhaps,
}

impl Lost {
    fn perhaps(source: impl Into<Boxed>) -> Lost {
        Lost {
            source: source.into(),
            sent: Sent::Perhaps,
        }
    }
}

impl Peer {
    pub(crate) fn new(address: &str, wire: Wire) -> Result<Peer, Error> {
        let wrong = || Error::Address {
            address: address.to_owned(),
        };
        let uri: http::Uri = address.parse().map_err(|_| wrong())?;
        if uri.query().is_some() || !matches!(uri.path(), "" | "/") {
            return Err(wrong());
        }
        let parts = uri.into_parts();
        let scheme = parts
            .scheme
            .filter(|scheme| *scheme == Scheme::HTTPS || *scheme == Scheme::HTTP);
        Ok(Peer {
            address: address.trim_end_matches('/').into(),
            scheme: scheme.ok_or_else(wrong)?,
            authority: parts.authority.ok_or_else(wrong)?,
            wire,
        })
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Sends a request to this manager, whatever host it names, and reads the whole answer.
    pub(crate) async fn ask(&self, mut request: Request) -> Result<Answer, Lost> {
        let mut parts = request.uri().clone().into_parts();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        *request.uri_mut() = http::Uri::from_parts(parts).map_err(Lost::perhaps)?;
        let answer = async {
            let answer = self.wire.request(request).await.map_err(|error| Lost {
                sent: if error.is_connect() {
                    Sent::Never
                } else {
                    Sent::Perhaps
                },
                source: error.into(),
            })?;
            let (head, body) = answer.into_parts();
            let body = body.collect().await.map_err(Lost::perhaps)?;
            Ok(http::Response::from_parts(head, body.to_bytes()))
        };
        let answer = tokio::time::timeout(ANSWER, answer).await;
        let mut answer = answer.map_err(Lost::perhaps)??;
        let answerer = Answerer(self.address.clone());
        answer.extensions_mut().insert(answerer);
        Ok(answer)
    }
}
