//! Judges what must happen eventually, for every behaviour that is fair.
//!
//! A behaviour is an infinite sequence of steps of the model and of stuttering, in which nothing
//! happens. Stuttering for ever is fair where no fair class is enabled. All three judgements look
//! for one thing: a fair lasso that stays where it must not stay.

use crate::Checkable;
use crate::duties::Duties;
use crate::fairness::Fairness;
use crate::graph::Graph;
use crate::lasso::fair_lasso;
use crate::region::Region;
use crate::replay::{self, Flaw};
use crate::rules::{Rule, Rules};
use crate::states::States;
use crate::trace::Lasso;
use crate::verdict::Judgement;

/// Judges `p ~> q`: whenever `p` is true, `q` is true at that moment or some time later.
///
/// A counterexample reaches a state with `p` and never `q` from there on. The premise is `p`.
pub fn leads_to<M: Checkable>(
    graph: &Graph<'_, M>,
    fairness: &impl Fairness<M>,
    p: impl Fn(&M::State) -> bool,
    q: impl Fn(&M::State) -> bool,
) -> Judgement<Lasso<M>> {
    leads_to_by(Rules::ALL, graph, fairness, p, q)
}

/// Judges `F G p`: from some moment on, `p` is true for ever.
///
/// A counterexample has a state without `p` in its cycle. There is no premise: every state counts.
pub fn eventually_always<M: Checkable>(
    graph: &Graph<'_, M>,
    fairness: &impl Fairness<M>,
    p: impl Fn(&M::State) -> bool,
) -> Judgement<Lasso<M>> {
    eventually_always_by(Rules::ALL, graph, fairness, p)
}

/// Judges `G F p`: again and again, `p` is true.
///
/// A counterexample has no state with `p` in its cycle. There is no premise: every state counts.
pub fn always_eventually<M: Checkable>(
    graph: &Graph<'_, M>,
    fairness: &impl Fairness<M>,
    p: impl Fn(&M::State) -> bool,
) -> Judgement<Lasso<M>> {
    leads_to_by(Rules::ALL, graph, fairness, |_| true, p)
}

pub(crate) fn leads_to_by<M: Checkable>(
    rules: Rules,
    graph: &Graph<'_, M>,
    fairness: &impl Fairness<M>,
    p: impl Fn(&M::State) -> bool,
    q: impl Fn(&M::State) -> bool,
) -> Judgement<Lasso<M>> {
    let (mut starts, mut goals) = (States::none(graph.len()), States::none(graph.len()));
    for id in graph.ids() {
        // Both are asked at once, because a packed state is unpacked for it.
        let (is_start, is_goal) = graph.look(id, |state| (p(state), q(state)));
        is_start.then(|| starts.insert(id));
        is_goal.then(|| goals.insert(id));
    }
    let found = lasso_without(rules, graph, fairness, &starts, &goals);
    settle(rules, graph, starts.count(), found, |lasso| {
        replay::leads_to(graph.model, fairness, lasso, &p, &q)
    })
}

pub(crate) fn eventually_always_by<M: Checkable>(
    rules: Rules,
    graph: &Graph<'_, M>,
    fairness: &impl Fairness<M>,
    p: impl Fn(&M::State) -> bool,
) -> Judgement<Lasso<M>> {
    let mut states = States::none(graph.len());
    let with_p = graph.ids().filter(|&id| graph.look(id, &p));
    with_p.for_each(|id| states.insert(id));
    let found = lasso_beside(rules, graph, fairness, &states);
    settle(rules, graph, graph.len(), found, |lasso| {
        replay::eventually_always(graph.model, fairness, lasso, &p)
    })
}

/// A fair lasso that comes to one of the starts and then never to a goal.
pub(crate) fn lasso_without<M: Checkable>(
    rules: Rules,
    graph: &Graph<'_, M>,
    fairness: &impl Fairness<M>,
    starts: &States,
    goals: &States,
) -> Option<Lasso<M>> {
    let entries = starts.iter().filter(|&id| !goals.has(id));
    let region = Region::grow(graph, entries, |id| !goals.has(id));
    let duties = Duties::new(rules, graph, fairness, |_| true);
    fair_lasso(graph, &region, &duties)
}

/// A fair lasso that is again and again beside these states.
pub(crate) fn lasso_beside<M: Checkable>(
    rules: Rules,
    graph: &Graph<'_, M>,
    fairness: &impl Fairness<M>,
    states: &States,
) -> Option<Lasso<M>> {
    let everything = Region::grow(graph, graph.initial(), |_| true);
    let duties = Duties::new(rules, graph, fairness, |id| !states.has(id));
    fair_lasso(graph, &everything, &duties)
}

/// Settles a judgement whose counterexample the model alone confirms.
pub(crate) fn settle<M: Checkable>(
    rules: Rules,
    graph: &Graph<'_, M>,
    premise_states: usize,
    found: Option<Lasso<M>>,
    replay: impl Fn(&Lasso<M>) -> Result<(), Flaw>,
) -> Judgement<Lasso<M>> {
    let replay = found
        .as_ref()
        .filter(|_| rules.keep(Rule::Replay))
        .map(replay);
    if let Some(Err(flaw)) = replay {
        panic!("bug in the checker: a lasso does not replay: {flaw}");
    }
    let cut = graph.cut().filter(|_| rules.keep(Rule::CutSearches));
    Judgement::settle(found, cut, premise_states)
}
