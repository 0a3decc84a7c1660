//! Finds a fair lasso in a region, and writes it down.

use std::collections::{HashMap, VecDeque};

use crate::Checkable;
use crate::fairness::{Duties, Paid};
use crate::graph::{Graph, Id};
use crate::region::Region;
use crate::scc::Components;
use crate::trace::Lasso;

/// A lasso whose cycle lies in the region and pays every duty; its stem is as short as any.
///
/// A fair behaviour that stays in the region ends in a state that may rest, or visits again and
/// again the states of a set that is strongly connected and pays every duty. A larger such set
/// pays no less, so it is enough to look at whole components.
pub(crate) fn fair_lasso<M: Checkable, R: Fn(Id) -> bool>(
    graph: &Graph<'_, M>,
    region: &Region,
    duties: &Duties<'_, '_, M, R>,
) -> Option<Lasso<M>> {
    let components = Components::of(graph, region);
    let fair = fair_components(graph, &components, duties);
    let start = region
        .order
        .iter()
        .copied()
        .find(|&id| duties.may_rest(id) || fair[components.of_state(id)])?;

    let way = region.way_to(start);
    let mut stem = graph.trace_to(way[0]);
    graph.extend(&mut stem, &way);
    let cycle = if duties.may_rest(start) {
        Vec::new()
    } else {
        Walk {
            graph,
            components: &components,
            duties,
        }
        .cycle(start)
    };
    Some(Lasso {
        stem,
        cycle: cycle.into_iter().map(|edge| graph.step(edge)).collect(),
    })
}

/// Which components hold a cycle that pays every duty.
fn fair_components<M: Checkable, R: Fn(Id) -> bool>(
    graph: &Graph<'_, M>,
    components: &Components,
    duties: &Duties<'_, '_, M, R>,
) -> Vec<bool> {
    let mut enabled = Vec::new();
    let mut is_fair = |component| {
        let mut paid = duties.unpaid();
        let mut has_cycle = false;
        for &id in components.members(component) {
            duties.visit(id, &mut enabled, &mut paid);
            for edge in components.inner_edges(graph, id) {
                has_cycle = true;
                duties.take(edge, &mut paid);
            }
            if has_cycle && paid.all() {
                return true;
            }
        }
        false
    };
    (0..components.len()).map(&mut is_fair).collect()
}

/// A walk inside one fair component.
struct Walk<'a, 'm, M: Checkable, R> {
    graph: &'a Graph<'m, M>,
    components: &'a Components,
    duties: &'a Duties<'a, 'm, M, R>,
}

impl<M: Checkable, R: Fn(Id) -> bool> Walk<'_, '_, M, R> {
    /// A closed walk from a state that pays every duty: always to the nearest place that pays one
    /// more, then home.
    fn cycle(&self, start: Id) -> Vec<usize> {
        let mut enabled = Vec::new();
        let mut paid = self.duties.unpaid();
        self.duties.visit(start, &mut enabled, &mut paid);

        let mut cycle = Vec::new();
        let mut here = start;
        while !paid.all() {
            let leg = self.nearest(here, |edge| self.pays_more(edge, &mut enabled, &paid));
            for &edge in &leg {
                here = self.graph.target(edge);
                self.duties.take(edge, &mut paid);
                self.duties.visit(here, &mut enabled, &mut paid);
            }
            cycle.extend(leg);
        }
        if here != start || cycle.is_empty() {
            cycle.extend(self.nearest(here, |edge| self.graph.target(edge) == start));
        }
        cycle
    }

    fn pays_more(&self, edge: usize, enabled: &mut Vec<bool>, paid: &Paid) -> bool {
        let mut gain = self.duties.unpaid();
        self.duties.take(edge, &mut gain);
        self.duties
            .visit(self.graph.target(edge), enabled, &mut gain);
        gain.exceeds(paid)
    }

    /// The shortest way, of one edge at least, that ends with a wanted edge.
    fn nearest(&self, from: Id, mut wanted: impl FnMut(usize) -> bool) -> Vec<usize> {
        let mut came_by = HashMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(id) = queue.pop_front() {
            for edge in self.components.inner_edges(self.graph, id) {
                if wanted(edge) {
                    return way_back(&came_by, from, id, edge);
                }
                let target = self.graph.target(edge);
                if target != from && !came_by.contains_key(&target) {
                    came_by.insert(target, (id, edge));
                    queue.push_back(target);
                }
            }
        }
        unreachable!("bug in the checker: a component does not hold the edge that made it fair")
    }
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
