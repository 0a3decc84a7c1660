//! The search of the states of model and controllers together, breadth first.

use super::agreement::compare;
use super::passes::Passes;
use super::steps::Step;
use super::turns::{Odd, Turns};
use hopwise_checker::{Checkable, Graph, Id};
use hopwise_protocol::{Chain, State};
use hopwise_vocab::Action;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

/// A state of both: the model's, and the number of what the hops are doing.
type Node = (Id, u32);

/// What was found.
pub(super) struct Search<'g, 'p, 'c, M: Checkable> {
    graph: &'g Graph<'g, M>,
    chain: &'g Chain,
    passes: &'p mut Passes<'c>,
    nodes: Vec<Node>,
    known: HashSet<Node>,
    /// What hops are doing in some state of both: little, compared with the states.
    turns: Vec<Turns>,
    numbers: HashMap<Turns, u32>,
    /// Where each node was found first.
    from: Vec<Option<(u32, Action)>>,
    /// How many steps were compared.
    pub steps: usize,
}

/// A difference, and the way to it.
pub(super) struct Found {
    pub odd: Odd,
    pub way: Vec<Action>,
}

impl<'g, 'p, 'c, M> Search<'g, 'p, 'c, M>
where
    M: Checkable<State = State, Action = Action>,
{
    pub(super) fn new(
        graph: &'g Graph<'g, M>,
        chain: &'g Chain,
        passes: &'p mut Passes<'c>,
    ) -> Self {
        Search {
            graph,
            chain,
            passes,
            nodes: Vec::new(),
            known: HashSet::new(),
            turns: Vec::new(),
            numbers: HashMap::new(),
            from: Vec::new(),
            steps: 0,
        }
    }

    /// How many states of both were found.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Compares every step that can be reached, until two differ or it is to stop. `heard` is told of
    /// how many states how many are done.
    pub(super) fn run(
        &mut self,
        stop: &AtomicBool,
        heard: &mut dyn FnMut(usize, usize),
    ) -> Option<Found> {
        for id in self.graph.initial() {
            if let Err(odd) = self.reach(id, Turns::default(), None) {
                return Some(Found {
                    odd,
                    way: Vec::new(),
                });
            }
        }
        let mut at = 0;
        while at < self.nodes.len() && !stop.load(Ordering::Relaxed) {
            if let Err(found) = self.expand(at) {
                return Some(found);
            }
            at += 1;
            heard(at, self.nodes.len());
        }
        None
    }

    fn expand(&mut self, at: usize) -> Result<(), Found> {
        let (id, turns) = self.nodes[at];
        let turns = self.turns[turns as usize];
        let number = u32::try_from(at).expect("nodes are counted in 32 bits");
        let before = self.graph.state(id);
        for (action, next) in self.graph.successors(id) {
            self.steps += 1;
            let after = self.graph.state(next);
            let mut step = Step {
                passes: self.passes,
                chain: self.chain,
                before: &before,
                after: &after,
            };
            let reached = step
                .take(*action, &turns)
                .and_then(|turns| self.reach(next, turns, Some((number, *action))));
            if let Err(odd) = reached {
                let mut way = self.way_to(number);
                way.push(*action);
                return Err(Found { odd, way });
            }
        }
        Ok(())
    }

    fn reach(&mut self, id: Id, turns: Turns, from: Option<(u32, Action)>) -> Result<(), Odd> {
        let number = self.number_of(turns);
        if self.known.contains(&(id, number)) {
            return Ok(());
        }
        self.graph
            .look(id, |state| compare(self.passes, state, &turns))?;
        self.known.insert((id, number));
        self.nodes.push((id, number));
        self.from.push(from);
        Ok(())
    }

    fn number_of(&mut self, turns: Turns) -> u32 {
        let next = u32::try_from(self.turns.len()).expect("turns are counted in 32 bits");
        let number = *self.numbers.entry(turns).or_insert(next);
        if number == next {
            self.turns.push(turns);
        }
        number
    }

    fn way_to(&self, mut at: u32) -> Vec<Action> {
        let mut way = Vec::new();
        while let Some((from, action)) = self.from[at as usize] {
            way.push(action);
            at = from;
        }
        way.reverse();
        way
    }
}
