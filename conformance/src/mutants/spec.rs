//! The model as mutants see it: perhaps with another step.

use hopwise_protocol::{Chain, Scenario, State};
use hopwise_vocab::Action;
use stateright::Model;

/// Where a step leads; nothing if it is not enabled.
pub type Step = fn(&Chain, &State, Action) -> Option<State>;

/// The model with its step as a parameter.
#[derive(Clone)]
pub struct Spec {
    /// The bounds, and the rules that are on.
    pub chain: Chain,
    /// Where its steps lead.
    pub step: Step,
}

impl Spec {
    /// The model as it is.
    pub fn of(chain: Chain) -> Spec {
        let step: Step = |chain, before, action| chain.next_state(before, action);
        Spec { chain, step }
    }

    /// The same in another scenario.
    pub fn in_scenario(&self, scenario: Scenario) -> Spec {
        let safeguards = self.chain.safeguards.clone();
        Spec {
            chain: Chain {
                scenario,
                safeguards,
            },
            step: self.step,
        }
    }
}

impl Model for Spec {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        self.chain.init_states()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.chain.actions(state, actions);
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        (self.step)(&self.chain, before, action)
    }

    fn within_boundary(&self, state: &State) -> bool {
        self.chain.within_boundary(state)
    }
}
