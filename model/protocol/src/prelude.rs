//! How a scenario gets from nothing to where it begins.

use crate::fairness::Class;
use crate::model::Chain;
use crate::scenarios::Beginning;
use crate::state::State;
use hopwise_vocab::{Action, Deed, Hop, UserStep};
use stateright::Model;

impl Chain {
    /// The actions that lead from [`Chain::beginning`] to the scenario's initial state, in order. They
    /// are the same every time, and a rival has no part in them.
    pub fn prelude(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        match self.scenario.begins {
            Beginning::Empty => (),
            Beginning::Settled => {
                let mut state = self.beginning();
                let mut take = |state: &mut State, action| {
                    let taken = self.next_state(state, action);
                    let Some(after) = taken else { return false };
                    *state = after;
                    actions.push(action);
                    true
                };
                take(&mut state, Deed::User(UserStep::Create).into());
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
        for tick in [Deed::Tick(Hop::Ncp), Deed::Tick(Hop::Vmop), Deed::Poll] {
            take(state, tick.into());
            while let Some(next) = self.follow_up(state) {
                take(state, next);
            }
        }
        *state != before
    }

    /// An enabled action that somebody owes, and that is no tick.
    fn follow_up(&self, state: &State) -> Option<Action> {
        let mut actions = Vec::new();
        self.actions(state, &mut actions);
        actions.into_iter().find(|&action| {
            let is_tick = matches!(action.deed, Deed::Poll | Deed::Tick(_));
            let is_owed = Class::of(&action.deed).is_some();
            is_owed && !is_tick && self.next_state(state, action).is_some()
        })
    }
}
