//! guest-cluster-cloud-provider: mirrors the guest Service to a VirtualMachineService.
//!
//! *Sees* the guest Service by watch and the VirtualMachineService by poll. *Writes* both.
//! *Holds* the guest Service.

use crate::faults::is_cut_off;
use crate::mirror::Mirror;
use crate::model::Chain;
use crate::object::{Kind, Stored, Told, Upstream};
use crate::scenarios::Grain;
use crate::state::{Ccm, Copied, Poll, Seen, State};
use hopwise_vocab::{At, Hop, Object, Safeguard, Safeguards};

/// The decisions of ccm about this guest Service.
pub(crate) fn mirror<'a>(safeguards: &'a Safeguards, upstream: &'a Upstream) -> Mirror<'a> {
    Mirror {
        hop: Hop::Ccm,
        downstream: Kind::VmService,
        safeguards,
        upstream,
    }
}

/// `ccm poll`: the LIST is sent, one at a time, for every Service of the cluster. In the coarse
/// grain it is answered and heard at once.
pub(crate) fn poll(before: &State, chain: &Chain, at: At) -> Option<State> {
    let is_idle = |ccm: &Ccm| ccm.poll == Poll::Idle;
    before
        .lane(at.service)
        .ccm(at.replica)
        .filter(|ccm| is_idle(ccm))?;
    wants_poll(before, chain, at).then_some(())?;

    let mut after = before.clone();
    after.each(chain, at, |_, ccm| ccm.poll = Poll::Sent);
    if chain.scenario.grain != Grain::Fine {
        (!is_cut_off(before, chain, at, Hop::Ccm, Object::VmService)).then_some(())?;
        after.serve_poll(chain, at);
        after.hear_poll(chain, at);
        // A poll that is answered at once and tells nothing new is no step.
        (after != *before).then_some(())?;
    }
    Some(after)
}

/// Without `regular-poll`, success ends the polling.
pub fn wants_poll(state: &State, chain: &Chain, at: At) -> bool {
    let waits = |seen: Upstream| !seen.object.is_served() || seen.object.told.address().is_none();
    chain.safeguards.has(Safeguard::RegularPoll)
        || chain.cluster_of(at.service).any(|slot| {
            let seen = state.lane(slot).upstream_seen(Hop::Ccm, at.replica);
            seen.is_some_and(waits)
        })
}

/// `serve ccm list vm-service`: the server answers with what it has.
pub(crate) fn serve_poll(before: &State, chain: &Chain, at: At) -> Option<State> {
    let ccm = before.lane(at.service).ccm(at.replica)?;
    (ccm.poll == Poll::Sent).then_some(())?;
    (!is_cut_off(before, chain, at, Hop::Ccm, Object::VmService)).then_some(())?;

    let mut after = before.clone();
    after.serve_poll(chain, at);
    Some(after)
}

/// `hear ccm list vm-service`: the answer replaces what was seen, and a pass begins.
pub(crate) fn hear_poll(before: &State, chain: &Chain, at: At) -> Option<State> {
    let ccm = before.lane(at.service).ccm(at.replica)?;
    let Poll::Answered(_) = ccm.poll else {
        return None;
    };

    let mut after = before.clone();
    after.hear_poll(chain, at);
    Some(after)
}

impl State {
    fn serve_poll(&mut self, chain: &Chain, at: At) {
        self.each(chain, at, |there, ccm| {
            ccm.poll = Poll::Answered(there.map(Stored::as_downstream));
        });
    }

    fn hear_poll(&mut self, chain: &Chain, at: At) {
        self.each(chain, at, |_, ccm| {
            if let Poll::Answered(answer) = ccm.poll {
                ccm.vm_service = answer.map_or(Seen::Absent, Seen::There);
            }
            ccm.poll = Poll::Idle;
        });
        for service in chain.cluster_of(at.service) {
            let at = At { service, ..at };
            self.wake(chain, at, Hop::Ccm);
            self.finish_pass(chain, at, Hop::Ccm);
        }
    }

    /// Changes what the ccm of a cluster knows about each of its Services, given the
    /// VirtualMachineService that there is.
    fn each(&mut self, chain: &Chain, at: At, change: impl Fn(Option<Stored>, &mut Ccm)) {
        for slot in chain.cluster_of(at.service) {
            let lane = self.lane_mut(slot);
            let there = lane.vm_service.object();
            if let Some(ccm) = lane.ccm_mut(at.replica) {
                change(there, ccm);
            }
        }
    }
}

/// `ccm remember`: the node sync takes a copy of the Service as it is seen.
pub(crate) fn remember(before: &State, chain: &Chain, at: At) -> Option<State> {
    (!chain.safeguards.has(Safeguard::FreshIntent)).then_some(())?;
    let lane = before.lane(at.service);
    let ccm = lane.ccm(at.replica)?;
    let seen = ccm.service.seen().filter(|seen| {
        let Stored { held, told, .. } = seen.object;
        seen.object.is_served() && held && told != Told::Nothing
    })?;
    let Stored { uid, ports, .. } = seen.object;
    let copied = Some(Copied { uid, ports });
    ccm.copied.is_none().then_some(())?;

    let mut after = before.clone();
    after.lane_mut(at.service).ccm_mut(at.replica)?.copied = copied;
    Some(after)
}

/// `ccm rewrite`: the node sync writes the ports of its copy to the VirtualMachineService, read
/// and written at once.
pub(crate) fn rewrite(before: &State, at: At) -> Option<State> {
    let ccm = before.lane(at.service).ccm(at.replica)?;
    let Copied { ports, .. } = ccm.copied?;

    let mut after = before.clone();
    let lane = after.lane_mut(at.service);
    lane.ccm_mut(at.replica)?.copied = None;
    if let Some(there) = lane.vm_service.object() {
        lane.put(Kind::VmService, Some(Stored { ports, ..there }));
    }
    Some(after)
}
