//! Random behaviours, which can be had again from their choices.

use stateright::Model;

use crate::Checkable;
use crate::trace::Trace;

/// A random behaviour.
pub struct Run<M: Model> {
    /// Which of the possible initial states it begins in, and which of the enabled actions it then
    /// takes, always counted from 0 in the order in which the model gives them.
    pub choices: Vec<usize>,
    /// What happens.
    pub trace: Trace<M>,
}

/// Takes at most so many steps at random, each enabled one within the boundary as likely as any
/// other. It stops where nothing is enabled; without an initial state there is no run.
///
/// The same seed gives the same run.
pub fn simulate<M: Checkable>(model: &M, seed: u64, steps: usize) -> Option<Run<M>> {
    let mut random = Random(seed);
    let mut choices = Vec::new();
    let trace = walk(model, |options| {
        // The first choice is that of the initial state.
        if choices.len() > steps {
            return None;
        }
        let choice = random.below(options);
        choices.push(choice);
        Some(choice)
    })?;
    Some(Run { choices, trace })
}

/// The behaviour that these choices make; none if one of them does not exist.
pub fn follow<M: Checkable>(model: &M, choices: &[usize]) -> Option<Trace<M>> {
    let mut left = choices.iter().copied();
    let trace = walk(model, |options| {
        left.next().filter(|&choice| choice < options)
    })?;
    (trace.steps.len() + 1 == choices.len()).then_some(trace)
}

/// How often each action is taken in some runs, in the order in which they take it first.
pub fn taken<'r, M: Checkable + 'r>(
    runs: impl IntoIterator<Item = &'r Run<M>>,
) -> Vec<(M::Action, usize)> {
    let mut counts: Vec<(M::Action, usize)> = Vec::new();
    for (action, _) in runs.into_iter().flat_map(|run| &run.trace.steps) {
        match counts.iter_mut().find(|(other, _)| other == action) {
            Some((_, count)) => *count += 1,
            None => counts.push((action.clone(), 1)),
        }
    }
    counts
}

/// A behaviour whose choices are made from the numbers of options; none ends it.
fn walk<M: Checkable>(
    model: &M,
    mut choose: impl FnMut(usize) -> Option<usize>,
) -> Option<Trace<M>> {
    let mut initial = model.init_states();
    initial.retain(|state| model.within_boundary(state));
    if initial.is_empty() {
        return None;
    }
    let mut trace = Trace {
        init: initial.swap_remove(choose(initial.len())?),
        steps: Vec::new(),
    };
    loop {
        let mut enabled = enabled(model, trace.last());
        if enabled.is_empty() {
            return Some(trace);
        }
        let Some(choice) = choose(enabled.len()) else {
            return Some(trace);
        };
        trace.steps.push(enabled.swap_remove(choice));
    }
}

/// The steps from a state that stay within the boundary.
fn enabled<M: Checkable>(model: &M, before: &M::State) -> Vec<(M::Action, M::State)> {
    let mut offered = Vec::new();
    model.actions(before, &mut offered);
    let step = |action: M::Action| {
        let after = model.next_state(before, action.clone())?;
        model.within_boundary(&after).then_some((action, after))
    };
    offered.into_iter().filter_map(step).collect()
}

/// SplitMix64 (Steele, Lea and Flood 2014), so that a seed means the same run in every version.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// A number below a bound. The bias, at most the bound in 2^64, does not matter here.
    fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.next()) * bound as u128;
        usize::try_from(wide >> 64).expect("it is below a usize")
    }
}
