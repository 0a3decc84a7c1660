//! Behaviours: finite prefixes, and lassos that stand for infinite ones.

use std::fmt;

use stateright::Model;

/// A finite prefix of a behaviour: an initial state and the steps taken from it.
pub struct Trace<M: Model> {
    /// The initial state.
    pub init: M::State,
    /// Each action and the state it led to, in order.
    pub steps: Vec<(M::Action, M::State)>,
}

/// An infinite behaviour: a prefix, and a cycle that is repeated for ever after it.
pub struct Lasso<M: Model> {
    /// How the cycle is reached.
    pub stem: Trace<M>,
    /// The steps that repeat; the last of them leads back to the last state of the stem. Without
    /// steps, the behaviour stutters for ever in that state: nothing happens any more.
    pub cycle: Vec<(M::Action, M::State)>,
}

impl<M: Model> Trace<M> {
    /// The state after the last step.
    pub fn last(&self) -> &M::State {
        self.steps.last().map_or(&self.init, |(_, state)| state)
    }

    /// Every state in order, the initial one first.
    pub fn states(&self) -> impl Iterator<Item = &M::State> {
        std::iter::once(&self.init).chain(self.steps.iter().map(|(_, state)| state))
    }
}

impl<M: Model> Lasso<M> {
    /// Whether nothing happens any more after the stem.
    pub fn stutters(&self) -> bool {
        self.cycle.is_empty()
    }
}

impl<M: Model<State: Clone, Action: Clone>> Clone for Trace<M> {
    fn clone(&self) -> Self {
        Trace {
            init: self.init.clone(),
            steps: self.steps.clone(),
        }
    }
}

impl<M: Model<State: PartialEq, Action: PartialEq>> PartialEq for Trace<M> {
    fn eq(&self, other: &Self) -> bool {
        self.init == other.init && self.steps == other.steps
    }
}

impl<M: Model<State: fmt::Debug, Action: fmt::Debug>> fmt::Debug for Trace<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace")
            .field("init", &self.init)
            .field("steps", &self.steps)
            .finish()
    }
}

impl<M: Model<State: Clone, Action: Clone>> Clone for Lasso<M> {
    fn clone(&self) -> Self {
        Lasso {
            stem: self.stem.clone(),
            cycle: self.cycle.clone(),
        }
    }
}

impl<M: Model<State: PartialEq, Action: PartialEq>> PartialEq for Lasso<M> {
    fn eq(&self, other: &Self) -> bool {
        self.stem == other.stem && self.cycle == other.cycle
    }
}

impl<M: Model<State: fmt::Debug, Action: fmt::Debug>> fmt::Debug for Lasso<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lasso")
            .field("stem", &self.stem)
            .field("cycle", &self.cycle)
            .finish()
    }
}
