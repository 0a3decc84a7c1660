//! Controllers that lack a safeguard which the model has.

use super::{Cue, Killer, Mutant, Patch};
use hopwise_protocol::State;
use hopwise_vocab::{Action, Deed, Hop, Safeguard, Slot};

/// The mutants, in the order of the safeguards.
pub(super) const MUTANTS: &[Mutant] = &[
    of(
        Safeguard::FinalizerBeforeCreate,
        "H11",
        "create",
        Killer::decisions("request"),
    ),
    of(
        Safeguard::HoldUntilGone,
        "H1, H2, H8",
        "create",
        Killer::decisions("verb"),
    ),
    of(
        Safeguard::IdentityByUid,
        "H1, H8, H14",
        "recreate",
        Killer::decisions("request"),
    ),
    of(
        Safeguard::GuardedWrites,
        "H10, H17, H18",
        "edit",
        Killer::decisions("uid"),
    ),
    of(
        Safeguard::RegularPoll,
        "H3, H4",
        "create",
        Killer::decisions("request"),
    ),
    of(
        Safeguard::ReleaseIpLast,
        "BP25",
        "create",
        Killer::decisions("verb"),
    ),
    of(
        Safeguard::WakeOnRelease,
        "BP30",
        "full",
        Killer::decisions("request"),
    ),
    of(
        Safeguard::DeleteByUid,
        "H9",
        "create",
        Killer::decisions("uid"),
    ),
    of(
        Safeguard::ClearBeforeRelease,
        "H16",
        "out-of-band",
        Killer::decisions("request"),
    ),
    of(
        Safeguard::AllocationByIdentity,
        "BP7",
        "create",
        Killer::decisions("payload"),
    ),
    Mutant {
        cue: Cue::Step(crashes_with_an_address),
        ..of(
            Safeguard::LoadBeforeAllocate,
            "BP28",
            "once-crashed",
            Killer::replay("ncp call"),
        )
    },
    Mutant {
        cue: Cue::Deed(Deed::Sweep(Hop::Ccm)),
        ..of(
            Safeguard::SweepOrphans,
            "BP8",
            "stripped",
            Killer::replay("sweep"),
        )
    },
    of(
        Safeguard::OwnKeysOnly,
        "H6, H7",
        "out-of-band",
        Killer::decisions("payload"),
    ),
    of(
        Safeguard::FreshIntent,
        "H5",
        "edit",
        Killer::replay("ccm call"),
    ),
    of(
        Safeguard::SurfaceExhaustion,
        "BP27",
        "full",
        Killer::decisions("verb"),
    ),
];

const fn of(
    off: Safeguard,
    stands_for: &'static str,
    scenario: &'static str,
    killer: Killer,
) -> Mutant {
    Mutant {
        id: off.name(),
        sentence: off.sentence(),
        stands_for,
        scenario,
        cue: Cue::Any,
        patch: Patch::Without(off),
        killer,
    }
}

/// ncp restarts when there is an allocation.
fn crashes_with_an_address(before: &State, action: &Action, _: &State) -> bool {
    let mut places = before.lane(Slot::A).places.iter();
    action.deed == Deed::Crash(Hop::Ncp) && places.any(|it| it.allocation.is_some())
}
