//! The states a search has found, and how it finds them again.

use std::hash::Hash;
use std::hint::black_box;
use std::marker::PhantomData;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::graph::{Id, NONE};
use crate::ids::{Ids, SHARDS, shard_of};
use crate::piece::Piece;
use crate::store::Row;
use crate::threads;

/// The states found so far, each stored once, with its id as the place where it lies.
pub(crate) struct Found<S, R> {
    pub(crate) row: R,
    shards: [Shard; SHARDS],
    pub(crate) hasher: DefaultHashBuilder,
    of: PhantomData<fn() -> S>,
}

/// The ids of some of the states.
struct Shard {
    number: usize,
    ids: Ids,
    /// Finds equal states of several pieces while they have no id.
    twins: HashTable<(usize, usize)>,
    /// Each twin, after the one that comes first.
    pairs: Vec<[(usize, usize); 2]>,
}

/// So many states are looked for side by side: what is read for them stays in the nearest cache.
const NEAR: usize = 64;

/// A state that a worker has made and that may have been found before.
pub(crate) struct Made<'a, R> {
    pub(crate) row: &'a R,
    pub(crate) at: usize,
    pub(crate) hash: u64,
}

impl<S, R: Row<S>> Found<S, R> {
    pub(crate) fn new() -> Self {
        Found {
            row: R::default(),
            shards: std::array::from_fn(|number| Shard {
                number,
                ids: Ids::new(),
                twins: HashTable::new(),
                pairs: Vec::new(),
            }),
            hasher: DefaultHashBuilder::default(),
            of: PhantomData,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.row.len()
    }

    /// The id of an equal state.
    ///
    /// The hash only narrows the search: whether two states are the same is always decided by
    /// comparing them.
    pub(crate) fn find(&self, made: &Made<'_, R>) -> Option<Id> {
        let is_same = |id: Id| self.row.is_same(id as usize, made.row, made.at);
        self.shards[shard_of(made.hash)]
            .ids
            .find(made.hash, is_same)
    }

    /// The same for all of a row; [`NONE`] where there is no equal state.
    ///
    /// What all of them need next is read before any of them is decided on: so they wait for
    /// memory side by side.
    pub(crate) fn find_all(&self, made: &R, hashes: &[u64], ids: &mut Vec<Id>) {
        ids.clear();
        for (chunk, hashes) in hashes.chunks(NEAR).enumerate() {
            let shard = |hash: u64| &self.shards[shard_of(hash)].ids;
            let touched = hashes.iter().map(|&hash| shard(hash).touch(hash));
            black_box(touched.fold(0, |all, slot| all ^ slot));
            let likely = |&hash: &u64| shard(hash).find(hash, |_| true).unwrap_or(NONE);
            let first = ids.len();
            ids.extend(hashes.iter().map(likely));
            let likely = ids[first..].iter().filter(|&&id| id != NONE);
            let touched = likely.map(|&id| self.row.touch(id as usize));
            black_box(touched.fold(0, |all, byte| all ^ byte));
            for (at, (id, &hash)) in (chunk * NEAR..).zip(ids[first..].iter_mut().zip(hashes)) {
                if *id != NONE && !self.row.is_same(*id as usize, made, at) {
                    let made = Made {
                        row: made,
                        at,
                        hash,
                    };
                    *id = self.find(&made).unwrap_or(NONE);
                }
            }
        }
    }

    /// Stores a state that was not found. It is found again once it is entered.
    pub(crate) fn add(&mut self, made: &Made<'_, R>) -> Id {
        let id = Id::try_from(self.len()).expect("the bound of states is below the largest id");
        self.row.push_from(made.row, made.at);
        id
    }

    /// Makes a stored state one that is found.
    pub(crate) fn enter(&mut self, hash: u64, id: Id) {
        self.shards[shard_of(hash)].ids.insert(hash, id);
    }

    /// Finds fresh states of several pieces that are equal, and tells the later ones.
    pub(crate) fn pair_twins<A: Clone + Eq + Hash + Send + Sync>(
        &mut self,
        threads: usize,
        pieces: &mut [Piece<A, R>],
    ) {
        if pieces.len() == 1 {
            return;
        }
        let all = &*pieces;
        threads::each(threads, &mut self.shards, |shard| shard.pair_twins(all));
        for shard in &mut self.shards {
            for [first, (piece, number)] in shard.pairs.drain(..) {
                pieces[piece].fresh[number].twin = Some(first);
            }
        }
    }

    /// Enters the fresh states of some pieces that got an id.
    pub(crate) fn enter_all<A: Clone + Eq + Hash + Send + Sync>(
        &mut self,
        threads: usize,
        pieces: &[Piece<A, R>],
    ) {
        threads::each(threads, &mut self.shards, |shard| {
            for piece in pieces {
                for &number in &piece.by_shard[shard.number] {
                    let fresh = &piece.fresh[number];
                    if let (None, Some(Ok(id))) = (fresh.twin, fresh.placed) {
                        shard.ids.insert(piece.fresh(number).hash, id);
                    }
                }
            }
        });
    }

    /// The memory for the states and for finding them, if there were so many more.
    ///
    /// It is that of one table, which does not depend on how hashes divide the states.
    pub(crate) fn bytes_with(&self, more: usize) -> usize {
        let (before, after) = (Ids::bytes(self.len()), Ids::bytes(self.len() + more));
        // Where the table grows, the old slots are needed until the new ones are filled.
        let table = if before < after {
            before + after
        } else {
            after
        };
        self.row.bytes() + table
    }
}

impl Shard {
    fn pair_twins<S, A: Clone + Eq + Hash, R: Row<S>>(&mut self, pieces: &[Piece<A, R>]) {
        self.twins.clear();
        for (at, piece) in pieces.iter().enumerate() {
            for &number in &piece.by_shard[self.number] {
                let made = piece.fresh(number);
                let is_same = |&(piece, number): &(usize, usize)| {
                    let other = pieces[piece].fresh(number);
                    made.row.is_same(made.at, other.row, other.at)
                };
                let first = self.twins.find(made.hash, is_same).copied();
                if let Some(first) = first {
                    self.pairs.push([first, (at, number)]);
                } else {
                    let rehash =
                        |&(piece, number): &(usize, usize)| pieces[piece].fresh(number).hash;
                    self.twins.insert_unique(made.hash, (at, number), rehash);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_of_one_hash_are_told_apart() {
        const HASH: u64 = 7 << 40;
        let mut found: Found<u8, Vec<u8>> = Found::new();
        let stored: Vec<u8> = vec![1, 2, 3];
        for at in 0..stored.len() {
            let made = Made {
                row: &stored,
                at,
                hash: HASH,
            };
            assert_eq!(found.find(&made), None);
            let id = found.add(&made);
            found.enter(HASH, id);
        }
        // More than are looked for at once, so that the places of later ones count, too.
        let looked: Vec<u8> = (0..=u8::MAX).map(|number| number % 5).collect();
        let mut ids = Vec::new();
        found.find_all(&looked, &[HASH; 256], &mut ids);
        let expected = looked.iter().map(|&state| match state {
            1..=3 => Id::from(state) - 1,
            _ => NONE,
        });
        assert!(ids.into_iter().eq(expected));
    }
}
