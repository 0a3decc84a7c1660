//! What stands for nobody is removed (`docs/protocol.md` §4.4). The proof that it does is a live
//! read, and stays true because a UID never comes back: a sweep is one step.

use crate::faults::is_cut_off;
use crate::model::Chain;
use crate::nsx::Place;
use crate::object::{Kind, Stored, Uid};
use crate::scenarios::Topology;
use crate::state::{Lane, Seen, State};
use hopwise_vocab::{At, Hop, Object, Replica, Safeguard};

/// `sweep ccm`: the polled VirtualMachineService stands for a guest Service that is no more.
pub(crate) fn sweep_vm_service(before: &State, chain: &Chain, at: At) -> Option<State> {
    chain.sweeps().then_some(())?;
    (!is_cut_off(before, chain, at, Hop::Ccm, Object::VmService)).then_some(())?;
    let lane = before.lane(at.service);
    let Seen::There(polled) = lane.ccm(at.replica)?.vm_service else {
        return None;
    };
    let there = lane.vm_service.incarnation(polled.uid)?;
    (!sees(lane, Hop::Ccm, at.replica, polled.stands_for)).then_some(())?;
    is_nobodys(lane, Kind::Service, there).then_some(())?;

    let mut after = before.clone();
    after.lane_mut(at.service).delete(Kind::VmService, there);
    Some(after)
}

/// `collect OBJECT`: its owner, a VirtualMachineService or a guest cluster, is no more.
/// In `direct` nobody owns the user's own Service.
pub(crate) fn collect(before: &State, chain: &Chain, at: At, object: Object) -> Option<State> {
    (chain.scenario.topology == Topology::Hops).then_some(())?;
    let lane = before.lane(at.service);
    let (kind, there) = match object {
        Object::SupervisorService => {
            let there = lane.supervisor_service.object()?;
            is_nobodys(lane, Kind::VmService, there).then_some((Kind::SupervisorService, there))
        }
        Object::VmService => {
            let there = lane.vm_service.object().filter(Stored::is_live)?;
            lane.cluster
                .is_gone(there.origin)
                .then_some((Kind::VmService, there))
        }
        Object::Service | Object::Allocation | Object::LoadBalancer | Object::Nsx => None,
    }?;

    let mut after = before.clone();
    after.lane_mut(at.service).delete(kind, there);
    Some(after)
}

/// `sweep ncp`: NSX-T holds something for a Supervisor Service that is no more.
pub(crate) fn sweep_nsx(before: &State, chain: &Chain, at: At) -> Option<State> {
    chain.sweeps().then_some(())?;
    let lane = before.lane(at.service);
    lane.ncp(at.replica)?;
    let (uid, _) = lane
        .places_by_uid()
        .find(|&(uid, place)| is_orphan(lane, uid, place))?;
    (!sees(lane, Hop::Ncp, at.replica, uid)).then_some(())?;

    let mut after = before.clone();
    let place = after.lane_mut(at.service).place_mut(uid);
    if place.load_balancer.take().is_none() {
        let gone = place.allocation.take();
        let gone = gone.or_else(|| place.strays.iter_mut().find_map(Option::take));
        after.give_back(gone);
    }
    Some(after)
}

impl Chain {
    fn sweeps(&self) -> bool {
        self.safeguards.has(Safeguard::SweepOrphans)
    }
}

/// Whether a hop still sees this incarnation of its upstream object: it is not swept after then,
/// lest a pass makes again what the sweep removes.
pub(crate) fn sees(lane: &Lane, hop: Hop, replica: Replica, uid: Uid) -> bool {
    let seen = lane.upstream_seen(hop, replica);
    seen.is_some_and(|seen| seen.object.uid == uid)
}

/// Whether a live object stands for one of this kind that is no more.
fn is_nobodys(lane: &Lane, of: Kind, object: Stored) -> bool {
    object.is_live() && lane.store(of).incarnation(object.stands_for).is_none()
}

/// Whether NSX-T holds something for a Supervisor Service that is no more.
pub(crate) fn is_orphan(lane: &Lane, uid: Uid, place: &Place) -> bool {
    !place.is_empty() && lane.supervisor_service.incarnation(uid).is_none()
}
