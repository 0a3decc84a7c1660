//! Models that are a handful of edges, written down.

use hopwise_checker::{Bounds, Fair, Fairness, Graph, Strength, WeaklyFair, explore};
use stateright::Model;

/// A step between two numbered states; it is both the edge and the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    pub from: u8,
    pub to: u8,
    pub class: Option<usize>,
}

/// A step that may be put off for ever.
pub fn free(from: u8, to: u8) -> Edge {
    Edge {
        from,
        to,
        class: None,
    }
}

/// A step of a weakly fair class.
pub fn fair(class: usize, from: u8, to: u8) -> Edge {
    Edge {
        from,
        to,
        class: Some(class),
    }
}

#[derive(Clone, Debug)]
pub struct Small {
    pub initial: Vec<u8>,
    pub edges: Vec<Edge>,
    /// States above it are outside.
    pub boundary: u8,
}

impl Small {
    /// A model that starts in state 0.
    pub fn new(edges: &[Edge]) -> Self {
        Small {
            initial: vec![0],
            edges: edges.to_vec(),
            boundary: u8::MAX,
        }
    }

    pub fn within(self, boundary: u8) -> Self {
        Small { boundary, ..self }
    }

    pub fn graph(&self) -> Graph<'_, Small> {
        explore(self, &Bounds::default())
    }
}

impl Model for Small {
    type State = u8;
    type Action = Edge;

    fn init_states(&self) -> Vec<u8> {
        self.initial.clone()
    }

    fn actions(&self, state: &u8, actions: &mut Vec<Edge>) {
        actions.extend(self.edges.iter().filter(|edge| edge.from == *state));
    }

    fn next_state(&self, _: &u8, action: Edge) -> Option<u8> {
        Some(action.to)
    }

    fn within_boundary(&self, state: &u8) -> bool {
        *state <= self.boundary
    }
}

/// The fairness that the edges are marked with.
pub fn marked(classes: usize) -> impl Fairness<Small> {
    WeaklyFair {
        classes,
        class: |edge: &Edge| edge.class,
    }
}

/// The same, but the classes whose bits are set are strong.
pub fn marked_strong(classes: usize, strong: u32) -> impl Fairness<Small> {
    Fair {
        classes,
        class: |edge: &Edge| edge.class,
        strength: move |class| match strong >> class & 1 {
            0 => Strength::Weak,
            _ => Strength::Strong,
        },
    }
}
