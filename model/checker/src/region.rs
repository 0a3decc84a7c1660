//! A part of the graph that a behaviour enters and then need not leave.

use stateright::Model;

use crate::graph::{Graph, Id, NONE};
use crate::states::States;

/// The states reachable from some entries through allowed states only.
pub(crate) struct Region {
    /// The states, nearest to the initial states of the model first.
    pub(crate) order: Vec<Id>,
    inside: States,
    /// The state from which each was reached; none for an entry.
    parents: Vec<Id>,
}

impl Region {
    /// Grows a region from its entries, given in the order of their ids.
    ///
    /// An entry joins when the search inside is as deep as the entry lies in the graph, so that
    /// `order` follows the length of the whole way from an initial state.
    pub(crate) fn grow<M: Model>(
        graph: &Graph<'_, M>,
        entries: impl Iterator<Item = Id>,
        allowed: impl Fn(Id) -> bool,
    ) -> Region {
        let mut region = Region {
            order: Vec::new(),
            inside: States::none(graph.len()),
            parents: vec![NONE; graph.len()],
        };
        let mut entries = entries.peekable();
        let mut depth = 0;
        let mut reached = 0;
        loop {
            if reached == region.order.len() {
                let Some(&next) = entries.peek() else {
                    return region;
                };
                depth = depth.max(graph.depth(next));
            }
            while let Some(id) = entries.next_if(|&id| graph.depth(id) <= depth) {
                region.join(id, NONE);
            }
            let level = reached..region.order.len();
            reached = level.end;
            for at in level {
                let from = region.order[at];
                for edge in graph.inner_edges(from) {
                    let to = graph.target(edge);
                    if allowed(to) {
                        region.join(to, from);
                    }
                }
            }
            depth += 1;
        }
    }

    /// The states from the entry through which this one was reached, to this one.
    pub(crate) fn way_to(&self, id: Id) -> Vec<Id> {
        let mut way = vec![id];
        let mut first = id;
        while self.parents[first as usize] != NONE {
            first = self.parents[first as usize];
            way.push(first);
        }
        way.reverse();
        way
    }

    fn join(&mut self, id: Id, parent: Id) {
        if !self.inside.has(id) {
            self.inside.insert(id);
            self.parents[id as usize] = parent;
            self.order.push(id);
        }
    }
}
