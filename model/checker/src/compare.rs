//! Compares with stateright's own search, which knows nothing of ours.

use std::hash::Hash;

use stateright::{Checker, Model, Property};

/// How many states stateright's own breadth-first search finds, to compare with
/// [`Graph::len`](crate::Graph::len).
///
/// stateright stops when every property is settled, which without properties is at once. The
/// properties of the model are therefore left out, and one that is always true stands for them.
/// It identifies states by 64-bit fingerprints, so it can miss states in very large models.
pub fn stateright_states<M>(model: M) -> usize
where
    M: Model<State: Clone + PartialEq + Hash + Send + Sync + 'static> + Send + Sync + 'static,
    M::Action: Clone + PartialEq,
{
    Everything(model)
        .checker()
        .spawn_bfs()
        .join()
        .unique_state_count()
}

/// A model with one property, which never lets a search end early.
struct Everything<M>(M);

impl<M: Model> Model for Everything<M> {
    type State = M::State;
    type Action = M::Action;

    fn init_states(&self) -> Vec<M::State> {
        self.0.init_states()
    }

    fn actions(&self, state: &M::State, actions: &mut Vec<M::Action>) {
        self.0.actions(state, actions);
    }

    fn next_state(&self, before: &M::State, action: M::Action) -> Option<M::State> {
        self.0.next_state(before, action)
    }

    fn within_boundary(&self, state: &M::State) -> bool {
        self.0.within_boundary(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("explored", |_, _| true)]
    }
}
