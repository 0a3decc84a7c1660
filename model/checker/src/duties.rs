//! What an endless behaviour owes, and what its states and edges pay.

use stateright::Model;

use crate::classes::Classes;
use crate::fairness::{Fairness, Strength};
use crate::graph::{Graph, Id, NONE};
use crate::rules::{Rule, Rules};

/// The fairness of a graph, and the states that must recur.
///
/// A weak class is paid by a state that disables it or by an edge that takes it; a strong one by an
/// edge that takes it, or by all states if none enables it. Recurring "not p" for ever is what
/// breaks "eventually always p"; where nothing in particular must recur, every state does.
pub(crate) struct Duties<'g, 'm, M: Model, R> {
    pub(crate) rules: Rules,
    graph: &'g Graph<'m, M>,
    class_of: Vec<Option<usize>>,
    bound: usize,
    weak: Classes,
    strong: Classes,
    all: Classes,
    recurs: R,
}

/// What there is in a set of states.
pub(crate) struct Audit {
    /// Classes that some state enables.
    enabled: Classes,
    /// Classes that some state does not enable.
    disabled: Classes,
    /// Classes that some edge within the set takes.
    taken: Classes,
    /// Whether a state in it must recur.
    recurs: bool,
    /// Whether there is an edge within the set.
    cycles: bool,
}

/// What becomes of a component.
pub(crate) enum Ruling {
    /// A behaviour that goes everywhere in it for ever is fair.
    Fair,
    /// No behaviour that stays in it is fair.
    Hopeless,
    /// No behaviour that goes where these classes are enabled is fair.
    Prune(Classes),
}

impl<'g, 'm, M: Model, R: Fn(Id) -> bool> Duties<'g, 'm, M, R> {
    pub(crate) fn new(
        rules: Rules,
        graph: &'g Graph<'m, M>,
        fairness: &impl Fairness<M>,
        recurs: R,
    ) -> Self {
        let bound = fairness.classes();
        let class_of = graph.actions.iter().map(|action| fairness.class(action));
        let class_of: Vec<_> = class_of.collect();
        for &class in class_of.iter().flatten() {
            assert!(
                class < bound,
                "fairness class {class} of an action is not below {bound}"
            );
        }
        let mut weak = Classes::none(bound);
        let mut strong = Classes::none(bound);
        for class in 0..bound {
            let is_strong = match fairness.strength(class) {
                Strength::Weak => !rules.keep(Rule::Weak),
                Strength::Strong => rules.keep(Rule::Strong),
            };
            if is_strong { &mut strong } else { &mut weak }.insert(class);
        }
        let mut all = weak.clone();
        all.add(&strong);
        Duties {
            rules,
            graph,
            class_of,
            bound,
            weak,
            strong,
            all,
            recurs,
        }
    }

    /// Whether a behaviour may stutter in this state for ever.
    pub(crate) fn may_rest(&self, id: Id) -> bool {
        let enables = |edge| self.class(edge).is_some() && self.counts(edge);
        let is_quiescent = self.graph.is_expanded(id) && !self.graph.row(id).any(enables);
        self.rules.keep(Rule::Stuttering) && is_quiescent && (self.recurs)(id)
    }

    /// A set of no class.
    pub(crate) fn none(&self) -> Classes {
        Classes::none(self.bound)
    }

    /// The classes that a state enables.
    pub(crate) fn enabled(&self, id: Id, enabled: &mut Classes) {
        enabled.clear();
        let edges = self.graph.row(id).filter(|&edge| self.counts(edge));
        edges
            .filter_map(|edge| self.class(edge))
            .for_each(|class| enabled.insert(class));
    }

    /// What there is in a set of states; `is_inner` says of an edge whether it stays in it.
    pub(crate) fn audit(&self, states: &[Id], is_inner: impl Fn(usize) -> bool) -> Audit {
        let none = || self.none();
        let mut audit = Audit {
            enabled: none(),
            disabled: none(),
            taken: none(),
            recurs: false,
            cycles: false,
        };
        let mut here = none();
        for &id in states {
            self.enabled(id, &mut here);
            audit.enabled.add(&here);
            audit.disabled.add_without(&self.all, &here);
            audit.recurs |= (self.recurs)(id);
            for edge in self.graph.inner_edges(id) {
                if is_inner(edge) {
                    audit.cycles = true;
                    self.take(id, edge, &mut audit.taken);
                } else if !self.rules.keep(Rule::InnerEdges) {
                    self.take(id, edge, &mut audit.taken);
                }
            }
        }
        audit
    }

    pub(crate) fn ruling(&self, audit: &Audit) -> Ruling {
        let mut owed = self.weak.clone();
        owed.remove(&audit.disabled);
        owed.remove(&audit.taken);
        if !owed.is_empty() || !audit.recurs || !audit.cycles {
            return Ruling::Hopeless;
        }
        let mut forbidden = self.strong.clone();
        forbidden.keep(&audit.enabled);
        forbidden.remove(&audit.taken);
        if forbidden.is_empty() {
            Ruling::Fair
        } else if self.rules.keep(Rule::Pruning) {
            Ruling::Prune(forbidden)
        } else {
            Ruling::Hopeless
        }
    }

    /// A purse for a walk in a fair component, in which what needs no paying there is paid.
    pub(crate) fn purse(&self, audit: &Audit) -> Purse {
        let mut paid = self.strong.clone();
        paid.remove(&audit.enabled);
        Purse {
            paid,
            recurred: false,
        }
    }

    /// Whether a purse has paid everything.
    pub(crate) fn is_paid(&self, purse: &Purse) -> bool {
        let mut owed = self.all.clone();
        owed.remove(&purse.paid);
        owed.is_empty() && purse.recurred
    }

    /// Pays what visiting this state pays; says whether that was owed.
    pub(crate) fn visit(&self, id: Id, here: &mut Classes, purse: &mut Purse) -> bool {
        let before = purse.clone();
        self.enabled(id, here);
        purse.paid.add_without(&self.weak, here);
        purse.recurred |= (self.recurs)(id);
        *purse != before
    }

    /// Pays what taking this edge of a state pays; says whether that was owed.
    pub(crate) fn pay(&self, id: Id, edge: usize, purse: &mut Purse) -> bool {
        let before = purse.clone();
        self.take(id, edge, &mut purse.paid);
        *purse != before
    }

    fn take(&self, id: Id, edge: usize, taken: &mut Classes) {
        let is_loop = self.graph.target(edge) == id;
        if is_loop && !self.rules.keep(Rule::SelfLoopsTakeOne) {
            taken.add(&self.all);
        }
        if let Some(class) = self.class(edge)
            && (!is_loop || self.rules.keep(Rule::SelfLoopsTake))
        {
            taken.insert(class);
        }
    }

    /// Whether an edge counts as enabled.
    fn counts(&self, edge: usize) -> bool {
        self.graph.target(edge) != NONE || self.rules.keep(Rule::CutSteps)
    }

    fn class(&self, edge: usize) -> Option<usize> {
        self.class_of[self.graph.edges.label(edge)]
    }
}

/// What a walk has paid.
#[derive(Clone, PartialEq)]
pub(crate) struct Purse {
    paid: Classes,
    recurred: bool,
}
