//! Ids by the hash of their state, in memory that is seldom waited for.

use crate::graph::Id;

/// One in so many of the highest bits of a hash chooses a table, so that as many threads can add.
const SHARD_BITS: u32 = 4;

/// Into how many tables ids are divided. It is the same for every number of threads.
pub(crate) const SHARDS: usize = 1 << SHARD_BITS;

/// The table for a hash.
pub(crate) fn shard_of(hash: u64) -> usize {
    usize::try_from(hash >> (u64::BITS - SHARD_BITS)).expect("few bits are left")
}

/// A table with open addressing and linear probing: a slot is an id below the upper half of its
/// hash. The half is also what says where the slot is, so that the table grows without looking at
/// a state.
pub(crate) struct Ids {
    slots: Vec<u64>,
    entries: usize,
}

/// No state has the largest id, so that this is no slot of one.
const EMPTY: u64 = u64::MAX;

impl Ids {
    /// At least so many slots, so that a small table does not grow all the time.
    const LEAST: usize = 16;

    pub(crate) fn new() -> Self {
        Ids {
            slots: vec![EMPTY; Self::LEAST],
            entries: 0,
        }
    }

    /// How many bytes a table of so many entries takes: three in four slots are used at most.
    pub(crate) fn bytes(entries: usize) -> usize {
        let slots = (entries * 4).div_ceil(3).next_power_of_two();
        slots.max(Self::LEAST) * size_of::<u64>()
    }

    /// Reads the slot at which a search for a hash begins, so that it is near when the search does.
    #[inline]
    pub(crate) fn touch(&self, hash: u64) -> u64 {
        self.slots[self.home(hash)]
    }

    /// The first id that fits, among those whose hash is perhaps this one.
    #[inline]
    pub(crate) fn find(&self, hash: u64, mut fits: impl FnMut(Id) -> bool) -> Option<Id> {
        let mut at = self.home(hash);
        loop {
            let slot = self.slots[at];
            if slot == EMPTY {
                return None;
            }
            if (slot ^ hash) >> 32 == 0 && fits(id(slot)) {
                return Some(id(slot));
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Adds an id that is not there.
    pub(crate) fn insert(&mut self, hash: u64, id: Id) {
        if (self.entries + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        self.entries += 1;
        self.put(hash >> 32 << 32 | u64::from(id));
    }

    fn grow(&mut self) {
        let more = vec![EMPTY; 2 * self.slots.len()];
        let less = std::mem::replace(&mut self.slots, more);
        let used = less.into_iter().filter(|&slot| slot != EMPTY);
        used.for_each(|slot| self.put(slot));
    }

    fn put(&mut self, slot: u64) {
        let mut at = self.home(slot);
        while self.slots[at] != EMPTY {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = slot;
    }

    /// Where a search for a hash begins: at its highest bits but those of the shard. The slot of
    /// the hash has them too.
    #[inline]
    fn home(&self, hash: u64) -> usize {
        let bits = self.slots.len().trailing_zeros();
        let home = hash >> 32 << (32 + SHARD_BITS) >> (u64::BITS - bits);
        usize::try_from(home).expect("it is the place of a slot")
    }
}

/// The lower half of a slot.
#[inline]
fn id(slot: u64) -> Id {
    Id::try_from(slot & u64::from(Id::MAX)).expect("half of the bits are left")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hashes whose upper halves differ in few bits, or in none.
    fn hashes() -> impl Iterator<Item = u64> {
        (0..3000_u64).map(|n| (n % 1000) << 33 | n)
    }

    #[test]
    fn every_id_is_found_by_its_hash_while_the_table_grows() {
        let mut ids = Ids::new();
        let all: Vec<u64> = hashes().collect();
        for (id, &hash) in (0..).zip(&all) {
            assert_eq!(ids.find(hash, |found| found == id), None);
            ids.insert(hash, id);
            assert_eq!(ids.slots.len() * size_of::<u64>(), Ids::bytes(ids.entries));
        }
        for (id, &hash) in (0..).zip(&all) {
            assert_eq!(ids.find(hash, |found| found == id), Some(id));
        }
    }

    #[test]
    fn an_id_with_the_same_hash_that_does_not_fit_is_passed_over() {
        let mut ids = Ids::new();
        ids.insert(7 << 40, 1);
        ids.insert(7 << 40, 2);
        let mut asked = Vec::new();
        let found = ids.find(7 << 40, |id| {
            asked.push(id);
            false
        });
        assert_eq!((found, asked), (None, vec![1, 2]));
    }
}
