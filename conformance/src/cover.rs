//! Walks that between them take every step of a graph, so that lane 4 leaves none untried.

use crate::caller::Caller;
use crate::replay;
use hopwise_checker::{Graph, Id};
use hopwise_protocol::Chain;
use hopwise_vocab::{Action, Claim, Header, Trace};
use serde::Serialize;
use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What it took to lead the controllers through every step of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// The steps that the model has.
    pub edges: usize,
    /// The walks that take them all.
    pub walks: usize,
    /// The steps of the walks, all of them compared.
    pub steps: usize,
}

impl Covered {
    /// What these walks take of a graph.
    pub fn of(graph: &Graph<'_, Chain>, walks: &[Trace]) -> Covered {
        Covered {
            edges: graph.edges(),
            walks: walks.len(),
            steps: walks.iter().map(|walk| walk.steps.len()).sum(),
        }
    }
}

/// Leads the controllers through walks, on so many threads. Steps with which several walks begin
/// are taken by all of them and compared by one: worlds are deterministic.
///
/// Says how many walks were followed: all of them, unless `stop` became true meanwhile.
///
/// # Errors
/// Of a walk that they do not follow; with several threads, of one of those.
pub fn follow(
    walks: &[Trace],
    threads: NonZero<usize>,
    stop: &AtomicBool,
) -> Result<usize, replay::Error> {
    let shared = shared(walks);
    let next = AtomicUsize::new(0);
    let labour = || {
        let mut followed = 0;
        while !stop.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let (Some(walk), Some(&shared)) = (walks.get(number), shared.get(number)) else {
                break;
            };
            let mut caller = Caller {
                clock: &|| Duration::ZERO,
                progress: &mut |_, _| (),
                limit: None,
            };
            if let Err(error) = replay::run_beyond(shared, walk, &mut caller) {
                // The others need not go on.
                next.store(walks.len(), Ordering::Relaxed);
                return Err(error);
            }
            followed += 1;
        }
        Ok(followed)
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads.get()).map(|_| scope.spawn(labour)).collect();
        let mine = labour();
        let others = others
            .into_iter()
            .map(|it| it.join().expect("it is told, not thrown"));
        others.fold(mine, |all, one| Ok(all? + one?))
    })
}

/// With how many steps each walk begins that another begins with, too, so that each beginning is
/// left to one walk.
fn shared(walks: &[Trace]) -> Vec<usize> {
    let mut sorted: Vec<(Vec<Action>, usize)> = walks
        .iter()
        .enumerate()
        .map(|(number, walk)| (walk.actions().collect(), number))
        .collect();
    sorted.sort_unstable();
    let mut shared = vec![0; walks.len()];
    for pair in sorted.windows(2) {
        let ((before, _), (actions, number)) = (&pair[0], &pair[1]);
        let both = before.iter().zip(actions);
        shared[*number] = both.take_while(|(one, other)| one == other).count();
    }
    shared
}

/// Walks from where the scenario begins that take every step of a complete graph at least once.
///
/// A walk goes to the nearest state that is left more often than it is come to, by steps that no
/// walk has taken, and on by such steps until there is none; then to the next such state, unless that
/// is nearer to the beginning. So few steps are taken twice, which is no promise: the fewest would be
/// a Chinese postman's.
///
/// # Panics
/// When the search was cut and does not know every step, or the model can begin in several states.
pub fn cover(graph: &Graph<'_, Chain>) -> Vec<Trace> {
    assert!(graph.is_complete(), "a cut search does not know every step");
    assert_eq!(graph.initial().len(), 1, "walks begin in one state");
    let chain = graph.model();
    let mut left = Left::of(graph);
    let mut walks = Vec::new();
    while left.count > 0 {
        let name = format!("{}-cover-{}", chain.scenario.name, walks.len());
        let mut header = Header::new(name, chain.scenario.name, Claim::Walk);
        header.off = chain.safeguards.clone();
        walks.push(Trace::new(header, left.walk()));
    }
    walks
}

/// The steps that no walk has taken.
struct Left<'g, 'm> {
    graph: &'g Graph<'m, Chain>,
    /// Of each state, which of its steps are left.
    out: Vec<Vec<usize>>,
    /// To how many of the steps that are left each state is the end.
    into: Vec<usize>,
    /// How many are left in all.
    count: usize,
}

impl<'g, 'm> Left<'g, 'm> {
    fn of(graph: &'g Graph<'m, Chain>) -> Self {
        let mut into = vec![0; graph.len()];
        let ends = graph.ids().flat_map(|id| graph.successors(id));
        ends.for_each(|(_, target)| into[target as usize] += 1);
        let steps = |id| (0..graph.successors(id).count()).rev().collect();
        Left {
            graph,
            out: graph.ids().map(steps).collect(),
            into,
            count: graph.edges(),
        }
    }

    fn walk(&mut self) -> Vec<Action> {
        let mut at = self.graph.initial().start;
        let mut actions = Vec::new();
        let mut next = self.way_to_the_nearest(at);
        while let Some(way) = next {
            for step in way {
                at = self.take(at, step, &mut actions);
            }
            while let Some(&step) = self.out[at as usize].last() {
                at = self.take(at, step, &mut actions);
            }
            next = self.way_to_the_nearest(at).filter(|way| {
                let end = way.iter().fold(at, |at, &step| self.nth(at, step).1);
                way.len() <= self.graph.depth(end)
            });
        }
        actions
    }

    fn take(&mut self, id: Id, step: usize, actions: &mut Vec<Action>) -> Id {
        let (action, target) = self.nth(id, step);
        actions.push(action);
        let out = &mut self.out[id as usize];
        if let Some(at) = out.iter().position(|one| *one == step) {
            out.remove(at);
            self.into[target as usize] -= 1;
            self.count -= 1;
        }
        target
    }

    fn nth(&self, id: Id, step: usize) -> (Action, Id) {
        let mut steps = self.graph.successors(id);
        let (action, target) = steps.nth(step).expect("the state has this step");
        (*action, target)
    }

    /// A shortest way, as the numbers of its steps, to a state that is left more often than it is come
    /// to; where there is none, to one that is left.
    fn way_to_the_nearest(&self, from: Id) -> Option<Vec<usize>> {
        // Where each state was reached from, and by which step.
        let mut reached = vec![None; self.graph.len()];
        let mut next = VecDeque::from([from]);
        let mut second = None;
        while let Some(id) = next.pop_front() {
            let (out, into) = (self.out[id as usize].len(), self.into[id as usize]);
            if out > into {
                return Some(way(&reached, from, id));
            }
            if out > 0 {
                second.get_or_insert(id);
            }
            for (step, (_, target)) in self.graph.successors(id).enumerate() {
                if target != from && reached[target as usize].is_none() {
                    reached[target as usize] = Some((id, step));
                    next.push_back(target);
                }
            }
        }
        second.map(|id| way(&reached, from, id))
    }
}

/// The steps from one state to another.
fn way(reached: &[Option<(Id, usize)>], from: Id, to: Id) -> Vec<usize> {
    let mut steps = Vec::new();
    let mut at = to;
    while at != from {
        let (before, step) = reached[at as usize].expect("the search came this way");
        steps.push(step);
        at = before;
    }
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopwise_checker::{Bounds, explore_packed};
    use hopwise_protocol::scenario;
    use hopwise_vocab::Safeguards;
    use std::collections::BTreeMap;

    #[test]
    fn every_beginning_of_a_walk_is_compared_by_one_of_those_that_have_it() {
        let chain = Chain {
            scenario: scenario("once-failed").expect("it is one of the small ones"),
            safeguards: Safeguards::reference(),
        };
        let walks = cover(&explore_packed(&chain, &Bounds::default()));
        let mut compared: BTreeMap<Vec<Action>, usize> = BTreeMap::new();
        for (walk, shared) in walks.iter().zip(shared(&walks)) {
            let actions: Vec<Action> = walk.actions().collect();
            for len in 1..=actions.len() {
                *compared.entry(actions[..len].to_vec()).or_default() += usize::from(len > shared);
            }
        }
        assert!(compared.into_values().all(|times| times == 1));
    }
}
