//! What the search for fair lassos keeps to, rule by rule, so that tests can break each.

/// A rule of fair liveness that some checker has broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A behaviour may stutter for ever where no fair class is enabled.
    Stuttering,
    /// Components are those of the region, not of the whole graph.
    Region,
    /// A component that a strong class forbids is pruned and looked at again, not dismissed.
    Pruning,
    /// What is left after pruning is judged by itself, not by the component it was part of.
    Rejudging,
    /// A class is taken by an edge that stays in the component, not by one that leaves it.
    InnerEdges,
    /// A step that changes nothing takes its class.
    SelfLoopsTake,
    /// A step that changes nothing takes its own class and no other.
    SelfLoopsTakeOne,
    /// An action enables its class also where its step was cut.
    CutSteps,
    /// What a cut search has not found may still exist.
    CutSearches,
    /// Strong classes are stronger than weak ones.
    Strong,
    /// Weak classes are weaker than strong ones.
    Weak,
    /// The cycle of a lasso pays every duty, and is not just any cycle of a fair component.
    Cycle,
    /// A counterexample is replayed before it is given out.
    Replay,
}

/// Which rules are kept: all of them, unless a test breaks some.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    broken: &'static [Rule],
}

impl Rules {
    pub(crate) const ALL: Rules = Rules { broken: &[] };

    #[cfg(test)]
    pub(crate) fn without(broken: &'static [Rule]) -> Rules {
        Rules { broken }
    }

    #[inline]
    pub(crate) fn keep(self, rule: Rule) -> bool {
        !self.broken.contains(&rule)
    }
}
