//! What ccm decides wrongly.

use super::{Mutant, Patch};
use hopwise_core::ccm::{Decide, decide};
use hopwise_core::mirror::{Annotations, Decision, Downstream, Observed, Seen, Waiting};
use hopwise_core::{Guard, Hold, Lifecycle, Live, Serving, Told, Upstream};

/// The mutants.
pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::decided(
        "ccm-creates-unpolled",
        "ccm creates before the first poll has told it what there is.",
        "BP7, BP28",
        "create",
        Patch::Ccm(CREATES_UNPOLLED),
        "request",
    ),
    Mutant::decided(
        "ccm-holds-what-it-does-not-serve",
        "ccm takes its finalizer on a Service that is not of type LoadBalancer.",
        "BP29",
        "type-flip",
        Patch::Ccm(HOLDS_WHAT_IT_DOES_NOT_SERVE),
        "request",
    ),
    Mutant::decided(
        "ccm-replaces-annotations",
        "An update of ccm replaces annotations that it does not own.",
        "BP17, H6",
        "edit",
        Patch::Ccm(REPLACES_ANNOTATIONS),
        "payload",
    ),
    Mutant::decided(
        "ccm-creates-for-the-deleting",
        "ccm creates a VirtualMachineService for a Service that is being deleted.",
        "BP29",
        "create",
        Patch::Ccm(CREATES_FOR_THE_DELETING),
        "verb",
    ),
    Mutant::decided(
        "ccm-waits-to-be-rid",
        "ccm waits for the VirtualMachineService to go and never deletes it.",
        "BP25",
        "create",
        Patch::Ccm(WAITS_TO_BE_RID),
        "request",
    ),
    Mutant::decided(
        "ccm-publishes-from-the-terminating",
        "ccm publishes what a VirtualMachineService is told that is being deleted.",
        "BP14, H1",
        "out-of-band",
        Patch::Ccm(PUBLISHES_FROM_THE_TERMINATING),
        "request",
    ),
    Mutant::decided(
        "ccm-keeps-exhaustion-to-itself",
        "ccm does not tell the user that the pool is exhausted.",
        "BP27",
        "full",
        Patch::Ccm(KEEPS_EXHAUSTION_TO_ITSELF),
        "request",
    ),
    Mutant::decided(
        "ccm-publishes-again",
        "ccm writes a status that is there already, in every pass.",
        "BP16",
        "create",
        Patch::Ccm(PUBLISHES_AGAIN),
        "request",
    ),
    Mutant::decided(
        "ccm-publishes-before-it-updates",
        "ccm publishes before it has brought the ports down.",
        "BP6, BP14",
        "edit",
        Patch::Ccm(PUBLISHES_BEFORE_IT_UPDATES),
        "verb",
    ),
    Mutant::decided(
        "ccm-adopts-by-label",
        "ccm takes any VirtualMachineService of the right name for its own.",
        "BP31, H14",
        "cluster",
        Patch::Ccm(ADOPTS_BY_LABEL),
        "request",
    ),
    Mutant::decided(
        "ccm-takes-deleting-for-gone",
        "ccm releases the Service when the VirtualMachineService is merely being deleted.",
        "BP25, H2",
        "create",
        Patch::Ccm(TAKES_DELETING_FOR_GONE),
        "request",
    ),
    Mutant::decided(
        "ccm-releases-unread",
        "ccm releases the Service because the last poll had no VirtualMachineService.",
        "BP11",
        "create",
        Patch::Ccm(RELEASES_UNREAD),
        "verb",
    ),
    Mutant::decided(
        "ccm-serves-every-type",
        "ccm serves a Service that is not of type LoadBalancer.",
        "BP31",
        "type-flip",
        Patch::Ccm(SERVES_EVERY_TYPE),
        "verb",
    ),
];

/// The guard of a write to the upstream object as it was seen.
pub(super) fn as_seen(upstream: &Upstream) -> Guard {
    Guard::AsSeen {
        uid: upstream.uid.clone(),
        resource_version: upstream.resource_version.clone(),
    }
}

/// Something that was seen otherwise.
pub(super) fn with_downstream(seen: &Observed, change: impl FnOnce(&mut Downstream)) -> Observed {
    let mut seen = seen.clone();
    if let Seen::Present(there) = &mut seen.downstream {
        change(there);
    }
    seen
}

/// The same with the upstream object seen otherwise.
pub(super) fn with_upstream(seen: &Observed, change: impl FnOnce(&mut Upstream)) -> Observed {
    let mut seen = seen.clone();
    if let Some(upstream) = &mut seen.upstream {
        change(upstream);
    }
    seen
}

const CREATES_UNPOLLED: Decide = |seen, on| {
    let mut seen = seen.clone();
    if seen.downstream == Seen::NotPolled {
        seen.downstream = Seen::Absent;
    }
    decide(&seen, on)
};

const HOLDS_WHAT_IT_DOES_NOT_SERVE: Decide = |seen, on| match &seen.upstream {
    Some(upstream) if (upstream.serving, upstream.hold) == (Serving::NotOurs, Hold::NotHeld) => {
        Decision::Hold(as_seen(upstream))
    }
    Some(_) | None => decide(seen, on),
};

const REPLACES_ANNOTATIONS: Decide = |seen, on| {
    let mut decision = decide(seen, on);
    if let Decision::Update { annotations, .. } = &mut decision {
        *annotations = Annotations::Replaced;
    }
    decision
};

const CREATES_FOR_THE_DELETING: Decide = |seen, on| {
    let decision = decide(seen, on);
    if decision == Decision::Read && seen.downstream == Seen::Absent {
        return decide(
            &with_upstream(seen, |it| it.lifecycle = Lifecycle::Live),
            on,
        );
    }
    decision
};

const WAITS_TO_BE_RID: Decide = |seen, on| {
    let decision = decide(seen, on);
    if let Decision::Delete { .. } = decision {
        return Decision::Wait(Waiting::ForDeletion);
    }
    decision
};

const PUBLISHES_FROM_THE_TERMINATING: Decide = |seen, on| {
    let decision = decide(seen, on);
    let is_live = |it: &Upstream| it.lifecycle == Lifecycle::Live;
    if decision == Decision::Wait(Waiting::ForDeletion)
        && seen.upstream.as_ref().is_some_and(is_live)
    {
        return decide(
            &with_downstream(seen, |it| it.lifecycle = Lifecycle::Live),
            on,
        );
    }
    decision
};

const KEEPS_EXHAUSTION_TO_ITSELF: Decide = |seen, on| {
    let decision = decide(seen, on);
    if let Decision::Publish {
        told: Told::Exhausted,
        ..
    } = decision
    {
        return Decision::Settled;
    }
    decision
};

const PUBLISHES_AGAIN: Decide = |seen, on| {
    let decision = decide(seen, on);
    match &seen.upstream {
        Some(upstream)
            if decision == Decision::Settled
                && upstream.lifecycle == Lifecycle::Live
                && upstream.serving == Serving::Ours =>
        {
            Decision::Publish {
                guard: as_seen(upstream),
                told: upstream.told,
            }
        }
        Some(_) | None => decision,
    }
};

const PUBLISHES_BEFORE_IT_UPDATES: Decide = |seen, on| {
    let decision = decide(seen, on);
    if let (Decision::Update { .. }, Some(upstream)) = (&decision, &seen.upstream) {
        let ports = upstream.ports.clone();
        let first = decide(&with_downstream(seen, |it| it.ports = ports), on);
        if first != Decision::Settled {
            return first;
        }
    }
    decision
};

const ADOPTS_BY_LABEL: Decide = |seen, on| {
    let uid = seen.upstream.as_ref().map(|it| it.uid.clone());
    decide(&with_downstream(seen, |it| it.stands_for = uid), on)
};

const TAKES_DELETING_FOR_GONE: Decide = |seen, on| {
    let decision = decide(seen, on);
    if decision == Decision::Wait(Waiting::ForDeletion) && seen.live.is_some() {
        let live = Some(Live::answered(None));
        return decide(
            &Observed {
                live,
                ..seen.clone()
            },
            on,
        );
    }
    decision
};

const RELEASES_UNREAD: Decide = |seen, on| {
    let decision = decide(seen, on);
    if decision == Decision::Read && seen.downstream == Seen::Absent {
        let live = Some(Live::answered(None));
        return decide(
            &Observed {
                live,
                ..seen.clone()
            },
            on,
        );
    }
    decision
};

const SERVES_EVERY_TYPE: Decide =
    |seen, on| decide(&with_upstream(seen, |it| it.serving = Serving::Ours), on);
