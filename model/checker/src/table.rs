//! Finds the id of a state or of an action that was seen before.

use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::graph::Id;

/// The states found so far, each stored once, with its id as the place where it lies.
pub(crate) struct States<S> {
    pub(crate) found: Vec<S>,
    ids: HashTable<Id>,
    hasher: DefaultHashBuilder,
    capacity: usize,
}

/// What the table says about a state that was asked for.
pub(crate) enum Place {
    Known(Id),
    New(Id),
    Refused(Refusal),
}

/// Why a new state was not stored.
pub(crate) enum Refusal {
    TooMany,
    TooDeep,
}

/// Which states the table may take in.
#[derive(Clone, Copy)]
pub(crate) enum Admission {
    New,
    KnownOnly,
}

impl<S: Eq + Hash> States<S> {
    /// A table for at most `limit` states; ids are 32 bits wide, and the largest is reserved.
    pub(crate) fn new(limit: Option<usize>) -> Self {
        let widest = Id::MAX as usize;
        States {
            found: Vec::new(),
            ids: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            capacity: limit.map_or(widest, |limit| limit.min(widest)),
        }
    }

    /// Finds an equal state, or stores this one if admission and capacity allow it.
    ///
    /// The hash only narrows the search: whether two states are the same is always decided by
    /// comparing them.
    pub(crate) fn place(&mut self, state: S, admission: Admission) -> Place {
        let States {
            found,
            ids,
            hasher,
            capacity,
        } = self;
        let hash = hasher.hash_one(&state);
        if let Some(&id) = ids.find(hash, |&id| found[id as usize] == state) {
            return Place::Known(id);
        }
        if matches!(admission, Admission::KnownOnly) {
            return Place::Refused(Refusal::TooDeep);
        }
        if found.len() >= *capacity {
            return Place::Refused(Refusal::TooMany);
        }
        let id = Id::try_from(found.len()).expect("the capacity is below the largest id");
        found.push(state);
        ids.insert_unique(hash, id, |&id| hasher.hash_one(&found[id as usize]));
        Place::New(id)
    }
}

/// The distinct actions, numbered in the order in which they were first offered.
pub(crate) struct Labels<A> {
    pub(crate) actions: Vec<A>,
    /// For each action, the one that was offered after it the last time.
    followers: Vec<u32>,
    last: u32,
}

impl<A: Clone + Eq> Labels<A> {
    pub(crate) fn new() -> Self {
        Labels {
            actions: Vec::new(),
            followers: Vec::new(),
            last: 0,
        }
    }

    /// The number of this action.
    ///
    /// Actions need not be hashable, so they are searched for. Models offer them in much the same
    /// order in every state, so the search starts where it is likely to end.
    pub(crate) fn number(&mut self, action: &A) -> u32 {
        let known = self.actions.len();
        let guess = self
            .followers
            .get(self.last as usize)
            .map_or(0, |&next| next as usize);
        let position = (guess..known)
            .chain(0..guess.min(known))
            .find(|&at| self.actions[at] == *action);
        let at = position.unwrap_or_else(|| {
            self.actions.push(action.clone());
            self.followers.push(0);
            known
        });
        let number = u32::try_from(at).expect("there are fewer than 2^32 distinct actions");
        self.followers[self.last as usize] = number;
        self.last = number;
        number
    }
}
