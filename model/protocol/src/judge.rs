//! Judges the properties on the graph of a scenario.

use crate::fairness::WeaklyFair;
use crate::model::Chain;
use crate::properties::{Instance, Invariant, LeadsTo};
use hopwise_checker::{Graph, Judgement, Lasso, Trace};

impl Invariant {
    /// Judges the property on everything in the graph.
    pub fn judge(&self, graph: &Graph<'_, Chain>) -> Judgement<Trace<Chain>> {
        hopwise_checker::invariant(graph, |state| self.holds(state))
    }

    /// In how many states of the graph the premise is reached.
    pub fn premise_states(&self, graph: &Graph<'_, Chain>) -> usize {
        graph
            .ids()
            .filter(|&id| graph.look(id, self.premise))
            .count()
    }
}

impl LeadsTo {
    /// Judges one instance of the family, under weak fairness of every class.
    pub fn judge(&self, graph: &Graph<'_, Chain>, of: &Instance) -> Judgement<Lasso<Chain>> {
        let premise = |state: &_| (self.premise)(of, state);
        hopwise_checker::leads_to(graph, &WeaklyFair, premise, |state| self.is_done(of, state))
    }
}
