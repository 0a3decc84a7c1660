//! The load balancer of one Service: what NSX-T has of it, and what is wanted.

use crate::vmop::{EndpointPort, Subset};
use crate::{Clients, Port, Protocol, Terms};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// Whether NSX-T serves what it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Realization {
    /// It does.
    Realized,
    /// Not yet.
    Unrealized,
    /// It cannot, and stays so until it is told again.
    Failed,
}

/// What names a virtual server and its pool among those of one Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listener {
    /// The protocol it speaks.
    pub protocol: Protocol,
    /// The port of the address it listens on.
    pub port: u16,
}

/// A virtual server with its pool as NSX-T has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The address it listens on; none if only the pool is there.
    pub vip: Option<IpAddr>,
    /// The members of its pool; none if there is no pool.
    pub members: Option<BTreeSet<SocketAddr>>,
    /// Whom it serves.
    pub clients: Clients,
    /// Where the members of its pool are asked whether they serve; nowhere if none.
    pub health_port: Option<u16>,
    /// Whether both are realized, or one of them failed.
    pub realization: Realization,
}

/// The whole load balancer of one Service, as one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancer {
    /// The address it listens on.
    pub vip: IpAddr,
    /// Its virtual servers with the members of their pools.
    pub servers: BTreeMap<Listener, BTreeSet<SocketAddr>>,
    /// Whom all of them serve.
    pub clients: Clients,
    /// Where the members of all pools are asked whether they serve; nowhere if none.
    pub health_port: Option<u16>,
    /// What is there and wanted no longer: it goes with the same request.
    pub stale: Parts,
}

/// Some of what NSX-T holds of a load balancer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Virtual servers with their pools.
    pub servers: BTreeSet<Listener>,
    /// The list of those who are served.
    pub clients: ClientList,
    /// The monitors that ask at these ports.
    pub health_ports: BTreeSet<u16>,
}

/// Whether a list of clients is among the parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientList {
    /// It is not.
    #[default]
    Absent,
    /// It is.
    Present,
}

/// Every port with the members of its pool.
pub(super) fn servers_of(
    ports: &[Port],
    backends: &BTreeSet<Subset>,
) -> BTreeMap<Listener, BTreeSet<SocketAddr>> {
    let listener = |port: &Port| Listener {
        protocol: port.protocol,
        port: port.port,
    };
    ports
        .iter()
        .map(|port| (listener(port), members_of(port, backends)))
        .collect()
}

/// The backends of one Service port: those on an Endpoints port of its name and protocol.
fn members_of(port: &Port, backends: &BTreeSet<Subset>) -> BTreeSet<SocketAddr> {
    let mut members = BTreeSet::new();
    for subset in backends {
        let serves =
            |target: &&EndpointPort| target.name == port.name && target.protocol == port.protocol;
        for target in subset.ports.iter().filter(serves) {
            let sockets = subset.addresses.iter();
            members.extend(sockets.map(|ip| SocketAddr::new(*ip, target.port)));
        }
    }
    members
}

/// Whether what NSX-T has is what is wanted, realized or not.
pub(super) fn is_programmed(found: &BTreeMap<Listener, Server>, wanted: &LoadBalancer) -> bool {
    let fits = |server: &Server, members: &BTreeSet<SocketAddr>| {
        server.vip == Some(wanted.vip)
            && server.members.as_ref() == Some(members)
            && server.clients == wanted.clients
            && server.health_port == wanted.health_port
    };
    found.len() == wanted.servers.len()
        && wanted.servers.iter().all(|(listener, members)| {
            found
                .get(listener)
                .is_some_and(|server| fits(server, members))
        })
}

/// Whether NSX-T gave something of it up, and only another write has it tried again.
pub(super) fn has_failed(found: &BTreeMap<Listener, Server>) -> bool {
    let failed = |server: &Server| server.realization == Realization::Failed;
    found.values().any(failed)
}

pub(super) fn load_balancer(
    vip: IpAddr,
    servers: BTreeMap<Listener, BTreeSet<SocketAddr>>,
    terms: &Terms,
    found: &BTreeMap<Listener, Server>,
) -> LoadBalancer {
    let mut stale = parts_of(found);
    stale
        .servers
        .retain(|listener| !servers.contains_key(listener));
    stale
        .health_ports
        .retain(|port| Some(*port) != terms.health_port);
    if terms.clients != Clients::All {
        stale.clients = ClientList::Absent;
    }
    LoadBalancer {
        vip,
        servers,
        clients: terms.clients.clone(),
        health_port: terms.health_port,
        stale,
    }
}

/// All that was found of a load balancer.
pub(super) fn parts_of(found: &BTreeMap<Listener, Server>) -> Parts {
    let is_limited = |server: &Server| server.clients != Clients::All;
    Parts {
        servers: found.keys().copied().collect(),
        clients: if found.values().any(is_limited) {
            ClientList::Present
        } else {
            ClientList::Absent
        },
        health_ports: found
            .values()
            .filter_map(|server| server.health_port)
            .collect(),
    }
}
