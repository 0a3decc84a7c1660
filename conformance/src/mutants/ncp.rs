//! What ncp decides wrongly.

use super::ccm::as_seen;
use super::{Mutant, Patch};
use hopwise_core::ncp::{
    Allocation, AllocationId, Decide, Decision, LoadBalancer, Nsx, Observed, Parts, Realization,
    Waiting, decide,
};
use hopwise_core::{Guard, Hold, Lifecycle, Live, Told};

/// The mutants.
pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::decided(
        "ncp-allocates-unheld",
        "ncp asks for an address before it holds the Service.",
        "BP10",
        "create",
        Patch::Ncp(ALLOCATES_UNHELD),
        "verb",
    ),
    Mutant::decided(
        "ncp-releases-with-an-address",
        "ncp releases the Service while its address is still allocated.",
        "BP11, H2",
        "create",
        Patch::Ncp(RELEASES_WITH_AN_ADDRESS),
        "verb",
    ),
    Mutant::decided(
        "ncp-allocates-unread",
        "ncp asks for an address without looking whether it has one.",
        "BP7",
        "create",
        Patch::Ncp(ALLOCATES_UNREAD),
        "verb",
    ),
    Mutant::decided(
        "ncp-allocates-under-a-fresh-id",
        "ncp asks for an address under an id that nothing can be told from.",
        "BP7",
        "create",
        Patch::Ncp(ALLOCATES_UNDER_A_FRESH_ID),
        "payload",
    ),
    Mutant::decided(
        "ncp-asks-again-in-silence",
        "ncp asks again for an address and tells nobody that there is none.",
        "BP27",
        "full",
        Patch::Ncp(ASKS_AGAIN_IN_SILENCE),
        "verb",
    ),
    Mutant::decided(
        "ncp-publishes-unguarded",
        "ncp writes the address into the status of whatever has the name.",
        "BP4, BP26",
        "create",
        Patch::Ncp(PUBLISHES_UNGUARDED),
        "uid",
    ),
    Mutant::decided(
        "ncp-publishes-unrealized",
        "ncp publishes an address that NSX-T does not serve yet.",
        "BP14",
        "create",
        Patch::Ncp(PUBLISHES_UNREALIZED),
        "request",
    ),
    Mutant::decided(
        "ncp-takes-down-before-it-puts-up",
        "After an edit ncp removes what is stale before what is wanted is there.",
        "BP26",
        "edit",
        Patch::Ncp(TAKES_DOWN_BEFORE_IT_PUTS_UP),
        "verb",
    ),
    Mutant::decided(
        "ncp-despairs-early",
        "ncp tells that the pool is exhausted before NSX-T has said so.",
        "BP24",
        "create",
        Patch::Ncp(DESPAIRS_EARLY),
        "request",
    ),
    Mutant::decided(
        "ncp-programs-one-port",
        "Of several ports ncp programs only the first.",
        "BP32",
        "ports",
        Patch::Ncp(PROGRAMS_ONE_PORT),
        "payload",
    ),
    Mutant::decided(
        "ncp-leaves-the-stale-port",
        "ncp leaves the virtual server of a port that the Service no longer has.",
        "BP5",
        "ports",
        Patch::Ncp(LEAVES_THE_STALE_PORT),
        "payload",
    ),
    Mutant::decided(
        "ncp-leaves-the-failed",
        "ncp leaves a failed allocation behind when the Service goes.",
        "BP20",
        "full",
        Patch::Ncp(LEAVES_THE_FAILED),
        "request",
    ),
    Mutant::decided(
        "ncp-gives-up-on-failure",
        "ncp does not program again what NSX-T failed to realize.",
        "BP27",
        "once-failed",
        Patch::Ncp(GIVES_UP_ON_FAILURE),
        "request",
    ),
    Mutant::decided(
        "ncp-unprograms-one-port",
        "Of several virtual servers ncp removes only the first.",
        "BP32",
        "ports",
        Patch::Ncp(UNPROGRAMS_ONE_PORT),
        "payload",
    ),
];

const ALLOCATES_UNHELD: Decide = |seen, on| {
    let mut seen = seen.clone();
    if let (Decision::Hold(_), Some(upstream)) = (decide(&seen, on), &mut seen.upstream) {
        upstream.hold = Hold::Held;
    }
    decide(&seen, on)
};

/// The same with another answer of NSX-T.
fn answered(seen: &Observed, live: Live<Nsx>) -> Observed {
    Observed {
        live: Some(live),
        ..seen.clone()
    }
}

fn found(seen: &Observed) -> Option<&Nsx> {
    seen.live.as_ref().and_then(Live::found)
}

const RELEASES_WITH_AN_ADDRESS: Decide = |seen, on| {
    let decision = decide(seen, on);
    if let Decision::Withdraw { .. } = decision
        && found(seen).is_some_and(|nsx| matches!(nsx.allocation, Some(Allocation::Realized(_))))
    {
        return decide(&answered(seen, Live::answered(None)), on);
    }
    decision
};

const ALLOCATES_UNREAD: Decide = |seen, on| {
    let decision = decide(seen, on);
    if decision == Decision::Read {
        let blind = decide(&answered(seen, Live::answered(None)), on);
        if let Decision::Allocate { .. } = blind {
            return blind;
        }
    }
    decision
};

const ALLOCATES_UNDER_A_FRESH_ID: Decide = |seen, on| {
    let mut decision = decide(seen, on);
    if let Decision::Allocate { id, .. } = &mut decision {
        *id = AllocationId::Fresh;
    }
    decision
};

const ASKS_AGAIN_IN_SILENCE: Decide = |seen, on| {
    let decision = decide(seen, on);
    if let (Decision::Publish { told, .. }, Some(upstream)) = (&decision, &seen.upstream)
        && *told == Told::Exhausted
    {
        let stands_for = upstream.uid.clone();
        return Decision::Withdraw { stands_for };
    }
    decision
};

const PUBLISHES_UNGUARDED: Decide = |seen, on| {
    let mut decision = decide(seen, on);
    if let Decision::Publish { guard, .. } = &mut decision {
        *guard = Guard::None;
    }
    decision
};

const PUBLISHES_UNREALIZED: Decide = |seen, on| {
    let decision = decide(seen, on);
    let allocation = found(seen).and_then(|nsx| nsx.allocation);
    if let (Some(upstream), Some(Allocation::Realized(vip))) = (&seen.upstream, allocation)
        && decision == Decision::Wait(Waiting::ForRealization)
        && upstream.told != Told::Address(vip)
    {
        return Decision::Publish {
            guard: as_seen(upstream),
            told: Told::Address(vip),
        };
    }
    decision
};

const TAKES_DOWN_BEFORE_IT_PUTS_UP: Decide = |seen, on| {
    let decision = decide(seen, on);
    if let Decision::Program(LoadBalancer { stale, .. }) = &decision
        && !stale.servers.is_empty()
    {
        let servers = found(seen).map_or_else(Default::default, |nsx| nsx.servers.clone());
        return Decision::Unprogram(Parts {
            servers: servers.into_keys().collect(),
            ..stale.clone()
        });
    }
    decision
};

const DESPAIRS_EARLY: Decide = |seen, on| {
    let decision = decide(seen, on);
    match &seen.upstream {
        Some(upstream)
            if decision == Decision::Wait(Waiting::ForAddress)
                && upstream.told != Told::Exhausted =>
        {
            Decision::Publish {
                guard: as_seen(upstream),
                told: Told::Exhausted,
            }
        }
        Some(_) | None => decision,
    }
};

const PROGRAMS_ONE_PORT: Decide = |seen, on| {
    let mut decision = decide(seen, on);
    if let Decision::Program(wanted) = &mut decision {
        while wanted.servers.len() > 1 {
            wanted.servers.pop_last();
        }
    }
    decision
};

const LEAVES_THE_STALE_PORT: Decide = |seen, on| {
    let mut decision = decide(seen, on);
    if let Decision::Program(wanted) = &mut decision {
        wanted.stale.servers.clear();
    }
    decision
};

const LEAVES_THE_FAILED: Decide = |seen, on| {
    let decision = decide(seen, on);
    let is_failed = found(seen).is_some_and(|nsx| nsx.allocation == Some(Allocation::Failed));
    let upstream = seen.upstream.as_ref();
    let is_deleting = upstream.is_some_and(|it| it.lifecycle == Lifecycle::Deleting);
    if is_failed && is_deleting {
        return Decision::Wait(Waiting::ForRepair);
    }
    decision
};

const GIVES_UP_ON_FAILURE: Decide = |seen, on| {
    let decision = decide(seen, on);
    let has_failed = |nsx: &Nsx| {
        let mut servers = nsx.servers.values();
        servers.any(|it| it.realization == Realization::Failed)
    };
    if matches!(decision, Decision::Program(_)) && found(seen).is_some_and(has_failed) {
        return Decision::Wait(Waiting::ForRealization);
    }
    decision
};

const UNPROGRAMS_ONE_PORT: Decide = |seen, on| {
    let mut decision = decide(seen, on);
    if let Decision::Unprogram(parts) = &mut decision {
        while parts.servers.len() > 1 {
            parts.servers.pop_last();
        }
    }
    decision
};
