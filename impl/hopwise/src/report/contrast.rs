//! A counterexample without a safeguard, and what happens instead with it: the same steps for as
//! long as the model has them, then what it does in their place.

use super::lane::Lane as Place;
use crate::explore::of_place;
use crate::telling::{Walked, found};
use hopwise_protocol::{Chain, INVARIANTS, LEADS_TO, State};
use hopwise_vocab::{Action, Claim, Deed, Hop, Safeguard, Safeguards, Slot, Step, Trace};
use std::collections::{HashSet, VecDeque};

/// How many states are looked at for the shortest way to what a property waits for.
const MOST_STATES: usize = 20_000;

/// What happens with the safeguard on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contrast {
    /// The steps.
    pub held: Trace,
    /// How many of them both walks begin with.
    pub shared: usize,
    /// The first step, counted from 0, that is not one of both, or after which the servers do not
    /// hold the same.
    pub parts: usize,
    /// How it goes on there.
    pub turn: Turn,
    /// What the step that has another outcome leads to, in words.
    pub outcome: Option<String>,
    /// Whether the property holds along the whole walk or, where it waits for something, has what
    /// it waits for at its end.
    pub is_good: bool,
}

/// How a walk with the safeguard on turns away from one without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The step is not there; something else is.
    Instead,
    /// The step is not there.
    Nothing,
    /// The step is taken, and the server changes nothing.
    Refused,
    /// The step is taken, and has another outcome.
    Otherwise,
    /// All steps are the same, and there are more.
    GoesOn,
}

impl Contrast {
    /// What happens instead of a trace if a safeguard that is off in it is on. Nothing if the model
    /// does not go along with the trace.
    pub fn of(trace: &Trace, safeguard: Safeguard) -> Option<Contrast> {
        let without = Walked::of(trace).ok().filter(|it| it.refused.is_none())?;
        let off = trace.header.off.off().filter(|it| *it != safeguard);
        let mut held = Trace::new(trace.header.clone(), []);
        held.header.off = off.fold(Safeguards::reference(), Safeguards::without);
        let mut with = Walked::of(&held).ok()?;
        let actions: Vec<Action> = trace.actions().collect();
        let shared = share(&mut with, &actions);
        let same = |step: &usize| are_as_one(&without.states[step + 1], &with.states[step + 1]);
        let other = (0..shared).find(|step| !same(step));
        let mut taken: Vec<Action> = actions[..shared].to_vec();
        let mut turn = match other {
            Some(at) if are_as_one(&with.states[at], &with.states[at + 1]) => Turn::Refused,
            Some(_) => Turn::Otherwise,
            None => Turn::GoesOn,
        };
        if let Some(missing) = actions.get(shared) {
            let usual = without.enabled_in(&without.states[shared]);
            let fresh = instead(&mut with, &usual, *missing);
            if other.is_none() {
                turn = fresh.map_or(Turn::Nothing, |_| Turn::Instead);
            }
            taken.extend(fresh);
            taken.extend(follow(&mut with, &actions[shared + 1..]));
        }
        let outcome = other.and_then(|at| told(&without, &with, at + 1));
        taken.extend(to_goal(&mut with, &trace.header.claim));
        held.steps = taken.into_iter().map(plain).collect();
        Some(Contrast {
            is_good: is_good(&with, &trace.header.claim),
            held,
            shared,
            parts: other.unwrap_or(shared),
            turn,
            outcome,
        })
    }
}

/// Takes the steps that there are, up to the first that there is not, and counts them.
fn share(with: &mut Walked, actions: &[Action]) -> usize {
    for (at, action) in actions.iter().enumerate() {
        let Some(after) = found(with.enabled(), *action) else {
            return at;
        };
        with.states.push(after);
    }
    actions.len()
}

/// Whether servers and NSX-T hold the same, whatever the hops think.
fn are_as_one(one: &State, other: &State) -> bool {
    let mut lanes = one.lanes().zip(other.lanes());
    one.pool == other.pool
        && lanes.all(|(a, b)| {
            a.service == b.service
                && a.vm_service == b.vm_service
                && a.supervisor_service == b.supervisor_service
                && a.places == b.places
        })
}

/// What a server has after a step with the safeguard, and what without, at the first place where
/// that is not the same.
fn told(without: &Walked, with: &Walked, at: usize) -> Option<String> {
    let places = [Place::Guest, Place::Supervisor, Place::Nsx];
    let slots = Slot::ALL.iter().take(with.last().lanes().count());
    let mut all = slots.flat_map(|slot| places.map(|place| (*slot, place)));
    all.find_map(|(slot, place)| {
        let here = of_place(&with.chain, &with.states[at], slot, place);
        let there = of_place(&without.chain, &without.states[at], slot, place);
        let only = |these: &[String], others: &[String]| {
            let only = these.iter().filter(|it| !others.contains(it)).cloned();
            only.collect::<Vec<String>>().join(", ")
        };
        let (here, there) = (only(&here, &there), only(&there, &here));
        let said = match (here.is_empty(), there.is_empty()) {
            (true, true) => return None,
            (false, true) => format!("“{here}”"),
            (true, false) => format!("not “{there}”"),
            (false, false) => format!("“{here}”, not “{there}”"),
        };
        Some(format!("{} then has {said}", place.name()))
    })
}

fn is_good(with: &Walked, claim: &Claim) -> bool {
    let Claim::Breaks(id) = claim else {
        return false;
    };
    match INVARIANTS.iter().find(|it| it.id == id) {
        Some(it) => with.states.iter().all(|state| it.holds(&with.chain, state)),
        None => has_goal(&with.chain, id, with.last()),
    }
}

/// Whether a property of endless behaviours waits for nothing.
fn has_goal(chain: &Chain, id: &str, state: &State) -> bool {
    let Some(family) = LEADS_TO.iter().find(|it| it.id == id) else {
        return false;
    };
    let mut instances = (family.instances)(&chain.scenario).into_iter();
    instances.all(|it| !(family.premise)(chain, &it, state) || family.is_done(chain, &it, state))
}

fn plain(action: Action) -> Step {
    Step {
        action,
        cycle: false,
    }
}

/// The step that the safeguard puts in the place of one that it does not have.
fn instead(with: &mut Walked, usual: &[(Action, State)], missing: Action) -> Option<Action> {
    let known = |action: &Action| usual.iter().any(|(other, _)| other == action);
    let fresh = with.enabled().into_iter().filter(|(it, _)| !known(it));
    let by_same = |it: &(Action, State)| hop(it.0.deed) != hop(missing.deed);
    let mut fresh: Vec<_> = fresh.collect();
    fresh.sort_by_key(by_same);
    let (action, after) = fresh.into_iter().next()?;
    with.states.push(after);
    Some(action)
}

/// The hop that takes a step.
pub(crate) fn hop(deed: Deed) -> Option<Hop> {
    match deed {
        Deed::Serve(hop, ..) | Deed::Hear(hop, ..) | Deed::Deliver(hop, _) => Some(hop),
        Deed::Lose(hop, ..) | Deed::LoseReply(hop, ..) | Deed::Delay(hop, ..) => Some(hop),
        Deed::Land(hop, ..) | Deed::Tick(hop) | Deed::Crash(hop) | Deed::Sweep(hop) => Some(hop),
        Deed::Relist(hop, _) | Deed::Rewind(hop, _) | Deed::Lag(hop, _) => Some(hop),
        Deed::Poll | Deed::Remember | Deed::Rewrite => Some(Hop::Ccm),
        Deed::User(_) | Deed::Admin(_) | Deed::Realize(_) | Deed::Free | Deed::Collect(_) => None,
        Deed::Cut | Deed::Mend | Deed::Fail(_) => None,
    }
}

/// The rest of the steps, as far as there are such.
fn follow(with: &mut Walked, rest: &[Action]) -> Vec<Action> {
    let mut taken = Vec::new();
    for action in rest {
        if let Some(after) = found(with.enabled(), *action) {
            with.states.push(after);
            taken.push(*action);
        }
    }
    taken
}

/// The shortest way on to what a property of endless behaviours waits for.
fn to_goal(with: &mut Walked, claim: &Claim) -> Vec<Action> {
    let Claim::Breaks(id) = claim else {
        return Vec::new();
    };
    if !LEADS_TO.iter().any(|it| it.id == id) {
        return Vec::new();
    }
    let mut seen = HashSet::from([with.last().clone()]);
    let mut open = VecDeque::from([(with.last().clone(), Vec::new())]);
    while let Some((state, way)) = open.pop_front() {
        if has_goal(&with.chain, id, &state) {
            with.states.push(state);
            return way;
        }
        for (action, after) in with.enabled_in(&state) {
            let is_somebodys = matches!(action.deed, Deed::User(_) | Deed::Admin(_));
            if !is_somebodys && seen.len() < MOST_STATES && seen.insert(after.clone()) {
                let mut longer = way.clone();
                longer.push(action);
                open.push_back((after, longer));
            }
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(name: &str) -> (Trace, Contrast) {
        let mut all = hopwise_conformance::traces::committed().into_iter();
        let trace = all.find(|it| it.header.name == name).unwrap();
        let off = trace.header.off.off().next().unwrap();
        let contrast = Contrast::of(&trace, off).unwrap();
        (trace, contrast)
    }

    #[test]
    fn with_its_safeguard_no_kept_counterexample_goes_wrong() {
        let mut count = 0;
        for trace in hopwise_conformance::traces::committed() {
            for off in trace.header.off.off() {
                let contrast = Contrast::of(&trace, off).unwrap();
                let name = &trace.header.name;
                assert!(contrast.is_good, "{name} with {off}");
                let walked = Walked::of(&contrast.held).unwrap();
                assert_eq!(walked.refused, None, "{name} with {off}");
                assert!(contrast.parts <= contrast.shared, "{name} with {off}");
                count += 1;
            }
        }
        assert!(count > 20, "{count}");
    }

    #[test]
    fn a_live_read_takes_the_place_of_a_release() {
        let (trace, it) = kept("hop-order-without-hold-until-gone");
        assert_eq!((it.shared, it.turn), (trace.steps.len() - 1, Turn::Instead));
        let instead = it.held.steps[it.parts].action.to_string();
        assert_eq!(instead, "serve ccm read vm-service");
    }

    #[test]
    fn a_write_that_is_guarded_is_refused_by_the_server() {
        let (_, it) = kept("no-foreign-delete-without-delete-by-uid");
        assert_eq!((it.parts, it.turn), (it.shared - 1, Turn::Refused));
    }

    #[test]
    fn what_waits_for_ever_without_goes_on_to_its_end() {
        let (trace, it) = kept("orphan-swept-without-sweep-orphans");
        assert_eq!((it.shared, it.turn), (trace.steps.len(), Turn::GoesOn));
        assert!(it.held.steps.len() > it.shared);
    }
}
