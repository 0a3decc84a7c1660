//! The virtual servers and pools that NSX-T has, by the Services that they are of.

use crate::desired::Desired;
use crate::ids::Ids;
use hopwise_core::ncp::{Listener, Realization, Server};
use hopwise_nsx_client::{Error, LbPool, LbVirtualServer, NsxClient, PoolMember};
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
        realization: Realization,
    ) -> Server {
        // One that was changed by hand counts as one without address: it is written again.
        let intact = self.server.filter(|server| {
            let wanted = desired.virtual_server(listener, server.ip_address);
            server.ports == wanted.ports
                && server.pool_path == wanted.pool_path
                && server.lb_service_path == wanted.lb_service_path
                && server.application_profile_path == wanted.application_profile_path
        });
        let members = |pool: &LbPool| pool.members.iter().map(socket).collect();
        Server {
            vip: intact.map(|server| server.ip_address),
            members: self.pool.map(members),
            realization,
        }
    }
}

/// A member that names no single port is none of ours: port 0 makes the pool differ.
fn socket(member: &PoolMember) -> SocketAddr {
    let port = member.port.as_deref().and_then(|port| port.parse().ok());
    SocketAddr::new(member.ip_address, port.unwrap_or(0))
}
