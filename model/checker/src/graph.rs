//! The states and steps of a model, each stored once, in the order of a breadth-first search.

use std::num::NonZero;
use std::ops::Range;

use stateright::Model;

use crate::edges::Edges;
use crate::parents::Parents;
use crate::store::Kept;
use crate::trace::Trace;
use crate::verdict::Why;

/// The number of a state. Ids count from 0 in breadth-first order, so they are the same in every
/// search of the same model, and a smaller id is never deeper.
pub type Id = u32;

/// Marks "no state": the target of a cut step.
pub(crate) const NONE: Id = Id::MAX;

/// The part of a model that a search has seen; [`explore`](crate::explore) makes it.
///
/// The steps of a state lie side by side (compressed sparse rows): 4 bytes a step while there are no
/// more than 256 actions and less than 2^24 states, and little more than 2 bytes a state beside the
/// state itself; [`Graph::bytes`] adds it up.
pub struct Graph<'m, M: Model> {
    pub(crate) model: &'m M,
    pub(crate) states: Kept<M::State>,
    pub(crate) actions: Vec<M::Action>,
    pub(crate) initial: Id,
    pub(crate) parents: Parents,
    /// The first id of each depth.
    pub(crate) levels: Vec<Id>,
    /// The steps of the states that were asked for their actions: the first so many.
    pub(crate) edges: Edges,
    pub(crate) why: Why,
    /// How many threads there were to be.
    pub(crate) threads: Option<NonZero<usize>>,
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

/// The memory of the parts of a graph. What states and actions point to is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes {
    /// The states, as they are or packed, and where each lies.
    pub states: usize,
    /// The steps: target and action of each, and where those of each state lie.
    pub steps: usize,
    /// What finds the state from which each was found first.
    pub parents: usize,
}

impl Bytes {
    /// The memory of all parts.
    pub fn total(&self) -> usize {
        self.states + self.steps + self.parents
    }
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
        self.len() == 0
    }

    /// The number of steps between stored states; two actions between the same states are two.
    pub fn edges(&self) -> usize {
        let targets = (0..self.edges.len()).map(|edge| self.target(edge));
        targets.filter(|&target| target != NONE).count()
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
        0..Id::try_from(self.len()).expect("ids are 32 bits wide")
    }

    /// The ids of the initial states.
    pub fn initial(&self) -> Range<Id> {
        0..self.initial
    }

    /// What a function says of the state with this id, which may save a copy of the state; panics
    /// if there is none.
    pub fn look<T>(&self, id: Id, with: impl FnOnce(&M::State) -> T) -> T {
        self.states.look(id as usize, with)
    }

    /// The state from which this one was found first; none for an initial state.
    pub fn parent(&self, id: Id) -> Option<Id> {
        assert!((id as usize) < self.len(), "there is no state {id}");
        self.parents.of(id, &self.edges)
    }

    /// The length of the shortest trace to this state.
    pub fn depth(&self, id: Id) -> usize {
        self.levels.partition_point(|&first| first <= id) - 1
    }

    /// The steps of a state: each action and the id it leads to, in the order the model gives.
    pub fn successors(&self, id: Id) -> impl Iterator<Item = (&M::Action, Id)> {
        self.inner_edges(id)
            .map(|edge| (self.action(edge), self.target(edge)))
    }

    /// The actions enabled in a state, each with the id it leads to, or with none where the search
    /// did not follow the step.
    pub fn steps(&self, id: Id) -> impl Iterator<Item = (&M::Action, Option<Id>)> {
        let target = |edge| Some(self.target(edge)).filter(|&target| target != NONE);
        self.row(id)
            .map(move |edge| (self.action(edge), target(edge)))
    }

    /// The actions enabled in a state, also those whose step the search did not follow.
    pub fn enabled(&self, id: Id) -> impl Iterator<Item = &M::Action> {
        self.row(id).map(|edge| self.action(edge))
    }

    /// Whether the state was asked for its actions; only a stopped search leaves one that was not.
    pub fn is_expanded(&self, id: Id) -> bool {
        (id as usize) < self.edges.rows()
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
                let of_action = &mut coverage[self.edges.label(edge)];
                of_action.steps += 1;
                of_action.unchanged += usize::from(self.target(edge) == id);
                of_action.cut += usize::from(self.target(edge) == NONE);
            }
        }
        coverage
    }

    /// The states in which no action is enabled, in order.
    pub fn deadlocks(&self) -> impl Iterator<Item = Id> {
        let is_dead = |&id: &Id| self.is_expanded(id) && self.row(id).is_empty();
        self.ids().filter(is_dead)
    }

    /// The memory of its parts.
    pub fn bytes(&self) -> Bytes {
        Bytes {
            states: self.states.bytes(),
            steps: self.edges.bytes(),
            parents: self.parents.bytes(),
        }
    }

    /// The states on the way from an initial state by which a state was found first.
    pub(crate) fn way_to(&self, id: Id) -> Vec<Id> {
        let mut way: Vec<Id> = std::iter::successors(Some(id), |&id| self.parent(id)).collect();
        way.reverse();
        way
    }

    /// The edges of a state, cut ones too.
    pub(crate) fn row(&self, id: Id) -> Range<usize> {
        self.edges.row(id as usize)
    }

    /// The edges of a state that lead to a stored state.
    pub(crate) fn inner_edges(&self, id: Id) -> impl Iterator<Item = usize> {
        self.row(id).filter(|&edge| self.target(edge) != NONE)
    }

    pub(crate) fn target(&self, edge: usize) -> Id {
        self.edges.target(edge)
    }

    pub(crate) fn action(&self, edge: usize) -> &M::Action {
        &self.actions[self.edges.label(edge)]
    }

    /// The first edge that leads from one state to another.
    pub(crate) fn edge_between(&self, from: Id, to: Id) -> usize {
        self.row(from)
            .find(|&edge| self.target(edge) == to)
            .expect("a parent has an edge to its child")
    }
}

impl<M: Model<State: Clone>> Graph<'_, M> {
    /// The state with this id; panics if there is none.
    pub fn state(&self, id: Id) -> M::State {
        self.states.get(id as usize)
    }
}

impl<M: Model<State: Clone, Action: Clone>> Graph<'_, M> {
    /// The shortest trace to this state.
    pub fn trace_to(&self, id: Id) -> Trace<M> {
        let way = self.way_to(id);
        let mut trace = Trace {
            init: self.state(way[0]),
            steps: Vec::new(),
        };
        self.extend(&mut trace, &way);
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
        (self.action(edge).clone(), self.state(self.target(edge)))
    }
}
