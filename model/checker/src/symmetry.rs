//! Searches states up to symmetry, for safety only.

use stateright::Model;

use crate::Checkable;
use crate::explore::{Bounds, Search};
use crate::graph::{Bytes, Graph, Id};
use crate::packed::{Arena, Packed};
use crate::replay;
use crate::safety::{self, NeverReached};
use crate::trace::Trace;
use crate::verdict::{Judgement, Why};

/// A model whose states fall into orbits: renaming what is alike in a state gives another of its
/// orbit.
///
/// If `next` leads from one state to another, then from each state of the first orbit some step
/// leads into the second; `within_boundary` is the same within an orbit. What does not keep to
/// this panics when a counterexample is replayed, or hides states.
pub trait Symmetry: Model {
    /// The state that stands for the orbit of this one.
    fn canonical(&self, state: &Self::State) -> Self::State;
}

/// One state for each reachable orbit.
///
/// Liveness is not judged here, and nothing here gives the graph away: a cycle of orbits is no
/// cycle of states, and a class of actions that names one of several alike things is enabled and
/// taken in some states of an orbit and not in others.
///
/// ```compile_fail
/// # use hopwise_checker::{Checkable, Orbits, Unfair, always_eventually};
/// fn judge<M: Checkable>(orbits: &Orbits<'_, M>) {
///     always_eventually(orbits, &Unfair, |_| true);
/// }
/// ```
pub struct Orbits<'m, M: Model> {
    graph: Graph<'m, M>,
}

/// Searches a model as [`explore`](crate::explore) does, and keeps one state for each orbit.
pub fn explore_symmetric<'m, M>(model: &'m M, bounds: &Bounds<'_>) -> Orbits<'m, M>
where
    M: Checkable + Symmetry,
{
    Orbits {
        graph: Search::<M, Vec<M::State>>::run(model, Some(M::canonical), bounds),
    }
}

/// The same search, which keeps its states as bytes.
pub fn explore_symmetric_packed<'m, M>(model: &'m M, bounds: &Bounds<'_>) -> Orbits<'m, M>
where
    M: Checkable<State: Packed> + Symmetry,
{
    Orbits {
        graph: Search::<M, Arena>::run(model, Some(M::canonical), bounds),
    }
}

impl<M: Checkable + Symmetry> Orbits<'_, M> {
    /// The number of orbits.
    pub fn len(&self) -> usize {
        self.graph.len()
    }

    /// Whether there is no state at all.
    pub fn is_empty(&self) -> bool {
        self.graph.is_empty()
    }

    /// The number of steps to the deepest orbit on its shortest way.
    pub fn max_depth(&self) -> usize {
        self.graph.max_depth()
    }

    /// Why the search did not see everything, if it did not.
    pub fn cut(&self) -> Option<Why> {
        self.graph.cut()
    }

    /// The memory of its parts.
    pub fn bytes(&self) -> Bytes {
        self.graph.bytes()
    }

    /// Judges an invariant: every reachable state is good. Of an orbit, all states are or none is.
    ///
    /// The counterexample is a shortest trace of the model itself.
    pub fn invariant(&self, good: impl Fn(&M::State) -> bool) -> Judgement<Trace<M>> {
        let bad = self.graph.ids().find(|&id| !self.graph.look(id, &good));
        let found = bad.map(|id| self.trace_to(id));
        let replayed = found
            .as_ref()
            .map(|trace| replay::invariant(self.graph.model, trace, &good));
        if let Some(Err(flaw)) = replayed {
            panic!("the property is not the same for all states of an orbit: {flaw}");
        }
        Judgement::settle(found, self.graph.cut(), self.graph.len())
    }

    /// Judges that some reachable state is like this. Of an orbit, all states are or none is.
    pub fn reachable(&self, like_this: impl Fn(&M::State) -> bool) -> Judgement<NeverReached> {
        safety::reachable(&self.graph, like_this)
    }

    /// A trace of the model to a state of an orbit: at each step, some action leads into the next
    /// orbit on the way.
    fn trace_to(&self, id: Id) -> Trace<M> {
        let (graph, model) = (&self.graph, self.graph.model);
        let way = graph.way_to(id);
        let stands_for = |state: &M::State, id: Id| {
            let canonical = model.canonical(state);
            model.within_boundary(state) && graph.look(id, |orbit| *orbit == canonical)
        };
        let initial = model.init_states().into_iter();
        let init = initial.into_iter().find(|state| stands_for(state, way[0]));
        let mut trace: Trace<M> = Trace {
            init: init.expect("a search begins with initial states"),
            steps: Vec::new(),
        };
        for &next in &way[1..] {
            let before = trace.last().clone();
            let mut offered = Vec::new();
            model.actions(&before, &mut offered);
            let step = offered.into_iter().find_map(|action| {
                let after = model.next_state(&before, action.clone())?;
                stands_for(&after, next).then_some((action, after))
            });
            trace
                .steps
                .push(step.expect("the canonical form is no symmetry of the model"));
        }
        trace
    }
}
