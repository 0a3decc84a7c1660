//! Where states lie: as they are, or as bytes.

use std::hash::{BuildHasher, Hash};

use hashbrown::DefaultHashBuilder;

use crate::packed::{Arena, Packed};

/// States in a row, which a search reads, compares and adds to.
pub(crate) trait Row<S>: Default + Send + Sync {
    fn len(&self) -> usize;
    fn clear(&mut self);
    /// Adds a state, and says its hash.
    fn push(&mut self, state: &S, hasher: &DefaultHashBuilder) -> u64;
    /// Adds a state of another row.
    fn push_from(&mut self, other: &Self, there: usize);
    fn is_same(&self, at: usize, other: &Self, there: usize) -> bool;
    /// Reads where a state begins and ends, so that it is near when it is compared.
    fn touch(&self, at: usize) -> u8;
    fn look<T>(&self, at: usize, with: impl FnOnce(&S) -> T) -> T;
    /// The memory for all of them, which [`push_from`](Row::push_from) can only grow.
    fn bytes(&self) -> usize;
    /// The memory that one more state would need at most.
    fn bytes_of(&self, at: usize) -> usize;
    fn keep(self) -> Kept<S>;
}

impl<S: Clone + Eq + Hash + Send + Sync> Row<S> for Vec<S> {
    fn len(&self) -> usize {
        self.len()
    }

    fn clear(&mut self) {
        self.clear();
    }

    fn push(&mut self, state: &S, hasher: &DefaultHashBuilder) -> u64 {
        self.push(state.clone());
        hasher.hash_one(state)
    }

    fn push_from(&mut self, other: &Self, there: usize) {
        self.push(other[there].clone());
    }

    fn is_same(&self, at: usize, other: &Self, there: usize) -> bool {
        self[at] == other[there]
    }

    fn touch(&self, _: usize) -> u8 {
        // Where it lies says nothing about what it points to.
        0
    }

    fn look<T>(&self, at: usize, with: impl FnOnce(&S) -> T) -> T {
        with(&self[at])
    }

    fn bytes(&self) -> usize {
        size_of_val(&self[..])
    }

    fn bytes_of(&self, _: usize) -> usize {
        size_of::<S>()
    }

    fn keep(mut self) -> Kept<S> {
        self.shrink_to_fit();
        Kept::Plain(self)
    }
}

impl<S: Packed> Row<S> for Arena {
    fn len(&self) -> usize {
        self.len()
    }

    fn clear(&mut self) {
        self.clear();
    }

    fn push(&mut self, state: &S, hasher: &DefaultHashBuilder) -> u64 {
        self.push_with(|bytes| {
            let start = bytes.len();
            state.pack(bytes);
            hasher.hash_one(&bytes[start..])
        })
    }

    fn push_from(&mut self, other: &Self, there: usize) {
        self.push(other.get(there));
    }

    fn is_same(&self, at: usize, other: &Self, there: usize) -> bool {
        self.get(at) == other.get(there)
    }

    #[inline]
    fn touch(&self, at: usize) -> u8 {
        match self.get(at) {
            [only] => *only,
            [first, .., last] => first ^ last,
            [] => 0,
        }
    }

    fn look<T>(&self, at: usize, with: impl FnOnce(&S) -> T) -> T {
        with(&S::unpack(self.get(at)))
    }

    fn bytes(&self) -> usize {
        self.bytes()
    }

    fn bytes_of(&self, at: usize) -> usize {
        Arena::most_bytes(self.get(at).len())
    }

    fn keep(mut self) -> Kept<S> {
        self.shrink_to_fit();
        Kept::Packed {
            arena: self,
            unpack: S::unpack,
        }
    }
}

/// The states of a finished search. How they lie shows in no signature.
pub(crate) enum Kept<S> {
    Plain(Vec<S>),
    Packed {
        arena: Arena,
        unpack: fn(&[u8]) -> S,
    },
}

impl<S> Kept<S> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Kept::Plain(states) => states.len(),
            Kept::Packed { arena, .. } => arena.len(),
        }
    }

    /// What a function says of a state.
    pub(crate) fn look<T>(&self, at: usize, with: impl FnOnce(&S) -> T) -> T {
        match self {
            Kept::Plain(states) => with(&states[at]),
            Kept::Packed { arena, unpack } => with(&unpack(arena.get(at))),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Kept::Plain(states) => size_of_val(&states[..]),
            Kept::Packed { arena, .. } => arena.bytes(),
        }
    }
}

impl<S: Clone> Kept<S> {
    pub(crate) fn get(&self, at: usize) -> S {
        match self {
            Kept::Plain(states) => states[at].clone(),
            Kept::Packed { arena, unpack } => unpack(arena.get(at)),
        }
    }
}
