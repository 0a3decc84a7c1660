//! ncp: an address and a load balancer in NSX-T for every Supervisor Service.
//!
//! *Sees* Services and Endpoints by watch, NSX-T by a read in every pass · *Writes* the Service
//! and NSX-T · *Holds* the Service · *Promises* that it is released only when NSX-T has nothing
//! of it, and that an address is given back only when no virtual server uses it.

mod load_balancer;

use crate::upstream::Phase;
use crate::vmop::Subset;
use crate::{Guard, Hold, Live, ProvenAbsent, Told, Uid, Upstream};
use hopwise_vocab::{Object, Safeguard, Safeguards, Verb};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

pub use load_balancer::{ClientList, Listener, LoadBalancer, Parts, Realization, Server};
use load_balancer::{has_failed, is_programmed, load_balancer, parts_of, servers_of};

/// What NSX-T made of the request for an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// Nothing yet.
    Pending,
    /// There was no free address. It stays so.
    Failed,
    /// This address.
    Realized(IpAddr),
}

/// What NSX-T holds for one Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nsx {
    /// Its request for an address.
    pub allocation: Option<Allocation>,
    /// Its load balancer; empty if there is none.
    pub servers: BTreeMap<Listener, Server>,
}

impl Nsx {
    /// The answer of a read of everything that NSX-T can hold for one Service.
    pub fn answered(
        allocation: Option<Allocation>,
        servers: BTreeMap<Listener, Server>,
    ) -> Live<Nsx> {
        let is_empty = allocation.is_none() && servers.is_empty();
        Live::answered((!is_empty).then_some(Nsx {
            allocation,
            servers,
        }))
    }
}

/// Everything that a pass decides on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The Service as the watch delivered it.
    pub upstream: Option<Upstream>,
    /// The backends of the Service's Endpoints as seen.
    pub backends: BTreeSet<Subset>,
    /// The answer of this pass's read, once it was made.
    pub live: Option<Live<Nsx>>,
}

/// Why a pass waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// NSX-T has not answered the request for an address.
    ForAddress,
    /// NSX-T had no address, and wake-on-release is off.
    ForRepair,
    /// NSX-T does not serve yet what it was told.
    ForRealization,
}

/// Where the id of a request for an address comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllocationId {
    /// From the cluster and the Service's UID: asking twice is asking once.
    OfIdentity,
    /// From nowhere: asking twice allocates twice, and who misses the answer has lost the address.
    Fresh,
}

/// What a pass does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Take the hop's finalizer on the Service.
    Hold(Guard),
    /// Read what NSX-T holds for the Service, then decide again.
    Read,
    /// Ask for an address.
    Allocate {
        /// The Service it is for.
        stands_for: Uid,
        /// Which id the request gets.
        id: AllocationId,
        /// The address that it asks for; any if none.
        address: Option<IpAddr>,
    },
    /// Give the address, or the request for one, back.
    Withdraw {
        /// The Service it was for.
        stands_for: Uid,
    },
    /// Write the load balancer.
    Program(LoadBalancer),
    /// Remove the load balancer: all there is of it.
    Unprogram(Parts),
    /// Write the address, or that there is none, into the Service's status.
    Publish {
        /// What must still hold of the Service.
        guard: Guard,
        /// What the status is to say.
        told: Told,
    },
    /// Give up the hop's finalizer on the Service.
    Release {
        /// What must still hold of the Service.
        guard: Guard,
        /// Why that is safe.
        proof: ProvenAbsent,
    },
    /// Nothing can be done before something else happens.
    Wait(Waiting),
    /// Nothing is left to be done.
    Settled,
}

impl Decision {
    /// The request it makes, if any, in the words of the vocabulary.
    pub fn request(&self) -> Option<(Verb, Object)> {
        match self {
            Decision::Hold(_) => Some((Verb::Hold, Object::SupervisorService)),
            Decision::Read => Some((Verb::Read, Object::Nsx)),
            Decision::Allocate { .. } => Some((Verb::Allocate, Object::Allocation)),
            Decision::Withdraw { .. } => Some((Verb::Withdraw, Object::Allocation)),
            Decision::Program(_) => Some((Verb::Program, Object::LoadBalancer)),
            Decision::Unprogram(_) => Some((Verb::Unprogram, Object::LoadBalancer)),
            Decision::Publish { .. } => Some((Verb::Publish, Object::SupervisorService)),
            Decision::Release { .. } => Some((Verb::Release, Object::SupervisorService)),
            Decision::Wait(_) | Decision::Settled => None,
        }
    }
}

/// What decides a pass: [`decide`], or what is to be compared with it.
pub type Decide = fn(&Observed, &Safeguards) -> Decision;

/// What a pass over one Supervisor Service does.
pub fn decide(seen: &Observed, safeguards: &Safeguards) -> Decision {
    let Some(upstream) = &seen.upstream else {
        return Decision::Settled;
    };
    match (upstream.phase(), upstream.hold, &seen.live) {
        (Phase::BuildUp, Hold::NotHeld, _) => Decision::Hold(upstream.guard(safeguards)),
        (Phase::BuildUp, Hold::Held, None) | (Phase::TearDown, _, None) => Decision::Read,
        (Phase::BuildUp, Hold::Held, Some(live)) => {
            build_up(upstream, &seen.backends, live.found(), safeguards)
        }
        (Phase::TearDown, _, Some(live)) => tear_down(upstream, live, safeguards),
        (Phase::Over, _, _) => Decision::Settled,
    }
}

/// Rows N1 to N7.
fn build_up(
    upstream: &Upstream,
    backends: &BTreeSet<Subset>,
    nsx: Option<&Nsx>,
    safeguards: &Safeguards,
) -> Decision {
    let stands_for = upstream.uid.clone();
    let vip = match nsx.and_then(|nsx| nsx.allocation) {
        None => {
            let id = allocation_id(safeguards);
            return Decision::Allocate {
                stands_for,
                id,
                address: upstream.terms.address,
            };
        }
        Some(Allocation::Pending) => return Decision::Wait(Waiting::ForAddress),
        Some(Allocation::Failed) => return after_failure(upstream, safeguards),
        Some(Allocation::Realized(vip)) => vip,
    };
    let no_servers = BTreeMap::new();
    let found = nsx.map_or(&no_servers, |nsx| &nsx.servers);
    let wanted = servers_of(&upstream.ports, backends);
    let wanted = load_balancer(vip, wanted, &upstream.terms, found);
    if !is_programmed(found, &wanted) || has_failed(found) {
        return Decision::Program(wanted);
    }
    let is_realized = |server: &Server| server.realization == Realization::Realized;
    if !found.values().all(is_realized) {
        return Decision::Wait(Waiting::ForRealization);
    }
    let told = Told::Address(vip);
    if upstream.told != told {
        let guard = upstream.guard(safeguards);
        return Decision::Publish { guard, told };
    }
    Decision::Settled
}

fn allocation_id(safeguards: &Safeguards) -> AllocationId {
    if safeguards.has(Safeguard::AllocationByIdentity) {
        AllocationId::OfIdentity
    } else {
        AllocationId::Fresh
    }
}

/// Rows N3a and N3b: the Service is told first; then the failed request makes room for another.
fn after_failure(upstream: &Upstream, safeguards: &Safeguards) -> Decision {
    let told = Told::Exhausted;
    if safeguards.has(Safeguard::SurfaceExhaustion) && upstream.told != told {
        let guard = upstream.guard(safeguards);
        return Decision::Publish { guard, told };
    }
    if safeguards.has(Safeguard::WakeOnRelease) {
        let stands_for = upstream.uid.clone();
        return Decision::Withdraw { stands_for };
    }
    Decision::Wait(Waiting::ForRepair)
}

/// Rows R1 to R3.
fn tear_down(upstream: &Upstream, live: &Live<Nsx>, safeguards: &Safeguards) -> Decision {
    let nsx = match live.concerning(|_| true).or_absent() {
        Ok(nsx) => nsx,
        Err(proof) => {
            let guard = upstream.guard(safeguards);
            return Decision::Release { guard, proof };
        }
    };
    let withdraw = Decision::Withdraw {
        stands_for: upstream.uid.clone(),
    };
    let unprogram = Decision::Unprogram(parts_of(&nsx.servers));
    let is_ip_last = safeguards.has(Safeguard::ReleaseIpLast);
    match (nsx.servers.is_empty(), nsx.allocation) {
        (true, _) => withdraw,
        (false, Some(_)) if !is_ip_last => withdraw,
        (false, _) => unprogram,
    }
}
