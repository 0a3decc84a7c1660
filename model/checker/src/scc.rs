//! Strongly connected components, by Tarjan's algorithm without recursion.

use stateright::Model;

use crate::graph::{Graph, Id, NONE};

/// A division of states into numbered sets, of which each can be divided into its components.
pub(crate) struct Components<'g, 'm, M: Model, F> {
    graph: &'g Graph<'m, M>,
    /// Which edges there are.
    follows: F,
    /// The set of each state; none outside all of them.
    pub(crate) set_of: Vec<u32>,
    /// The number of the next set.
    next: u32,
    /// The order of the visit, lowered to that of the oldest open state known to be reachable.
    lows: Vec<u32>,
    /// Visited states whose component is not complete.
    open: Vec<Id>,
    calls: Vec<Call>,
    visited: u32,
}

/// A state whose edges are being followed.
struct Call {
    id: Id,
    visited_as: u32,
    /// How many of its edges have been followed.
    followed: u32,
}

/// The number of the first set.
pub(crate) const WHOLE: u32 = 0;

impl<'g, 'm, M: Model, F: Fn(usize) -> bool> Components<'g, 'm, M, F> {
    /// One set, [`WHOLE`], of these states.
    pub(crate) fn new(graph: &'g Graph<'m, M>, states: &[Id], follows: F) -> Self {
        let mut set_of = vec![NONE; graph.len()];
        states.iter().for_each(|&id| set_of[id as usize] = WHOLE);
        Components {
            graph,
            follows,
            set_of,
            next: WHOLE + 1,
            lows: vec![NONE; graph.len()],
            open: Vec::new(),
            calls: Vec::new(),
            visited: 0,
        }
    }

    /// Makes a set of these states, and says its number.
    pub(crate) fn gather(&mut self, states: &[Id]) -> u32 {
        let number = self.new_set();
        for &id in states {
            self.set_of[id as usize] = number;
            self.lows[id as usize] = NONE;
        }
        number
    }

    /// Divides a set into components, of which each becomes a set, edges that leave it disregarded.
    ///
    /// Of two components, the one that is reachable from the other is closed first. `closed` gets
    /// all sets, the states of a component and its number.
    pub(crate) fn divide(
        &mut self,
        set: u32,
        states: &[Id],
        mut closed: impl FnMut(&mut [u32], &[Id], u32),
    ) {
        self.visited = 0;
        for &root in states {
            if self.lows[root as usize] == NONE {
                self.search(set, root, &mut closed);
            }
        }
    }

    fn search(&mut self, set: u32, root: Id, closed: &mut impl FnMut(&mut [u32], &[Id], u32)) {
        self.enter(root);
        while let Some(call) = self.calls.last_mut() {
            let (id, row) = (call.id, self.graph.row(call.id));
            let edge = row.start + call.followed as usize;
            if edge == row.end {
                self.leave(closed);
                continue;
            }
            call.followed += 1;
            let target = self.graph.target(edge);
            // States of the set whose component is complete are in it no more.
            if target == NONE || self.set_of[target as usize] != set || !(self.follows)(edge) {
                continue;
            }
            if self.lows[target as usize] == NONE {
                self.enter(target);
            } else {
                self.lower(id, self.lows[target as usize]);
            }
        }
    }

    fn enter(&mut self, id: Id) {
        self.lows[id as usize] = self.visited;
        self.calls.push(Call {
            id,
            visited_as: self.visited,
            followed: 0,
        });
        self.open.push(id);
        self.visited += 1;
    }

    /// Ends the visit of the last state, and closes a component if it was the first one in it.
    fn leave(&mut self, closed: &mut impl FnMut(&mut [u32], &[Id], u32)) {
        let Some(Call { id, visited_as, .. }) = self.calls.pop() else {
            return;
        };
        let low = self.lows[id as usize];
        if low == visited_as {
            self.close(id, closed);
        }
        if let Some(caller) = self.calls.last().map(|call| call.id) {
            self.lower(caller, low);
        }
    }

    fn close(&mut self, first: Id, closed: &mut impl FnMut(&mut [u32], &[Id], u32)) {
        let number = self.new_set();
        let position = self.open.iter().rposition(|&id| id == first);
        let start = position.expect("the first state of a component is open");
        for &id in &self.open[start..] {
            self.set_of[id as usize] = number;
        }
        closed(&mut self.set_of, &self.open[start..], number);
        self.open.truncate(start);
    }

    fn lower(&mut self, id: Id, low: u32) {
        let lowest = &mut self.lows[id as usize];
        *lowest = low.min(*lowest);
    }

    fn new_set(&mut self) -> u32 {
        let number = self.next;
        assert!(number < NONE, "too many components for 32 bits");
        self.next += 1;
        number
    }
}
