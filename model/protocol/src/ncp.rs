//! ncp: realizes the Supervisor Service in NSX-T (`docs/protocol.md` §4.3).
//!
//! *Sees* the Supervisor Service by watch; reads NSX-T in every pass. *Writes* both. *Holds* the
//! Supervisor Service. The comments name the rows of the tables.

use crate::nsx::{LoadBalancer, Place, Realization};
use crate::object::{Address, Ports, Stored, Told, Uid, Upstream};
use crate::request::{AllocationId, Payload, Request, Upwards};
use crate::state::Ncp;
use hopwise_vocab::{Hop, Object, Safeguard, Safeguards, Verb};

/// What a pass asks first.
pub(crate) fn decide(safeguards: &Safeguards, upstream: &Upstream) -> Option<Request> {
    let Stored { held, .. } = upstream.object;
    match (upstream.object.is_served(), held) {
        (true, false) => Some(upwards(safeguards, upstream).hold()),
        (true | false, true) => Some(Request::read(Hop::Ncp, upstream)),
        (false, false) => None,
    }
}

/// What follows the read.
pub(crate) fn after_read(on: &Safeguards, upstream: &Upstream, place: &Place) -> Option<Request> {
    if upstream.object.is_served() {
        build_up(on, upstream, place)
    } else {
        Some(tear_down(on, upstream, place))
    }
}

/// Rows N1 to N7.
fn build_up(on: &Safeguards, upstream: &Upstream, place: &Place) -> Option<Request> {
    let uid = upstream.object.uid;
    let Some(allocation) = place.allocation else {
        return Some(allocate(on, upstream));
    };
    match allocation.realization {
        Realization::Pending => None,
        Realization::Address(vip) => serve_at(on, upstream, vip, place.load_balancer.as_ref()),
        Realization::Failed => {
            let is_told = upstream.object.told == Told::Exhausted;
            if on.has(Safeguard::SurfaceExhaustion) && !is_told {
                Some(upwards(on, upstream).publish(Told::Exhausted))
            } else {
                on.has(Safeguard::WakeOnRelease).then(|| withdraw(uid))
            }
        }
    }
}

/// Row N1.
fn allocate(on: &Safeguards, upstream: &Upstream) -> Request {
    let id = if on.has(Safeguard::AllocationByIdentity) {
        AllocationId::Identity
    } else {
        AllocationId::Fresh
    };
    let Stored { uid, origin, .. } = upstream.object;
    Request::downwards(
        Verb::Allocate,
        Object::Allocation,
        uid,
        Payload::Tags { origin, id },
    )
}

/// Rows N4 to N7: there is an address.
fn serve_at(
    on: &Safeguards,
    upstream: &Upstream,
    vip: Address,
    there: Option<&LoadBalancer>,
) -> Option<Request> {
    let wanted = &upstream.object;
    let as_wanted = |there: &&LoadBalancer| {
        there.vip == vip && there.is_for(wanted.ports) && !there.has_failed()
    };
    match there.filter(as_wanted) {
        None => {
            let tree = Payload::Tree {
                vip,
                ports: wanted.ports,
                origin: wanted.origin,
                stale: there.and_then(|there| there.ports_beside(wanted.ports)),
            };
            Some(Request::downwards(
                Verb::Program,
                Object::LoadBalancer,
                wanted.uid,
                tree,
            ))
        }
        Some(there) if !there.is_realized() => None,
        Some(_) if wanted.told == Told::Address(vip) => None,
        Some(_) => Some(upwards(on, upstream).publish(Told::Address(vip))),
    }
}

/// Rows R1 to R3.
fn tear_down(on: &Safeguards, upstream: &Upstream, place: &Place) -> Request {
    let uid = upstream.object.uid;
    let there = place.load_balancer.and_then(|there| there.ports());
    let unprogram = there.map(|found| unprogram(uid, found));
    let withdraw = place.allocation.is_some().then(|| withdraw(uid));
    let next = if on.has(Safeguard::ReleaseIpLast) {
        unprogram.or(withdraw)
    } else {
        withdraw.or(unprogram)
    };
    next.unwrap_or_else(|| upwards(on, upstream).release())
}

fn unprogram(uid: Uid, found: Ports) -> Request {
    let found = Payload::Found(found);
    Request::downwards(Verb::Unprogram, Object::LoadBalancer, uid, found)
}

fn withdraw(uid: Uid) -> Request {
    Request::downwards(Verb::Withdraw, Object::Allocation, uid, Payload::Nothing)
}

fn upwards<'a>(safeguards: &'a Safeguards, seen: &'a Upstream) -> Upwards<'a> {
    Upwards {
        hop: Hop::Ncp,
        safeguards,
        seen,
    }
}

impl Ncp {
    /// Whether it made the allocation of this Supervisor Service itself.
    pub(crate) fn knows(&self, uid: Uid) -> bool {
        self.knows[usize::from(uid.number()) - 1]
    }

    pub(crate) fn learn(&mut self, uid: Uid) {
        self.knows[usize::from(uid.number()) - 1] = true;
    }
}
