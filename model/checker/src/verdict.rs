//! What a judgement can say, and why a search may be unable to say it.

use std::fmt;

/// The outcome of judging one property on one graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<C> {
    /// The property is true of every behaviour of the model.
    Holds,
    /// The property is false, and this is the reason; it is true of the whole model also where
    /// the search was cut.
    Breaks(C),
    /// The search was cut and nothing wrong was found in the part that was seen.
    NotDecided(Why),
}

/// A verdict and how much of the model the property spoke about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement<C> {
    /// The outcome.
    pub verdict: Verdict<C>,
    /// In how many states the premise of the property is true; each judging function says what
    /// its premise is. Where it is none, the property says nothing about the model.
    pub premise_states: usize,
}

impl<C> Judgement<C> {
    /// Settles a judgement: a counterexample decides, a cut search leaves open.
    pub(crate) fn settle(found: Option<C>, cut: Option<Why>, premise_states: usize) -> Self {
        let verdict = match (found, cut) {
            (Some(counterexample), _) => Verdict::Breaks(counterexample),
            (None, Some(why)) => Verdict::NotDecided(why),
            (None, None) => Verdict::Holds,
        };
        Judgement {
            verdict,
            premise_states,
        }
    }

    /// Whether the property is true of every behaviour, vacuously or not.
    pub fn holds(&self) -> bool {
        matches!(self.verdict, Verdict::Holds)
    }

    /// Whether the property is true only because its premise never is.
    pub fn is_vacuous(&self) -> bool {
        self.holds() && self.premise_states == 0
    }

    /// The counterexample, if the property breaks.
    pub fn counterexample(&self) -> Option<&C> {
        if let Verdict::Breaks(counterexample) = &self.verdict {
            Some(counterexample)
        } else {
            None
        }
    }
}

/// Why a search did not see the whole model: how often each limit cut it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Why {
    /// Steps to, and initial states, outside the model's own `within_boundary`.
    pub boundary: usize,
    /// Steps to, and initial states, beyond the bound of states.
    pub states: usize,
    /// Steps to new states beyond the bound of depth.
    pub depth: usize,
    /// Steps to new states, and states that were found and not expanded, when the graph was about
    /// to outgrow the bound of bytes.
    pub bytes: usize,
    /// States that were found and not expanded, because the caller stopped the search.
    pub stopped: usize,
}

impl Why {
    /// Whether any limit cut the search.
    pub(crate) fn is_cut(self) -> bool {
        self != Why::default()
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let causes = [
            (self.boundary, "steps left the boundary of the model"),
            (self.states, "steps went beyond the bound of states"),
            (self.depth, "steps went beyond the bound of depth"),
            (
                self.bytes,
                "steps and states were left out for want of memory",
            ),
            (
                self.stopped,
                "states were left unexpanded when the search was stopped",
            ),
        ];
        f.write_str("the search was cut")?;
        let mut separator = ": ";
        for (count, cause) in causes {
            if count > 0 {
                write!(f, "{separator}{count} {cause}")?;
                separator = ", ";
            }
        }
        Ok(())
    }
}
