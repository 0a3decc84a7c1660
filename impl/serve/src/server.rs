//! The accept loop: one task per connection, all of them ended with the server.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::{Service, ServiceExt};

use crate::Identity;

/// How long requests in progress may take after the server was told to end. A watch never ends by
/// itself, so without a bound one open watch would keep the program alive.
const GRACE: Duration = Duration::from_secs(1);

/// How long accepting rests after the operating system refused a connection, usually because the
/// process is out of file descriptors.
const ACCEPT_REST: Duration = Duration::from_millis(50);

type Boxed = Box<dyn StdError + Send + Sync>;

/// What lies between TCP and HTTP.
#[derive(Clone)]
pub enum Transport {
    /// TLS with this identity.
    Tls(Identity),
    /// Nothing: anybody on the path reads and writes along.
    Insecure,
}

/// Serves HTTP/1.1 until `shutdown` is ready, then lets requests in progress end.
///
/// # Guarantees
/// A connection that fails, in TLS, in HTTP or by a panic of the service, ends alone. Within one
/// second after `shutdown` every connection is closed, and the port is free again. Dropping the
/// returned future closes everything at once.
pub async fn serve<S, B>(
    listener: TcpListener,
    transport: Transport,
    service: S,
    shutdown: impl Future<Output = ()>,
) where
    S: Service<http::Request<Incoming>, Response = http::Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Boxed>,
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Boxed>,
{
    let (end, ending) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(ended) = connections.join_next(), if !connections.is_empty() => {
                if let Err(error) = ended {
                    tracing::warn!(%error, "a connection ended by a panic");
                }
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (service, ending) = (service.clone(), ending.clone());
                    connections.spawn(connection(stream, transport.clone(), service, ending));
                }
                Err(error) => {
                    tracing::warn!(%error, "accept a connection");
                    tokio::time::sleep(ACCEPT_REST).await;
                }
            },
        }
    }
    drop(listener);
    drop(end);
    let drained = async { while connections.join_next().await.is_some() {} };
    // Those that are still busy are cut when the set is dropped.
    if tokio::time::timeout(GRACE, drained).await.is_err() {
        tracing::debug!("connections were cut at the end of the grace period");
    }
}

async fn connection<S, B>(
    stream: TcpStream,
    transport: Transport,
    service: S,
    ending: watch::Receiver<()>,
) where
    S: Service<http::Request<Incoming>, Response = http::Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Boxed>,
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Boxed>,
{
    // Small answers must not wait for the client's delayed acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "set TCP_NODELAY");
    }
    let ended = match transport {
        Transport::Insecure => converse(stream, service, ending).await,
        Transport::Tls(identity) => match TlsAcceptor::from(identity.config).accept(stream).await {
            Ok(stream) => {
                let certificates = stream.get_ref().1.peer_certificates();
                let own = certificates.and_then(|chain| chain.first().cloned());
                let service = service.map_request(move |mut request: http::Request<_>| {
                    if let Some(certificate) = own.clone() {
                        request.extensions_mut().insert(certificate.into_owned());
                    }
                    request
                });
                converse(stream, service, ending).await
            }
            Err(error) => Err(error.into()),
        },
    };
    if let Err(error) = ended {
        tracing::debug!(error = &*error as &dyn StdError, "a connection failed");
    }
}

async fn converse<S, B, I>(
    stream: I,
    service: S,
    mut ending: watch::Receiver<()>,
) -> Result<(), Boxed>
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<http::Request<Incoming>, Response = http::Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Boxed>,
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Boxed>,
{
    let service = TowerToHyperService::new(service);
    let mut conversation = pin!(
        http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
    );
    tokio::select! {
        ended = conversation.as_mut() => return Ok(ended?),
        () = ended(&mut ending) => conversation.as_mut().graceful_shutdown(),
    }
    Ok(conversation.await?)
}

/// Ready once the sender is gone, which is how the server says that it ends.
async fn ended(ending: &mut watch::Receiver<()>) {
    while ending.changed().await.is_ok() {}
}
