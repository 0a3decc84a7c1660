//! Offsets that only grow, in four bytes each.

/// The low 32 bits of each offset, and the places at which those bits start again from zero.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offsets {
    lows: Vec<u32>,
    /// From each of these places on, offsets lie 2^32 higher.
    wraps: Vec<usize>,
    last: usize,
}

impl Offsets {
    /// Adds an offset that is no smaller than the one before.
    pub(crate) fn push(&mut self, offset: usize) {
        debug_assert!(offset >= self.last, "offsets only grow");
        for _ in self.last >> 32..offset >> 32 {
            self.wraps.push(self.lows.len());
        }
        let low = offset & u32::MAX as usize;
        self.lows
            .push(u32::try_from(low).expect("the mask leaves 32 bits"));
        self.last = offset;
    }

    pub(crate) fn get(&self, at: usize) -> usize {
        let wraps = self.wraps.partition_point(|&from| from <= at);
        wraps << 32 | self.lows[at] as usize
    }

    pub(crate) fn len(&self) -> usize {
        self.lows.len()
    }

    pub(crate) fn clear(&mut self) {
        *self = Offsets {
            lows: std::mem::take(&mut self.lows),
            ..Offsets::default()
        };
        self.lows.clear();
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.lows.shrink_to_fit();
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&self.lows[..]) + size_of_val(&self.wraps[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_beyond_32_bits_come_back_as_they_were() {
        let big = 1_usize << 32;
        let pushed = [0, 7, big - 1, big, big, big + 1, 3 * big + 5, 4 * big];
        let mut offsets = Offsets::default();
        pushed.iter().for_each(|&offset| offsets.push(offset));
        let kept: Vec<_> = (0..offsets.len()).map(|at| offsets.get(at)).collect();
        assert_eq!(kept, pushed);
    }
}
