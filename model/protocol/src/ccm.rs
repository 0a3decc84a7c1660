//! guest-cluster-cloud-provider: mirrors the guest Service to a VirtualMachineService.
//!
//! *Sees* the guest Service by watch and the VirtualMachineService by poll. *Writes* both.
//! *Holds* the guest Service.

use crate::mirror::Mirror;
use crate::object::{Kind, Stored, Upstream};
use crate::state::{Poll, Seen, State};
use hopwise_vocab::{Hop, Safeguard, Safeguards};

/// The decisions of ccm about this guest Service.
pub(crate) fn mirror<'a>(safeguards: &'a Safeguards, upstream: &'a Upstream) -> Mirror<'a> {
    Mirror {
        hop: Hop::Ccm,
        downstream: Kind::VmService,
        safeguards,
        upstream,
    }
}

/// `ccm poll`: the LIST is sent, one at a time.
pub(crate) fn poll(before: &State, safeguards: &Safeguards) -> Option<State> {
    (before.ccm.poll == Poll::Idle).then_some(())?;
    wants_poll(before, safeguards).then_some(())?;

    let mut after = before.clone();
    after.ccm.poll = Poll::Sent;
    Some(after)
}

/// Without `regular-poll`, success ends the polling.
fn wants_poll(state: &State, safeguards: &Safeguards) -> bool {
    let waits = |seen: &Upstream| !seen.object.is_live() || seen.object.ip.is_none();
    safeguards.has(Safeguard::RegularPoll) || state.ccm.service.seen.as_ref().is_some_and(waits)
}

/// `serve ccm list vm-service`: the server answers with what it has.
pub(crate) fn serve_poll(before: &State) -> Option<State> {
    (before.ccm.poll == Poll::Sent).then_some(())?;

    let mut after = before.clone();
    after.ccm.poll = Poll::Answered(before.vm_service.object.map(Stored::as_downstream));
    Some(after)
}

/// `hear ccm list vm-service`: the answer replaces what was seen, and a pass begins.
pub(crate) fn hear_poll(before: &State, safeguards: &Safeguards) -> Option<State> {
    let Poll::Answered(answer) = before.ccm.poll else {
        return None;
    };

    let mut after = before.clone();
    after.ccm.poll = Poll::Idle;
    after.ccm.vm_service = answer.map_or(Seen::Absent, Seen::There);
    after.wake(safeguards, Hop::Ccm);
    Some(after)
}

/// `deliver ccm service`.
pub(crate) fn deliver_service(before: &State, safeguards: &Safeguards) -> Option<State> {
    (!before.ccm.service.events.is_empty()).then_some(())?;

    let mut after = before.clone();
    after.ccm.service.deliver();
    after.wake(safeguards, Hop::Ccm);
    Some(after)
}
