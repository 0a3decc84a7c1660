//! Strongly connected components, by Tarjan's algorithm without recursion.

use stateright::Model;

use crate::graph::{Graph, Id, NONE};
use crate::region::Region;

/// The strongly connected components of a region.
pub(crate) struct Components {
    /// The component of each state; none outside the region.
    of_state: Vec<u32>,
    /// The states, component by component.
    members: Vec<Id>,
    /// Where each component begins in `members`, and at last where the last one ends.
    begins: Vec<usize>,
}

impl Components {
    /// The components of the region, edges that leave it disregarded.
    pub(crate) fn of<M: Model>(graph: &Graph<'_, M>, region: &Region) -> Components {
        let mut tarjan = Tarjan {
            graph,
            region,
            lows: vec![NONE; graph.len()],
            open: Vec::new(),
            calls: Vec::new(),
            visited: 0,
            components: Components {
                of_state: vec![NONE; graph.len()],
                members: Vec::with_capacity(region.order.len()),
                begins: vec![0],
            },
        };
        for &root in &region.order {
            if tarjan.lows[root as usize] == NONE {
                tarjan.search(root);
            }
        }
        tarjan.components
    }

    pub(crate) fn len(&self) -> usize {
        self.begins.len() - 1
    }

    pub(crate) fn of_state(&self, id: Id) -> usize {
        self.of_state[id as usize] as usize
    }

    pub(crate) fn members(&self, component: usize) -> &[Id] {
        &self.members[self.begins[component]..self.begins[component + 1]]
    }

    /// The edges of a state that stay within its component.
    pub(crate) fn inner_edges<M: Model>(
        &self,
        graph: &Graph<'_, M>,
        id: Id,
    ) -> impl Iterator<Item = usize> {
        let here = self.of_state[id as usize];
        graph
            .inner_edges(id)
            .filter(move |&edge| self.of_state[graph.target(edge) as usize] == here)
    }
}

/// A state whose edges are being followed.
struct Call {
    id: Id,
    visited_as: u32,
    next_edge: usize,
}

struct Tarjan<'g, 'm, M: Model> {
    graph: &'g Graph<'m, M>,
    region: &'g Region,
    /// The order of the visit, lowered to that of the oldest open state known to be reachable.
    lows: Vec<u32>,
    /// Visited states whose component is not complete.
    open: Vec<Id>,
    calls: Vec<Call>,
    visited: u32,
    components: Components,
}

impl<M: Model> Tarjan<'_, '_, M> {
    fn search(&mut self, root: Id) {
        self.enter(root);
        while let Some(call) = self.calls.last_mut() {
            let id = call.id;
            if call.next_edge == self.graph.row(id).end {
                self.leave();
                continue;
            }
            let target = self.graph.target(call.next_edge);
            call.next_edge += 1;
            if target == NONE || !self.region.contains(target) {
                continue;
            }
            if self.lows[target as usize] == NONE {
                self.enter(target);
            } else if self.components.of_state[target as usize] == NONE {
                self.lower(id, self.lows[target as usize]);
            }
        }
    }

    fn enter(&mut self, id: Id) {
        self.lows[id as usize] = self.visited;
        let next_edge = self.graph.row(id).start;
        self.calls.push(Call {
            id,
            visited_as: self.visited,
            next_edge,
        });
        self.open.push(id);
        self.visited += 1;
    }

    /// Ends the visit of the last state, and closes a component if it was the first one in it.
    fn leave(&mut self) {
        let Some(Call { id, visited_as, .. }) = self.calls.pop() else {
            return;
        };
        let low = self.lows[id as usize];
        if low == visited_as {
            self.close(id);
        }
        if let Some(caller) = self.calls.last().map(|call| call.id) {
            self.lower(caller, low);
        }
    }

    fn close(&mut self, first: Id) {
        let number = u32::try_from(self.components.len()).expect("no more components than states");
        loop {
            let id = self
                .open
                .pop()
                .expect("the first state of a component is open");
            self.components.of_state[id as usize] = number;
            self.components.members.push(id);
            if id == first {
                break;
            }
        }
        self.components.begins.push(self.components.members.len());
    }

    fn lower(&mut self, id: Id, low: u32) {
        let lowest = &mut self.lows[id as usize];
        *lowest = low.min(*lowest);
    }
}
