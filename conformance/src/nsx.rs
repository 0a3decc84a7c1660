//! The NSX-T manager in the words of the model, and the steps that only it takes.

use crate::dictionary::{self, Identities, Unmapped};
use crate::servers::{CLUSTER, POOL};
use hopwise_nsxt::{AllocationState, Manager, Protocol, Realized, Tag, VirtualServer};
use hopwise_protocol::{Allocation, Kind, LoadBalancer, Nsx, Occupancy, PLACES, Realization, Uid};
use hopwise_vocab::Realizable;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The length of a UID.
const UID: usize = 36;

/// The Supervisor Service's UID in an id, which is `<cluster>-<UID>` and perhaps more.
pub fn uid_in(id: &str) -> Option<&str> {
    id.strip_prefix(CLUSTER)?.strip_prefix('-')?.get(..UID)
}

/// Everything that NSX-T holds.
///
/// # Errors
/// Names what the model has no word for.
pub fn view(manager: &Manager, identities: &Identities) -> Result<Nsx, Unmapped> {
    let mut nsx = Nsx::new();
    for found in manager.allocations(POOL) {
        let address = found.ip.map(dictionary::address).transpose()?;
        let realization = match (&found.state, address) {
            (AllocationState::Releasing, Some(address)) => {
                nsx.pool[usize::from(address.index())] = Occupancy::Quarantined;
                continue;
            }
            (AllocationState::Pending, _) => Realization::Pending,
            (AllocationState::Failed(_), _) => Realization::Failed,
            (AllocationState::Allocated, Some(address)) => {
                nsx.pool[usize::from(address.index())] = Occupancy::Held;
                Realization::Address(address)
            }
            (AllocationState::Allocated | AllocationState::Releasing, None)
            | (AllocationState::Deleting, _) => {
                return Err(Unmapped::new("the allocation", format!("{found:?}")));
            }
        };
        let uid = owner(&found.id, identities)?;
        let origin = origin(&found.tags, identities)?;
        nsx.services[place(uid)?].allocation = Some(Allocation {
            origin,
            realization,
        });
    }
    for (uid, servers) in by_service(manager, identities)? {
        let realized = is_realized(manager, &servers);
        let there = load_balancer(&servers, realized, identities)?;
        nsx.services[place(uid)?].load_balancer = Some(there);
    }
    Ok(nsx)
}

/// Realizes what waits for the oldest Service that has something of the sort waiting, and with a
/// load balancer the service that carries all of them. Returns what was realized.
pub fn realize_oldest(manager: &Manager, identities: &Identities, what: Realizable) -> Vec<String> {
    let mut waiting: BTreeMap<Uid, Vec<String>> = BTreeMap::new();
    for path in manager.pending() {
        let is_allocation = path.contains("/ip-allocations/");
        let id = path.rsplit('/').next().unwrap_or_default();
        if let Ok(uid) = owner(id, identities)
            && is_allocation == (what == Realizable::Allocation)
        {
            waiting.entry(uid).or_default().push(path);
        }
    }
    let Some((_, oldest)) = waiting.pop_first() else {
        return Vec::new();
    };
    let carriers = manager
        .pending()
        .into_iter()
        .filter(|path| path.contains("/lb-services/"));
    let carriers = carriers.filter(|_| what == Realizable::LoadBalancer);
    carriers
        .chain(oldest)
        .filter(|path| manager.realize(path))
        .collect()
}

/// Ends the quarantine of the lowest address in it. Returns the address.
pub fn free_lowest(manager: &Manager) -> Option<IpAddr> {
    let releasing = manager.allocations(POOL).into_iter();
    let releasing = releasing.filter(|found| found.state == AllocationState::Releasing);
    let lowest = releasing.filter_map(|found| found.ip).min()?;
    manager.release(POOL, lowest).then_some(lowest)
}

fn owner(id: &str, identities: &Identities) -> Result<Uid, Unmapped> {
    let uid = uid_in(id).ok_or_else(|| Unmapped::new("the id", id))?;
    identities.uid(Kind::SupervisorService, uid)
}

/// The guest Service's incarnation that the tags name.
fn origin(tags: &[Tag], identities: &Identities) -> Result<Uid, Unmapped> {
    let tag = tags.iter().find(|tag| tag.scope == "ncp/guest_service_uid");
    let tag = tag.ok_or_else(|| Unmapped::new("the tags", format!("{tags:?}")))?;
    identities.uid(Kind::Service, &tag.tag)
}

fn place(uid: Uid) -> Result<usize, Unmapped> {
    let place = usize::from(uid.number()) - 1;
    let number = || Unmapped::new("the incarnation", uid.number().to_string());
    (place < PLACES).then_some(place).ok_or_else(number)
}

/// The virtual servers of each Supervisor Service.
fn by_service(
    manager: &Manager,
    identities: &Identities,
) -> Result<BTreeMap<Uid, Vec<VirtualServer>>, Unmapped> {
    let mut services: BTreeMap<Uid, Vec<VirtualServer>> = BTreeMap::new();
    for server in manager.virtual_servers() {
        services
            .entry(owner(&server.id, identities)?)
            .or_default()
            .push(server);
    }
    for path in manager.paths() {
        let Some(pool) = path.strip_prefix("/infra/lb-pools/") else {
            continue;
        };
        if !services.contains_key(&owner(pool, identities)?) {
            return Err(Unmapped::new("the pool without a virtual server", path));
        }
    }
    Ok(services)
}

/// Whether all of a load balancer is in force: its virtual servers and their pools.
fn is_realized(manager: &Manager, servers: &[VirtualServer]) -> bool {
    let pending = manager.pending();
    let pool_waits = |server: &VirtualServer| {
        let wanted = server.wanted.as_ref();
        wanted
            .and_then(|wanted| wanted.pool.as_ref())
            .is_some_and(|pool| pending.contains(pool))
    };
    servers
        .iter()
        .all(|server| server.state == Realized::Realized && !pool_waits(server))
}

fn load_balancer(
    servers: &[VirtualServer],
    realized: bool,
    identities: &Identities,
) -> Result<LoadBalancer, Unmapped> {
    let odd = || Unmapped::new("the virtual servers", format!("{servers:?}"));
    let mut listeners = Vec::new();
    let mut common = None;
    for server in servers {
        let wanted = server.wanted.as_ref().ok_or_else(odd)?;
        let this = (wanted.ip, origin(&server.tags, identities)?);
        if *common.get_or_insert(this) != this {
            return Err(odd());
        }
        let protocol = match wanted.protocol {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
        };
        listeners.extend(
            wanted
                .ports
                .iter()
                .map(|(first, _)| (protocol.into(), u64::from(*first))),
        );
    }
    let (vip, origin) = common.ok_or_else(odd)?;
    Ok(LoadBalancer {
        origin,
        vip: dictionary::address(vip)?,
        ports: dictionary::listeners(&listeners)?,
        realized,
    })
}
