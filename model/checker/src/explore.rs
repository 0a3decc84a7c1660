//! The breadth-first search that makes a graph out of a model.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::Checkable;
use crate::graph::{Graph, Id, NONE};
use crate::progress::Progress;
use crate::table::{Admission, Labels, Place, Refusal, States};
use crate::verdict::Why;

/// How far to search. The default searches everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds<'a> {
    /// At most this many states.
    pub states: Option<usize>,
    /// At most this many steps from an initial state.
    pub depth: Option<usize>,
    /// Ends the search as soon as it is true.
    pub stop: Option<&'a AtomicBool>,
    /// Is told how far the search has come.
    pub progress: Option<&'a Progress>,
}

/// Searches the model breadth first, within its own boundary and these bounds.
///
/// # Guarantees
/// - Every state in the graph is reachable, and its parent chain is a shortest trace to it.
/// - Every step of an expanded state is in the graph: to a known state as an edge, also where a
///   bound is reached, and otherwise as a cut edge that [`Graph::cut`] counts. An action whose
///   `next_state` is `None` is not enabled.
/// - The same model and bounds give the same graph, unless the search is stopped.
///
/// # Assumes
/// Less than 2^32 states, and memory for them; beyond 2^32 - 1 states the search is cut.
pub fn explore<'m, M: Checkable>(model: &'m M, bounds: &Bounds<'_>) -> Graph<'m, M> {
    let mut search = Search::begin(model, bounds);
    while search.expanded < search.states.found.len() && !bounds.is_stopped() {
        search.expand_next();
        if let Some(progress) = bounds.progress {
            let depth = search.levels.len() - 1;
            progress.note(search.states.found.len(), search.expanded, depth);
        }
    }
    search.finish()
}

impl Bounds<'_> {
    fn is_stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }
}

struct Search<'m, M: Checkable> {
    model: &'m M,
    deepest: usize,
    states: States<M::State>,
    labels: Labels<M::Action>,
    initial: usize,
    expanded: usize,
    /// The first id of each depth reached so far, and of the one being found.
    levels: Vec<Id>,
    parents: Vec<Id>,
    rows: Vec<usize>,
    targets: Vec<Id>,
    edge_labels: Vec<u32>,
    offered: Vec<M::Action>,
    why: Why,
}

impl<'m, M: Checkable> Search<'m, M> {
    fn begin(model: &'m M, bounds: &Bounds<'_>) -> Self {
        let mut search = Search {
            model,
            deepest: bounds.depth.unwrap_or(usize::MAX),
            states: States::new(bounds.states),
            labels: Labels::new(),
            initial: 0,
            expanded: 0,
            levels: vec![0],
            parents: Vec::new(),
            rows: vec![0],
            targets: Vec::new(),
            edge_labels: Vec::new(),
            offered: Vec::new(),
            why: Why::default(),
        };
        for state in model.init_states() {
            search.reach(state, NONE, Admission::New);
        }
        search.initial = search.states.found.len();
        search.levels.push(search.next_id());
        search
    }

    /// Adds the steps of the first state that has none yet.
    fn expand_next(&mut self) {
        let id = Id::try_from(self.expanded).expect("only states with an id are expanded");
        if self.levels.last() == Some(&id) {
            self.levels.push(self.next_id());
        }
        // The last level is the one being found; its depth is one more than that of this state.
        let depth = self.levels.len() - 1;
        let admission = if depth > self.deepest {
            Admission::KnownOnly
        } else {
            Admission::New
        };

        let mut offered = std::mem::take(&mut self.offered);
        self.model
            .actions(&self.states.found[self.expanded], &mut offered);
        for action in offered.drain(..) {
            let label = self.labels.number(&action);
            let before = &self.states.found[self.expanded];
            if let Some(after) = self.model.next_state(before, action) {
                let target = self.reach(after, id, admission);
                self.targets.push(target);
                self.edge_labels.push(label);
            }
        }
        self.offered = offered;
        self.rows.push(self.targets.len());
        self.expanded += 1;
    }

    /// The id of a state, which is stored if it is new; none if the search may not go there.
    fn reach(&mut self, state: M::State, parent: Id, admission: Admission) -> Id {
        if !self.model.within_boundary(&state) {
            self.why.boundary += 1;
            return NONE;
        }
        match self.states.place(state, admission) {
            Place::Known(id) => id,
            Place::New(id) => {
                self.parents.push(parent);
                id
            }
            Place::Refused(Refusal::TooMany) => {
                self.why.states += 1;
                NONE
            }
            Place::Refused(Refusal::TooDeep) => {
                self.why.depth += 1;
                NONE
            }
        }
    }

    fn next_id(&self) -> Id {
        Id::try_from(self.states.found.len()).expect("the table keeps ids 32 bits wide")
    }

    fn finish(mut self) -> Graph<'m, M> {
        let found = self.states.found.len();
        self.why.stopped = found - self.expanded;
        // A level that was begun and found nothing is no level.
        while self
            .levels
            .last()
            .is_some_and(|&first| first as usize == found)
        {
            self.levels.pop();
        }
        self.rows.resize(found + 1, self.targets.len());
        // Growing left up to half of the space unused, and the graph will not grow again.
        self.states.found.shrink_to_fit();
        self.targets.shrink_to_fit();
        self.edge_labels.shrink_to_fit();
        Graph {
            model: self.model,
            states: self.states.found,
            actions: self.labels.actions,
            initial: Id::try_from(self.initial).expect("initial states are states"),
            expanded: Id::try_from(self.expanded).expect("expanded states are states"),
            parents: self.parents,
            levels: self.levels,
            rows: self.rows,
            targets: self.targets,
            labels: self.edge_labels,
            why: self.why,
        }
    }
}
