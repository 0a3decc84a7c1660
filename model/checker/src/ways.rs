//! Shortest ways between states.

use std::collections::{HashMap, VecDeque};

use stateright::Model;

use crate::graph::{Graph, Id};

/// The shortest way from a state, of one edge at least, along edges that may be followed, to one
/// that is wanted and may be followed too. It gives the edges.
pub(crate) fn nearest<M: Model>(
    graph: &Graph<'_, M>,
    from: Id,
    follows: impl Fn(Id, usize) -> bool,
    mut wanted: impl FnMut(Id, usize) -> bool,
) -> Option<Vec<usize>> {
    let mut came_by = HashMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(id) = queue.pop_front() {
        for edge in graph.inner_edges(id).filter(|&edge| follows(id, edge)) {
            if wanted(id, edge) {
                return Some(way_back(&came_by, from, id, edge));
            }
            let target = graph.target(edge);
            if target != from && !came_by.contains_key(&target) {
                came_by.insert(target, (id, edge));
                queue.push_back(target);
            }
        }
    }
    None
}

/// The edges from `from` to `id`, and one edge more.
fn way_back(came_by: &HashMap<Id, (Id, usize)>, from: Id, mut id: Id, last: usize) -> Vec<usize> {
    let mut way = vec![last];
    while id != from {
        let (before, edge) = came_by[&id];
        way.push(edge);
        id = before;
    }
    way.reverse();
    way
}
