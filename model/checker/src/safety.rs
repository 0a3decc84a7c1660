//! Judges what must never happen, and what must be able to happen.

use std::fmt;

use crate::Checkable;
use crate::fairness::Fairness;
use crate::graph::{Graph, Id};
use crate::replay::{self, Flaw};
use crate::trace::Trace;
use crate::verdict::Judgement;

/// Judges an invariant: every reachable state is good.
///
/// The counterexample is a shortest trace to a state that is not. There is no premise: every
/// state counts.
pub fn invariant<M: Checkable>(
    graph: &Graph<'_, M>,
    good: impl Fn(&M::State) -> bool,
) -> Judgement<Trace<M>> {
    let bad = graph.ids().find(|&id| !graph.look(id, &good));
    let found = bad.map(|id| graph.trace_to(id));
    settle(graph, graph.len(), found, |trace| {
        replay::invariant(graph.model, trace, &good)
    })
}

/// Judges an action property: every step, from the state before by the action to the state after,
/// is good. Steps that the search did not follow are not judged, and it then does not hold.
///
/// The counterexample ends with a step that is not, from a state no deeper than any other such.
/// The premise is that there is a step from the state.
pub fn step_invariant<M: Checkable>(
    graph: &Graph<'_, M>,
    good: impl Fn(&M::State, &M::Action, &M::State) -> bool,
) -> Judgement<Trace<M>> {
    let moving = graph
        .ids()
        .filter(|&id| graph.inner_edges(id).next().is_some())
        .count();
    let is_bad = |id, edge: &usize| {
        graph.look(graph.target(*edge), |after| {
            graph.look(id, |before| !good(before, graph.action(*edge), after))
        })
    };
    let bad = graph.ids().find_map(|id| {
        let edge = graph.inner_edges(id).find(|edge| is_bad(id, edge))?;
        Some((id, edge))
    });
    let found = bad.map(|(id, edge)| {
        let mut trace = graph.trace_to(id);
        trace.steps.push(graph.step(edge));
        trace
    });
    settle(graph, moving, found, |trace| {
        replay::step_invariant(graph.model, trace, &good)
    })
}

/// Nothing that was asked for is reachable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeverReached;

impl fmt::Display for NeverReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no reachable state is like this")
    }
}

/// Judges that some reachable state is like this; [`witness`] shows how.
///
/// It holds on a cut graph as soon as such a state is in it, and breaks only on a complete one.
/// The premise counts the states that are like this.
pub fn reachable<M: Checkable>(
    graph: &Graph<'_, M>,
    like_this: impl Fn(&M::State) -> bool,
) -> Judgement<NeverReached> {
    let count = graph.ids().filter(|&id| graph.look(id, &like_this)).count();
    match (count, graph.cut()) {
        (0, None) => Judgement::settle(Some(NeverReached), None, 0),
        (0, Some(why)) => Judgement::settle(None, Some(why), 0),
        (_, _) => Judgement::settle(None, None, count),
    }
}

/// A shortest trace to a state that is like this, replayed; none if the graph has no such state.
pub fn witness<M: Checkable>(
    graph: &Graph<'_, M>,
    like_this: impl Fn(&M::State) -> bool,
) -> Option<Trace<M>> {
    invariant(graph, |state| !like_this(state))
        .counterexample()
        .cloned()
}

/// The states in which no fair action is enabled, in order: the behaviour may rest there.
pub fn quiescent<M: Checkable>(graph: &Graph<'_, M>, fairness: &impl Fairness<M>) -> Vec<Id> {
    let fair: Vec<bool> = graph
        .actions
        .iter()
        .map(|action| fairness.class(action).is_some())
        .collect();
    let is_fair = |edge: usize| fair[graph.edges.label(edge)];
    graph
        .ids()
        .filter(|&id| graph.is_expanded(id) && !graph.row(id).any(is_fair))
        .collect()
}

/// Judges that whatever comes to rest is good: every state without an enabled fair action is.
///
/// The counterexample is a shortest trace to one that is not. The premise is to be at rest.
pub fn rests_only_when<M: Checkable>(
    graph: &Graph<'_, M>,
    fairness: &impl Fairness<M>,
    good: impl Fn(&M::State) -> bool,
) -> Judgement<Trace<M>> {
    let at_rest = quiescent(graph, fairness);
    let bad = at_rest.iter().copied().find(|&id| !graph.look(id, &good));
    let found = bad.map(|id| graph.trace_to(id));
    settle(graph, at_rest.len(), found, |trace| {
        replay::rests_only_when(graph.model, fairness, trace, &good)
    })
}

/// Settles a judgement whose counterexample the model alone confirms.
pub(crate) fn settle<M: Checkable>(
    graph: &Graph<'_, M>,
    premise_states: usize,
    found: Option<Trace<M>>,
    replay: impl Fn(&Trace<M>) -> Result<(), Flaw>,
) -> Judgement<Trace<M>> {
    if let Some(flaw) = found.as_ref().and_then(|trace| replay(trace).err()) {
        panic!("bug in the checker: a trace does not replay: {flaw}");
    }
    Judgement::settle(found, graph.cut(), premise_states)
}
