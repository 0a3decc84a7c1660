//! The NSX-T manager in the words of the model, and the steps that only it takes.

use crate::dictionary::{self, Unmapped};
use crate::servers::{CLUSTER, POOL};
use crate::words::{Of, Words};
use crate::world::World;
use hopwise_nsxt::{Alarm, AllocationState, Manager, Protocol, Realized, Tag, VirtualServer};
use hopwise_protocol::{
    self as model, Address, Allocation, Kind, LoadBalancer, Occupancy, PLACES, Place, Ports,
    Realization, State, Topology, Uid,
};
use hopwise_vocab::{Realizable, Slot};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The length of a UID.
const UID: usize = 36;

/// The Supervisor Service's UID in an id, which is `<cluster>-<UID>` and perhaps more.
pub fn uid_in(id: &str) -> Option<&str> {
    id.strip_prefix(CLUSTER)?.strip_prefix('-')?.get(..UID)
}

/// Whether the id of an allocation is a new one, and not a function of the UID.
pub fn is_fresh(id: &str) -> bool {
    id.len() > CLUSTER.len() + 1 + UID
}

/// What NSX-T holds for the chain. Allocations that nobody knows of are in no order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nsx {
    /// Of each of the users' Services, by the Supervisor Service's UID.
    pub services: Vec<[Place; PLACES]>,
    /// By the address' index.
    pub pool: [Occupancy; Address::MOST as usize],
}

impl Nsx {
    /// What the model's state says.
    pub fn of_model(state: &State) -> Nsx {
        let lanes = state.lanes();
        Nsx {
            services: lanes.map(|lane| lane.places.map(without_order)).collect(),
            pool: state.pool,
        }
    }
}

fn without_order(mut place: Place) -> Place {
    // Something goes before nothing.
    place.strays.sort_by_cached_key(|stray| match stray {
        Some(stray) => format!("{stray:?}"),
        None => "~".into(),
    });
    place
}

/// Everything that NSX-T holds for the chain.
///
/// # Errors
/// Names what the model has no word for.
pub fn view(world: &World) -> Result<Nsx, Unmapped> {
    let manager = &world.servers.nsx;
    let mut nsx = Nsx {
        services: world.lanes.slots().map(|_| Default::default()).collect(),
        ..Nsx::default()
    };
    let allocations = manager.allocations(POOL).into_iter();
    // Where a pool is to be empty from the beginning, somebody else has its address.
    for found in allocations.filter(|found| uid_in(&found.id).is_some()) {
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
        let owner = owner(&found.id, world)?;
        let allocation = Allocation {
            origin: origin(&found.tags, owner, world)?,
            realization,
        };
        let place = nsx.place_mut(owner)?;
        if world.knows(&found.id) {
            place.allocation = Some(allocation);
        } else {
            let room = place.strays.iter_mut().find(|stray| stray.is_none());
            *room.ok_or_else(|| Unmapped::new("one more allocation", &found.id))? =
                Some(allocation);
        }
    }
    for (owner, servers) in by_service(world)? {
        let there = load_balancer(&servers, owner, world)?;
        nsx.place_mut(owner)?.load_balancer = Some(there);
    }
    for places in &mut nsx.services {
        *places = places.map(without_order);
    }
    Ok(nsx)
}

/// A Supervisor Service: for which of the users' Services, and which incarnation.
type Owner = (Slot, Uid);

impl Nsx {
    fn place_mut(&mut self, (slot, uid): Owner) -> Result<&mut Place, Unmapped> {
        let number = || Unmapped::new("the incarnation", uid.number().to_string());
        let place = usize::from(uid.number()) - 1;
        let places = self.services.get_mut(slot as usize);
        places
            .and_then(|places| places.get_mut(place))
            .ok_or_else(number)
    }
}

/// Realizes what NSX-T takes up next for a Service. Returns what was realized.
pub fn realize_oldest(world: &World, slot: Slot, what: Realizable) -> Vec<String> {
    let next = match what {
        Realizable::Allocation => oldest_allocation(world, slot).into_iter().collect(),
        Realizable::LoadBalancer => oldest_virtual_server(world, slot),
    };
    let realized = next.into_iter();
    let realized = realized.filter(|path| world.servers.nsx.realize(path));
    realized.collect()
}

impl World {
    /// Whether NSX-T has accepted something for a Service that it has not realized.
    pub(crate) fn waits_for(&self, slot: Slot, what: Realizable) -> bool {
        match what {
            Realizable::Allocation => oldest_allocation(self, slot).is_some(),
            Realizable::LoadBalancer => !oldest_virtual_server(self, slot).is_empty(),
        }
    }

    /// Whether an address is held back after it was given up.
    pub(crate) fn has_quarantine(&self) -> bool {
        let mut allocations = self.servers.nsx.allocations(POOL).into_iter();
        allocations.any(|found| found.state == AllocationState::Releasing)
    }
}

/// Lets the virtual server of a Service fail that NSX-T takes up next. Returns its path.
pub fn fail_oldest(world: &World, slot: Slot) -> Option<String> {
    let manager = &world.servers.nsx;
    let (servers, rest): (Vec<_>, Vec<_>) = oldest_virtual_server(world, slot)
        .into_iter()
        .partition(|path| path.contains("/lb-virtual-servers/"));
    let server = servers.into_iter().next()?;
    for path in rest {
        manager.realize(&path);
    }
    // Code and words as NSX-T has them for one load balancer too many.
    let alarm = Alarm::of_load_balancer(23707, "Exceed maximum number of load balancer.".into());
    manager.fail(&server, alarm).then_some(server)
}

/// The ids of the virtual servers of the oldest load balancer of a Service, by port from the lowest;
/// a pool has the id of its virtual server.
pub(crate) fn oldest_load_balancer(world: &World, slot: Slot) -> Vec<String> {
    let all = world.servers.nsx.virtual_servers().into_iter();
    let mut servers: BTreeMap<Uid, Vec<String>> = BTreeMap::new();
    for server in all {
        if let Ok((of, uid)) = owner(&server.id, world)
            && of == slot
        {
            servers.entry(uid).or_default().push(server.id);
        }
    }
    let oldest = servers.pop_first();
    oldest.map_or_else(Vec::new, |(_, ids)| ids)
}

/// The allocation that waits longest; one that is known goes before those that nobody knows of.
fn oldest_allocation(world: &World, slot: Slot) -> Option<String> {
    let pending = world.servers.nsx.pending().into_iter();
    let pending = pending.filter(|path| path.contains("/ip-allocations/"));
    let aged = pending.filter_map(|path| {
        let (of, uid) = owner(last_of(&path), world).ok()?;
        (of == slot).then_some(())?;
        Some((uid, !world.knows(last_of(&path)), path))
    });
    aged.min().map(|(_, _, path)| path)
}

/// The virtual server on the lowest port of the oldest load balancer that waits, after its pool and
/// the service that carries all of them.
fn oldest_virtual_server(world: &World, slot: Slot) -> Vec<String> {
    let mut waiting: BTreeMap<(Uid, u64), Vec<String>> = BTreeMap::new();
    let mut next = Vec::new();
    for path in world.servers.nsx.pending() {
        let port = last_of(&path).rsplit('-').next().unwrap_or_default();
        if path.contains("/lb-services/") {
            next.push(path);
        } else if let Ok(port) = port.parse()
            && let Ok((of, uid)) = owner(last_of(&path), world)
            && of == slot
            && !path.contains("/ip-allocations/")
        {
            waiting.entry((uid, port)).or_default().push(path);
        }
    }
    let Some((_, oldest)) = waiting.pop_first() else {
        return Vec::new();
    };
    next.extend(oldest);
    next
}

fn last_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Ends the quarantine of the lowest address in it. Returns the address.
pub fn free_lowest(manager: &Manager) -> Option<IpAddr> {
    let releasing = manager.allocations(POOL).into_iter();
    let releasing = releasing.filter(|found| found.state == AllocationState::Releasing);
    let lowest = releasing.filter_map(|found| found.ip).min()?;
    manager.release(POOL, lowest).then_some(lowest)
}

fn owner(id: &str, world: &World) -> Result<Owner, Unmapped> {
    let uid = uid_in(id).ok_or_else(|| Unmapped::new("the id", id))?;
    let kind = Kind::SupervisorService;
    let of = |slot| Some((slot, Of { world, slot }.uid(kind, uid).ok()?));
    let found = world.lanes.slots().find_map(of);
    found.ok_or_else(|| Unmapped::new("the UID", uid))
}

/// The guest Service's incarnation that the tags name.
fn origin(tags: &[Tag], (slot, owner): Owner, world: &World) -> Result<Uid, Unmapped> {
    let tag = tags.iter().find(|tag| tag.scope == "ncp/guest_service_uid");
    match (tag, world.topology) {
        (Some(tag), _) => Of { world, slot }.uid(Kind::Service, &tag.tag),
        (None, Topology::Direct) => Ok(owner),
        (None, Topology::Hops) => Err(Unmapped::new("the tags", format!("{tags:?}"))),
    }
}

/// The virtual servers of each Supervisor Service.
fn by_service(world: &World) -> Result<BTreeMap<Owner, Vec<VirtualServer>>, Unmapped> {
    let manager = &world.servers.nsx;
    let mut services: BTreeMap<Owner, Vec<VirtualServer>> = BTreeMap::new();
    for server in manager.virtual_servers() {
        let owner = owner(&server.id, world)?;
        services.entry(owner).or_default().push(server);
    }
    for path in manager.paths() {
        let Some(pool) = path.strip_prefix("/infra/lb-pools/") else {
            continue;
        };
        if !services.contains_key(&owner(pool, world)?) {
            return Err(Unmapped::new("the pool without a virtual server", path));
        }
    }
    Ok(services)
}

/// How far a virtual server has come together with its pool.
fn state_of(manager: &Manager, server: &VirtualServer) -> model::VirtualServer {
    let wanted = server.wanted.as_ref();
    let pool = wanted.and_then(|wanted| wanted.pool.as_ref());
    let pool_waits = pool.is_some_and(|pool| manager.pending().contains(pool));
    match server.state {
        Realized::Error(_) => model::VirtualServer::Failed,
        Realized::Realized if !pool_waits => model::VirtualServer::Realized,
        Realized::Realized | Realized::Unrealized => model::VirtualServer::Unrealized,
    }
}

fn load_balancer(
    servers: &[VirtualServer],
    owner: Owner,
    world: &World,
) -> Result<LoadBalancer, Unmapped> {
    let odd = || Unmapped::new("the virtual servers", format!("{servers:?}"));
    let manager = &world.servers.nsx;
    let mut found = [model::VirtualServer::Absent; 2];
    let mut common = None;
    for server in servers {
        let wanted = server.wanted.as_ref().ok_or_else(odd)?;
        let this = (wanted.ip, origin(&server.tags, owner, world)?);
        if *common.get_or_insert(this) != this {
            return Err(odd());
        }
        let protocol = match wanted.protocol {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
        };
        let listener = |(first, _): &(u16, u16)| (protocol.into(), u64::from(*first));
        let listeners: Vec<_> = wanted.ports.iter().map(listener).collect();
        let index = match dictionary::listeners(&listeners)? {
            Ports::A => 0,
            Ports::B => 1,
            Ports::Both => return Err(odd()),
        };
        found[index] = state_of(manager, server);
    }
    let (vip, origin) = common.ok_or_else(odd)?;
    Ok(LoadBalancer {
        origin,
        vip: dictionary::address(vip)?,
        servers: found,
    })
}
