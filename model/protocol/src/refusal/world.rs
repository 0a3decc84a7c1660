//! Guards of what users, administrators, NSX-T and the sweeps do.

use super::{Guard, exists, is_written_for, must, need};
use crate::faults::is_cut_off;
use crate::model::Chain;
use crate::object::{Stored, Told};
use crate::scenarios::{Fault, Topology};
use crate::state::{Lane, Seen, State};
use crate::sweeps::{is_orphan, sees};
use hopwise_vocab::{AdminStep, At, Hop, Object, Realizable, Replica, Safeguard, Slot, UserStep};

pub(super) fn user(chain: &Chain, lane: &Lane, step: UserStep) -> Guard {
    let service = lane.store(chain.users_kind()).object();
    match step {
        UserStep::Create => {
            need(!lane.cluster.deleted, "the guest cluster is gone")?;
            must(service.is_none(), || {
                let number = service.map_or(0, |it| it.uid.number());
                format!("there is a Service of this name already: incarnation {number}")
            })?;
        }
        UserStep::Edit | UserStep::Delete | UserStep::Retype => is_live(service, "Service")?,
        UserStep::Strip => {
            need(service.is_some(), "there is no Service")?;
            need(
                service.is_some_and(|it| !it.is_live()),
                "the Service is not being deleted",
            )?;
        }
    }
    need(
        lane.user.may(step),
        "the user has done that as often as the scenario lets it",
    )
}

pub(super) fn admin(chain: &Chain, lane: &Lane, slot: Slot, step: AdminStep) -> Guard {
    let behind = |object| {
        must(chain.scenario.behind.contains(&object), || {
            format!("in the scenario no {object} is deleted behind the chain's back")
        })
    };
    match step {
        AdminStep::DeleteVmService => {
            behind(Object::VmService)?;
            is_live(lane.vm_service.object(), "VirtualMachineService")?;
        }
        AdminStep::DeleteSupervisorService => {
            behind(Object::SupervisorService)?;
            is_live(lane.supervisor_service.object(), "Supervisor Service")?;
        }
        AdminStep::DeleteLoadBalancer => {
            behind(Object::LoadBalancer)?;
            let is_there = lane.places.iter().any(|it| it.load_balancer.is_some());
            need(is_there, "NSX-T has no load balancer")?;
        }
        AdminStep::Annotate => is_live(lane.vm_service.object(), "VirtualMachineService")?,
        AdminStep::DeleteCluster => {
            is_written_for(chain, slot, Hop::Ccm)?;
            need(!lane.cluster.deleted, "the guest cluster is gone already")?;
        }
        AdminStep::CreateCluster => {
            is_written_for(chain, slot, Hop::Ccm)?;
            need(lane.cluster.deleted, "there is a guest cluster already")?;
        }
    }
    need(
        lane.user.lets(step),
        "administrators have done that as often as the scenario lets them",
    )
}

fn is_live(object: Option<Stored>, name: &str) -> Guard {
    must(object.is_some(), || format!("there is no {name}"))?;
    must(object.is_some_and(|it| it.is_live()), || {
        format!("the {name} is being deleted")
    })
}

pub(super) fn waits_for(lane: &Lane, what: Realizable) -> Guard {
    must(lane.waits_for(what), || match what {
        Realizable::Allocation => "no allocation waits to be realized".into(),
        Realizable::LoadBalancer => "no virtual server waits to be realized".into(),
    })
}

pub(super) fn fail(chain: &Chain, state: &State, lane: &Lane, what: Realizable) -> Guard {
    need(
        what == Realizable::LoadBalancer,
        "only the realization of load balancers fails",
    )?;
    chain.lets(state, Fault::Fail, Hop::Ncp)?;
    waits_for(lane, what)
}

pub(super) fn cut(chain: &Chain, state: &State) -> Guard {
    need(!state.is_cut, "ccm is cut off already")?;
    chain.lets(state, Fault::Cut, Hop::Ccm)
}

pub(super) fn sweep(chain: &Chain, state: &State, at: At, hop: Hop) -> Guard {
    need(hop != Hop::Vmop, "vmop does not sweep")?;
    let lane = state.lane(at.service);
    exists(lane, at.replica, hop)?;
    need(
        chain.safeguards.has(Safeguard::SweepOrphans),
        "nobody sweeps without sweep-orphans",
    )?;
    match hop {
        Hop::Ccm => sweep_ccm(chain, state, at),
        Hop::Vmop | Hop::Ncp => sweep_ncp(lane, at.replica),
    }
}

fn sweep_ccm(chain: &Chain, state: &State, at: At) -> Guard {
    has_hops(chain)?;
    let is_cut_off = is_cut_off(state, chain, at, Hop::Ccm, Object::VmService);
    need(!is_cut_off, "ccm is cut off from the Supervisor")?;
    let lane = state.lane(at.service);
    let polled = match lane.ccm(at.replica).map(|it| it.vm_service) {
        Some(Seen::There(polled)) => polled,
        Some(Seen::Absent) => return Err("the last poll found no VirtualMachineService".into()),
        Some(Seen::NotPolled) | None => return Err("ccm has heard no poll yet".into()),
    };
    let (number, of) = (polled.uid.number(), polled.stands_for.number());
    let there = lane.vm_service.incarnation(polled.uid);
    must(there.is_some(), || {
        format!("VirtualMachineService {number}, which the last poll found, is gone")
    })?;
    let seen = sees(lane, Hop::Ccm, at.replica, polled.stands_for);
    must(!seen, || {
        format!("ccm still sees Service {of}, which VirtualMachineService {number} stands for")
    })?;
    must(there.is_some_and(|it| it.is_live()), || {
        format!("VirtualMachineService {number} is being deleted already")
    })?;
    let stands_for = there.map_or(polled.stands_for, |it| it.stands_for);
    must(lane.service.incarnation(stands_for).is_none(), || {
        let of = stands_for.number();
        format!("VirtualMachineService {number} stands for Service {of}, which is there")
    })
}

fn sweep_ncp(lane: &Lane, replica: Replica) -> Guard {
    let mut places = lane.places_by_uid();
    let orphan = places.find(|&(uid, place)| is_orphan(lane, uid, place));
    let Some((uid, _)) = orphan else {
        return Err("NSX-T holds nothing for a Supervisor Service that is gone".into());
    };
    must(!sees(lane, Hop::Ncp, replica, uid), || {
        let number = uid.number();
        format!("ncp still sees Supervisor Service {number}, for which NSX-T holds something")
    })
}

pub(super) fn collect(chain: &Chain, lane: &Lane, object: Object) -> Guard {
    has_hops(chain)?;
    match object {
        Object::SupervisorService => {
            let there = lane.supervisor_service.object();
            is_live(there, "Supervisor Service")?;
            let owner = there.and_then(|it| lane.vm_service.incarnation(it.stands_for));
            must(owner.is_none(), || {
                let number = owner.map_or(0, |it| it.uid.number());
                format!("its owner, VirtualMachineService {number}, is there")
            })
        }
        Object::VmService => {
            let there = lane.vm_service.object();
            is_live(there, "VirtualMachineService")?;
            let is_gone = there.is_some_and(|it| lane.cluster.is_gone(it.origin));
            need(is_gone, "its owner, the guest cluster, is there")
        }
        Object::Service | Object::Allocation | Object::LoadBalancer | Object::Nsx => {
            Err("nobody owns it, so nobody collects it".into())
        }
    }
}

pub(super) fn has_hops(chain: &Chain) -> Guard {
    need(
        chain.scenario.topology == Topology::Hops,
        "the scenario has no guest cluster",
    )
}

pub(super) fn remember(chain: &Chain, lane: &Lane, replica: Replica) -> Guard {
    node_sync(chain, lane, replica)?;
    let ccm = lane.ccm(replica);
    let seen = ccm.and_then(|it| it.service.seen()).map(|it| it.object);
    let is_served = seen.is_some_and(|it| it.is_served());
    need(is_served, "ccm sees no Service that it is to serve")?;
    let (is_held, is_told) = seen.map_or((false, false), |it| (it.held, it.told != Told::Nothing));
    need(is_held, "ccm does not see its finalizer on the Service")?;
    need(
        is_told,
        "the status of the Service, as ccm sees it, says nothing yet",
    )?;
    let has_copied = ccm.is_some_and(|it| it.copied.is_some());
    need(!has_copied, "the node sync remembers the Service already")
}

pub(super) fn rewrite(chain: &Chain, lane: &Lane, replica: Replica) -> Guard {
    node_sync(chain, lane, replica)?;
    let has_copied = lane.ccm(replica).is_some_and(|it| it.copied.is_some());
    need(has_copied, "the node sync remembers nothing")
}

fn node_sync(chain: &Chain, lane: &Lane, replica: Replica) -> Guard {
    need(
        !chain.safeguards.has(Safeguard::FreshIntent),
        "with fresh-intent the node sync remembers nothing",
    )?;
    has_hops(chain)?;
    exists(lane, replica, Hop::Ccm)
}
