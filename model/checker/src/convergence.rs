//! Judges how much can be spent before something else has to happen, and whether there is always
//! a way back.

use stateright::Model;

use crate::Checkable;
use crate::graph::{Graph, Id};
use crate::replay;
use crate::scc::{Components, WHOLE};
use crate::trace::{Lasso, Trace};
use crate::verdict::{Judgement, Why};
use crate::ways::nearest;

/// How much a behaviour can spend on quiet steps in a row.
pub enum Longest<M: Model> {
    /// So much, and not more.
    Bounded(Spent<M>),
    /// More than any number: each round of this cycle costs something.
    Unbounded(Lasso<M>),
    /// The search was cut, and what was seen is bounded.
    NotDecided(Why),
}

/// A behaviour that spends as much as any.
pub struct Spent<M: Model> {
    /// What it spends.
    pub cost: u64,
    /// A shortest trace to where it begins to spend, and the steps that cost so much.
    pub trace: Trace<M>,
    /// How many steps come before.
    pub loud: usize,
}

/// Judges the most that a behaviour can spend on quiet steps in a row, from any reachable state on.
/// An action is quiet if it has a cost: say 1 for a write and 0 for what else a controller does,
/// and none for what the user does.
///
/// It is exact: unbounded exactly if a cycle of quiet steps costs something. Fairness is not asked
/// for; a cycle that costs nothing, like a poll that finds nothing new, does no harm.
///
/// # Panics
/// If the model has no state to begin in.
pub fn longest<M: Checkable>(
    graph: &Graph<'_, M>,
    cost: impl Fn(&M::Action) -> Option<u64>,
) -> Longest<M> {
    let costs: Vec<_> = graph.actions.iter().map(&cost).collect();
    let ledger = Ledger::new(graph, |edge| costs[graph.edges.label(edge)]);
    if let Some((id, edge)) = ledger.endless {
        let lasso = ledger.lasso(id, edge);
        if let Err(flaw) = replay::spends_without_end(graph.model, &lasso, cost) {
            panic!("bug in the checker: a costly cycle does not replay: {flaw}");
        }
        return Longest::Unbounded(lasso);
    }
    if let Some(why) = graph.cut() {
        return Longest::NotDecided(why);
    }
    let spent = ledger.dearest();
    let replayed = replay::spends(graph.model, &spent.trace, spent.loud, cost);
    assert_eq!(
        replayed,
        Ok(spent.cost),
        "bug in the checker: a costly trace does not replay"
    );
    Longest::Bounded(spent)
}

/// What can be spent from each state on.
struct Ledger<'g, 'm, M: Checkable, C> {
    graph: &'g Graph<'m, M>,
    cost: C,
    /// By id.
    most: Vec<u64>,
    set_of: Vec<u32>,
    /// The first edge that costs something and lies on a cycle.
    endless: Option<(Id, usize)>,
}

impl<'g, 'm, M: Checkable, C: Fn(usize) -> Option<u64>> Ledger<'g, 'm, M, C> {
    fn new(graph: &'g Graph<'m, M>, cost: C) -> Self {
        let ids: Vec<Id> = graph.ids().collect();
        let mut most = vec![0; graph.len()];
        let mut endless = None;
        let mut components = Components::new(graph, &ids, |edge| cost(edge).is_some());
        // What is reachable is closed first, so that it is known what can be spent from there.
        components.divide(WHOLE, &ids, |set_of, states, set| {
            let mut most_here = 0;
            for &id in states {
                for edge in graph.inner_edges(id) {
                    let Some(cost) = cost(edge) else { continue };
                    let target = graph.target(edge) as usize;
                    if set_of[target] != set {
                        most_here = most_here.max(most[target] + cost);
                    } else if cost > 0 && endless.is_none_or(|(first, _)| id < first) {
                        endless = Some((id, edge));
                    }
                }
            }
            states.iter().for_each(|&id| most[id as usize] = most_here);
        });
        let set_of = components.set_of;
        Ledger {
            graph,
            cost,
            most,
            set_of,
            endless,
        }
    }

    /// A cycle through an edge whose ends lie in one component.
    fn lasso(&self, id: Id, edge: usize) -> Lasso<M> {
        let (graph, back) = (self.graph, self.graph.target(edge));
        let mut cycle = vec![edge];
        if back != id {
            let inner = |from: Id, edge| {
                let is_inner =
                    self.set_of[graph.target(edge) as usize] == self.set_of[from as usize];
                is_inner && (self.cost)(edge).is_some()
            };
            let way = nearest(graph, back, inner, |_, edge| graph.target(edge) == id);
            cycle.extend(way.expect("bug in the checker: a component is not connected"));
        }
        Lasso {
            stem: graph.trace_to(id),
            cycle: cycle.into_iter().map(|edge| graph.step(edge)).collect(),
        }
    }

    /// A trace that spends the most there is, from a state no deeper than any other such.
    fn dearest(&self) -> Spent<M> {
        let graph = self.graph;
        let cost = self.most.iter().copied().max().unwrap_or(0);
        let first = graph.ids().find(|&id| self.most[id as usize] == cost);
        let mut here = first.expect("a model without states spends nothing");
        let mut trace = graph.trace_to(here);
        let loud = trace.steps.len();
        while self.most[here as usize] > 0 {
            let left = self.most[here as usize];
            let keeps = |edge: usize| {
                (self.cost)(edge)
                    .filter(|cost| cost + self.most[graph.target(edge) as usize] == left)
            };
            let way = nearest(
                graph,
                here,
                |_, edge| keeps(edge).is_some(),
                |_, edge| keeps(edge).is_some_and(|cost| cost > 0),
            );
            for edge in way.expect("bug in the checker: what can be spent is not") {
                trace.steps.push(graph.step(edge));
                here = graph.target(edge);
            }
        }
        Spent { cost, trace, loud }
    }
}

/// Judges `AG EF good`: from every reachable state, a good one can still be reached.
///
/// The counterexample is a shortest trace to a state from which none can. There is no premise:
/// every state counts. Steps that the search did not follow might lead to a good state.
pub fn never_wedged<M: Checkable>(
    graph: &Graph<'_, M>,
    good: impl Fn(&M::State) -> bool,
) -> Judgement<Trace<M>> {
    let ids: Vec<Id> = graph.ids().collect();
    let mut can = vec![false; graph.len()];
    Components::new(graph, &ids, |_| true).divide(WHOLE, &ids, |_, states, _| {
        let is_good = |&id: &Id| {
            let leads_on = |(_, to): (_, Option<Id>)| to.is_none_or(|to| can[to as usize]);
            !graph.is_expanded(id) || graph.steps(id).any(leads_on) || graph.look(id, &good)
        };
        let all_can = states.iter().any(is_good);
        states.iter().for_each(|&id| can[id as usize] = all_can);
    });
    let wedged = graph.ids().find(|&id| !can[id as usize]);
    let found = wedged.map(|id| graph.trace_to(id));
    let replayed = found
        .as_ref()
        .map(|trace| replay::wedged(graph.model, trace, &good));
    if let Some(Err(flaw)) = replayed {
        panic!("bug in the checker: a trace does not replay: {flaw}");
    }
    Judgement::settle(found, graph.cut(), graph.len())
}
