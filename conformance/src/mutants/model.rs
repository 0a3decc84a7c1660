//! What the model would get wrong, and the controllers do not.

use super::{Cue, Killer, Mutant, Patch, Step};
use hopwise_protocol::{Chain, Fault, State};
use hopwise_vocab::{Action, Deed, Hop, Object, Safeguard, Verb};
use stateright::Model;

/// The mutants.
pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "model-creates-unheld",
        sentence: "The model forgets that an object is held before anything is created for it.",
        stands_for: "a guard that is dropped",
        scenario: "create",
        cue: Cue::Any,
        patch: Patch::Lax(Safeguard::FinalizerBeforeCreate),
        killer: Killer::property("hop_order"),
    },
    Mutant {
        id: "model-releases-by-name",
        sentence: "The model forgets the preconditions of hold, release and publish.",
        stands_for: "a guard that is dropped",
        scenario: "edit",
        cue: Cue::Any,
        patch: Patch::Lax(Safeguard::GuardedWrites),
        killer: Killer::property("intent_kept"),
    },
    of(
        "model-loses-instead-of-the-reply",
        "In the model a write whose answer is lost was never applied.",
        "an effect that is dropped",
        (
            "once-unheard",
            Cue::Deed(Deed::LoseReply(Hop::Ccm, Verb::Create, Object::VmService)),
        ),
        LOSES_INSTEAD,
        "vm-service",
    ),
    of(
        "model-relists-nothing",
        "In the model a watch that breaks goes on as if nothing had happened.",
        "a fault that does nothing",
        (
            "once-relisted",
            Cue::Deed(Deed::Relist(Hop::Ccm, Object::Service)),
        ),
        RELISTS_NOTHING,
        "ccm upstream events",
    ),
    Mutant {
        id: "model-is-not-fair",
        sentence: "In the model nobody has to do anything, ever.",
        stands_for: "fairness that is dropped",
        scenario: "once-failed",
        cue: Cue::Any,
        patch: Patch::Unfair,
        killer: Killer::property("created ⇝ published"),
    },
    of(
        "model-crashes-nothing",
        "In the model a controller that restarts remembers everything.",
        "a fault that does nothing",
        ("once-crashed", Cue::Deed(Deed::Crash(Hop::Ccm))),
        CRASHES_NOTHING,
        "ccm polled",
    ),
    of(
        "model-hears-at-once",
        "In the model an answer is heard when it is given.",
        "a step that is too coarse",
        (
            "create",
            Cue::Deed(Deed::Serve(Hop::Ccm, Verb::Hold, Object::Service)),
        ),
        HEARS_AT_ONCE,
        "ccm call",
    ),
    of(
        "model-frees-at-once",
        "In the model an address is free the moment it is given back.",
        "a delay that is dropped",
        ("create", Cue::Any),
        FREES_AT_ONCE,
        "nsx pool",
    ),
    of(
        "model-skips-an-event",
        "In the model a watch delivers two events as one.",
        "a step that is too coarse",
        ("create", Cue::Any),
        SKIPS_AN_EVENT,
        "ccm upstream seen",
    ),
];

const fn of(
    id: &'static str,
    sentence: &'static str,
    stands_for: &'static str,
    (scenario, cue): (&'static str, Cue),
    step: Step,
    by: &'static str,
) -> Mutant {
    Mutant {
        id,
        sentence,
        stands_for,
        scenario,
        cue,
        patch: Patch::Model(step),
        killer: Killer::replay(by),
    }
}

/// The same step with another deed.
fn instead(chain: &Chain, before: &State, action: Action, deed: Deed) -> Option<State> {
    chain.next_state(before, Action { deed, ..action })
}

const LOSES_INSTEAD: Step = |chain, before, action| {
    let Deed::LoseReply(hop, verb, object) = action.deed else {
        return chain.next_state(before, action);
    };
    chain.next_state(before, action)?;
    // The scenario has no such fault, and one that is like it does as much.
    let mut lossy = chain.clone();
    lossy.scenario.faults.kinds = &[Fault::Lose];
    instead(&lossy, before, action, Deed::Lose(hop, verb, object))
};

const RELISTS_NOTHING: Step = |chain, before, action| {
    let after = chain.next_state(before, action)?;
    let Deed::Relist(..) = action.deed else {
        return Some(after);
    };
    let mut same = before.clone();
    same.faults = after.faults;
    Some(same)
};

const CRASHES_NOTHING: Step = |chain, before, action| {
    let after = chain.next_state(before, action)?;
    let Deed::Crash(_) = action.deed else {
        return Some(after);
    };
    let mut same = before.clone();
    same.faults = after.faults;
    Some(same)
};

const HEARS_AT_ONCE: Step = |chain, before, action| {
    let after = chain.next_state(before, action)?;
    let Deed::Serve(hop, verb, object) = action.deed else {
        return Some(after);
    };
    let heard = instead(chain, &after, action, Deed::Hear(hop, verb, object));
    Some(heard.unwrap_or(after))
};

const FREES_AT_ONCE: Step = |chain, before, action| {
    let after = chain.next_state(before, action)?;
    let freed = chain.next_state(&after, Deed::Free.into());
    Some(freed.unwrap_or(after))
};

const SKIPS_AN_EVENT: Step = |chain, before, action| {
    let after = chain.next_state(before, action)?;
    let Deed::Deliver(..) = action.deed else {
        return Some(after);
    };
    Some(chain.next_state(&after, action).unwrap_or(after))
};
