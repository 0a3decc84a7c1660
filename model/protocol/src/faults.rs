//! What goes wrong (`docs/protocol.md` §7a). Every fault takes from one budget.

use crate::model::Chain;
use crate::nsx::{Hearing, VirtualServer};
use crate::object::{Kind, Stored};
use crate::pass::Call;
use crate::request::Request;
use crate::scenarios::{Fault, Faults};
use crate::state::{Ccm, Lane, Late, Ncp, State, Vmop};
use crate::watch::Watch;
use hopwise_vocab::{At, Hop, Object, Realizable, Replica, Slot};

impl Chain {
    /// Whether this kind of fault may happen to a hop in a state.
    pub(crate) fn may(&self, before: &State, fault: Fault, hop: Hop) -> bool {
        let Faults {
            kinds, hop: only, ..
        } = self.scenario.faults;
        before.faults > 0 && kinds.contains(&fault) && only.is_none_or(|only| only == hop)
    }
}

/// `lose HOP VERB OBJECT`: the waiting call fails, and no server has seen it. While ccm is cut off
/// its calls to the Supervisor fail without a budget.
pub(crate) fn lose(before: &State, chain: &Chain, at: At, hop: Hop) -> Option<State> {
    let call = waiting(before, at, hop)?;
    let is_free = before.is_cut && crosses(chain, at, hop, call.name(hop).1);
    (is_free || chain.may(before, Fault::Lose, hop)).then_some(())?;

    let mut after = before.clone();
    if !is_free {
        after.faults -= 1;
    }
    after.fail(chain, at, hop);
    // While ccm is cut off, a call that fails and is tried again just the same is no step.
    (!is_free || after != *before).then_some(after)
}

/// `lose-reply HOP VERB OBJECT`: the server acts on the waiting write; its caller hears a failure.
pub(crate) fn lose_reply(before: &State, chain: &Chain, at: At, hop: Hop) -> Option<State> {
    let request = waiting_write(before, at, hop)?;
    chain.may(before, Fault::LoseReply, hop).then_some(())?;
    (!is_cut_off(before, chain, at, hop, request.object)).then_some(())?;

    let mut after = before.clone();
    after.faults -= 1;
    after.serve_write(at, hop, &request, Hearing::Unheard);
    after.fail(chain, at, hop);
    Some(after)
}

/// `delay HOP VERB OBJECT`: the waiting write fails for its caller and is still under way.
pub(crate) fn delay(before: &State, chain: &Chain, at: At, hop: Hop) -> Option<State> {
    let request = waiting_write(before, at, hop)?;
    chain.may(before, Fault::Delay, hop).then_some(())?;
    // One that names the version it was decided on lands as a stale one, or as one that was slow.
    request.version.is_none().then_some(())?;
    before.lane(at.service).late.is_none().then_some(())?;

    let mut after = before.clone();
    after.faults -= 1;
    after.lane_mut(at.service).late = Some(Late { hop, request });
    after.fail(chain, at, hop);
    Some(after)
}

/// `land HOP VERB OBJECT`: the delayed write reaches its server.
pub(crate) fn land(before: &State, at: At) -> Option<State> {
    let Late { hop, request } = before.lane(at.service).late?;

    let mut after = before.clone();
    after.lane_mut(at.service).late = None;
    after.serve_write(at, hop, &request, Hearing::Unheard);
    Some(after)
}

/// `crash HOP`: a controller forgets everything about every Service, and restarts.
pub(crate) fn crash(before: &State, chain: &Chain, at: At, hop: Hop) -> Option<State> {
    chain.may(before, Fault::Crash, hop).then_some(())?;
    (chain.process_of(hop, at.service) == at.service).then_some(())?;
    before.lane(at.service).pass(hop, at.replica)?;

    let mut after = before.clone();
    after.faults -= 1;
    for slot in chain.slots() {
        if chain.process_of(hop, slot) == at.service {
            after.lane_mut(slot).restart(hop, at.replica);
        }
    }
    Some(after)
}

/// `relist HOP OBJECT`: what a watch has not delivered is replaced by what there is.
pub(crate) fn relist(
    before: &State,
    chain: &Chain,
    at: At,
    watched: (Hop, Object),
) -> Option<State> {
    chain.may(before, Fault::Relist, watched.0).then_some(())?;

    let mut after = before.clone();
    after.lane_mut(at.service).relist(at.replica, watched)?;
    // Where nothing is hidden, nothing has gone wrong.
    (after != *before).then_some(())?;
    after.faults -= 1;
    Some(after)
}

/// `cut`: ccm's calls to the Supervisor begin to fail.
pub(crate) fn cut(before: &State, chain: &Chain) -> Option<State> {
    (!before.is_cut && chain.may(before, Fault::Cut, Hop::Ccm)).then_some(())?;

    let mut after = before.clone();
    after.faults -= 1;
    after.is_cut = true;
    Some(after)
}

/// `mend`: they do not fail any longer.
pub(crate) fn mend(before: &State) -> Option<State> {
    before.is_cut.then_some(())?;

    let mut after = before.clone();
    after.is_cut = false;
    Some(after)
}

/// `fail load-balancer`: NSX-T can not realize what it accepted.
pub(crate) fn fail(before: &State, chain: &Chain, slot: Slot, what: Realizable) -> Option<State> {
    (what == Realizable::LoadBalancer).then_some(())?;
    chain.may(before, Fault::Fail, Hop::Ncp).then_some(())?;
    before.lane(slot).waits_for(what).then_some(())?;

    let mut after = before.clone();
    after.faults -= 1;
    after.realize_load_balancer(slot, VirtualServer::Failed);
    Some(after)
}

/// Whether a call of a hop can not reach its server.
pub(crate) fn is_cut_off(state: &State, chain: &Chain, at: At, hop: Hop, object: Object) -> bool {
    state.is_cut && crosses(chain, at, hop, object)
}

/// Whether a call goes from the first guest cluster to the Supervisor.
fn crosses(chain: &Chain, at: At, hop: Hop, object: Object) -> bool {
    let from_first = chain.process_of(Hop::Ccm, at.service) == At::FIRST.service;
    hop == Hop::Ccm && object == Object::VmService && from_first
}

fn waiting(state: &State, at: At, hop: Hop) -> Option<Call> {
    let call = state.lane(at.service).pass(hop, at.replica)?.call;
    call.filter(|call| !call.is_answered())
}

fn waiting_write(state: &State, at: At, hop: Hop) -> Option<Request> {
    match waiting(state, at, hop)? {
        Call::Writing(request) => Some(request),
        Call::Reading { .. } | Call::Read { .. } | Call::Written { .. } => None,
    }
}

impl State {
    /// A call of a hop's pass fails: the pass ends, and another begins.
    fn fail(&mut self, chain: &Chain, at: At, hop: Hop) {
        if let Some(pass) = self.lane_mut(at.service).pass_mut(hop, at.replica) {
            pass.again = true;
        }
        self.go_on(chain, at, hop, None);
    }
}

impl Lane {
    /// A controller starts: its watches list what there is, and it knows nothing else.
    pub(crate) fn restart(&mut self, hop: Hop, replica: Replica) {
        let upstream = |lane: &Lane, kind| {
            let object = lane.store(kind).object();
            Watch::starting(object.map(Stored::as_upstream))
        };
        match hop {
            Hop::Ccm => {
                let service = upstream(self, Kind::Service);
                if let Some(ccm) = self.ccm_mut(replica) {
                    *ccm = Ccm {
                        service,
                        ..Ccm::default()
                    };
                }
            }
            Hop::Vmop => {
                let vm_service = upstream(self, Kind::VmService);
                let below = self.supervisor_service.object().map(Stored::as_downstream);
                if let Some(vmop) = self.vmop_mut(replica) {
                    *vmop = Vmop {
                        vm_service,
                        supervisor_service: Watch::unlisted(below),
                        ..Vmop::default()
                    };
                }
            }
            Hop::Ncp => {
                let supervisor_service = upstream(self, Kind::SupervisorService);
                if let Some(ncp) = self.ncp_mut(replica) {
                    *ncp = Ncp {
                        supervisor_service,
                        ..Ncp::default()
                    };
                }
            }
        }
    }

    fn relist(&mut self, replica: Replica, watched: (Hop, Object)) -> Option<()> {
        let upstream = |kind| self.store(kind).object().map(Stored::as_upstream);
        let service = upstream(Kind::Service);
        let vm_service = upstream(Kind::VmService);
        let supervisor_service = upstream(Kind::SupervisorService);
        let below = self.supervisor_service.object().map(Stored::as_downstream);
        match watched {
            (Hop::Ccm, Object::Service) => self.ccm_mut(replica)?.service.relist(service),
            (Hop::Vmop, Object::VmService) => {
                self.vmop_mut(replica)?.vm_service.relist(vm_service);
            }
            (Hop::Vmop, Object::SupervisorService) => {
                self.vmop_mut(replica)?.supervisor_service.relist(below);
            }
            (Hop::Ncp, Object::SupervisorService) => {
                let ncp = self.ncp_mut(replica)?;
                ncp.supervisor_service.relist(supervisor_service);
            }
            _ => return None,
        }
        Some(())
    }
}
