//! One UDP listener, and the sessions of the clients that came through it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};
use tokio::task::{self, JoinSet};

use super::balance::Held;
use super::front::{ACCEPT_REST, BIND_AGAIN, Way, bound, is_enabled};
use super::{Place, Shared};
use crate::traffic;
use crate::view::VirtualServer;

/// The most sessions of one listener; beyond them new clients are not answered.
const MOST_SESSIONS: usize = 16_384;

/// The most datagrams that wait for a session; more are lost, as the network may lose them.
const WAITING: usize = 64;

/// The largest datagram.
const DATAGRAM: usize = 65_535;

thread_local! {
    /// One for all sessions of a thread, since none holds it while it waits.
    static CHUNK: RefCell<Vec<u8>> = RefCell::new(vec![0; DATAGRAM]);
}

/// The sessions of a listener, by the client's address and port.
#[derive(Default)]
struct Sessions {
    open: HashMap<SocketAddr, Open>,
    tasks: JoinSet<SocketAddr>,
}

struct Open {
    to_member: mpsc::Sender<Vec<u8>>,
    task: task::Id,
}

/// Serves `place` while the virtual server is enabled; ends only by being aborted, and its sessions
/// with it. While it is disabled, sessions that are open go on.
pub(super) async fn serve(
    shared: Arc<Shared>,
    place: Place,
    mut config: watch::Receiver<Arc<VirtualServer>>,
) {
    let mut front: Option<Arc<UdpSocket>> = None;
    let mut sessions = Sessions::default();
    let mut datagram = vec![0; DATAGRAM];
    loop {
        let server = config.borrow_and_update().clone();
        let enabled = is_enabled(&server);
        if enabled && front.is_none() {
            let socket = bound(&shared, &server, place, UdpSocket::bind(place.1)).await;
            front = socket.map(Arc::new);
        } else if !enabled {
            shared.report(&server.path, place, None);
            // Without the socket the operating system itself refuses who comes.
            front = front.filter(|_| !sessions.open.is_empty());
        }
        shared.announce(place, enabled && front.is_some());
        tokio::select! {
            received = receive(front.as_deref(), &mut datagram) => match received {
                Ok((length, client)) => if let Some(front) = &front {
                    let datagram = &datagram[..length];
                    sessions.pass(&shared, &server, (front, place.1.port()), client, datagram);
                },
                Err(error) => {
                    tracing::debug!(place = %place.1, %error, "receive a datagram");
                    tokio::time::sleep(ACCEPT_REST).await;
                }
            },
            told = config.changed() => {
                if told.is_err() {
                    return;
                }
            }
            Some(ended) = sessions.tasks.join_next_with_id(), if !sessions.tasks.is_empty() => {
                if let Ok((task, client)) = ended {
                    sessions.close(task, client);
                }
            }
            () = tokio::time::sleep(BIND_AGAIN), if enabled && front.is_none() => {}
        }
    }
}

async fn receive(front: Option<&UdpSocket>, into: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
    match front {
        Some(front) => front.recv_from(into).await,
        None => std::future::pending().await,
    }
}

impl Sessions {
    /// Hands a datagram to the session of its client, which is opened if there is none.
    fn pass(
        &mut self,
        shared: &Arc<Shared>,
        server: &Arc<VirtualServer>,
        (front, port): (&Arc<UdpSocket>, u16),
        client: SocketAddr,
        datagram: &[u8],
    ) {
        if !server.sources.admit(client.ip()) {
            shared.manager.traffic().of(&server.path, None).dropped();
            return;
        }
        if let Some(open) = self.open.get(&client)
            && !open.to_member.is_closed()
        {
            // A full queue loses the datagram.
            drop(open.to_member.try_send(datagram.to_vec()));
            return;
        }
        if !is_enabled(server) || self.open.len() >= MOST_SESSIONS {
            return;
        }
        let Some(way) = Way::of(shared, server, client, port) else {
            return;
        };
        let (to_member, from_client) = mpsc::channel(WAITING);
        let idle = server.idle_timeout;
        let (front, first) = (front.clone(), datagram.to_vec());
        let task = self.tasks.spawn(async move {
            if let Err(error) = carry(way, &front, client, (first, from_client), idle).await {
                tracing::debug!(%client, %error, "a session broke");
            }
            client
        });
        let task = task.id();
        self.open.insert(client, Open { to_member, task });
    }

    /// Forgets a session that ended, unless the client has another one by now.
    fn close(&mut self, task: task::Id, client: SocketAddr) {
        if self.open.get(&client).is_some_and(|open| open.task == task) {
            self.open.remove(&client);
        }
    }
}

/// Carries datagrams both ways until none came for `idle`, or until nobody listens at the member;
/// the client's next datagram then goes to another one.
async fn carry(
    mut way: Way,
    front: &UdpSocket,
    client: SocketAddr,
    (first, mut from_client): (Vec<u8>, mpsc::Receiver<Vec<u8>>),
    idle: Duration,
) -> io::Result<()> {
    let Some(member) = way.order.next() else {
        return Ok(());
    };
    let _held = Held::new(&way.balancer, member);
    let session = way.opened(member);
    let any: IpAddr = match member {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let upstream = UdpSocket::bind((any, 0)).await?;
    upstream.connect(member).await?;
    forward(&upstream, &first, &session).await?;
    loop {
        let next = async {
            tokio::select! {
                datagram = from_client.recv() => match datagram {
                    Some(datagram) => forward(&upstream, &datagram, &session).await,
                    None => Err(io::ErrorKind::ConnectionAborted.into()),
                },
                ready = upstream.readable() => ready.and_then(|()| answer(&upstream, front, client, &session)),
            }
        };
        match tokio::time::timeout(idle, next).await {
            Ok(carried) => carried?,
            Err(_idle) => return Ok(()),
        }
    }
}

async fn forward(
    upstream: &UdpSocket,
    datagram: &[u8],
    session: &traffic::Session,
) -> io::Result<()> {
    upstream.send(datagram).await?;
    session.received(datagram.len() as u64);
    Ok(())
}

/// Sends what the member answered from the address that the client asked.
fn answer(
    upstream: &UdpSocket,
    front: &UdpSocket,
    client: SocketAddr,
    session: &traffic::Session,
) -> io::Result<()> {
    let outcome = CHUNK.with_borrow_mut(|chunk| {
        let length = upstream.try_recv(chunk)?;
        front.try_send_to(&chunk[..length], client)?;
        session.sent(length as u64);
        Ok(())
    });
    match outcome {
        // Nothing there after all, or no room to send: the datagram is lost.
        Err(error) if io::Error::kind(&error) == io::ErrorKind::WouldBlock => Ok(()),
        outcome => outcome,
    }
}
