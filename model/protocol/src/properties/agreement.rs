//! When the chain agrees with what the users want, and when it has learned so
//! (`docs/protocol.md` §10).

use super::words::{is_to_be_had, lanes};
use crate::fairness::Class;
use crate::model::Chain;
use crate::nsx::{Occupancy, Place};
use crate::object::{Kind, Stored, Told};
use crate::request::{Request, downstream};
use crate::scenarios::Topology;
use crate::state::{Ccm, Lane, Ncp, Poll, Seen, State, Vmop};
use crate::steps::{Answer, after_read, next_request};
use crate::store::Store;
use crate::watch::Watch;
use crate::word::Word;
use hopwise_vocab::{Deed, Hop, Replica, Verb};
use stateright::Model;

/// Whether each object that stands for a Service that is served is there, live, with its ports.
pub(super) fn mirrors(chain: &Chain, state: &State) -> bool {
    lanes(chain, state).all(|lane| {
        let mut above: Option<Stored> = None;
        objects(chain, lane).all(|object| {
            let is_mirrored = match (above, served(chain, lane)) {
                (_, None) => true,
                (None, Some(_)) => object.is_some(),
                (Some(above), Some(_)) => object.is_some_and(|object| {
                    object.is_live()
                        && object.stands_for == above.uid
                        && object.ports == above.ports
                }),
            };
            above = object;
            is_mirrored
        })
    })
}

/// Whether all objects of a Service that is served are told one thing, and it is true.
pub(super) fn is_told(chain: &Chain, state: &State) -> bool {
    lanes(chain, state).all(|lane| {
        let Some(service) = served(chain, lane) else {
            return true;
        };
        let told = |object: Option<Stored>| object.map(|object| object.told);
        let mut all = objects(chain, lane);
        all.all(|object| told(object) == Some(service.told)) && is_true(chain, state, lane)
    })
}

/// Whether what the lowest object is told is so.
fn is_true(chain: &Chain, state: &State, lane: &Lane) -> bool {
    let Some(lowest) = lane.supervisor_service.object() else {
        return false;
    };
    match lowest.told {
        Told::Nothing => false,
        Told::Exhausted => !is_to_be_had(chain, state),
        Told::Address(address) => {
            let Place {
                allocation,
                load_balancer,
                ..
            } = lane.place(lowest.uid);
            let allocated = allocation.and_then(|found| found.address());
            let serves = load_balancer
                .is_some_and(|there| there.vip == address && there.serves(lowest.ports));
            allocated == Some(address) && serves
        }
    }
}

/// Whether nothing is left of what is not served.
pub(super) fn nothing_is_left(chain: &Chain, state: &State) -> bool {
    lanes(chain, state).all(|lane| {
        let uid = lane.supervisor_service.object().map(|object| object.uid);
        let is_served = served(chain, lane).is_some();
        let own = lane.store(chain.users_kind()).object();
        let others = objects(chain, lane).skip(1);
        let mut used = lane.places_by_uid().filter(|(_, place)| !place.is_empty());
        used.all(|(of, _)| is_served && uid == Some(of))
            && (is_served || own.is_none_or(|own| own.is_live() && !own.held))
            && (is_served || others.into_iter().all(|object| object.is_none()))
    })
}

/// Whether everybody has learned that the chain agrees, nothing is under way, and nobody waits
/// for an address.
pub(super) fn has_learned(chain: &Chain, state: &State) -> bool {
    let agrees = mirrors(chain, state) && is_told(chain, state) && nothing_is_left(chain, state);
    agrees
        && !state.is_cut
        && !state.pool.contains(&Occupancy::Quarantined)
        && lanes(chain, state).all(|lane| {
            let waits = served(chain, lane).is_some_and(|own| own.told == Told::Exhausted);
            let mut replicas = Replica::ALL.iter();
            !waits && lane.late.is_none() && replicas.all(|&replica| knows(lane, replica))
        })
}

/// Whether no pass that could begin here asks for a write, nor a sweep, a collection or ccm's node
/// sync changes anything: the live read, where a pass has one, is answered with what there is.
pub(super) fn writes_nothing(chain: &Chain, state: &State) -> bool {
    let passes = lanes(chain, state).all(|lane| {
        let mut all = Hop::ALL
            .iter()
            .flat_map(|hop| Replica::ALL.iter().map(move |it| (hop, it)));
        all.all(|(&hop, &replica)| asked(chain, lane, hop, replica).is_none_or(|it| !is_write(it)))
    });
    let mut next = chain.next_steps(state).into_iter();
    passes
        && next.all(|(action, after)| {
            let node_sync = matches!(action.deed, Deed::Remember | Deed::Rewrite);
            let is_own = node_sync || Class::of(&action.deed).is_some();
            !is_own
                || chain
                    .slots()
                    .all(|slot| is_same(state.lane(slot), after.lane(slot)))
        })
}

/// What a pass that begins now asks at last: after its live read, if it has one.
fn asked(chain: &Chain, lane: &Lane, hop: Hop, replica: Replica) -> Option<Request> {
    let first = next_request(lane, replica, &chain.safeguards, hop)?;
    if first.verb != Verb::Read {
        return Some(first);
    }
    let seen = lane.upstream_seen(hop, replica)?;
    let answer = match downstream(hop) {
        Some(kind) => Answer::Downstream(lane.store(kind).object().map(Stored::as_downstream)),
        None => Answer::Nsx(*lane.place(seen.object.uid)),
    };
    after_read(&chain.safeguards, hop, &seen, &answer)
}

fn is_write(request: Request) -> bool {
    !matches!(request.verb, Verb::Read | Verb::List)
}

/// Whether the servers hold the same.
fn is_same(before: &Lane, after: &Lane) -> bool {
    let stored = |lane: &Lane| (lane.service, lane.vm_service, lane.supervisor_service);
    stored(before) == stored(after) && before.places == after.places
}

/// Whether a replica of every hop has seen what there is, and does nothing.
fn knows(lane: &Lane, replica: Replica) -> bool {
    let upstream = |kind: Kind| lane.store(kind).object().map(Stored::as_upstream);
    let downstream = |kind: Kind| lane.store(kind).object().map(Stored::as_downstream);
    let is_idle = |hop| {
        let pass = lane.pass(hop, replica);
        pass.is_none_or(|pass| pass.is_idle())
    };
    let ccm = |ccm: &Ccm| {
        let polled = downstream(Kind::VmService).map_or(Seen::Absent, Seen::There);
        let knows_nothing = lane.topology == Topology::Direct || ccm.vm_service == polled;
        has_seen(&ccm.service, upstream(Kind::Service)) && knows_nothing && ccm.poll == Poll::Idle
    };
    let vmop = |vmop: &Vmop| {
        let below = lane.topology == Topology::Direct
            || has_seen(
                &vmop.supervisor_service,
                downstream(Kind::SupervisorService),
            );
        has_seen(&vmop.vm_service, upstream(Kind::VmService)) && below
    };
    let ncp = |ncp: &Ncp| has_seen(&ncp.supervisor_service, upstream(Kind::SupervisorService));
    Hop::ALL.iter().all(|&hop| is_idle(hop))
        && lane.ccm(replica).is_none_or(ccm)
        && lane.vmop(replica).is_none_or(vmop)
        && lane.ncp(replica).is_none_or(ncp)
}

fn has_seen<T: Word + PartialEq>(watch: &Watch<T>, what: Option<T>) -> bool {
    watch.events.is_empty() && watch.seen() == what
}

/// The user's Service, if it is to be served.
fn served(chain: &Chain, lane: &Lane) -> Option<Stored> {
    let own = lane.store(chain.users_kind()).object();
    own.filter(|own| own.is_served())
}

/// The user's Service and what stands for it at the API servers, downwards.
fn objects(chain: &Chain, lane: &Lane) -> impl Iterator<Item = Option<Stored>> {
    let hops = [&lane.service, &lane.vm_service, &lane.supervisor_service];
    let skipped = match chain.scenario.topology {
        Topology::Hops => 0,
        Topology::Direct => 2,
    };
    hops.into_iter().skip(skipped).map(Store::object)
}
