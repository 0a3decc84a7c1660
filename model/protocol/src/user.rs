//! Users and administrators (`docs/protocol.md` §7).

use crate::cluster;
use crate::model::Chain;
use crate::object::{Edits, Kind, Ports, Stored, Told, Uid};
use crate::state::{Lane, State, User};
use hopwise_vocab::{AdminStep, Object, Slot, UserStep};

impl User {
    /// Whether the budget has a step left.
    pub(crate) fn may(&self, step: UserStep) -> bool {
        let left = match step {
            UserStep::Create => self.creates,
            UserStep::Edit => self.edits,
            UserStep::Delete => self.deletes,
            UserStep::Retype => self.retypes,
            UserStep::Strip => self.strips,
        };
        left > 0
    }

    /// Whether the budget has a step of an administrator left.
    pub(crate) fn lets(&self, step: AdminStep) -> bool {
        let left = match step {
            AdminStep::DeleteVmService
            | AdminStep::DeleteSupervisorService
            | AdminStep::DeleteLoadBalancer => self.admin_deletes,
            AdminStep::Annotate => self.annotates,
            AdminStep::DeleteCluster | AdminStep::CreateCluster => self.clusters,
        };
        left > 0
    }
}

/// `user STEP`, on the user's own Service.
pub(crate) fn step(before: &State, chain: &Chain, slot: Slot, step: UserStep) -> Option<State> {
    let kind = chain.users_kind();
    let lane = before.lane(slot);
    let lane = match step {
        UserStep::Create if lane.cluster.deleted => None,
        UserStep::Create => create(lane, kind),
        UserStep::Edit => edit(lane, kind, chain.scenario.edits),
        UserStep::Delete => delete(lane, kind),
        UserStep::Retype => retype(lane, kind),
        UserStep::Strip => strip(lane, kind),
    }?;
    Some(with_lane(before, slot, lane))
}

/// `admin STEP`.
pub(crate) fn admin(before: &State, chain: &Chain, slot: Slot, step: AdminStep) -> Option<State> {
    let lane = before.lane(slot);
    let lane = match step {
        AdminStep::DeleteVmService => delete_behind(lane, chain, Kind::VmService),
        AdminStep::DeleteSupervisorService => delete_behind(lane, chain, Kind::SupervisorService),
        AdminStep::DeleteLoadBalancer => delete_load_balancer(lane, chain),
        AdminStep::Annotate => annotate(lane),
        AdminStep::DeleteCluster => return cluster::delete(before, chain, slot),
        AdminStep::CreateCluster => return cluster::create(before, chain, slot),
    }?;
    Some(with_lane(before, slot, lane))
}

fn with_lane(before: &State, slot: Slot, lane: Lane) -> State {
    let mut after = before.clone();
    *after.lane_mut(slot) = lane;
    after
}

/// When there is no Service, one of a new UID is created.
fn create(before: &Lane, kind: Kind) -> Option<Lane> {
    before.store(kind).object().is_none().then_some(())?;
    let creates = before.user.creates.checked_sub(1)?;

    let mut after = before.clone();
    after.user.creates = creates;
    after.user.asked = Ports::default();
    let uid: Uid = after.store_mut(kind).next_uid();
    after.put(kind, Some(Stored::new(uid, uid, uid, after.user.asked)));
    Some(after)
}

/// The ports of a live Service are changed.
fn edit(before: &Lane, kind: Kind, changes: Edits) -> Option<Lane> {
    let service = before.store(kind).object().filter(Stored::is_live)?;
    let edits = before.user.edits.checked_sub(1)?;

    let mut after = before.clone();
    after.user.edits = edits;
    after.user.asked = before.user.asked.edited(changes);
    let ports = after.user.asked;
    after.put(kind, Some(Stored { ports, ..service }));
    Some(after)
}

/// A live Service is deleted: at once if no finalizer holds it.
fn delete(before: &Lane, kind: Kind) -> Option<Lane> {
    let service = before.store(kind).object().filter(Stored::is_live)?;
    let deletes = before.user.deletes.checked_sub(1)?;

    let mut after = before.clone();
    after.user.deletes = deletes;
    after.user.asked = Ports::default();
    after.delete(kind, service);
    Some(after)
}

/// A live Service becomes one of type ClusterIP, which has no load balancer status, or one of
/// type LoadBalancer again. Conditions stay: what was told exhausted still is.
fn retype(before: &Lane, kind: Kind) -> Option<Lane> {
    let service = before.store(kind).object().filter(Stored::is_live)?;
    let retypes = before.user.retypes.checked_sub(1)?;

    let mut after = before.clone();
    after.user.retypes = retypes;
    let retyped = Stored {
        balanced: !service.balanced,
        told: if service.told.address().is_some() {
            Told::Nothing
        } else {
            service.told
        },
        ..service
    };
    after.put(kind, Some(retyped));
    Some(after)
}

/// The finalizers of a Service that is being deleted are taken away, and it is gone.
fn strip(before: &Lane, kind: Kind) -> Option<Lane> {
    let service = before.store(kind).object()?;
    (!service.is_live()).then_some(())?;
    let strips = before.user.strips.checked_sub(1)?;

    let mut after = before.clone();
    after.user.strips = strips;
    after.put(kind, None);
    Some(after)
}

/// Something of the chain's is deleted behind its back.
fn delete_behind(before: &Lane, chain: &Chain, kind: Kind) -> Option<Lane> {
    chain.scenario.behind.contains(&kind.into()).then_some(())?;
    let object = before.store(kind).object().filter(Stored::is_live)?;
    let admin_deletes = before.user.admin_deletes.checked_sub(1)?;

    let mut after = before.clone();
    after.user.admin_deletes = admin_deletes;
    after.delete(kind, object);
    Some(after)
}

/// The oldest load balancer is deleted in NSX-T. Its address stays allocated.
fn delete_load_balancer(before: &Lane, chain: &Chain) -> Option<Lane> {
    let is_hit = chain.scenario.behind.contains(&Object::LoadBalancer);
    is_hit.then_some(())?;
    let mut places = before.places.iter();
    let oldest = places.position(|place| place.load_balancer.is_some())?;
    let admin_deletes = before.user.admin_deletes.checked_sub(1)?;

    let mut after = before.clone();
    after.user.admin_deletes = admin_deletes;
    after.places[oldest].load_balancer = None;
    Some(after)
}

/// The live VirtualMachineService is given an annotation that is not the chain's.
fn annotate(before: &Lane) -> Option<Lane> {
    let object = before.vm_service.object().filter(Stored::is_live)?;
    let annotates = before.user.annotates.checked_sub(1)?;

    let mut after = before.clone();
    after.user.annotates = annotates;
    after.user.annotated = Some(object.uid);
    let annotated = Stored {
        annotated: true,
        ..object
    };
    after.put(Kind::VmService, Some(annotated));
    Some(after)
}
