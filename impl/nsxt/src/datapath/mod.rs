//! The data path: listens on every realized virtual server's address and forwards TCP and UDP to
//! the members of its pool.
//!
//! It follows the manager by [`Manager::changed`] and reports back through [`Manager::report`] what
//! it cannot listen on. Connections take the members as they are when the connection is made; a
//! deleted virtual server's connections are cut, a disabled one's go on while new ones are refused.
//! A UDP session is a client's address and port, keeps its member, and ends when its profile's idle
//! timeout is over or nobody listens at the member. Whom the access list keeps out is reset or
//! not answered, and counted. Members are checked as their pool's active monitors say; one that is
//! down gets no new connections, and keeps those it has. Every address of 127.0.0.0/8 can be listened on under Linux without any set-up.

mod balance;
mod front;
mod health;
mod probe;
mod pump;
mod udp;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::frontend::{Frontend, Protocol};
use crate::manager::Manager;
use crate::view::VirtualServer;
use balance::Balancer;
use health::Checks;

/// The data path of one manager.
pub struct DataPath {
    shared: Arc<Shared>,
}

/// What all listeners share.
struct Shared {
    manager: Arc<Manager>,
    /// By the pool's path, so that all ports of a Service take turns together.
    balancers: Mutex<BTreeMap<String, Arc<Mutex<Balancer>>>>,
    /// What cannot be listened on, and why, by virtual server.
    obstacles: Mutex<BTreeMap<String, BTreeMap<Place, String>>>,
    serving: watch::Sender<BTreeSet<Place>>,
}

/// Where is listened: TCP and UDP do not meet.
type Place = (Protocol, SocketAddr);

/// The listeners of one virtual server.
struct Served {
    config: watch::Sender<Arc<VirtualServer>>,
    fronts: BTreeMap<Place, Front>,
}

/// One listener's task, ended together with its connections.
struct Front(JoinHandle<()>);

impl DataPath {
    /// A data path that serves nothing until it is run.
    #[must_use]
    pub fn new(manager: Arc<Manager>) -> DataPath {
        let (serving, _) = watch::channel(BTreeSet::new());
        let (balancers, obstacles) = (Mutex::default(), Mutex::default());
        DataPath {
            shared: Arc::new(Shared {
                manager,
                balancers,
                obstacles,
                serving,
            }),
        }
    }

    /// The addresses that are listened on now.
    pub fn serving(&self) -> watch::Receiver<BTreeSet<(Protocol, SocketAddr)>> {
        self.shared.serving.subscribe()
    }

    /// Follows the manager until it is dropped; then all listeners and connections end.
    pub async fn run(self) {
        let mut changed = self.shared.manager.changed();
        let mut served: BTreeMap<String, Served> = BTreeMap::new();
        let mut checks = Checks::default();
        loop {
            changed.mark_unchanged();
            self.follow(&mut served).await;
            let served: Vec<_> = served.values().map(Served::config).collect();
            checks.follow(&self.shared.manager, &served);
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    /// Makes the listeners what the realized virtual servers ask for.
    async fn follow(&self, served: &mut BTreeMap<String, Served>) {
        let wanted: BTreeMap<String, Arc<VirtualServer>> = self
            .shared
            .manager
            .virtual_servers()
            .into_iter()
            .map(|server| (server.path.clone(), Arc::new(server)))
            .collect();
        // Whatever has to go goes first: its address may be wanted by another.
        for (path, of_server) in served.iter_mut() {
            let keep = wanted
                .get(path)
                .map(|server| places(server))
                .unwrap_or_default();
            for place in of_server.fronts.keys().copied().collect::<Vec<_>>() {
                if !keep.contains(&place) {
                    self.end(path, place, of_server.fronts.remove(&place)).await;
                }
            }
        }
        served.retain(|_, of_server| !of_server.fronts.is_empty());
        for (path, server) in wanted {
            let places = places(&server);
            if places.is_empty() {
                continue;
            }
            let of_server = served.entry(path).or_insert_with(|| Served {
                config: watch::channel(server.clone()).0,
                fronts: BTreeMap::new(),
            });
            of_server.config.send_if_modified(|current| {
                let differs = *current != server;
                *current = server.clone();
                differs
            });
            for place in places {
                let (shared, config) = (self.shared.clone(), of_server.config.subscribe());
                let entry = of_server.fronts.entry(place);
                entry.or_insert_with(|| {
                    Front(match place.0 {
                        Protocol::Tcp => tokio::spawn(front::serve(shared, place, config)),
                        Protocol::Udp => tokio::spawn(udp::serve(shared, place, config)),
                    })
                });
            }
        }
    }

    /// Ends a listener and waits until its address is free.
    async fn end(&self, path: &str, place: Place, front: Option<Front>) {
        if let Some(mut front) = front {
            front.0.abort();
            // The outcome of an aborted task is that it was aborted.
            drop((&mut front.0).await);
        }
        self.shared.announce(place, false);
        self.shared.report(path, place, None);
    }
}

impl Served {
    fn config(&self) -> Arc<VirtualServer> {
        self.config.borrow().clone()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Shared {
    fn balancer(&self, pool: &str) -> Arc<Mutex<Balancer>> {
        self.balancers
            .lock()
            .entry(pool.to_owned())
            .or_default()
            .clone()
    }

    /// Tells those who follow whether a place is listened at.
    fn announce(&self, place: Place, is_listening: bool) {
        self.serving.send_if_modified(|serving| match is_listening {
            true => serving.insert(place),
            false => serving.remove(&place),
        });
    }

    /// Tells the manager all that is in the way of a virtual server, whichever port it is.
    fn report(&self, path: &str, place: Place, obstacle: Option<String>) {
        let mut obstacles = self.obstacles.lock();
        let of_server = obstacles.entry(path.to_owned()).or_default();
        match obstacle {
            Some(why) => of_server.insert(place, why),
            None => of_server.remove(&place),
        };
        let why: Vec<&str> = of_server.values().map(String::as_str).collect();
        let why = (!why.is_empty()).then(|| why.join("; "));
        if why.is_none() {
            obstacles.remove(path);
        }
        self.manager.report(path, why);
    }
}

/// Where a virtual server is to be listened on.
fn places(server: &VirtualServer) -> BTreeSet<Place> {
    let at = |front: &Frontend, port| (front.protocol, SocketAddr::new(front.ip, port));
    let front = server.realized.iter();
    front
        .flat_map(|front| front.listened().map(|port| at(front, port)))
        .collect()
}
