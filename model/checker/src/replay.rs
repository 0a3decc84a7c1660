//! Confirms counterexamples by the model alone.
//!
//! Nothing here knows the graph: each function takes a model and a behaviour, however it was
//! found, and asks the model for every step of it. Each gives the first [`Flaw`] it finds.

use std::collections::HashSet;

use stateright::Model;

use crate::Checkable;
use crate::fairness::{Fairness, Strength, Unfair};
use crate::trace::{Lasso, Trace};

/// Why a behaviour is no counterexample. Steps are counted from 1, through the stem and the cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The behaviour does not start where the model does.
    #[error("the first state is not an initial state of the model")]
    NotInitial,
    /// A step takes an action that the model does not offer.
    #[error("step {step} takes an action that the model does not offer there")]
    NotOffered {
        /// Which step.
        step: usize,
    },
    /// A step takes an action to another state than the model.
    #[error("step {step} leads to another state than the model says")]
    WrongState {
        /// Which step.
        step: usize,
    },
    /// A state lies outside the boundary of the model.
    #[error("the state after step {step} is outside the boundary of the model")]
    OutsideBoundary {
        /// After which step; 0 is the initial state.
        step: usize,
    },
    /// The cycle ends in another state than it begins in.
    #[error("the cycle does not lead back to the state in which it begins")]
    NotClosed,
    /// A weakly fair class is put off for ever.
    #[error("class {class} is enabled throughout the cycle and never taken in it")]
    Unfair {
        /// Which class.
        class: usize,
    },
    /// A strongly fair class is put off for ever.
    #[error("class {class} is enabled again and again in the cycle and never taken in it")]
    StronglyUnfair {
        /// Which class.
        class: usize,
    },
    /// The behaviour is real, and the property true of it.
    #[error("the property is not violated")]
    NotViolated,
}

/// Confirms that every step of a trace is one of the model.
pub fn trace<M: Checkable>(model: &M, trace: &Trace<M>) -> Result<(), Flaw> {
    require(model.init_states().contains(&trace.init), Flaw::NotInitial)?;
    require(
        model.within_boundary(&trace.init),
        Flaw::OutsideBoundary { step: 0 },
    )?;
    steps(model, &trace.init, &trace.steps, 0)
}

/// Confirms a trace whose last state is not good.
pub fn invariant<M: Checkable>(
    model: &M,
    behaviour: &Trace<M>,
    good: impl Fn(&M::State) -> bool,
) -> Result<(), Flaw> {
    trace(model, behaviour)?;
    require(!good(behaviour.last()), Flaw::NotViolated)
}

/// Confirms a trace whose last step is not good.
pub fn step_invariant<M: Checkable>(
    model: &M,
    behaviour: &Trace<M>,
    good: impl Fn(&M::State, &M::Action, &M::State) -> bool,
) -> Result<(), Flaw> {
    trace(model, behaviour)?;
    let (action, after) = behaviour.steps.last().ok_or(Flaw::NotViolated)?;
    let before = behaviour
        .states()
        .nth(behaviour.steps.len() - 1)
        .ok_or(Flaw::NotViolated)?;
    require(!good(before, action, after), Flaw::NotViolated)
}

/// Confirms a trace to a state that is not good and in which no fair class is enabled.
pub fn rests_only_when<M: Checkable>(
    model: &M,
    fairness: &impl Fairness<M>,
    behaviour: &Trace<M>,
    good: impl Fn(&M::State) -> bool,
) -> Result<(), Flaw> {
    invariant(model, behaviour, good)?;
    let enabled = enabled_classes(model, fairness, behaviour.last());
    match enabled.iter().position(|&enabled| enabled) {
        Some(class) => Err(Flaw::Unfair { class }),
        None => Ok(()),
    }
}

/// Confirms a fair lasso in which `p` is true at some moment and `q` never from then on.
pub fn leads_to<M: Checkable>(
    model: &M,
    fairness: &impl Fairness<M>,
    behaviour: &Lasso<M>,
    p: impl Fn(&M::State) -> bool,
    q: impl Fn(&M::State) -> bool,
) -> Result<(), Flaw> {
    lasso(model, fairness, behaviour)?;
    require(
        recurring(behaviour).all(|state| !q(state)),
        Flaw::NotViolated,
    )?;
    let stem: Vec<&M::State> = behaviour.stem.states().collect();
    let after_q = stem
        .iter()
        .rposition(|state| q(state))
        .map_or(0, |at| at + 1);
    let mut without_q = stem[after_q..].iter().copied().chain(recurring(behaviour));
    require(without_q.any(p), Flaw::NotViolated)
}

/// Confirms a fair lasso that is again and again in a state without `p`.
pub fn eventually_always<M: Checkable>(
    model: &M,
    fairness: &impl Fairness<M>,
    behaviour: &Lasso<M>,
    p: impl Fn(&M::State) -> bool,
) -> Result<(), Flaw> {
    lasso(model, fairness, behaviour)?;
    require(
        recurring(behaviour).any(|state| !p(state)),
        Flaw::NotViolated,
    )
}

/// Confirms a fair lasso that is never again in a state with `p`.
pub fn always_eventually<M: Checkable>(
    model: &M,
    fairness: &impl Fairness<M>,
    behaviour: &Lasso<M>,
    p: impl Fn(&M::State) -> bool,
) -> Result<(), Flaw> {
    lasso(model, fairness, behaviour)?;
    require(
        recurring(behaviour).all(|state| !p(state)),
        Flaw::NotViolated,
    )
}

/// Confirms that the steps of a lasso are the model's, that its cycle closes on an equal state, and
/// that each fair class is taken in the cycle or disabled: a weak one in one of its states, a strong
/// one in all of them. Stuttering is a cycle of one state, in which nothing is taken.
pub fn lasso<M: Checkable>(
    model: &M,
    fairness: &impl Fairness<M>,
    lasso: &Lasso<M>,
) -> Result<(), Flaw> {
    let Lasso { stem, cycle } = lasso;
    trace(model, stem)?;
    steps(model, stem.last(), cycle, stem.steps.len())?;
    let closes = cycle.last().is_none_or(|(_, end)| end == stem.last());
    require(closes, Flaw::NotClosed)?;

    let taken: Vec<usize> = cycle
        .iter()
        .filter_map(|(action, _)| fairness.class(action))
        .collect();
    let enabled: Vec<_> = recurring(lasso)
        .map(|state| enabled_classes(model, fairness, state))
        .collect();
    for class in (0..fairness.classes()).filter(|class| !taken.contains(class)) {
        match fairness.strength(class) {
            Strength::Weak => {
                let is_owed = enabled.iter().all(|state| state[class]);
                require(!is_owed, Flaw::Unfair { class })?;
            }
            Strength::Strong => {
                let is_owed = enabled.iter().any(|state| state[class]);
                require(!is_owed, Flaw::StronglyUnfair { class })?;
            }
        }
    }
    Ok(())
}

/// Confirms a trace from whose last state no good one can be reached, by searching from there.
pub fn wedged<M: Checkable>(
    model: &M,
    behaviour: &Trace<M>,
    good: impl Fn(&M::State) -> bool,
) -> Result<(), Flaw> {
    trace(model, behaviour)?;
    let step = behaviour.steps.len() + 1;
    let mut seen = HashSet::from([behaviour.last().clone()]);
    let mut left = vec![behaviour.last().clone()];
    while let Some(before) = left.pop() {
        require(!good(&before), Flaw::NotViolated)?;
        let mut offered = Vec::new();
        model.actions(&before, &mut offered);
        for action in offered {
            let Some(after) = model.next_state(&before, action) else {
                continue;
            };
            require(
                model.within_boundary(&after),
                Flaw::OutsideBoundary { step },
            )?;
            if seen.insert(after.clone()) {
                left.push(after);
            }
        }
    }
    Ok(())
}

/// What a trace spends after its first `loud` steps; each of those has to have a cost.
pub fn spends<M: Checkable>(
    model: &M,
    behaviour: &Trace<M>,
    loud: usize,
    cost: impl Fn(&M::Action) -> Option<u64>,
) -> Result<u64, Flaw> {
    trace(model, behaviour)?;
    let quiet = behaviour.steps.get(loud..).ok_or(Flaw::NotViolated)?;
    let costs = quiet.iter().map(|(action, _)| cost(action));
    costs.sum::<Option<u64>>().ok_or(Flaw::NotViolated)
}

/// Confirms a lasso that spends something in each round of its cycle, fair or not.
pub fn spends_without_end<M: Checkable>(
    model: &M,
    behaviour: &Lasso<M>,
    cost: impl Fn(&M::Action) -> Option<u64>,
) -> Result<(), Flaw> {
    lasso(model, &Unfair, behaviour)?;
    let costs = behaviour.cycle.iter().map(|(action, _)| cost(action));
    let round = costs.sum::<Option<u64>>();
    require(round.is_some_and(|round| round > 0), Flaw::NotViolated)
}

/// The states that a lasso visits again and again.
fn recurring<M: Model>(lasso: &Lasso<M>) -> impl Iterator<Item = &M::State> {
    std::iter::once(lasso.stem.last()).chain(lasso.cycle.iter().map(|(_, state)| state))
}

/// Confirms steps from a state; `taken` counts those before them.
fn steps<M: Checkable>(
    model: &M,
    from: &M::State,
    steps: &[(M::Action, M::State)],
    taken: usize,
) -> Result<(), Flaw> {
    let mut before = from;
    for (step, (action, after)) in (taken + 1..).zip(steps) {
        let mut offered = Vec::new();
        model.actions(before, &mut offered);
        require(offered.contains(action), Flaw::NotOffered { step })?;
        let next = model.next_state(before, action.clone());
        require(next.as_ref() == Some(after), Flaw::WrongState { step })?;
        require(model.within_boundary(after), Flaw::OutsideBoundary { step })?;
        before = after;
    }
    Ok(())
}

/// For each fair class, whether an action of it is enabled in a state.
fn enabled_classes<M: Checkable>(
    model: &M,
    fairness: &impl Fairness<M>,
    state: &M::State,
) -> Vec<bool> {
    let mut enabled = vec![false; fairness.classes()];
    let mut offered = Vec::new();
    model.actions(state, &mut offered);
    for action in offered {
        if let Some(class) = fairness.class(&action) {
            enabled[class] |= model.next_state(state, action).is_some();
        }
    }
    enabled
}

fn require(met: bool, flaw: Flaw) -> Result<(), Flaw> {
    if met { Ok(()) } else { Err(flaw) }
}
