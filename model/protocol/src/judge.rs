//! Judges the properties on the graph of a scenario.

use crate::fairness::WeaklyFair;
use crate::model::Chain;
use crate::properties::{Instance, Invariant, LeadsTo};
use hopwise_checker::{Graph, Judgement, Lasso, Trace};

impl Invariant {
    /// Judges the property on everything in the graph.
    pub fn judge(&self, graph: &Graph<'_, Chain>) -> Judgement<Trace<Chain>> {
        let chain = graph.model();
        hopwise_checker::invariant(graph, |state| self.holds(chain, state))
    }

    /// In how many states of the graph the premise is reached.
    pub fn premise_states(&self, graph: &Graph<'_, Chain>) -> usize {
        let chain = graph.model();
        let reached = |id: &_| (self.premise)(chain, &graph.state(*id));
        graph.ids().filter(reached).count()
    }
}

impl LeadsTo {
    /// Judges one instance of the family, under weak fairness of every class.
    pub fn judge(&self, graph: &Graph<'_, Chain>, of: &Instance) -> Judgement<Lasso<Chain>> {
        let chain = graph.model();
        let premise = |state: &_| (self.premise)(chain, of, state);
        let fairness = WeaklyFair::of(chain);
        hopwise_checker::leads_to(graph, &fairness, premise, |state| {
            self.is_done(chain, of, state)
        })
    }
}
