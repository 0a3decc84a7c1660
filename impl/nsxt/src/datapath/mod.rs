//! The data path: listens on every realized virtual server's address and forwards TCP to the
//! members of its pool.
//!
//! It follows the manager by [`Manager::changed`] and reports back through [`Manager::report`] what
//! it cannot listen on. Connections take the members as they are when the connection is made; a
//! deleted virtual server's connections are cut, a disabled one's go on while new ones are refused.
//! Every address of 127.0.0.0/8 can be listened on under Linux without any set-up.

mod balance;
mod front;
mod pump;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::frontend::Protocol;
use crate::manager::Manager;
use crate::view::VirtualServer;
use balance::Balancer;

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
    obstacles: Mutex<BTreeMap<String, BTreeMap<SocketAddr, String>>>,
    serving: watch::Sender<BTreeSet<SocketAddr>>,
}

/// The listeners of one virtual server.
struct Served {
    config: watch::Sender<Arc<VirtualServer>>,
    fronts: BTreeMap<SocketAddr, Front>,
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
    pub fn serving(&self) -> watch::Receiver<BTreeSet<SocketAddr>> {
        self.shared.serving.subscribe()
    }

    /// Follows the manager until it is dropped; then all listeners and connections end.
    pub async fn run(self) {
        let mut changed = self.shared.manager.changed();
        let mut served: BTreeMap<String, Served> = BTreeMap::new();
        loop {
            changed.mark_unchanged();
            self.follow(&mut served).await;
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
                .map(|server| addresses(server))
                .unwrap_or_default();
            for address in of_server.fronts.keys().copied().collect::<Vec<_>>() {
                if !keep.contains(&address) {
                    self.end(path, address, of_server.fronts.remove(&address))
                        .await;
                }
            }
        }
        served.retain(|_, of_server| !of_server.fronts.is_empty());
        for (path, server) in wanted {
            let addresses = addresses(&server);
            if addresses.is_empty() {
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
            for address in addresses {
                of_server.fronts.entry(address).or_insert_with(|| {
                    let config = of_server.config.subscribe();
                    Front(tokio::spawn(front::serve(
                        self.shared.clone(),
                        address,
                        config,
                    )))
                });
            }
        }
    }

    /// Ends a listener and waits until its address is free.
    async fn end(&self, path: &str, address: SocketAddr, front: Option<Front>) {
        if let Some(mut front) = front {
            front.0.abort();
            // The outcome of an aborted task is that it was aborted.
            drop((&mut front.0).await);
        }
        self.shared
            .serving
            .send_if_modified(|serving| serving.remove(&address));
        self.shared.report(path, address, None);
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

    /// Tells the manager all that is in the way of a virtual server, whichever port it is.
    fn report(&self, path: &str, address: SocketAddr, obstacle: Option<String>) {
        let mut obstacles = self.obstacles.lock();
        let of_server = obstacles.entry(path.to_owned()).or_default();
        match obstacle {
            Some(why) => of_server.insert(address, why),
            None => of_server.remove(&address),
        };
        let why: Vec<&str> = of_server.values().map(String::as_str).collect();
        let why = (!why.is_empty()).then(|| why.join("; "));
        if why.is_none() {
            obstacles.remove(path);
        }
        self.manager.report(path, why);
    }
}

/// Where a virtual server is to be listened on. UDP is not served.
fn addresses(server: &VirtualServer) -> BTreeSet<SocketAddr> {
    let front = server
        .realized
        .iter()
        .filter(|front| front.protocol == Protocol::Tcp);
    front
        .flat_map(|f| f.listened().map(|port| SocketAddr::new(f.ip, port)))
        .collect()
}
