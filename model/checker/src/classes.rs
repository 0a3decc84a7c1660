//! Sets of fairness classes.

/// A set of small numbers, one bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Classes {
    words: Vec<u64>,
}

impl Classes {
    /// No number, with room for those below a bound.
    pub(crate) fn none(bound: usize) -> Self {
        Classes {
            words: vec![0; bound.div_ceil(64)],
        }
    }

    pub(crate) fn clear(&mut self) {
        self.words.fill(0);
    }

    pub(crate) fn insert(&mut self, number: usize) {
        self.words[number / 64] |= 1 << (number % 64);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Adds what another set has.
    pub(crate) fn add(&mut self, other: &Classes) {
        self.change(other, |mine, theirs| mine | theirs);
    }

    /// Adds what one set has and another has not.
    pub(crate) fn add_without(&mut self, some: &Classes, others: &Classes) {
        let pairs = some.words.iter().zip(&others.words);
        for (mine, (some, others)) in self.words.iter_mut().zip(pairs) {
            *mine |= some & !others;
        }
    }

    /// Keeps what another set has too.
    pub(crate) fn keep(&mut self, other: &Classes) {
        self.change(other, |mine, theirs| mine & theirs);
    }

    /// Removes what another set has.
    pub(crate) fn remove(&mut self, other: &Classes) {
        self.change(other, |mine, theirs| mine & !theirs);
    }

    pub(crate) fn meets(&self, other: &Classes) -> bool {
        let mut both = self.words.iter().zip(&other.words);
        both.any(|(mine, theirs)| mine & theirs != 0)
    }

    fn change(&mut self, other: &Classes, change: impl Fn(u64, u64) -> u64) {
        for (mine, &theirs) in self.words.iter_mut().zip(&other.words) {
            *mine = change(*mine, theirs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_beyond_one_word_are_told_apart() {
        let mut set = Classes::none(130);
        set.insert(1);
        set.insert(129);
        let mut other = Classes::none(130);
        other.insert(65);
        assert!(!set.meets(&other));
        other.insert(129);
        assert!(set.meets(&other));

        let mut rest = Classes::none(130);
        rest.add_without(&set, &other);
        set.remove(&other);
        assert_eq!(rest, set);
        set.keep(&other);
        assert!(set.is_empty() && !rest.is_empty());
    }
}
