//! Sets of states.

use crate::graph::Id;

/// A set of ids, one bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct States {
    words: Vec<u64>,
}

impl States {
    /// No state, with room for so many.
    pub(crate) fn none(len: usize) -> Self {
        States {
            words: vec![0; len.div_ceil(64)],
        }
    }

    /// The states whose bits these are, the smallest ids first.
    pub(crate) fn of(words: impl Iterator<Item = u64>) -> Self {
        States {
            words: words.collect(),
        }
    }

    pub(crate) fn insert(&mut self, id: Id) {
        self.words[id as usize / 64] |= 1 << (id % 64);
    }

    pub(crate) fn has(&self, id: Id) -> bool {
        self.words[id as usize / 64] >> (id % 64) & 1 == 1
    }

    pub(crate) fn count(&self) -> usize {
        let ones = self.words.iter().map(|word| word.count_ones() as usize);
        ones.sum()
    }

    /// The ids in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Id> {
        (0..).zip(&self.words).flat_map(|(at, &word)| {
            let without_lowest = |&left: &u64| Some(left & left.wrapping_sub(1));
            std::iter::successors(Some(word), without_lowest)
                .take_while(|&left| left != 0)
                .map(move |left| at * 64 + left.trailing_zeros())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_several_words_come_back_in_order() {
        let mut states = States::none(200);
        let ids = [199, 0, 63, 64, 130, 128];
        ids.iter().for_each(|&id| states.insert(id));
        assert!(ids.iter().all(|&id| states.has(id)) && !states.has(1) && !states.has(129));
        assert_eq!(
            states.iter().collect::<Vec<_>>(),
            [0, 63, 64, 128, 130, 199]
        );
        assert_eq!(states.count(), ids.len());
    }
}
