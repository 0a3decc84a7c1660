//! What a graph looks like, in numbers.

use std::fmt;

use stateright::Model;

use crate::graph::{Bytes, Graph, Id};
use crate::scc::{Components, WHOLE};

/// The shape of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// The number of states.
    pub states: usize,
    /// The number of steps between them.
    pub steps: usize,
    /// How many states there are at each depth.
    pub widths: Vec<usize>,
    /// The most steps that a state has, cut ones too.
    pub most_steps: usize,
    /// The number of strongly connected components.
    pub components: usize,
    /// The number of states in the largest of them.
    pub largest_component: usize,
    /// The memory of the parts of the graph.
    pub bytes: Bytes,
}

impl<M: Model> Graph<'_, M> {
    /// The shape of the graph; takes one pass over it.
    pub fn statistics(&self) -> Statistics {
        let ids: Vec<Id> = self.ids().collect();
        let (mut components, mut largest) = (0, 0);
        Components::new(self, &ids, |_| true).divide(WHOLE, &ids, |_, states, _| {
            components += 1;
            largest = largest.max(states.len());
        });
        let ends = self.levels.iter().skip(1).map(|&first| first as usize);
        let begins = self.levels.iter().map(|&first| first as usize);
        Statistics {
            states: self.len(),
            steps: self.edges(),
            widths: begins
                .zip(ends.chain([self.len()]))
                .map(|(begin, end)| end - begin)
                .collect(),
            most_steps: self.ids().map(|id| self.row(id).len()).max().unwrap_or(0),
            components,
            largest_component: largest,
            bytes: self.bytes(),
        }
    }
}

impl Statistics {
    /// The number of steps to the deepest state.
    pub fn depth(&self) -> usize {
        self.widths.len().saturating_sub(1)
    }

    /// How many steps a state has on average.
    pub fn steps_per_state(&self) -> f64 {
        self.steps as f64 / self.states.max(1) as f64
    }

    /// The memory that a state needs on average, with its steps.
    pub fn bytes_per_state(&self) -> f64 {
        self.bytes.total() as f64 / self.states.max(1) as f64
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} states, {} steps ({:.1} a state, {} at most), depth {}, at most {} states wide, \
             {} components, the largest of {} states, {:.1} bytes a state",
            self.states,
            self.steps,
            self.steps_per_state(),
            self.most_steps,
            self.depth(),
            self.widths.iter().max().unwrap_or(&0),
            self.components,
            self.largest_component,
            self.bytes_per_state(),
        )
    }
}
