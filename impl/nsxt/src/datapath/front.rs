//! One listener, and the connections that came through it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Shared;
use super::balance::{Client, Held};
use super::pump::pump_both;
use crate::view::VirtualServer;

/// How long a member may take to accept before the next one is tried.
const CONNECT: Duration = Duration::from_secs(3);

/// How long to wait before an address that is taken is tried again.
const BIND_AGAIN: Duration = Duration::from_secs(1);

/// How long accepting rests after the operating system refused a connection.
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// Listens on `address` while the virtual server is enabled; ends only by being aborted, which
/// cuts all connections.
pub(super) async fn serve(
    shared: Arc<Shared>,
    address: SocketAddr,
    mut config: watch::Receiver<Arc<VirtualServer>>,
) {
    let mut listener: Option<TcpListener> = None;
    let mut connections = JoinSet::new();
    loop {
        let server = config.borrow_and_update().clone();
        let enabled = server.realized.as_ref().is_some_and(|front| front.enabled);
        if !enabled {
            listener = None;
            shared.report(&server.path, address, None);
        } else if listener.is_none() {
            listener = bind(&shared, &server, address).await;
        }
        let is_listening = listener.is_some();
        shared
            .serving
            .send_if_modified(|serving| match is_listening {
                true => serving.insert(address),
                false => serving.remove(&address),
            });
        tokio::select! {
            accepted = accept(listener.as_ref()), if is_listening => match accepted {
                Ok((stream, client)) => {
                    let (shared, port) = (shared.clone(), address.port());
                    connections.spawn(connect(shared, server, stream, client, port));
                }
                Err(error) => {
                    tracing::warn!(%address, %error, "accept a connection");
                    tokio::time::sleep(ACCEPT_REST).await;
                }
            },
            told = config.changed() => {
                if told.is_err() {
                    return;
                }
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            () = tokio::time::sleep(BIND_AGAIN), if enabled && !is_listening => {}
        }
    }
}

async fn bind(shared: &Shared, server: &VirtualServer, address: SocketAddr) -> Option<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => {
            shared.report(&server.path, address, None);
            Some(listener)
        }
        Err(error) => {
            let why = format!("The data path cannot listen on {address}: {error}.");
            shared.report(&server.path, address, Some(why));
            None
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

/// Takes a client to a member and moves bytes until both are done.
async fn connect(
    shared: Arc<Shared>,
    server: Arc<VirtualServer>,
    client: TcpStream,
    from: SocketAddr,
    port: u16,
) {
    let traffic = shared.manager.traffic();
    let (Some(front), Some(backends)) = (&server.realized, &server.backends) else {
        return refuse(&client);
    };
    let pool = front.pool.clone().unwrap_or_default();
    let open = traffic.of(&server.path, None).read().current_sessions;
    if front.max_connections.is_some_and(|most| open >= most) {
        return refuse(&client);
    }
    let balancer = shared.balancer(&pool);
    let client_at = Client {
        ip: from.ip(),
        port,
    };
    let order = balancer.lock().order(backends, client_at, front);
    for member in order {
        let held = Held::new(&balancer, member);
        let attempt = tokio::time::timeout(CONNECT, TcpStream::connect(member)).await;
        let Ok(Ok(upstream)) = attempt else {
            tracing::debug!(%member, virtual_server = server.path, "a member does not answer");
            continue;
        };
        let subjects = [
            (&*server.path, None),
            (&*pool, None),
            (&*pool, Some(member)),
        ];
        let session = traffic.open(&subjects);
        if let Err(error) = pump_both(client, upstream, &session).await {
            tracing::debug!(%member, %from, %error, "a connection broke");
        }
        drop(held);
        return;
    }
    refuse(&client);
}

/// Resets a connection that goes nowhere, so that the client need not wait.
fn refuse(client: &TcpStream) {
    if let Err(error) = client.set_zero_linger() {
        tracing::debug!(%error, "reset a connection");
    }
}
