//! One TCP listener, and the connections that came through it; and what TCP and UDP share.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::balance::{Balancer, Client, Held};
use super::pump::pump_both;
use super::{Place, Shared};
use crate::frontend::Member;
use crate::traffic;
use crate::view::VirtualServer;

/// How long a member may take to accept before the next one is tried.
const CONNECT: Duration = Duration::from_secs(3);

/// How long to wait before an address that is taken is tried again.
pub(super) const BIND_AGAIN: Duration = Duration::from_secs(1);

/// How long accepting rests after the operating system refused a connection.
pub(super) const ACCEPT_REST: Duration = Duration::from_millis(50);

/// Listens at `place` while the virtual server is enabled; ends only by being aborted, which cuts
/// all connections.
pub(super) async fn serve(
    shared: Arc<Shared>,
    place: Place,
    mut config: watch::Receiver<Arc<VirtualServer>>,
) {
    let mut listener: Option<TcpListener> = None;
    let mut connections = JoinSet::new();
    loop {
        let server = config.borrow_and_update().clone();
        let enabled = is_enabled(&server);
        if !enabled {
            listener = None;
            shared.report(&server.path, place, None);
        } else if listener.is_none() {
            listener = bound(&shared, &server, place, TcpListener::bind(place.1)).await;
        }
        let is_listening = listener.is_some();
        shared.announce(place, is_listening);
        tokio::select! {
            accepted = accept(listener.as_ref()), if is_listening => match accepted {
                Ok((stream, client)) => {
                    let (shared, port) = (shared.clone(), place.1.port());
                    connections.spawn(connect(shared, server, stream, client, port));
                }
                Err(error) => {
                    tracing::warn!(address = %place.1, %error, "accept a connection");
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

pub(super) fn is_enabled(server: &VirtualServer) -> bool {
    server.realized.as_ref().is_some_and(|front| front.enabled)
}

/// What an attempt to bind comes to; a failure is told in the realized state.
pub(super) async fn bound<L>(
    shared: &Shared,
    server: &VirtualServer,
    place: Place,
    attempt: impl Future<Output = io::Result<L>>,
) -> Option<L> {
    match attempt.await {
        Ok(listener) => {
            shared.report(&server.path, place, None);
            Some(listener)
        }
        Err(error) => {
            let why = format!("The data path cannot listen on {}: {error}.", place.1);
            shared.report(&server.path, place, Some(why));
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

/// Where a client may go, best first.
pub(super) struct Way {
    pub(super) balancer: Arc<Mutex<Balancer>>,
    pub(super) order: std::vec::IntoIter<SocketAddr>,
    shared: Arc<Shared>,
    server: Arc<VirtualServer>,
    pool: String,
}

impl Way {
    /// For a client that comes to `port`; absent where the virtual server is full or has no pool.
    pub(super) fn of(
        shared: &Arc<Shared>,
        server: &Arc<VirtualServer>,
        from: SocketAddr,
        port: u16,
    ) -> Option<Way> {
        let (front, backends) = (server.realized.as_ref()?, server.backends.as_ref()?);
        let traffic = shared.manager.traffic();
        let open = traffic.of(&server.path, None).read().current_sessions;
        if front.max_connections.is_some_and(|most| open >= most) {
            return None;
        }
        let pool = front.pool.clone().unwrap_or_default();
        let balancer = shared.balancer(&pool);
        let client = Client {
            ip: from.ip(),
            port,
        };
        let health = shared.manager.health();
        let is_down = |member: &Member| health.is_down(&pool, member.ip, member.port);
        let order = balancer.lock().order(backends, client, front, is_down);
        Some(Way {
            balancer,
            order: order.into_iter(),
            shared: shared.clone(),
            server: server.clone(),
            pool,
        })
    }

    /// Counts a session with a member.
    pub(super) fn opened(&self, member: SocketAddr) -> traffic::Session {
        self.shared.manager.traffic().open(&[
            (&*self.server.path, None),
            (&*self.pool, None),
            (&*self.pool, Some(member)),
        ])
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
    if !server.sources.admit(from.ip()) {
        shared.manager.traffic().of(&server.path, None).dropped();
        return refuse(&client);
    }
    let Some(mut way) = Way::of(&shared, &server, from, port) else {
        return refuse(&client);
    };
    while let Some(member) = way.order.next() {
        let held = Held::new(&way.balancer, member);
        let attempt = tokio::time::timeout(CONNECT, TcpStream::connect(member)).await;
        let Ok(Ok(upstream)) = attempt else {
            tracing::debug!(%member, virtual_server = server.path, "a member does not answer");
            continue;
        };
        let session = way.opened(member);
        if let Err(error) = pump_both(client, upstream, &session, server.idle_timeout).await {
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
