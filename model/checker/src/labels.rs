//! Numbers for actions.

use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

/// The distinct actions, numbered in the order in which they were first offered.
pub(crate) struct Labels<A> {
    /// Actions that the search did not know when this piece of it began.
    pub(crate) unknown: Vec<A>,
    /// Finds the numbers of the first of all actions; those that became known since are missing.
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl<A: Clone + Eq + Hash> Labels<A> {
    pub(crate) fn new() -> Self {
        Labels {
            unknown: Vec::new(),
            numbers: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// The number of this action; those beyond the known ones are the unknown ones, in order.
    #[inline]
    pub(crate) fn number(&mut self, known: &[A], action: &A) -> u32 {
        let hash = self.hasher.hash_one(action);
        let unknown = &self.unknown;
        let is_it = |&number: &u32| at(known, unknown, number) == action;
        match self.numbers.find(hash, is_it) {
            Some(&number) => number,
            None => self.enter(known, action),
        }
    }

    /// Enters what is missing, and this action if it is new.
    #[cold]
    fn enter(&mut self, known: &[A], action: &A) -> u32 {
        let mut found = None;
        while found.is_none() {
            let next = self.numbers.len();
            if next == known.len() + self.unknown.len() {
                self.unknown.push(action.clone());
            }
            let number = u32::try_from(next).expect("there are fewer than 2^32 distinct actions");
            let (unknown, hasher) = (&self.unknown, &self.hasher);
            let hash = |&number: &u32| hasher.hash_one(at(known, unknown, number));
            self.numbers.insert_unique(hash(&number), number, hash);
            found = (at(known, unknown, number) == action).then_some(number);
        }
        found.expect("the last one that was entered is it")
    }

    /// Moves the unknown actions to the known ones, and says which numbers they have there.
    pub(crate) fn make_known(&mut self, known: &mut Vec<A>) -> Vec<u32> {
        if self.unknown.is_empty() {
            return Vec::new();
        }
        self.numbers.clear();
        let number = |action: A| {
            let at = known.iter().position(|other| *other == action);
            let at = at.unwrap_or_else(|| {
                known.push(action);
                known.len() - 1
            });
            u32::try_from(at).expect("there are fewer than 2^32 distinct actions")
        };
        self.unknown.drain(..).map(number).collect()
    }
}

/// The action with this number.
#[inline]
fn at<'a, A>(known: &'a [A], unknown: &'a [A], number: u32) -> &'a A {
    let number = number as usize;
    match number.checked_sub(known.len()) {
        None => &known[number],
        Some(later) => &unknown[later],
    }
}
