//! The steps of all states, side by side.

use std::ops::Range;

use crate::graph::Id;
use crate::offsets::Offsets;

/// Compressed sparse rows: four bytes for each target, the fewest that do for each label, and four
/// for each state.
pub(crate) struct Edges {
    /// Where the edges of each state end.
    ends: Offsets,
    targets: Vec<Id>,
    labels: Numbers,
}

impl Edges {
    pub(crate) fn new() -> Self {
        Edges {
            ends: Offsets::default(),
            targets: Vec::new(),
            labels: Numbers::Byte(Vec::new()),
        }
    }

    /// Adds an edge of the state whose row is not closed.
    pub(crate) fn push(&mut self, target: Id, label: u32) {
        self.targets.push(target);
        self.labels.push(label);
    }

    pub(crate) fn close_row(&mut self) {
        self.ends.push(self.targets.len());
    }

    pub(crate) fn rows(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn row(&self, at: usize) -> Range<usize> {
        if at >= self.rows() {
            return 0..0;
        }
        let start = at.checked_sub(1).map_or(0, |before| self.ends.get(before));
        start..self.ends.get(at)
    }

    pub(crate) fn target(&self, edge: usize) -> Id {
        self.targets[edge]
    }

    pub(crate) fn targets(&self) -> &[Id] {
        &self.targets
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
        self.targets.shrink_to_fit();
        match &mut self.labels {
            Numbers::Byte(labels) => labels.shrink_to_fit(),
            Numbers::Short(labels) => labels.shrink_to_fit(),
            Numbers::Word(labels) => labels.shrink_to_fit(),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.ends.bytes() + self.targets.len() * self.bytes_per_edge()
    }

    pub(crate) fn bytes_per_edge(&self) -> usize {
        let label = match &self.labels {
            Numbers::Byte(_) => 1,
            Numbers::Short(_) => 2,
            Numbers::Word(_) => 4,
        };
        size_of::<Id>() + label
    }
}

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
            widths.push(edges.bytes_per_edge());
        }
        let kept = (0..labels.len()).map(|edge| edges.label(edge));
        assert!(kept.eq(labels.iter().map(|&label| label as usize)));
        assert_eq!(widths, [5, 5, 6, 6, 6, 8, 8, 8]);
    }
}
