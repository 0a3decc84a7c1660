//! NSX-T: allocations, load balancers and the pool (`docs/protocol.md` §6).

use crate::object::{Address, Ports, Uid};
use crate::request::{AllocationId, Payload, Request};
use crate::state::{Lane, State};
use hopwise_vocab::{Object, Realizable, Slot, Verb};

/// The incarnations of a Supervisor Service that NSX-T can hold something for.
pub const PLACES: usize = 4;

/// The most allocations that nobody knows of, of one incarnation.
const STRAYS: usize = 2;

/// What NSX-T holds for one incarnation of a Supervisor Service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// Its IP allocation.
    pub allocation: Option<Allocation>,
    /// More allocations, of which ncp has lost the ids; only without `allocation-by-identity`.
    pub strays: [Option<Allocation>; STRAYS],
    /// Its load balancer.
    pub load_balancer: Option<LoadBalancer>,
}

/// An IP allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Allocation {
    /// The guest Service's incarnation, a tag.
    pub origin: Uid,
    /// What has become of it.
    pub realization: Realization,
}

/// What has become of an allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Realization {
    /// It is accepted.
    Pending,
    /// It has this address.
    Address(Address),
    /// There was no free address.
    Failed,
}

/// Pools and virtual servers of one Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LoadBalancer {
    /// The guest Service's incarnation, a tag.
    pub origin: Uid,
    /// The address it serves at.
    pub vip: Address,
    /// Its virtual servers, by port from the lowest.
    pub servers: [VirtualServer; 2],
}

/// What serves one port of a load balancer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum VirtualServer {
    /// There is none.
    #[default]
    Absent,
    /// It is accepted.
    Unrealized,
    /// It serves.
    Realized,
    /// NSX-T could not realize it.
    Failed,
}

/// What an address is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Occupancy {
    /// Nothing.
    #[default]
    Free,
    /// An allocation has it.
    Held,
    /// It was given back a short while ago.
    Quarantined,
}

impl Place {
    /// Whether NSX-T holds nothing there.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(
            self,
            Place {
                allocation: None,
                load_balancer: None,
                strays: [None, None],
            }
        )
    }
}

impl Allocation {
    /// The address, once it is realized.
    pub fn address(&self) -> Option<Address> {
        match self.realization {
            Realization::Address(address) => Some(address),
            Realization::Pending | Realization::Failed => None,
        }
    }

    fn is_pending(&self) -> bool {
        self.realization == Realization::Pending
    }
}

/// Whether the caller of an allocate will hear its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hearing {
    /// It will, and so know a fresh id.
    Heard,
    /// It has given up.
    Unheard,
}

impl State {
    /// Applies a write of ncp about the Service of this slot. Repeating one changes nothing.
    pub(crate) fn serve_nsx(&mut self, slot: Slot, request: &Request, hearing: Hearing) {
        let uid = request
            .uid
            .expect("every request to NSX-T names a Supervisor Service");
        let place = self.lane_mut(slot).place_mut(uid);
        match (request.verb, request.payload) {
            (Verb::Allocate, Payload::Tags { origin, id }) => {
                let realization = Realization::Pending;
                place.allocate(
                    Allocation {
                        origin,
                        realization,
                    },
                    id,
                    hearing,
                );
            }
            (
                Verb::Program,
                Payload::Tree {
                    vip,
                    ports,
                    origin,
                    stale,
                },
            ) => {
                place.unprogram(stale);
                place.program(origin, vip, ports);
            }
            (Verb::Unprogram, Payload::Found(ports)) => place.unprogram(Some(ports)),
            (Verb::Withdraw, _) => {
                let withdrawn = place.allocation.take();
                self.give_back(withdrawn);
            }
            _ => unreachable!("ncp never asks this of NSX-T: {request:?}"),
        }
    }

    /// Puts the address of an allocation that is gone into quarantine.
    pub(crate) fn give_back(&mut self, gone: Option<Allocation>) {
        if let Some(address) = gone.and_then(|allocation| allocation.address()) {
            *self.occupancy_mut(address) = Occupancy::Quarantined;
        }
    }

    /// Realizes the oldest pending allocation of a Service: the lowest free address of a pool of
    /// this size.
    pub(crate) fn realize_allocation(&mut self, slot: Slot, addresses: u8) {
        let mut pool = (0..addresses).map(Address::at);
        let free = pool.find(|&address| self.occupancy(address) == Occupancy::Free);
        let places = self.lane_mut(slot).places.iter_mut();
        let mut allocations = places.flat_map(Place::allocations_mut);
        let Some(waits) = allocations.find(|found| found.is_pending()) else {
            return;
        };
        waits.realization = free.map_or(Realization::Failed, Realization::Address);
        drop(allocations);
        if let Some(address) = free {
            *self.occupancy_mut(address) = Occupancy::Held;
        }
    }

    /// Lets the lowest virtual server of the oldest load balancer of a Service that waits become
    /// this.
    pub(crate) fn realize_load_balancer(&mut self, slot: Slot, becomes: VirtualServer) {
        let places = self.lane_mut(slot).places.iter_mut();
        let load_balancers = places.filter_map(|place| place.load_balancer.as_mut());
        let mut servers = load_balancers.flat_map(|found| &mut found.servers);
        if let Some(waits) = servers.find(|found| **found == VirtualServer::Unrealized) {
            *waits = becomes;
        }
    }
}

impl Lane {
    /// What is held for this Supervisor Service.
    pub fn place(&self, uid: Uid) -> &Place {
        &self.places[index(uid)]
    }

    pub(crate) fn place_mut(&mut self, uid: Uid) -> &mut Place {
        &mut self.places[index(uid)]
    }

    /// The places with the UID that each belongs to.
    pub fn places_by_uid(&self) -> impl Iterator<Item = (Uid, &Place)> {
        (1_u8..).map(Uid::nth).zip(&self.places)
    }

    /// Whether something accepted waits for its realization.
    pub(crate) fn waits_for(&self, what: Realizable) -> bool {
        self.places.iter().any(|place| match what {
            Realizable::Allocation => place.allocations().any(Allocation::is_pending),
            Realizable::LoadBalancer => place
                .load_balancer
                .is_some_and(|there| there.servers.contains(&VirtualServer::Unrealized)),
        })
    }
}

impl Place {
    /// Every allocation, known or not.
    pub fn allocations(&self) -> impl Iterator<Item = &Allocation> {
        self.allocation.iter().chain(self.strays.iter().flatten())
    }

    fn allocations_mut(&mut self) -> impl Iterator<Item = &mut Allocation> {
        let strays = self.strays.iter_mut().flatten();
        self.allocation.iter_mut().chain(strays)
    }

    /// The place as ncp reads it if it does not know the allocation.
    pub(crate) fn without_allocation(self) -> Place {
        Place {
            allocation: None,
            ..self
        }
    }

    fn allocate(&mut self, new: Allocation, id: AllocationId, hearing: Hearing) {
        match (id, hearing) {
            (AllocationId::Identity, Hearing::Heard | Hearing::Unheard) => {
                self.allocation.get_or_insert(new);
            }
            (AllocationId::Fresh, Hearing::Unheard) => self.stray(new),
            // The caller knew of none, so that one which is there is lost from now on.
            (AllocationId::Fresh, Hearing::Heard) => {
                if let Some(lost) = self.allocation.replace(new) {
                    self.stray(lost);
                }
            }
        }
    }

    fn stray(&mut self, lost: Allocation) {
        let room = self.strays.iter_mut().find(|stray| stray.is_none());
        *room.expect("the budget of faults is too small for more strays") = Some(lost);
    }

    /// Takes virtual servers away, and with the last of them the load balancer.
    fn unprogram(&mut self, ports: Option<Ports>) {
        let Some((there, gone)) = self.load_balancer.as_mut().zip(ports) else {
            return;
        };
        for (index, server) in there.servers.iter_mut().enumerate() {
            if gone.has(index) {
                *server = VirtualServer::Absent;
            }
        }
        self.load_balancer = self.load_balancer.filter(|left| left.ports().is_some());
    }

    /// What stays as it was stays realized; what failed is tried again.
    fn program(&mut self, origin: Uid, vip: Address, ports: Ports) {
        let there = self.load_balancer.filter(|there| there.vip == vip);
        let there = there.map_or_else(Default::default, |there| there.servers);
        let server = |index: usize| match there[index] {
            beside if !ports.has(index) => beside,
            VirtualServer::Realized => VirtualServer::Realized,
            VirtualServer::Absent | VirtualServer::Unrealized | VirtualServer::Failed => {
                VirtualServer::Unrealized
            }
        };
        self.load_balancer = Some(LoadBalancer {
            origin,
            vip,
            servers: [server(0), server(1)],
        });
    }
}

impl LoadBalancer {
    /// The ports that it has virtual servers for.
    pub fn ports(&self) -> Option<Ports> {
        Ports::at(self.servers.map(|server| server != VirtualServer::Absent))
    }

    /// The same, without these.
    pub(crate) fn ports_beside(&self, ports: Ports) -> Option<Ports> {
        let is_there = |index: usize| self.servers[index] != VirtualServer::Absent;
        Ports::at([0, 1].map(|index| is_there(index) && !ports.has(index)))
    }

    /// Whether it has a virtual server for each of these ports, and no other.
    pub fn is_for(&self, ports: Ports) -> bool {
        self.ports() == Some(ports)
    }

    /// Whether it serves just these ports.
    pub fn serves(&self, ports: Ports) -> bool {
        self.is_for(ports) && self.is_realized()
    }

    /// Whether all of it is realized.
    pub fn is_realized(&self) -> bool {
        let mut servers = self.servers.iter();
        servers.all(|server| matches!(server, VirtualServer::Absent | VirtualServer::Realized))
    }

    /// Whether NSX-T could not realize some of it.
    pub fn has_failed(&self) -> bool {
        self.servers.contains(&VirtualServer::Failed)
    }
}

/// Whether an object is in NSX-T, where nobody can watch it.
pub(crate) fn holds(object: Object) -> bool {
    match object {
        Object::Allocation | Object::LoadBalancer | Object::Nsx => true,
        Object::Service | Object::VmService | Object::SupervisorService => false,
    }
}

fn index(uid: Uid) -> usize {
    usize::from(uid.number()) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lands_late_leaves_what_its_pass_had_not_read() {
        let programmed = |ports| {
            let mut place = Place::default();
            place.program(Uid::nth(1), Address::at(0), ports);
            place
        };
        let there = |place: &Place| place.load_balancer.and_then(|it| it.ports());
        let mut place = programmed(Ports::Both);
        place.unprogram(Some(Ports::A));
        assert_eq!(there(&place), Some(Ports::B));
        place.program(Uid::nth(1), Address::at(0), Ports::A);
        assert_eq!(there(&place), Some(Ports::Both));
        place.unprogram(Some(Ports::Both));
        assert_eq!(place, Place::default());
    }
}
