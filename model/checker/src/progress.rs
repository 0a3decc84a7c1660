//! How far a search has come, for whoever watches it from another thread.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Counters of one search. They are written while it runs and may be read at any time; each alone
/// is exact, and together they are at most one state apart.
#[derive(Debug, Default)]
pub struct Progress {
    states: AtomicUsize,
    expanded: AtomicUsize,
    depth: AtomicUsize,
}

impl Progress {
    /// The distinct states found so far.
    pub fn states(&self) -> usize {
        self.states.load(Ordering::Relaxed)
    }

    /// Those of them whose steps are known; the others wait in the queue.
    pub fn expanded(&self) -> usize {
        self.expanded.load(Ordering::Relaxed)
    }

    /// The depth of what is being found.
    pub fn depth(&self) -> usize {
        self.depth.load(Ordering::Relaxed)
    }

    pub(crate) fn note(&self, states: usize, expanded: usize, depth: usize) {
        self.states.store(states, Ordering::Relaxed);
        self.expanded.store(expanded, Ordering::Relaxed);
        self.depth.store(depth, Ordering::Relaxed);
    }
}
