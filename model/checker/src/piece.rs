//! A piece of a search: what one worker finds out about a run of states.

use std::hash::Hash;
use std::ops::Range;

use hashbrown::HashTable;

use crate::Checkable;
use crate::found::{Found, Made};
use crate::graph::{Id, NONE};
use crate::ids::{SHARDS, shard_of};
use crate::labels::Labels;
use crate::store::Row;

/// A function that turns a state into the one that stands for it.
pub(crate) type Canonical<M> =
    fn(&M, &<M as stateright::Model>::State) -> <M as stateright::Model>::State;

/// Where a step leads, as far as a worker can tell.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// To a state that the search had found before.
    Known(Id),
    /// To one of the states that are new to this piece.
    Fresh(usize),
    /// Out of the boundary of the model.
    Outside,
}

/// A state that a piece has made and that was not known before it began.
pub(crate) struct Fresh {
    /// Where it lies among the made ones.
    at: usize,
    /// The piece, and the number in it, of an equal state that comes earlier.
    pub(crate) twin: Option<(usize, usize)>,
    /// What became of it.
    pub(crate) placed: Option<Result<Id, Beyond>>,
}

/// The bound for which a new state was not stored.
#[derive(Clone, Copy)]
pub(crate) enum Beyond {
    States,
    Depth,
    Bytes,
}

/// Where what belongs to one state ends.
#[derive(Clone, Copy, Default)]
pub(crate) struct Ends {
    pub(crate) steps: usize,
    pub(crate) fresh: usize,
}

/// What a worker has found out. Its rooms are used again for the next piece.
pub(crate) struct Piece<A, R> {
    /// The states to expand.
    pub(crate) ids: Range<usize>,
    /// The steps of the states one after another, with the numbers of their actions.
    pub(crate) steps: Vec<(Target, u32)>,
    /// One for each state that was expanded; a stopped worker leaves some out.
    pub(crate) ends: Vec<Ends>,
    pub(crate) labels: Labels<A>,
    /// How many actions the search knew when this began; labels from there on are new ones.
    pub(crate) actions_known: usize,
    /// Every state that a step leads to.
    made: R,
    hashes: Vec<u64>,
    /// The ids of those that were known before.
    known: Vec<Id>,
    /// The states that were not known before, each once.
    pub(crate) fresh: Vec<Fresh>,
    /// Their numbers, by the shard that each belongs to.
    pub(crate) by_shard: [Vec<usize>; SHARDS],
    /// Finds the fresh ones.
    own: HashTable<usize>,
    offered: Vec<A>,
}

/// What every worker of a search reads.
pub(crate) struct Sight<'a, M: Checkable, R> {
    pub(crate) model: &'a M,
    pub(crate) canonical: Option<Canonical<M>>,
    pub(crate) found: &'a Found<M::State, R>,
    pub(crate) actions: &'a [M::Action],
}

impl<A: Clone + Eq + Hash, R> Piece<A, R> {
    pub(crate) fn new<S>() -> Self
    where
        R: Row<S>,
    {
        Piece {
            ids: 0..0,
            steps: Vec::new(),
            ends: Vec::new(),
            labels: Labels::new(),
            actions_known: 0,
            made: R::default(),
            hashes: Vec::new(),
            known: Vec::new(),
            fresh: Vec::new(),
            by_shard: Default::default(),
            own: HashTable::new(),
            offered: Vec::new(),
        }
    }

    /// The fresh state with this number.
    pub(crate) fn fresh(&self, number: usize) -> Made<'_, R> {
        let at = self.fresh[number].at;
        Made {
            row: &self.made,
            at,
            hash: self.hashes[at],
        }
    }

    /// Makes all steps, then looks all of them up: one after the other, the look-ups wait for
    /// memory side by side.
    pub(crate) fn expand<M>(&mut self, sight: &Sight<'_, M, R>, is_stopped: impl Fn() -> bool)
    where
        M: Checkable<Action = A>,
        R: Row<M::State>,
    {
        self.steps.clear();
        self.ends.clear();
        self.made.clear();
        self.hashes.clear();
        self.fresh.clear();
        self.own.clear();
        self.by_shard.iter_mut().for_each(Vec::clear);
        self.actions_known = sight.actions.len();
        for id in self.ids.clone() {
            if is_stopped() {
                break;
            }
            sight
                .found
                .row
                .look(id, |before| self.make_steps(sight, before));
        }
        sight
            .found
            .find_all(&self.made, &self.hashes, &mut self.known);
        self.look_up();
    }

    fn make_steps<M>(&mut self, sight: &Sight<'_, M, R>, before: &M::State)
    where
        M: Checkable<Action = A>,
        R: Row<M::State>,
    {
        let mut offered = std::mem::take(&mut self.offered);
        sight.model.actions(before, &mut offered);
        for action in offered.drain(..) {
            let label = self.labels.number(sight.actions, &action);
            // It is looked at where it lies: states can be large.
            let made = sight.model.next_state(before, action);
            let Some(after) = &made else {
                continue;
            };
            if sight.model.within_boundary(after) {
                self.steps.push((Target::Fresh(self.made.len()), label));
                let hasher = &sight.found.hasher;
                self.hashes.push(match sight.canonical {
                    Some(canonical) => self.made.push(&canonical(sight.model, after), hasher),
                    None => self.made.push(after, hasher),
                });
            } else {
                self.steps.push((Target::Outside, label));
            }
        }
        self.offered = offered;
        self.ends.push(Ends {
            steps: self.steps.len(),
            fresh: 0,
        });
    }

    /// Turns the places of made states into ids, or into the numbers of fresh ones.
    fn look_up<S>(&mut self)
    where
        R: Row<S>,
    {
        let mut begin = 0;
        for ends in &mut self.ends {
            for (target, _) in &mut self.steps[begin..ends.steps] {
                let Target::Fresh(at) = *target else { continue };
                if self.known[at] != NONE {
                    *target = Target::Known(self.known[at]);
                    continue;
                }
                let hash = self.hashes[at];
                let (fresh, hashes) = (&mut self.fresh, &self.hashes);
                let is_same = |&n: &usize| self.made.is_same(fresh[n].at, &self.made, at);
                let known = self.own.find(hash, is_same).copied();
                *target = Target::Fresh(known.unwrap_or_else(|| {
                    let number = fresh.len();
                    fresh.push(Fresh {
                        at,
                        twin: None,
                        placed: None,
                    });
                    let rehash = |&n: &usize| hashes[fresh[n].at];
                    self.own.insert_unique(hash, number, rehash);
                    self.by_shard[shard_of(hash)].push(number);
                    number
                }));
            }
            ends.fresh = self.fresh.len();
            begin = ends.steps;
        }
    }
}
