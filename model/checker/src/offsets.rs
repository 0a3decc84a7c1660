//! Offsets that only grow, in little more than two bytes each.

/// Every so often an offset in full, and for each how far it lies behind that.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offsets {
    /// The last offset before each block.
    bases: Vec<u64>,
    steps: Steps,
    last: u64,
}

/// How far offsets lie behind their base. Where one lies far behind it, all are wide.
#[derive(Clone, Debug)]
enum Steps {
    Short(Vec<u16>),
    Wide(Vec<u64>),
}

/// Offsets that share a base.
const BLOCK: usize = 32;

impl Offsets {
    /// At most so many bytes are needed for one more.
    pub(crate) const MOST_BYTES: usize = 2 * size_of::<u64>();

    /// Adds an offset that is no smaller than the one before.
    #[inline]
    pub(crate) fn push(&mut self, offset: usize) {
        let offset = offset as u64;
        debug_assert!(offset >= self.last, "offsets only grow");
        if self.len().is_multiple_of(BLOCK) {
            self.bases.push(self.last);
        }
        let base = self.bases.last().copied().unwrap_or_default();
        self.steps.push(offset - base);
        self.last = offset;
    }

    #[inline]
    pub(crate) fn get(&self, at: usize) -> usize {
        let step = match &self.steps {
            Steps::Short(steps) => u64::from(steps[at]),
            Steps::Wide(steps) => steps[at],
        };
        usize::try_from(self.bases[at / BLOCK] + step).expect("it was a usize")
    }

    /// From the offset before this one to this one; the first begins at zero.
    #[inline]
    pub(crate) fn range(&self, at: usize) -> std::ops::Range<usize> {
        let start = at.checked_sub(1).map_or(0, |before| self.get(before));
        start..self.get(at)
    }

    pub(crate) fn len(&self) -> usize {
        match &self.steps {
            Steps::Short(steps) => steps.len(),
            Steps::Wide(steps) => steps.len(),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.bases.clear();
        self.last = 0;
        match &mut self.steps {
            Steps::Short(steps) => steps.clear(),
            Steps::Wide(steps) => steps.clear(),
        }
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.bases.shrink_to_fit();
        match &mut self.steps {
            Steps::Short(steps) => steps.shrink_to_fit(),
            Steps::Wide(steps) => steps.shrink_to_fit(),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let steps = match &self.steps {
            Steps::Short(steps) => size_of_val(&steps[..]),
            Steps::Wide(steps) => size_of_val(&steps[..]),
        };
        size_of_val(&self.bases[..]) + steps
    }
}

impl Default for Steps {
    fn default() -> Self {
        Steps::Short(Vec::new())
    }
}

impl Steps {
    #[inline]
    fn push(&mut self, step: u64) {
        match self {
            Steps::Short(steps) => match u16::try_from(step) {
                Ok(step) => steps.push(step),
                Err(_) => {
                    let short = steps.iter().map(|&step| u64::from(step));
                    *self = Steps::Wide(short.chain([step]).collect());
                }
            },
            Steps::Wide(steps) => steps.push(step),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(pushed: impl Iterator<Item = usize>) -> (Vec<usize>, Offsets) {
        let mut offsets = Offsets::default();
        pushed.for_each(|offset| offsets.push(offset));
        let kept = (0..offsets.len()).map(|at| offsets.get(at)).collect();
        (kept, offsets)
    }

    #[test]
    fn offsets_far_apart_come_back_as_they_were() {
        let big = 1_usize << 32;
        let pushed = [0, 7, big - 1, big, big, big + 1, 3 * big + 5, 4 * big];
        assert_eq!(kept(pushed.into_iter()).0, pushed);
    }

    #[test]
    fn offsets_close_together_come_back_from_two_bytes_each() {
        let pushed = (0..4000).map(|at| at * 1000);
        let (kept, offsets) = kept(pushed.clone());
        assert!(kept.into_iter().eq(pushed));
        assert_eq!(offsets.bytes(), 4000 * 2 + 4000 / BLOCK * 8);
        assert_eq!(offsets.range(3), 2000..3000);
        assert_eq!(offsets.range(0), 0..0);
    }

    #[test]
    fn offsets_that_were_cleared_begin_again() {
        let mut offsets = kept([5, 90_000].into_iter()).1;
        offsets.clear();
        offsets.push(3);
        assert_eq!(offsets.range(0), 0..3);
    }
}
