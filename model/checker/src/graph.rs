//! The states and steps of a model, each stored once, in the order of a breadth-first search.

use std::ops::Range;

use stateright::Model;

use crate::trace::Trace;
use crate::verdict::Why;

/// The number of a state. Ids count from 0 in breadth-first order, so they are the same in every
/// search of the same model, and a smaller id is never deeper.
pub type Id = u32;

/// Marks "no state": the parent of an initial state, the target of a cut step.
pub(crate) const NONE: Id = Id::MAX;

/// The part of a model that a search has seen; [`explore`](crate::explore) makes it.
///
/// The steps of a state lie side by side (compressed sparse rows): 8 bytes a step and 12 bytes a
/// state, beside the state itself.
pub struct Graph<'m, M: Model> {
    pub(crate) model: &'m M,
    pub(crate) states: Vec<M::State>,
    pub(crate) actions: Vec<M::Action>,
    pub(crate) initial: Id,
    /// States from this id on were never asked for their actions.
    pub(crate) expanded: Id,
    pub(crate) parents: Vec<Id>,
    /// The first id of each depth.
    pub(crate) levels: Vec<Id>,
    /// Where the steps of each state begin, and at last where they end.
    pub(crate) rows: Vec<usize>,
    pub(crate) targets: Vec<Id>,
    pub(crate) labels: Vec<u32>,
    pub(crate) why: Why,
}

/// How often an action occurs in a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage<'g, A> {
    /// The action.
    pub action: &'g A,
    /// Steps of this action. None means that states offered it and `next_state` refused always.
    pub steps: usize,
    /// Those of the steps that lead back to the state they start from.
    pub unchanged: usize,
    /// Those of the steps that the search did not follow.
    pub cut: usize,
}

impl<'m, M: Model> Graph<'m, M> {
    /// The model that was searched.
    pub fn model(&self) -> &'m M {
        self.model
    }

    /// The number of states.
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether there is no state at all.
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// The number of steps between stored states; two actions between the same states are two.
    pub fn edges(&self) -> usize {
        self.targets
            .iter()
            .filter(|&&target| target != NONE)
            .count()
    }

    /// The number of steps to the deepest state on its shortest way.
    pub fn max_depth(&self) -> usize {
        self.levels.len().saturating_sub(1)
    }

    /// Whether every reachable state is here, with every step.
    pub fn is_complete(&self) -> bool {
        self.cut().is_none()
    }

    /// Why the search did not see everything, if it did not.
    pub fn cut(&self) -> Option<Why> {
        self.why.is_cut().then_some(self.why)
    }

    /// Every id, in order.
    pub fn ids(&self) -> Range<Id> {
        0..Id::try_from(self.states.len()).expect("ids are 32 bits wide")
    }

    /// The ids of the initial states.
    pub fn initial(&self) -> Range<Id> {
        0..self.initial
    }

    /// The state with this id; panics if there is none.
    pub fn state(&self, id: Id) -> &M::State {
        &self.states[id as usize]
    }

    /// The length of the shortest trace to this state.
    pub fn depth(&self, id: Id) -> usize {
        self.levels.partition_point(|&first| first <= id) - 1
    }

    /// The steps of a state: each action and the id it leads to, in the order the model gives.
    pub fn successors(&self, id: Id) -> impl Iterator<Item = (&M::Action, Id)> {
        self.inner_edges(id)
            .map(|edge| (self.action(edge), self.targets[edge]))
    }

    /// The actions enabled in a state, also those whose step the search did not follow.
    pub fn enabled(&self, id: Id) -> impl Iterator<Item = &M::Action> {
        self.row(id).map(|edge| self.action(edge))
    }

    /// Whether the state was asked for its actions; only a stopped search leaves one that was not.
    pub fn is_expanded(&self, id: Id) -> bool {
        id < self.expanded
    }

    /// How often each action occurs, for every action that was ever offered.
    pub fn actions(&self) -> Vec<Coverage<'_, M::Action>> {
        let unseen = |action| Coverage {
            action,
            steps: 0,
            unchanged: 0,
            cut: 0,
        };
        let mut coverage: Vec<_> = self.actions.iter().map(unseen).collect();
        for id in self.ids() {
            for edge in self.row(id) {
                let of_action = &mut coverage[self.labels[edge] as usize];
                of_action.steps += 1;
                of_action.unchanged += usize::from(self.targets[edge] == id);
                of_action.cut += usize::from(self.targets[edge] == NONE);
            }
        }
        coverage
    }

    /// The states in which no action is enabled, in order.
    pub fn deadlocks(&self) -> impl Iterator<Item = Id> {
        (0..self.expanded).filter(|&id| self.row(id).is_empty())
    }

    /// The edges of a state, cut ones too.
    pub(crate) fn row(&self, id: Id) -> Range<usize> {
        self.rows[id as usize]..self.rows[id as usize + 1]
    }

    /// The edges of a state that lead to a stored state.
    pub(crate) fn inner_edges(&self, id: Id) -> impl Iterator<Item = usize> {
        self.row(id).filter(|&edge| self.targets[edge] != NONE)
    }

    pub(crate) fn action(&self, edge: usize) -> &M::Action {
        &self.actions[self.labels[edge] as usize]
    }

    /// The first edge that leads from one state to another.
    pub(crate) fn edge_between(&self, from: Id, to: Id) -> usize {
        self.row(from)
            .find(|&edge| self.targets[edge] == to)
            .expect("a parent has an edge to its child")
    }
}

impl<M: Model<State: Clone, Action: Clone>> Graph<'_, M> {
    /// The shortest trace to this state.
    pub fn trace_to(&self, id: Id) -> Trace<M> {
        let mut backwards = vec![id];
        let mut first = id;
        while self.parents[first as usize] != NONE {
            first = self.parents[first as usize];
            backwards.push(first);
        }
        backwards.reverse();
        let mut trace = Trace {
            init: self.state(first).clone(),
            steps: Vec::new(),
        };
        self.extend(&mut trace, &backwards);
        trace
    }

    /// Adds the steps along a way to a trace that ends where the way begins.
    pub(crate) fn extend(&self, trace: &mut Trace<M>, way: &[Id]) {
        let edges = way
            .iter()
            .zip(way.iter().skip(1))
            .map(|(&a, &b)| self.edge_between(a, b));
        trace.steps.extend(edges.map(|edge| self.step(edge)));
    }

    pub(crate) fn step(&self, edge: usize) -> (M::Action, M::State) {
        (
            self.action(edge).clone(),
            self.state(self.targets[edge]).clone(),
        )
    }
}
