//! Which actions may not be put off for ever.

use stateright::Model;

use crate::graph::{Graph, Id};

/// Weak fairness, class by class: a class that is enabled in every state from some point on is
/// taken again and again. A class is enabled where some action of it is, and taken by any of them.
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

/// The fairness of a graph: what an endless behaviour owes, and what its states and edges pay.
///
/// The duties are the classes, each paid by a state that disables it or by an edge that takes it,
/// and one more, paid by the states that must recur. Recurring "not p" for ever is what breaks
/// "eventually always p"; where nothing in particular must recur, every state pays it.
pub(crate) struct Duties<'g, 'm, M: Model, R> {
    graph: &'g Graph<'m, M>,
    classes: usize,
    class_of: Vec<Option<usize>>,
    recurs: R,
}

impl<'g, 'm, M: Model, R: Fn(Id) -> bool> Duties<'g, 'm, M, R> {
    pub(crate) fn new(graph: &'g Graph<'m, M>, fairness: &impl Fairness<M>, recurs: R) -> Self {
        let classes = fairness.classes();
        let class_of: Vec<_> = graph
            .actions
            .iter()
            .map(|action| fairness.class(action))
            .collect();
        for &class in class_of.iter().flatten() {
            assert!(
                class < classes,
                "fairness class {class} of an action is not below {classes}"
            );
        }
        Duties {
            graph,
            classes,
            class_of,
            recurs,
        }
    }

    /// A purse in which nothing is paid yet.
    pub(crate) fn unpaid(&self) -> Paid {
        Paid {
            duties: vec![false; self.classes + 1],
            missing: self.classes + 1,
        }
    }

    /// Pays what visiting this state pays.
    pub(crate) fn visit(&self, id: Id, enabled: &mut Vec<bool>, paid: &mut Paid) {
        enabled.clear();
        enabled.resize(self.classes, false);
        for edge in self.graph.row(id) {
            if let Some(class) = self.class(edge) {
                enabled[class] = true;
            }
        }
        for (class, _) in enabled.iter().enumerate().filter(|&(_, &enabled)| !enabled) {
            paid.pay(class);
        }
        if (self.recurs)(id) {
            paid.pay(self.classes);
        }
    }

    /// Pays what taking this edge pays.
    pub(crate) fn take(&self, edge: usize, paid: &mut Paid) {
        if let Some(class) = self.class(edge) {
            paid.pay(class);
        }
    }

    /// Whether a behaviour may stutter in this state for ever.
    pub(crate) fn may_rest(&self, id: Id) -> bool {
        is_quiescent(self.graph, id, |edge| self.class(edge).is_some()) && (self.recurs)(id)
    }

    fn class(&self, edge: usize) -> Option<usize> {
        self.class_of[self.graph.edges.label(edge)]
    }
}

/// Which duties are paid.
#[derive(Clone)]
pub(crate) struct Paid {
    duties: Vec<bool>,
    missing: usize,
}

impl Paid {
    pub(crate) fn all(&self) -> bool {
        self.missing == 0
    }

    /// Whether this purse has paid a duty that the other has not.
    pub(crate) fn exceeds(&self, other: &Paid) -> bool {
        self.duties
            .iter()
            .zip(&other.duties)
            .any(|(&here, &there)| here && !there)
    }

    fn pay(&mut self, duty: usize) {
        self.missing -= usize::from(!self.duties[duty]);
        self.duties[duty] = true;
    }
}

/// Whether it is known that no fair action is enabled in a state.
pub(crate) fn is_quiescent<M: Model>(
    graph: &Graph<'_, M>,
    id: Id,
    is_fair: impl Fn(usize) -> bool,
) -> bool {
    graph.is_expanded(id) && !graph.row(id).any(is_fair)
}
