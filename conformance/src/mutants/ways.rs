//! The ways through a scenario along which a mutant is looked for, likely ones first.

use super::spec::Spec;
use crate::traces;
use crate::witnesses::GOALS;
use hopwise_checker::{Graph, Id};
use hopwise_protocol::{Class, Grain, State, scenario};
use hopwise_vocab::{Action, Deed};
use stateright::Model;

/// What has to happen for a mutant to show.
#[derive(Clone, Copy)]
pub enum Cue {
    /// Nothing special.
    Any,
    /// This.
    Deed(Deed),
    /// A step like this.
    Step(fn(&State, &Action, &State) -> bool),
}

/// At how many steps a cue is taken up, each nearest to the beginning that is left.
const SPOTS: usize = 3;

/// How many ways lead on from a spot, and how far.
const ONWARDS: u64 = 3;
const FAR: usize = 14;

/// How many ways at random follow, and how far.
const ASTRAY: u64 = 8;
const ASTRAY_FAR: usize = 70;

/// The ways, from where the scenario begins, on from the spot that is known and on from the cue.
pub(super) fn likely(graph: &Graph<'_, Spec>, spot: Option<Id>, cue: Cue) -> Vec<Vec<Action>> {
    let spec = graph.model();
    let known = spot.map(|id| (to(graph, id), graph.state(id)));
    let mut ways = Vec::new();
    for (way, state) in known.into_iter().chain(spots(graph, cue)) {
        for seed in 0..ONWARDS {
            let mut way = way.clone();
            // The first way ends there: what waits then goes on without the model.
            let far = if seed == 0 { 0 } else { FAR };
            way.extend(onwards(spec, &state, seed, far, is_patient));
            ways.push(way);
        }
    }
    ways
}

/// Ways at random, every other one of them in patience.
pub(super) fn astray(spec: &Spec) -> impl Iterator<Item = Vec<Action>> {
    let begin = spec.init_states().remove(0);
    (0..ASTRAY).map(move |seed| {
        let may: fn(&Action) -> bool = if seed % 2 == 0 { is_patient } else { |_| true };
        onwards(spec, &begin, seed, ASTRAY_FAR, may)
    })
}

/// The kept traces in which nothing is switched off, with their scenarios. Those of whole passes show
/// what a call has done, and not the call, which tells more of a mutant.
pub(super) fn kept(spec: &Spec) -> Vec<(&'static str, Vec<Action>)> {
    let safeguards = &spec.chain.safeguards;
    let all = traces::committed().into_iter();
    let same = all.filter(|trace| trace.header.off == *safeguards);
    let named = same.filter_map(|trace| {
        let goal = GOALS.iter().find(|goal| goal.name == trace.header.name)?;
        let is_coarse = scenario(goal.scenario).is_ok_and(|it| it.grain == Grain::Passes);
        (!is_coarse).then_some(())?;
        Some((goal.scenario, trace.actions().collect()))
    });
    named.collect()
}

/// Whether the graph has a step like the cue, if it is to have one.
pub(super) fn has(graph: &Graph<'_, Spec>, cue: Cue) -> bool {
    match cue {
        Cue::Any => true,
        Cue::Deed(_) | Cue::Step(_) => !spots(graph, cue).is_empty(),
    }
}

/// A shortest way to a state.
pub(super) fn to(graph: &Graph<'_, Spec>, id: Id) -> Vec<Action> {
    let steps = graph.trace_to(id).steps.into_iter();
    steps.map(|(action, _)| action).collect()
}

/// The first steps like the cue, each with the way to it.
fn spots(graph: &Graph<'_, Spec>, cue: Cue) -> Vec<(Vec<Action>, State)> {
    let is_it = |before: Id, action: &Action, after: Id| match cue {
        Cue::Any => false,
        Cue::Deed(deed) => action.deed == deed,
        Cue::Step(like) => like(&graph.state(before), action, &graph.state(after)),
    };
    let steps = graph.ids().flat_map(|id| {
        let steps = graph.successors(id);
        steps.map(move |(action, after)| (id, action, after))
    });
    let found = steps.filter(|(before, action, after)| is_it(*before, action, *after));
    let spot = |(before, action, after): (Id, &Action, Id)| {
        let mut way = to(graph, before);
        way.push(*action);
        (way, graph.state(after))
    };
    match cue {
        Cue::Any => Vec::new(),
        Cue::Deed(_) | Cue::Step(_) => found.take(SPOTS).map(spot).collect(),
    }
}

/// A way at random from a state, by such steps as it may take while there are any.
fn onwards(
    spec: &Spec,
    from: &State,
    seed: u64,
    far: usize,
    may: fn(&Action) -> bool,
) -> Vec<Action> {
    let mut choose = fastrand::Rng::with_seed(seed);
    let mut state = from.clone();
    let mut way = Vec::new();
    while way.len() < far {
        let mut offered = Vec::new();
        spec.actions(&state, &mut offered);
        let steps = offered.into_iter().filter_map(|action| {
            let after = spec.next_state(&state, action)?;
            (after != state).then_some((action, after))
        });
        let (mut wanted, others): (Vec<_>, Vec<_>) = steps.partition(|(action, _)| may(action));
        if wanted.is_empty() {
            wanted = others;
        }
        let Some(next) = choose.choice(wanted) else {
            break;
        };
        way.push(next.0);
        state = next.1;
    }
    way
}

/// Whether a step is one that must happen at last: no user, no administrator, no fault.
fn is_patient(action: &Action) -> bool {
    Class::of(&action.deed).is_some()
}
