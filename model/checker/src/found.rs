//! The states a search has found, and how it finds them again.

use std::marker::PhantomData;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::graph::Id;
use crate::store::Row;

/// The states found so far, each stored once, with its id as the place where it lies.
pub(crate) struct Found<S, R> {
    pub(crate) row: R,
    /// Ids by the hash of their state: five bytes a slot, one of them bits of the hash.
    ids: HashTable<Id>,
    hasher: DefaultHashBuilder,
    of: PhantomData<fn() -> S>,
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
            ids: HashTable::new(),
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
        self.ids.find(made.hash, is_same).copied()
    }

    /// Stores a state that was not found.
    pub(crate) fn add(&mut self, made: &Made<'_, R>) -> Id {
        let id = Id::try_from(self.len()).expect("the bound of states is below the largest id");
        self.row.push_from(made.row, made.at);
        let (row, hasher) = (&self.row, &self.hasher);
        let rehash = |&id: &Id| row.hash(id as usize, hasher);
        self.ids.insert_unique(made.hash, id, rehash);
        id
    }

    /// The memory for the states and for finding them, if there were so many more.
    pub(crate) fn bytes_with(&self, more: usize) -> usize {
        let entries = self.len() + more;
        let slots = self.ids.allocation_size();
        let more_slots = if entries > self.ids.capacity() {
            // Of the slots, a power of two, seven in eight are used at most. The old ones are
            // needed until the new ones are filled.
            (entries * 8 / 7 + 1).next_power_of_two() * (size_of::<Id>() + 1)
        } else {
            0
        };
        self.row.bytes() + slots + more_slots
    }
}
