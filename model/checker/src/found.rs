//! The states a search has found, and how it finds them again.

use std::marker::PhantomData;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::graph::Id;
use crate::piece::Piece;
use crate::store::Row;
use crate::threads;

/// Into how many tables ids are divided, so that as many threads can add to them. It is a power of
/// two, and the same for every number of threads.
pub(crate) const SHARDS: usize = 16;

/// The table for a hash. A table itself uses the lowest bits and the seven highest.
pub(crate) fn shard_of(hash: u64) -> usize {
    usize::try_from(hash >> 40).expect("24 bits fit") % SHARDS
}

/// The states found so far, each stored once, with its id as the place where it lies.
pub(crate) struct Found<S, R> {
    pub(crate) row: R,
    shards: [Shard; SHARDS],
    hasher: DefaultHashBuilder,
    of: PhantomData<fn() -> S>,
}

/// Ids by the hash of their state: five bytes a slot, one of them bits of the hash.
struct Shard {
    number: usize,
    ids: HashTable<Id>,
    /// Finds equal states of several pieces while they have no id.
    twins: HashTable<(usize, usize)>,
    /// Each twin, after the one that comes first.
    pairs: Vec<[(usize, usize); 2]>,
}

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
                ids: HashTable::new(),
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

    pub(crate) fn hash(&self, row: &R, at: usize) -> u64 {
        row.hash(at, &self.hasher)
    }

    /// The id of an equal state.
    ///
    /// The hash only narrows the search: whether two states are the same is always decided by
    /// comparing them.
    pub(crate) fn find(&self, made: &Made<'_, R>) -> Option<Id> {
        let is_same = |&id: &Id| self.row.is_same(id as usize, made.row, made.at);
        self.shards[shard_of(made.hash)]
            .ids
            .find(made.hash, is_same)
            .copied()
    }

    /// Stores a state that was not found. It is found again once it is entered.
    pub(crate) fn add(&mut self, made: &Made<'_, R>) -> Id {
        let id = Id::try_from(self.len()).expect("the bound of states is below the largest id");
        self.row.push_from(made.row, made.at);
        id
    }

    /// Makes a stored state one that is found.
    pub(crate) fn enter(&mut self, hash: u64, id: Id) {
        let (row, hasher) = (&self.row, &self.hasher);
        self.shards[shard_of(hash)].enter(hash, id, |id| row.hash(id, hasher));
    }

    /// Finds fresh states of several pieces that are equal, and tells the later ones.
    pub(crate) fn pair_twins<A: Clone + Eq + Send + Sync>(
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
    pub(crate) fn enter_all<A: Clone + Eq + Send + Sync>(
        &mut self,
        threads: usize,
        pieces: &[Piece<A, R>],
    ) {
        let (row, hasher) = (&self.row, &self.hasher);
        threads::each(threads, &mut self.shards, |shard| {
            for piece in pieces {
                for &number in &piece.by_shard[shard.number] {
                    let fresh = &piece.fresh[number];
                    if let (None, Some(Ok(id))) = (fresh.twin, fresh.placed) {
                        let hash = piece.fresh(number).hash;
                        shard.enter(hash, id, |id| row.hash(id, hasher));
                    }
                }
            }
        });
    }

    /// The memory for the states and for finding them, if there were so many more.
    ///
    /// It is that of one table, which does not depend on how hashes divide the states.
    pub(crate) fn bytes_with(&self, more: usize) -> usize {
        // Of the slots, a power of two, seven in eight are used at most.
        let slots = |entries: usize| (entries * 8 / 7 + 1).next_power_of_two();
        let (before, after) = (slots(self.len()), slots(self.len() + more));
        // Where the table grows, the old slots are needed until the new ones are filled.
        let slots = if before < after {
            before + after
        } else {
            after
        };
        self.row.bytes() + slots * (size_of::<Id>() + 1)
    }
}

impl Shard {
    fn enter(&mut self, hash: u64, id: Id, rehash: impl Fn(usize) -> u64) {
        self.ids.insert_unique(hash, id, |&id| rehash(id as usize));
    }

    fn pair_twins<S, A: Clone + Eq, R: Row<S>>(&mut self, pieces: &[Piece<A, R>]) {
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
