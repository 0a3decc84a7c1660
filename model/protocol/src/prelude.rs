//! How a scenario gets from nothing to where it begins.

use crate::model::Chain;
use crate::scenarios::Beginning;
use crate::state::State;
use hopwise_vocab::{Action, UserStep};
use stateright::Model;

impl Chain {
    /// The actions that lead from [`State::new`] to the scenario's initial state, in order. They
    /// are the same every time.
    pub fn prelude(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        match self.scenario.begins {
            Beginning::Empty => (),
            Beginning::Settled => {
                let mut state = State::new(&self.scenario);
                let mut take = |state: &mut State, action| {
                    let taken = self.next_state(state, action);
                    let Some(after) = taken else { return false };
                    *state = after;
                    actions.push(action);
                    true
                };
                take(&mut state, Action::User(UserStep::Create));
                while self.take_round(&mut state, &mut take) {}
            }
        }
        actions
    }

    /// Lets every tick and all that follows from it happen once. Whether that changed anything.
    fn take_round(
        &self,
        state: &mut State,
        take: &mut impl FnMut(&mut State, Action) -> bool,
    ) -> bool {
        let before = state.clone();
        for tick in [Action::Tick, Action::Poll] {
            take(state, tick);
            while let Some(next) = self.follow_up(state) {
                take(state, next);
            }
        }
        *state != before
    }

    /// An enabled action that is neither the user's nor a tick.
    fn follow_up(&self, state: &State) -> Option<Action> {
        let mut actions = Vec::new();
        self.actions(state, &mut actions);
        actions.into_iter().find(|&action| {
            let starts = matches!(action, Action::User(_) | Action::Poll | Action::Tick);
            !starts && self.next_state(state, action).is_some()
        })
    }
}
