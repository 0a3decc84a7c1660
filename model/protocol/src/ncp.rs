//! ncp: realizes the Supervisor Service in NSX-T (`docs/protocol.md` §4.3).
//!
//! *Sees* the Supervisor Service by watch; reads NSX-T in every pass. *Writes* both. *Holds* the
//! Supervisor Service. The comments name the rows of the tables.

use crate::nsx::{LoadBalancer, Place, Realization};
use crate::object::{Address, Lifecycle, Uid, Upstream};
use crate::request::{Payload, Request, Upwards};
use crate::state::State;
use hopwise_vocab::{Hop, Object, Safeguard, Safeguards, Verb};

/// What a pass asks first.
pub(crate) fn decide(safeguards: &Safeguards, upstream: &Upstream) -> Option<Request> {
    match (upstream.object.lifecycle, upstream.object.held) {
        (Lifecycle::Live, false) => Some(upwards(safeguards, upstream).hold()),
        (Lifecycle::Live | Lifecycle::Deleting, true) => Some(Request::read(Hop::Ncp, upstream)),
        (Lifecycle::Deleting, false) => None,
    }
}

/// What follows the read.
pub(crate) fn after_read(on: &Safeguards, upstream: &Upstream, place: &Place) -> Option<Request> {
    match upstream.object.lifecycle {
        Lifecycle::Live => build_up(on, upstream, place),
        Lifecycle::Deleting => Some(tear_down(on, upstream, place)),
    }
}

/// Rows N1 to N7.
fn build_up(on: &Safeguards, upstream: &Upstream, place: &Place) -> Option<Request> {
    let uid = upstream.object.uid;
    let Some(allocation) = place.allocation else {
        let tags = Payload::Tags {
            origin: upstream.object.origin,
        };
        return Some(Request::downwards(
            Verb::Allocate,
            Object::Allocation,
            uid,
            tags,
        ));
    };
    match allocation.realization {
        Realization::Pending => None,
        Realization::Failed if on.has(Safeguard::WakeOnRelease) => Some(withdraw(uid)),
        Realization::Failed => None,
        Realization::Address(vip) => serve_at(on, upstream, vip, place.load_balancer.as_ref()),
    }
}

/// Rows N4 to N7: there is an address.
fn serve_at(
    on: &Safeguards,
    upstream: &Upstream,
    vip: Address,
    there: Option<&LoadBalancer>,
) -> Option<Request> {
    let wanted = &upstream.object;
    match there.filter(|there| there.vip == vip && there.ports == wanted.ports) {
        None => {
            let tree = Payload::Tree {
                vip,
                ports: wanted.ports,
                origin: wanted.origin,
            };
            Some(Request::downwards(
                Verb::Program,
                Object::LoadBalancer,
                wanted.uid,
                tree,
            ))
        }
        Some(there) if !there.realized => None,
        Some(_) if wanted.ip == Some(vip) => None,
        Some(_) => Some(upwards(on, upstream).publish(Some(vip))),
    }
}

/// Rows R1 to R3.
fn tear_down(on: &Safeguards, upstream: &Upstream, place: &Place) -> Request {
    let uid = upstream.object.uid;
    let unprogram = place.load_balancer.is_some().then(|| unprogram(uid));
    let withdraw = place.allocation.is_some().then(|| withdraw(uid));
    let next = if on.has(Safeguard::ReleaseIpLast) {
        unprogram.or(withdraw)
    } else {
        withdraw.or(unprogram)
    };
    next.unwrap_or_else(|| upwards(on, upstream).release())
}

fn unprogram(uid: Uid) -> Request {
    Request::downwards(Verb::Unprogram, Object::LoadBalancer, uid, Payload::Nothing)
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

/// `ncp tick`: a pass begins if none is under way and the Supervisor Service is seen.
pub(crate) fn tick(before: &State, safeguards: &Safeguards) -> Option<State> {
    before.ncp.pass.is_idle().then_some(())?;
    before.ncp.supervisor_service.seen?;

    let mut after = before.clone();
    after.wake(safeguards, Hop::Ncp);
    Some(after)
}

/// `deliver ncp supervisor-service`.
pub(crate) fn deliver_supervisor_service(before: &State, on: &Safeguards) -> Option<State> {
    (!before.ncp.supervisor_service.events.is_empty()).then_some(())?;

    let mut after = before.clone();
    after.ncp.supervisor_service.deliver();
    after.wake(on, Hop::Ncp);
    Some(after)
}
