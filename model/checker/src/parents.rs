//! From which state each was found first.

use crate::edges::Edges;
use crate::graph::Id;

/// Where the steps say who found whom.
///
/// Ids are given in the order in which steps are followed, so the first step to a state is the one
/// by which it was found, and what is kept is only where to begin to look for it: for every so many
/// states, how many were known before their steps were followed.
pub(crate) struct Parents {
    known: Vec<Id>,
}

/// States among whose steps a parent is looked for.
const BLOCK: usize = 64;

impl Parents {
    /// At most so many bytes are needed for one more state.
    pub(crate) const MOST_BYTES: usize = size_of::<Id>();

    pub(crate) fn new() -> Self {
        Parents { known: Vec::new() }
    }

    /// Notes how many states are known before the steps of this one are followed.
    pub(crate) fn note(&mut self, row: usize, known: Id) {
        if row.is_multiple_of(BLOCK) {
            self.known.push(known);
        }
    }

    /// The state whose steps first lead to this one; none where none do.
    pub(crate) fn of(&self, id: Id, edges: &Edges) -> Option<Id> {
        let block = self.known.partition_point(|&known| known <= id);
        let rows = block.checked_sub(1)? * BLOCK..edges.rows();
        let mut rows = rows.take(BLOCK);
        let parent = rows.find(|&row| edges.row(row).any(|edge| edges.target(edge) == id))?;
        Some(Id::try_from(parent).expect("a state has an id"))
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.known.shrink_to_fit();
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&self.known[..])
    }
}
