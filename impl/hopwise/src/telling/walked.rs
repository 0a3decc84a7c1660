//! A trace taken on the model: every state it goes through, as far as the model goes along.

use crate::exit::Failure;
use crate::selection::scenario_named;
use anyhow::Context as _;
use hopwise_protocol::{Chain, State};
use hopwise_vocab::{Action, Trace};
use stateright::Model;

/// A trace and its states.
pub struct Walked {
    /// The model it is a trace of.
    pub chain: Chain,
    /// The states, the initial one first: one more than the steps that were taken.
    pub states: Vec<State>,
    /// The step that the model does not have, if there is one. What follows it was not taken.
    pub refused: Option<Refused>,
}

/// A step that the model does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its number, counted from 1.
    pub step: usize,
    /// What it was to do.
    pub action: Action,
    /// What could have happened instead.
    pub enabled: Vec<Action>,
}

impl Walked {
    /// Takes the steps of a trace on the model that its header names.
    ///
    /// # Errors
    /// Names a scenario that there is not.
    pub fn of(trace: &Trace) -> Result<Walked, Failure> {
        let scenario = scenario_named(&trace.header.scenario).map_err(|failure| Failure {
            error: failure
                .error
                .context(format!("trace {}, line 1", trace.header.name)),
            ..failure
        })?;
        let chain = Chain {
            scenario,
            safeguards: trace.header.off.clone(),
        };
        let start = chain.init_states().pop();
        let start = start.context("the model has an initial state")?;
        let mut walked = Walked {
            chain,
            states: vec![start],
            refused: None,
        };
        for (index, action) in trace.actions().enumerate() {
            if !walked.take(action) {
                walked.refused = Some(Refused {
                    step: index + 1,
                    action,
                    enabled: walked
                        .enabled()
                        .into_iter()
                        .map(|(action, _)| action)
                        .collect(),
                });
                break;
            }
        }
        Ok(walked)
    }

    /// Takes one step, if the model has it here.
    fn take(&mut self, action: Action) -> bool {
        let found = found(self.enabled(), action);
        found.is_some_and(|after| {
            self.states.push(after);
            true
        })
    }

    /// Every step that the model has here, in its order, with where it leads.
    pub fn enabled(&self) -> Vec<(Action, State)> {
        self.enabled_in(self.last())
    }

    /// Every step that the model has in a state, in its order, with where it leads.
    pub fn enabled_in(&self, state: &State) -> Vec<(Action, State)> {
        let mut offered = Vec::new();
        self.chain.actions(state, &mut offered);
        let steps = offered.into_iter().filter_map(|action| {
            let after = self.chain.next_state(state, action)?;
            self.chain
                .within_boundary(&after)
                .then_some((action, after))
        });
        steps.collect()
    }

    /// The state after the last step taken.
    pub fn last(&self) -> &State {
        self.states.last().expect("there is an initial state")
    }
}

/// Where an action leads, by its name: in whatever order the model has its steps.
pub fn found(enabled: Vec<(Action, State)>, action: Action) -> Option<State> {
    let mut enabled = enabled.into_iter();
    let found = enabled.find(|(other, _)| *other == action);
    found.map(|(_, after)| after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn every_kept_trace_is_one_of_the_model() {
        for trace in hopwise_conformance::traces::committed() {
            let walked = Walked::of(&trace).unwrap();
            assert_eq!(walked.refused, None, "{}", trace.header.name);
            assert_eq!(walked.states.len(), trace.steps.len() + 1);
        }
    }

    #[test]
    fn a_step_that_the_model_does_not_have_is_named_with_what_it_has() {
        let trace = fixture::trace("t", &["user create", "free address", "ccm poll"]);
        let refused = Walked::of(&trace).unwrap().refused.unwrap();
        assert_eq!(
            (refused.step, refused.action.to_string()),
            (2, "free address".into())
        );
        let enabled: Vec<_> = refused.enabled.iter().map(ToString::to_string).collect();
        assert!(
            enabled.contains(&"deliver ccm service".into()),
            "{enabled:?}"
        );
    }
}
