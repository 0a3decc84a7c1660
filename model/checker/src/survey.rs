//! Asks many predicates of every state at once.

use stateright::Model;

use crate::Checkable;
use crate::fairness::Fairness;
use crate::graph::Graph;
use crate::liveness;
use crate::replay;
use crate::rules::Rules;
use crate::safety;
use crate::states::States;
use crate::threads;
use crate::trace::{Lasso, Trace};
use crate::verdict::Judgement;

/// What many predicates say of every state of a graph, one bit each.
///
/// Looking at a packed state costs more than most of what is asked of it, so a survey looks at each
/// state once, and every judgement that needs it reads bits. Predicates are named by their place
/// among those that were asked. The judgements are those of [`invariant`](crate::invariant),
/// [`leads_to`](crate::leads_to) and [`eventually_always`](crate::eventually_always), and their
/// counterexamples are replayed with the predicates themselves.
pub struct Survey<'g, 'm, M: Model, P> {
    graph: &'g Graph<'m, M>,
    predicates: Vec<P>,
    /// For every 64 states, a word for each predicate.
    words: Vec<u64>,
}

/// States in the piece of a survey that a thread does at a time, in words.
const PIECE: usize = 64;

/// Asks every predicate of every state, with as many threads as searched for them; that does not
/// change the answers.
pub fn survey<'g, 'm, M, P>(graph: &'g Graph<'m, M>, predicates: Vec<P>) -> Survey<'g, 'm, M, P>
where
    M: Checkable,
    P: Fn(&M::State) -> bool + Sync,
{
    let width = predicates.len();
    let mut words = vec![0; graph.len().div_ceil(64) * width];
    let mut pieces: Vec<_> = words
        .chunks_mut((PIECE * width).max(1))
        .enumerate()
        .collect();
    let threads = if pieces.len() <= 1 {
        1
    } else {
        threads::count(graph.threads)
    };
    threads::each(threads, &mut pieces, |(number, piece)| {
        let first = *number * PIECE * 64;
        for (start, words) in (first..).step_by(64).zip(piece.chunks_mut(width)) {
            for at in start..graph.len().min(start + 64) {
                graph.states.look(at, |state| {
                    for (word, is_so) in words.iter_mut().zip(&predicates) {
                        *word |= u64::from(is_so(state)) << (at - start);
                    }
                });
            }
        }
    });
    Survey {
        graph,
        predicates,
        words,
    }
}

/// Judges many invariants as [`invariant`](crate::invariant) judges each, looking once at each
/// state.
pub fn invariants<M, P>(graph: &Graph<'_, M>, good: &[P]) -> Vec<Judgement<Trace<M>>>
where
    M: Checkable,
    P: Fn(&M::State) -> bool + Sync,
{
    let survey = survey(graph, good.iter().collect());
    (0..good.len()).map(|one| survey.invariant(one)).collect()
}

impl<M, P> Survey<'_, '_, M, P>
where
    M: Checkable,
    P: Fn(&M::State) -> bool,
{
    /// In how many states a predicate is true.
    pub fn count(&self, predicate: usize) -> usize {
        self.states(predicate).count()
    }

    /// Judges that a predicate is true of every state.
    pub fn invariant(&self, good: usize) -> Judgement<Trace<M>> {
        let (graph, states) = (self.graph, self.states(good));
        let bad = graph.ids().find(|&id| !states.has(id));
        let found = bad.map(|id| graph.trace_to(id));
        safety::settle(graph, graph.len(), found, |trace| {
            replay::invariant(graph.model, trace, &self.predicates[good])
        })
    }

    /// Judges `p ~> q`: whenever the first is true, the second is at that moment or later.
    pub fn leads_to(&self, fairness: &impl Fairness<M>, p: usize, q: usize) -> Judgement<Lasso<M>> {
        let (starts, goals) = (self.states(p), self.states(q));
        let found = liveness::lasso_without(Rules::ALL, self.graph, fairness, &starts, &goals);
        liveness::settle(Rules::ALL, self.graph, starts.count(), found, |lasso| {
            let (p, q) = (&self.predicates[p], &self.predicates[q]);
            replay::leads_to(self.graph.model, fairness, lasso, p, q)
        })
    }

    /// Judges `F G p`: from some moment on, a predicate is true for ever.
    pub fn eventually_always(&self, fairness: &impl Fairness<M>, p: usize) -> Judgement<Lasso<M>> {
        let (graph, states) = (self.graph, self.states(p));
        let found = liveness::lasso_beside(Rules::ALL, graph, fairness, &states);
        liveness::settle(Rules::ALL, graph, graph.len(), found, |lasso| {
            replay::eventually_always(graph.model, fairness, lasso, &self.predicates[p])
        })
    }

    fn states(&self, predicate: usize) -> States {
        let width = self.predicates.len();
        assert!(predicate < width, "no predicate {predicate} of {width}");
        States::of(self.words.iter().copied().skip(predicate).step_by(width))
    }
}
