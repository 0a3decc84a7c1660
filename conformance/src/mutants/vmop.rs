//! What vmop decides wrongly.

use super::ccm::{with_downstream, with_upstream};
use super::{Mutant, Patch};
use hopwise_core::mirror::{self, Decision as Mirror, Seen, Waiting};
use hopwise_core::vmop::{Decide, Decision, Observed, decide};
use hopwise_core::{Guard, Lifecycle, Told, Upstream};

/// The mutants.
pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::decided(
        "vmop-deletes-by-name",
        "A delete of vmop hits whatever has the name.",
        "BP9, H9",
        "create",
        Patch::Vmop(DELETES_BY_NAME),
        "uid",
    ),
    Mutant::decided(
        "vmop-releases-unguarded",
        "vmop takes its finalizer off whatever has the name.",
        "BP12",
        "create",
        Patch::Vmop(RELEASES_UNGUARDED),
        "uid",
    ),
    Mutant::decided(
        "vmop-adopts-by-name",
        "vmop takes any Supervisor Service of the right name for its own.",
        "BP19, BP31, H8",
        "two-vmop",
        Patch::Vmop(ADOPTS_BY_NAME),
        "request",
    ),
    Mutant::decided(
        "vmop-counts-ports",
        "vmop updates the Supervisor Service only if the number of its ports differs.",
        "BP26",
        "edit",
        Patch::Vmop(COUNTS_PORTS),
        "request",
    ),
    Mutant::decided(
        "vmop-takes-exhaustion-for-nothing",
        "vmop passes on an exhausted pool as no word at all.",
        "BP27",
        "full",
        Patch::Vmop(TAKES_EXHAUSTION_FOR_NOTHING),
        "payload",
    ),
    Mutant::decided(
        "vmop-publishes-from-the-terminating",
        "vmop publishes what a Supervisor Service is told that is being deleted.",
        "BP14, H8",
        "out-of-band",
        Patch::Vmop(PUBLISHES_FROM_THE_TERMINATING),
        "request",
    ),
    Mutant::decided(
        "vmop-deletes-the-foreign",
        "vmop deletes the Supervisor Service of its successor.",
        "BP1, BP4",
        "two-vmop",
        Patch::Vmop(DELETES_THE_FOREIGN),
        "verb",
    ),
    Mutant::decided(
        "vmop-creates-for-the-deleting",
        "vmop creates a Supervisor Service for a VirtualMachineService that is being deleted.",
        "BP29",
        "create",
        Patch::Vmop(CREATES_FOR_THE_DELETING),
        "verb",
    ),
];

/// The same with its mirror seen otherwise.
fn with(seen: &Observed, mirror: mirror::Observed) -> Observed {
    Observed {
        mirror,
        ..seen.clone()
    }
}

const DELETES_BY_NAME: Decide = |seen, on| match decide(seen, on) {
    Decision::Mirror(Mirror::Delete { .. }) => Decision::Mirror(Mirror::Delete { uid: None }),
    decision @ (Decision::Mirror(_) | Decision::WriteEndpoints(_)) => decision,
};

const RELEASES_UNGUARDED: Decide = |seen, on| {
    let mut decision = decide(seen, on);
    if let Decision::Mirror(Mirror::Release { guard, .. }) = &mut decision {
        *guard = Guard::None;
    }
    decision
};

const ADOPTS_BY_NAME: Decide = |seen, on| {
    let uid = seen.mirror.upstream.as_ref().map(|it| it.uid.clone());
    let mirror = with_downstream(&seen.mirror, |it| it.stands_for = uid);
    decide(&with(seen, mirror), on)
};

const COUNTS_PORTS: Decide = |seen, on| {
    let wanted = seen.mirror.upstream.as_ref().map(|it| it.ports.clone());
    let wanted = wanted.unwrap_or_default();
    let mirror = with_downstream(&seen.mirror, |it| {
        if it.ports.len() == wanted.len() {
            it.ports = wanted;
        }
    });
    decide(&with(seen, mirror), on)
};

const TAKES_EXHAUSTION_FOR_NOTHING: Decide = |seen, on| {
    let mut decision = decide(seen, on);
    if let Decision::Mirror(Mirror::Publish { told, .. }) = &mut decision
        && *told == Told::Exhausted
    {
        *told = Told::Nothing;
    }
    decision
};

const PUBLISHES_FROM_THE_TERMINATING: Decide = |seen, on| {
    let decision = decide(seen, on);
    let waits = Decision::Mirror(Mirror::Wait(Waiting::ForDeletion));
    let is_live = |it: &Upstream| it.lifecycle == Lifecycle::Live;
    if decision == waits && seen.mirror.upstream.as_ref().is_some_and(is_live) {
        let mirror = with_downstream(&seen.mirror, |it| it.lifecycle = Lifecycle::Live);
        return decide(&with(seen, mirror), on);
    }
    decision
};

const DELETES_THE_FOREIGN: Decide = |seen, on| {
    let decision = decide(seen, on);
    if let (Decision::Mirror(Mirror::Read), Seen::Present(there)) =
        (&decision, &seen.mirror.downstream)
        && there.lifecycle == Lifecycle::Live
    {
        let uid = Some(there.uid.clone());
        return Decision::Mirror(Mirror::Delete { uid });
    }
    decision
};

const CREATES_FOR_THE_DELETING: Decide = |seen, on| {
    let decision = decide(seen, on);
    let reads = decision == Decision::Mirror(Mirror::Read);
    if reads && seen.mirror.downstream == Seen::Absent {
        let mirror = with_upstream(&seen.mirror, |it| it.lifecycle = Lifecycle::Live);
        return decide(&with(seen, mirror), on);
    }
    decision
};
