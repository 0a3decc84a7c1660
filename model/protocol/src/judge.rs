//! Judges the properties on the graph of a scenario.

use crate::fairness::WeaklyFair;
use crate::model::Chain;
use crate::properties::{Form, Instance, Invariant, LeadsTo};
use hopwise_checker::replay::{self, Flaw};
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
        let goal = |state: &_| self.is_done(chain, of, state);
        let fairness = WeaklyFair::of(chain);
        match self.form {
            Form::LeadsTo => hopwise_checker::leads_to(graph, &fairness, premise, goal),
            Form::Stays => hopwise_checker::eventually_always(graph, &fairness, goal),
        }
    }

    /// Checks on the model alone that a behaviour breaks an instance of the family.
    ///
    /// # Errors
    /// Says why it does not.
    pub fn is_broken_by(
        &self,
        chain: &Chain,
        of: &Instance,
        lasso: &Lasso<Chain>,
    ) -> Result<(), Flaw> {
        let premise = |state: &_| (self.premise)(chain, of, state);
        let goal = |state: &_| self.is_done(chain, of, state);
        let fairness = WeaklyFair::of(chain);
        match self.form {
            Form::LeadsTo => replay::leads_to(chain, &fairness, lasso, premise, goal),
            Form::Stays => replay::eventually_always(chain, &fairness, lasso, goal),
        }
    }

    /// The first clause that is false in the cycle of a behaviour that breaks an instance, and
    /// after how many steps of the cycle.
    pub fn broken_clause(
        &self,
        chain: &Chain,
        of: &Instance,
        lasso: &Lasso<Chain>,
    ) -> Option<(usize, &'static str)> {
        let cycle = lasso.cycle.iter().map(|(_, state)| state);
        let mut states = std::iter::once(lasso.stem.last()).chain(cycle).enumerate();
        states.find_map(|(at, state)| Some((at, self.clause(chain, of, state)?)))
    }
}
