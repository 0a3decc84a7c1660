//! The virtual servers and pools that NSX-T has, by the Services that they are of.

use crate::desired::Desired;
use crate::ids::Ids;
use hopwise_core::Clients;
use hopwise_core::ncp::{Listener, Realization, Server};
use hopwise_nsx_client::{
    AccessAction, AccessListControl, Error, Group, HttpMonitor, LbPool, LbVirtualServer, NsxClient,
    PoolMember,
};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Bound;

/// All of them, whosesoever, by id.
pub struct AllParts {
    servers: BTreeMap<String, LbVirtualServer>,
    pools: BTreeMap<String, LbPool>,
}

/// What one port of a Service has in NSX-T.
#[derive(Default)]
pub struct Parts<'a> {
    pub server: Option<&'a LbVirtualServer>,
    pub pool: Option<&'a LbPool>,
}

impl AllParts {
    /// Lists them. NSX-T lists no Service's own, and its search index lags behind: what that does
    /// not show yet would pass for absent.
    pub async fn read(nsx: NsxClient) -> Result<AllParts, Error> {
        let servers = nsx.virtual_servers().await?.into_iter();
        let pools = nsx.lb_pools().await?.into_iter();
        Ok(AllParts {
            servers: servers.map(|one| (one.id.clone(), one)).collect(),
            pools: pools.map(|one| (one.id.clone(), one)).collect(),
        })
    }

    /// What a Service has, also for ports that it no longer has itself.
    pub fn of<'a>(&'a self, ids: &'a Ids) -> BTreeMap<Listener, Parts<'a>> {
        let mut all: BTreeMap<Listener, Parts<'_>> = BTreeMap::new();
        for (listener, server) in its(&self.servers, ids) {
            all.entry(listener).or_default().server = Some(server);
        }
        for (listener, pool) in its(&self.pools, ids) {
            all.entry(listener).or_default().pool = Some(pool);
        }
        all
    }
}

/// Those whose ids are of one Service: they follow each other, since they begin alike.
fn its<'a, T>(
    all: &'a BTreeMap<String, T>,
    ids: &'a Ids,
) -> impl Iterator<Item = (Listener, &'a T)> {
    let beginning = ids.allocation();
    let from = all.range::<str, _>((Bound::Included(beginning), Bound::Unbounded));
    from.take_while(move |(id, _)| id.starts_with(beginning))
        .filter_map(|(id, one)| Some((ids.listener(id)?, one)))
}

impl Parts<'_> {
    /// In the words of the protocol.
    pub fn narrowed(
        self,
        desired: &Desired<'_>,
        listener: Listener,
        clients: &Clients,
        realization: Realization,
    ) -> Server {
        // One that was changed by hand counts as one without address: it is written again.
        let intact = self.server.filter(|server| {
            let wanted = desired.virtual_server(listener, server.ip_address);
            server.ports == wanted.ports
                && server.pool_path == wanted.pool_path
                && server.lb_service_path == wanted.lb_service_path
                && server.application_profile_path == wanted.application_profile_path
                && access(server).is_none_or(|list| is_ours(list, &desired.ids))
        });
        let monitored = self.pool.map(|pool| monitored(pool, &desired.ids));
        let is_intact = monitored != Some(Monitored::ByHand);
        let members = |pool: &LbPool| pool.members.iter().map(socket).collect();
        Server {
            vip: intact.map(|server| server.ip_address),
            members: self.pool.filter(|_| is_intact).map(members),
            clients: match intact.and_then(access) {
                Some(_) => clients.clone(),
                None => Clients::All,
            },
            health_port: match monitored {
                Some(Monitored::At(port)) => Some(port),
                Some(Monitored::Not | Monitored::ByHand) | None => None,
            },
            realization,
        }
    }

    /// Whether the group of clients says whom it serves.
    pub fn is_limited(&self, ids: &Ids) -> bool {
        self.server
            .and_then(access)
            .is_some_and(|list| is_ours(list, ids))
    }
}

/// The access list of a virtual server, if it is looked at.
fn access(server: &LbVirtualServer) -> Option<&AccessListControl> {
    server
        .access_list_control
        .as_ref()
        .filter(|list| list.enabled)
}

fn is_ours(list: &AccessListControl, ids: &Ids) -> bool {
    list.action == AccessAction::Allow && list.group_path == Group::path_of(ids.clients())
}

/// Who says which members of a pool serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Monitored {
    /// Nobody.
    Not,
    /// A monitor of the Service, which asks at this port.
    At(u16),
    /// Something else.
    ByHand,
}

fn monitored(pool: &LbPool, ids: &Ids) -> Monitored {
    match &pool.active_monitor_paths[..] {
        [] => Monitored::Not,
        [one] => {
            let id = one
                .strip_prefix(&HttpMonitor::path_of(""))
                .unwrap_or_default();
            ids.health_port(id).map_or(Monitored::ByHand, Monitored::At)
        }
        _ => Monitored::ByHand,
    }
}

/// A member that names no single port is none of ours: port 0 makes the pool differ.
fn socket(member: &PoolMember) -> SocketAddr {
    let port = member.port.as_deref().and_then(|port| port.parse().ok());
    SocketAddr::new(member.ip_address, port.unwrap_or(0))
}
