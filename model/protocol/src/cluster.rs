//! Guest clusters come and go (`docs/protocol.md` §7).

use crate::model::Chain;
use crate::object::{Kind, Uid};
use crate::state::State;
use hopwise_vocab::{Hop, Object, Replica, Slot};

/// The guest cluster of a Service: its API server and its ccm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cluster {
    /// Whether there is none.
    pub deleted: bool,
    /// Up to which incarnation the Service went down with a cluster that is gone; 0 if none did.
    pub lost: u8,
}

impl Cluster {
    /// Whether the cluster in which this incarnation of the Service was is gone.
    pub fn is_gone(&self, service: Uid) -> bool {
        self.deleted || service.number() <= self.lost
    }
}

/// `admin delete cluster`: its API server with all that is in it, and its ccm, are gone at once.
pub(crate) fn delete(before: &State, chain: &Chain, slot: Slot) -> Option<State> {
    let mut after = change(before, chain, slot, false)?;
    for slot in chain.cluster_of(slot) {
        let lane = after.lane_mut(slot);
        for &replica in Replica::ALL {
            lane.ccm_mut(replica).map(std::mem::take);
        }
        lane.cluster.deleted = true;
        lane.cluster.lost = lane.service.incarnations;
        lane.put(Kind::Service, None);
        lane.late = lane
            .late
            .filter(|late| late.request.object != Object::Service);
        lane.laggard = lane
            .laggard
            .filter(|laggard| laggard.view.watch().0 != Hop::Ccm);
    }
    Some(after)
}

/// `admin create cluster`: one of the same name, with an empty API server.
pub(crate) fn create(before: &State, chain: &Chain, slot: Slot) -> Option<State> {
    let mut after = change(before, chain, slot, true)?;
    for slot in chain.cluster_of(slot) {
        let lane = after.lane_mut(slot);
        lane.cluster.deleted = false;
        for &replica in Replica::ALL {
            lane.restart(Hop::Ccm, replica);
        }
    }
    Some(after)
}

/// Takes one change of the cluster, which is gone or not, from the budget.
fn change(before: &State, chain: &Chain, slot: Slot, is_gone: bool) -> Option<State> {
    (chain.process_of(Hop::Ccm, slot) == slot).then_some(())?;
    let lane = before.lane(slot);
    (lane.cluster.deleted == is_gone).then_some(())?;
    let clusters = lane.user.clusters.checked_sub(1)?;

    let mut after = before.clone();
    after.lane_mut(slot).user.clusters = clusters;
    Some(after)
}
