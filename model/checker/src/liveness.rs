//! Judges what must happen eventually, for every behaviour that is fair.
//!
//! A behaviour is an infinite sequence of steps of the model and of stuttering, in which nothing
//! happens. Stuttering for ever is fair where no fair class is enabled. All three judgements look
//! for one thing: a fair lasso that stays where it must not stay.

use crate::Checkable;
use crate::duties::Duties;
use crate::fairness::Fairness;
use crate::graph::{Graph, Id};
use crate::lasso::fair_lasso;
use crate::region::Region;
use crate::replay::{self, Flaw};
use crate::rules::{Rule, Rules};
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
    let starts: Vec<Id> = graph.ids().filter(|&id| graph.look(id, &p)).collect();
    let lacks_q: Vec<bool> = graph.ids().map(|id| !graph.look(id, &q)).collect();

    let entries = starts.iter().copied().filter(|&id| lacks_q[id as usize]);
    let region = Region::grow(graph, entries, |id| lacks_q[id as usize]);
    let duties = Duties::new(rules, graph, fairness, |_| true);
    let found = fair_lasso(graph, &region, &duties);
    settle(rules, graph, starts.len(), found, |lasso| {
        replay::leads_to(graph.model, fairness, lasso, &p, &q)
    })
}

pub(crate) fn eventually_always_by<M: Checkable>(
    rules: Rules,
    graph: &Graph<'_, M>,
    fairness: &impl Fairness<M>,
    p: impl Fn(&M::State) -> bool,
) -> Judgement<Lasso<M>> {
    let lacks_p: Vec<bool> = graph.ids().map(|id| !graph.look(id, &p)).collect();
    let everything = Region::grow(graph, graph.initial(), |_| true);
    let duties = Duties::new(rules, graph, fairness, |id| lacks_p[id as usize]);
    let found = fair_lasso(graph, &everything, &duties);
    settle(rules, graph, graph.len(), found, |lasso| {
        replay::eventually_always(graph.model, fairness, lasso, &p)
    })
}

/// Settles a judgement whose counterexample the model alone confirms.
fn settle<M: Checkable>(
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
