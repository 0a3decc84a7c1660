//! NSX-T: allocations, load balancers and the pool (`docs/protocol.md` §6).

use crate::object::{Address, Ports, Uid};
use crate::request::{Payload, Request};
use hopwise_vocab::{Object, Realizable, Verb};

/// The incarnations of the Supervisor Service that NSX-T can hold something for.
pub const PLACES: usize = 3;

/// What NSX-T holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Nsx {
    /// By the Supervisor Service's UID: incarnation n is at n - 1.
    pub services: [Place; PLACES],
    /// By the address' index. What lies beyond the scenario's pool stays free and unused.
    pub pool: [Occupancy; Address::MOST as usize],
}

/// What NSX-T holds for one incarnation of the Supervisor Service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// Its IP allocation.
    pub allocation: Option<Allocation>,
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
    /// The ports it serves.
    pub ports: Ports,
    /// Whether it does so already.
    pub realized: bool,
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

impl Allocation {
    /// The address, once it is realized.
    pub fn address(&self) -> Option<Address> {
        match self.realization {
            Realization::Address(address) => Some(address),
            Realization::Pending | Realization::Failed => None,
        }
    }
}

impl Nsx {
    /// An empty NSX-T.
    pub fn new() -> Nsx {
        Nsx {
            services: Default::default(),
            pool: Default::default(),
        }
    }

    /// What is held for this Supervisor Service.
    pub fn place(&self, uid: Uid) -> &Place {
        &self.services[index(uid)]
    }

    /// Applies a write of ncp. Repeating one changes nothing.
    pub(crate) fn serve(&mut self, request: &Request) {
        let uid = request
            .uid
            .expect("every request to NSX-T names a Supervisor Service");
        let place = &mut self.services[index(uid)];
        match (request.verb, request.payload) {
            (Verb::Allocate, Payload::Tags { origin }) => {
                let realization = Realization::Pending;
                place.allocation.get_or_insert(Allocation {
                    origin,
                    realization,
                });
            }
            (Verb::Program, Payload::Tree { vip, ports, origin }) => {
                place.program(LoadBalancer {
                    origin,
                    vip,
                    ports,
                    realized: false,
                });
            }
            (Verb::Unprogram, _) => place.load_balancer = None,
            (Verb::Withdraw, _) => {
                let withdrawn = place.allocation.take();
                if let Some(address) = withdrawn.and_then(|allocation| allocation.address()) {
                    *self.occupancy_mut(address) = Occupancy::Quarantined;
                }
            }
            _ => unreachable!("ncp never asks this of NSX-T: {request:?}"),
        }
    }

    /// Whether something accepted waits for its realization.
    pub(crate) fn waits_for(&self, what: Realizable) -> bool {
        self.services.iter().any(|place| match what {
            Realizable::Allocation => place.pending().is_some(),
            Realizable::LoadBalancer => place.load_balancer.is_some_and(|there| !there.realized),
        })
    }

    /// Realizes the oldest pending allocation: the lowest free address of a pool of this size.
    pub(crate) fn realize_allocation(&mut self, addresses: u8) {
        let mut pool = (0..addresses).map(Address::at);
        let free = pool.find(|address| *self.occupancy_mut(*address) == Occupancy::Free);
        let waits = self
            .services
            .iter_mut()
            .find(|place| place.pending().is_some());
        let Some(allocation) = waits.and_then(|place| place.allocation.as_mut()) else {
            return;
        };
        allocation.realization = free.map_or(Realization::Failed, Realization::Address);
        if let Some(address) = free {
            *self.occupancy_mut(address) = Occupancy::Held;
        }
    }

    /// Realizes the oldest load balancer that is not.
    pub(crate) fn realize_load_balancer(&mut self) {
        let mut load_balancers = self
            .services
            .iter_mut()
            .filter_map(|p| p.load_balancer.as_mut());
        if let Some(waits) = load_balancers.find(|found| !found.realized) {
            waits.realized = true;
        }
    }

    /// The lowest address in quarantine.
    pub fn lowest_quarantined(&self) -> Option<Address> {
        let mut pool = (0..Address::MOST).map(Address::at);
        pool.find(|address| self.pool[usize::from(address.index())] == Occupancy::Quarantined)
    }

    pub(crate) fn occupancy_mut(&mut self, address: Address) -> &mut Occupancy {
        &mut self.pool[usize::from(address.index())]
    }
}

impl Default for Nsx {
    fn default() -> Self {
        Self::new()
    }
}

impl Place {
    fn pending(&self) -> Option<&Allocation> {
        self.allocation
            .as_ref()
            .filter(|found| found.realization == Realization::Pending)
    }

    fn program(&mut self, wanted: LoadBalancer) {
        let realized = |there: LoadBalancer| there.realized && there.serves(&wanted);
        let realized = self.load_balancer.is_some_and(realized);
        self.load_balancer = Some(LoadBalancer { realized, ..wanted });
    }
}

impl LoadBalancer {
    fn serves(&self, wanted: &LoadBalancer) -> bool {
        (self.vip, self.ports) == (wanted.vip, wanted.ports)
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
