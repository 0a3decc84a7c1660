//! Finds a fair lasso in a region, and writes it down.

use std::collections::{HashMap, VecDeque};

use crate::Checkable;
use crate::classes::Classes;
use crate::duties::{Audit, Duties, Purse, Ruling};
use crate::graph::{Graph, Id, NONE};
use crate::region::Region;
use crate::rules::Rule;
use crate::scc::{Components, WHOLE};
use crate::trace::Lasso;

/// A lasso whose cycle lies in the region and pays every duty; its stem is as short as any.
///
/// A fair behaviour that stays in the region ends in a state that may rest, or visits again and
/// again the states of a set that is strongly connected and pays every duty. Every such set lies
/// in one of those that [`fair_sets`] finds.
pub(crate) fn fair_lasso<M: Checkable, R: Fn(Id) -> bool>(
    graph: &Graph<'_, M>,
    region: &Region,
    duties: &Duties<'_, '_, M, R>,
) -> Option<Lasso<M>> {
    let set_of = fair_sets(graph, region, duties);
    let is_fair = |id: Id| set_of[id as usize] != NONE;
    let ends = |&id: &Id| duties.may_rest(id) || is_fair(id);
    let start = region.order.iter().copied().find(ends)?;

    let way = region.way_to(start);
    let mut stem = graph.trace_to(way[0]);
    graph.extend(&mut stem, &way);
    let cycle = if duties.may_rest(start) {
        Vec::new()
    } else {
        Walk::new(graph, &set_of, duties, start).cycle()
    };
    Some(Lasso {
        stem,
        cycle: cycle.into_iter().map(|edge| graph.step(edge)).collect(),
    })
}

/// The largest strongly connected sets that pay every duty, by number; none for other states.
///
/// A component that lacks a weak duty is dismissed: smaller sets pay no more of them. One that
/// enables a strong class and cannot take it loses the states that enable it, and what is left is
/// divided again (Emerson and Lei 1987).
fn fair_sets<M: Checkable, R: Fn(Id) -> bool>(
    graph: &Graph<'_, M>,
    region: &Region,
    duties: &Duties<'_, '_, M, R>,
) -> Vec<u32> {
    let everything: Vec<Id> = graph.ids().collect();
    let states = if duties.rules.keep(Rule::Region) {
        &region.order
    } else {
        &everything
    };
    let mut components = Components::new(graph, states, |_| true);
    let mut waiting = Vec::new();
    let mut enabled = duties.none();
    let mut judge = |set_of: &mut [u32], states: &[Id], set, waiting: &mut Vec<Vec<Id>>, is_cut| {
        let is_inner = |edge| set_of[graph.target(edge) as usize] == set;
        // Most components are one state, and most of those no cycle.
        if states.len() == 1 && !graph.inner_edges(states[0]).any(is_inner) {
            set_of[states[0] as usize] = NONE;
            return;
        }
        let audit = duties.audit(states, is_inner);
        let ruling = match duties.ruling(&audit) {
            Ruling::Hopeless if is_cut && !duties.rules.keep(Rule::Rejudging) => Ruling::Fair,
            ruling @ (Ruling::Fair | Ruling::Hopeless | Ruling::Prune(_)) => ruling,
        };
        if matches!(ruling, Ruling::Fair) {
            return;
        }
        if let Ruling::Prune(forbidden) = ruling {
            let mut rest = states.to_vec();
            rest.retain(|&id| {
                duties.enabled(id, &mut enabled);
                !enabled.meets(&forbidden)
            });
            waiting.push(rest);
        }
        states.iter().for_each(|&id| set_of[id as usize] = NONE);
    };
    components.divide(WHOLE, &region.order, |set_of, states, set| {
        judge(set_of, states, set, &mut waiting, false);
    });
    while let Some(states) = waiting.pop() {
        let set = components.gather(&states);
        components.divide(set, &states, |set_of, states, set| {
            judge(set_of, states, set, &mut waiting, true);
        });
    }
    components.set_of
}

/// A walk inside one fair set.
struct Walk<'a, 'm, M: Checkable, R> {
    graph: &'a Graph<'m, M>,
    set_of: &'a [u32],
    duties: &'a Duties<'a, 'm, M, R>,
    start: Id,
    here: Id,
    purse: Purse,
    enabled: Classes,
    taken: Vec<usize>,
}

impl<'a, 'm, M: Checkable, R: Fn(Id) -> bool> Walk<'a, 'm, M, R> {
    fn new(
        graph: &'a Graph<'m, M>,
        set_of: &'a [u32],
        duties: &'a Duties<'a, 'm, M, R>,
        start: Id,
    ) -> Self {
        let set = set_of[start as usize];
        let members: Vec<Id> = graph
            .ids()
            .filter(|&id| set_of[id as usize] == set)
            .collect();
        let is_inner = |edge| set_of[graph.target(edge) as usize] == set;
        let audit: Audit = duties.audit(&members, is_inner);
        let mut purse = duties.purse(&audit);
        let mut enabled = duties.none();
        duties.visit(start, &mut enabled, &mut purse);
        Walk {
            graph,
            set_of,
            duties,
            start,
            here: start,
            purse,
            enabled,
            taken: Vec::new(),
        }
    }

    /// A closed walk that pays every duty: always to the nearest place that pays one more, then
    /// home.
    fn cycle(mut self) -> Vec<usize> {
        while !self.duties.is_paid(&self.purse) && self.duties.rules.keep(Rule::Cycle) {
            let leg = self.nearest(Self::pays_more);
            self.go(&leg);
        }
        if self.here != self.start || self.taken.is_empty() {
            let home = self.nearest(|walk, _, edge| walk.graph.target(edge) == walk.start);
            self.go(&home);
        }
        self.taken
    }

    fn go(&mut self, leg: &[usize]) {
        for &edge in leg {
            self.duties.pay(self.here, edge, &mut self.purse);
            self.here = self.graph.target(edge);
            self.duties
                .visit(self.here, &mut self.enabled, &mut self.purse);
        }
        self.taken.extend(leg);
    }

    fn pays_more(&mut self, from: Id, edge: usize) -> bool {
        let mut purse = self.purse.clone();
        self.duties.pay(from, edge, &mut purse)
            | self
                .duties
                .visit(self.graph.target(edge), &mut self.enabled, &mut purse)
    }

    /// The shortest way from here, of one edge at least, that ends with a wanted edge.
    fn nearest(&mut self, mut wanted: impl FnMut(&mut Self, Id, usize) -> bool) -> Vec<usize> {
        let (graph, from) = (self.graph, self.here);
        let mut came_by = HashMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(id) = queue.pop_front() {
            for edge in graph.inner_edges(id) {
                let target = graph.target(edge);
                if self.set_of[target as usize] != self.set_of[from as usize] {
                    continue;
                }
                if wanted(self, id, edge) {
                    return way_back(&came_by, from, id, edge);
                }
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
