//! Judges the properties on the graph of a scenario: one, or all in one look at every state.

use crate::fairness::WeaklyFair;
use crate::model::Chain;
use crate::properties::{Form, INVARIANTS, Instance, Invariant, LEADS_TO, LeadsTo};
use crate::scenarios::Scenario;
use crate::state::State;
use hopwise_checker::replay::{self, Flaw};
use hopwise_checker::{Graph, Judgement, Lasso, Survey, Trace};

impl Invariant {
    /// Judges the property on everything in the graph.
    pub fn judge(&self, graph: &Graph<'_, Chain>) -> Judgement<Trace<Chain>> {
        let chain = graph.model();
        hopwise_checker::invariant(graph, |state| self.holds(chain, state))
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

/// A predicate on states, as a survey asks it.
pub type Predicate<'a> = Box<dyn Fn(&State) -> bool + Sync + 'a>;

/// A property that can be judged on a survey, each instance of a family alone.
#[derive(Clone, Copy)]
pub enum Promise {
    /// Every state has it.
    Always(&'static Invariant),
    /// Every fair behaviour has it.
    LeadsTo(&'static LeadsTo, Instance),
}

/// What a judgement found out.
pub enum Judged {
    /// Of an invariant: in how many states its premise is true, and the outcome.
    Always(&'static Invariant, usize, Judgement<Trace<Chain>>),
    /// Of an instance of a family.
    LeadsTo(&'static LeadsTo, Instance, Judgement<Lasso<Chain>>),
}

impl Promise {
    /// Every property of a scenario, promised there or not.
    pub fn all(scenario: &Scenario) -> Vec<Promise> {
        let instances = LEADS_TO.iter().flat_map(|family| {
            let instances = (family.instances)(scenario).into_iter();
            instances.map(move |of| Promise::LeadsTo(family, of))
        });
        let always = INVARIANTS.iter().map(Promise::Always);
        always.chain(instances).collect()
    }

    /// The property's name.
    pub fn id(self) -> &'static str {
        match self {
            Promise::Always(found) => found.id,
            Promise::LeadsTo(found, _) => found.id,
        }
    }

    /// Why it is not promised in a scenario, if it is not.
    pub fn exemption(self, scenario: &Scenario) -> Option<&'static str> {
        match self {
            Promise::Always(found) => found.exemption(scenario),
            Promise::LeadsTo(found, _) => found.exemption(scenario),
        }
    }

    /// The premise, and what is to be true: always, or at last.
    pub fn predicates(self, chain: &Chain) -> [Predicate<'_>; 2] {
        match self {
            Promise::Always(found) => [
                Box::new(move |state| (found.premise)(chain, state)),
                Box::new(move |state| found.holds(chain, state)),
            ],
            Promise::LeadsTo(found, of) => [
                Box::new(move |state| (found.premise)(chain, &of, state)),
                Box::new(move |state| found.is_done(chain, &of, state)),
            ],
        }
    }

    /// Judges it on a survey in which its premise has this number, and the rest the next.
    pub fn judge(
        self,
        chain: &Chain,
        survey: &Survey<'_, '_, Chain, Predicate<'_>>,
        premise: usize,
    ) -> Judged {
        let goal = premise + 1;
        match self {
            Promise::Always(found) => {
                Judged::Always(found, survey.count(premise), survey.invariant(goal))
            }
            Promise::LeadsTo(family, of) => {
                let fairness = WeaklyFair::of(chain);
                let judgement = match family.form {
                    Form::LeadsTo => survey.leads_to(&fairness, premise, goal),
                    Form::Stays => survey.eventually_always(&fairness, goal),
                };
                Judged::LeadsTo(family, of, judgement)
            }
        }
    }
}

impl Judged {
    /// Whether it was decided, and holds.
    pub fn holds(&self) -> bool {
        match self {
            Judged::Always(.., judgement) => judgement.holds(),
            Judged::LeadsTo(.., judgement) => judgement.holds(),
        }
    }

    /// How many states put it to the test.
    pub fn premise_states(&self) -> usize {
        match self {
            Judged::Always(_, premise, _) => *premise,
            Judged::LeadsTo(.., judgement) => judgement.premise_states,
        }
    }
}

/// Judges all that is asked, with one look at each state of the graph.
pub fn judge_all(graph: &Graph<'_, Chain>, asked: &[Promise]) -> Vec<Judged> {
    let chain = graph.model();
    let predicates = asked.iter().flat_map(|it| it.predicates(chain));
    let survey = hopwise_checker::survey(graph, predicates.collect());
    let numbered = asked.iter().enumerate();
    numbered
        .map(|(at, promise)| promise.judge(chain, &survey, 2 * at))
        .collect()
}
