//! The steps of all states, side by side.

use std::ops::Range;

use crate::graph::{Id, NONE};
use crate::offsets::Offsets;

/// Compressed sparse rows: three or four bytes for each target, the fewest that do for each label,
/// and little more than two for each state.
pub(crate) struct Edges {
    /// Where the edges of each state end.
    ends: Offsets,
    /// The targets of the first edges, up to the first that needs four bytes.
    narrow: Vec<[u8; 3]>,
    /// Those of the others.
    wide: Vec<Id>,
    labels: Numbers,
}

impl Edges {
    pub(crate) fn new() -> Self {
        Edges {
            ends: Offsets::default(),
            narrow: Vec::new(),
            wide: Vec::new(),
            labels: Numbers::Byte(Vec::new()),
        }
    }

    /// Adds an edge of the state whose row is not closed.
    pub(crate) fn push(&mut self, target: Id, label: u32) {
        let [low, middle, high, _] = target.to_le_bytes();
        let fits = target == NONE || target < NARROW_NONE;
        if fits && self.wide.is_empty() {
            self.narrow.push([low, middle, high]);
        } else {
            self.wide.push(target);
        }
        self.labels.push(label);
    }

    pub(crate) fn close_row(&mut self) {
        self.ends.push(self.len());
    }

    pub(crate) fn rows(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn row(&self, at: usize) -> Range<usize> {
        if at >= self.rows() {
            return 0..0;
        }
        self.ends.range(at)
    }

    #[inline]
    pub(crate) fn target(&self, edge: usize) -> Id {
        match self.narrow.get(edge) {
            Some(&[255, 255, 255]) => NONE,
            Some(&[low, middle, high]) => Id::from_le_bytes([low, middle, high, 0]),
            None => self.wide[edge - self.narrow.len()],
        }
    }

    /// The number of edges.
    pub(crate) fn len(&self) -> usize {
        self.narrow.len() + self.wide.len()
    }

    pub(crate) fn label(&self, edge: usize) -> usize {
        match &self.labels {
            Numbers::Byte(labels) => usize::from(labels[edge]),
            Numbers::Short(labels) => usize::from(labels[edge]),
            Numbers::Word(labels) => labels[edge] as usize,
        }
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.ends.shrink_to_fit();
        self.narrow.shrink_to_fit();
        self.wide.shrink_to_fit();
        match &mut self.labels {
            Numbers::Byte(labels) => labels.shrink_to_fit(),
            Numbers::Short(labels) => labels.shrink_to_fit(),
            Numbers::Word(labels) => labels.shrink_to_fit(),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let targets = size_of_val(&self.narrow[..]) + size_of_val(&self.wide[..]);
        self.ends.bytes() + targets + self.len() * self.bytes_per_label()
    }

    /// The memory that one more state with so many edges needs at most.
    pub(crate) fn most_bytes(&self, edges: usize) -> usize {
        Offsets::MOST_BYTES + edges * (size_of::<Id>() + self.bytes_per_label())
    }

    fn bytes_per_label(&self) -> usize {
        match &self.labels {
            Numbers::Byte(_) => 1,
            Numbers::Short(_) => 2,
            Numbers::Word(_) => 4,
        }
    }
}

/// What stands for [`NONE`] in three bytes; ids from there on need four.
const NARROW_NONE: Id = 0xFF_FFFF;

/// Numbers, as wide as the widest of them so far.
enum Numbers {
    Byte(Vec<u8>),
    Short(Vec<u16>),
    Word(Vec<u32>),
}

impl Numbers {
    fn push(&mut self, number: u32) {
        match self {
            Numbers::Byte(all) => match u8::try_from(number) {
                Ok(number) => all.push(number),
                Err(_) => self.widen(number),
            },
            Numbers::Short(all) => match u16::try_from(number) {
                Ok(number) => all.push(number),
                Err(_) => self.widen(number),
            },
            Numbers::Word(all) => all.push(number),
        }
    }

    /// Makes room for a number that is too wide, and adds it.
    fn widen(&mut self, number: u32) {
        *self = match self {
            Numbers::Byte(all) => Numbers::Short(all.iter().map(|&n| n.into()).collect()),
            Numbers::Short(all) => Numbers::Word(all.iter().map(|&n| n.into()).collect()),
            Numbers::Word(_) => unreachable!("a word holds every number"),
        };
        self.push(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_widen_and_stay_the_same() {
        let labels = [0, 255, 256, 3, 65_535, 65_536, 1, u32::MAX];
        let mut edges = Edges::new();
        let mut widths = Vec::new();
        for (target, &label) in (0..).zip(&labels) {
            edges.push(target, label);
            widths.push(edges.bytes_per_label());
        }
        let kept = (0..labels.len()).map(|edge| edges.label(edge));
        assert!(kept.eq(labels.iter().map(|&label| label as usize)));
        assert_eq!(widths, [1, 1, 2, 2, 2, 4, 4, 4]);
    }

    #[test]
    fn targets_of_three_and_of_four_bytes_stay_the_same() {
        let most = NARROW_NONE;
        let targets = [
            0,
            most - 1,
            NONE,
            256,
            most,
            7,
            NONE,
            most + 1,
            NONE - 1,
            65_535,
        ];
        let mut edges = Edges::new();
        for target in targets {
            edges.push(target, 0);
        }
        edges.close_row();
        let kept = edges.row(0).map(|edge| edges.target(edge));
        assert!(kept.eq(targets));
        assert_eq!((edges.narrow.len(), edges.wide.len()), (4, 6));
    }
}
