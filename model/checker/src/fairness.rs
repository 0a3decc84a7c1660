//! Which actions may not be put off for ever.

use stateright::Model;

/// What a class of actions is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// A class that is enabled in every state from some point on is taken again and again.
    Weak,
    /// A class that is enabled again and again is taken again and again.
    Strong,
}

/// Fairness, class by class. A class is enabled where some action of it is, and taken by any of
/// them.
///
/// An action that changes nothing counts as enabled, and as taken when its step is. A class that
/// has such a step at hand is therefore never forced to do anything else, which can only add
/// counterexamples. Let a fair action be enabled where it has something to do and not elsewhere;
/// [`Coverage::unchanged`](crate::Coverage::unchanged) shows those that do not keep to this.
pub trait Fairness<M: Model> {
    /// The number of classes; they are numbered from 0.
    fn classes(&self) -> usize;

    /// The class of an action; none means that it may be put off for ever.
    fn class(&self, action: &M::Action) -> Option<usize>;

    /// What a class is owed.
    fn strength(&self, _class: usize) -> Strength {
        Strength::Weak
    }
}

/// No action is fair: anything may stop at any time.
#[derive(Clone, Copy, Debug)]
pub struct Unfair;

impl<M: Model> Fairness<M> for Unfair {
    fn classes(&self) -> usize {
        0
    }

    fn class(&self, _: &M::Action) -> Option<usize> {
        None
    }
}

/// Weak fairness of the classes that a function assigns.
#[derive(Clone, Copy, Debug)]
pub struct WeaklyFair<F> {
    /// The number of classes.
    pub classes: usize,
    /// The class of each action, below `classes`.
    pub class: F,
}

impl<M: Model, F: Fn(&M::Action) -> Option<usize>> Fairness<M> for WeaklyFair<F> {
    fn classes(&self) -> usize {
        self.classes
    }

    fn class(&self, action: &M::Action) -> Option<usize> {
        (self.class)(action)
    }
}

/// Fairness of the classes that one function assigns, as strong as another says.
#[derive(Clone, Copy, Debug)]
pub struct Fair<F, S> {
    /// The number of classes.
    pub classes: usize,
    /// The class of each action, below `classes`.
    pub class: F,
    /// What each class is owed.
    pub strength: S,
}

impl<M, F, S> Fairness<M> for Fair<F, S>
where
    M: Model,
    F: Fn(&M::Action) -> Option<usize>,
    S: Fn(usize) -> Strength,
{
    fn classes(&self) -> usize {
        self.classes
    }

    fn class(&self, action: &M::Action) -> Option<usize> {
        (self.class)(action)
    }

    fn strength(&self, class: usize) -> Strength {
        (self.strength)(class)
    }
}
