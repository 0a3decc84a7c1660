//! Finds a fair lasso in a region, and writes it down.

use crate::Checkable;
use crate::classes::Classes;
use crate::duties::{Audit, Duties, Purse, Ruling};
use crate::graph::{Graph, Id, NONE};
use crate::region::Region;
use crate::rules::Rule;
use crate::scc::{Components, WHOLE};
use crate::trace::Lasso;
use crate::ways::nearest;

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
            let leg = self.way_to_payment();
            self.go(&leg);
        }
        if self.here != self.start || self.taken.is_empty() {
            let home = self.way_home();
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

    /// The shortest way to a place that pays something that is owed.
    fn way_to_payment(&mut self) -> Vec<usize> {
        let (duties, graph, inner) = (self.duties, self.graph, self.inner());
        let (purse, enabled) = (&self.purse, &mut self.enabled);
        let pays_more = |id, edge| {
            let mut purse = purse.clone();
            duties.pay(id, edge, &mut purse) | duties.visit(graph.target(edge), enabled, &mut purse)
        };
        nearest(graph, self.here, inner, pays_more)
            .expect("bug in the checker: a set does not hold the edge that made it fair")
    }

    fn way_home(&self) -> Vec<usize> {
        let is_home = |_, edge| self.graph.target(edge) == self.start;
        nearest(self.graph, self.here, self.inner(), is_home)
            .expect("bug in the checker: a set is not strongly connected")
    }

    /// Which edges stay in the set.
    fn inner(&self) -> impl Fn(Id, usize) -> bool + use<'a, 'm, M, R> {
        let (graph, set_of) = (self.graph, self.set_of);
        move |from, edge| set_of[graph.target(edge) as usize] == set_of[from as usize]
    }
}
