//! A link taken on the model: the states it goes through, and where the model does not go along.

use super::link::{Link, common};
use crate::exit::Failure;
use crate::report::{Event, events};
use crate::telling::{Change, Tree, Walked};
use hopwise_protocol::State;
use hopwise_vocab::{Action, Claim, Header, Trace};
use sha2::{Digest, Sha256};
use std::fmt::{self, Write as _};

/// A link and all that is known of its walk.
pub(super) struct Journey {
    pub link: Link,
    /// The whole walk, also what the model does not take.
    pub trace: Trace,
    /// What of it the model takes.
    pub walked: Walked,
    /// Each step in words.
    pub events: Vec<Event>,
}

/// Where a walk leaves the model.
pub(super) struct Stop {
    /// The step, counted from 1, that the model does not take.
    pub step: usize,
    pub action: Action,
    /// What is so instead of what its guard asks.
    pub since: String,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stop {
            step,
            action,
            since,
        } = self;
        write!(
            f,
            "step {step}, {action}, is not enabled there, since {since}."
        )
    }
}

impl Journey {
    /// Takes the steps of a link.
    ///
    /// # Errors
    /// Where the model has no initial state, which every scenario has.
    pub fn of(link: Link) -> Result<Journey, Failure> {
        let trace = trace(&link, "walk", Claim::Walk);
        let walked = Walked::of(&trace)?;
        let events = events(&trace);
        Ok(Journey {
            link,
            trace,
            walked,
            events,
        })
    }

    /// The step that the model does not take, if there is one.
    pub fn stop(&self) -> Option<Stop> {
        let refused = self.walked.refused.as_ref()?;
        let last = self.walked.last();
        let since = self.walked.chain.refusal(last, refused.action);
        Some(Stop {
            step: refused.step,
            action: refused.action,
            since: since.unwrap_or_else(|| "the model does not offer it".into()),
        })
    }

    /// How many steps the model takes.
    pub fn last(&self) -> usize {
        self.walked.states.len() - 1
    }

    /// The step that is looked at: at most the last that the model takes.
    pub fn at(&self) -> usize {
        self.link.at.min(self.last())
    }

    /// The state that is looked at.
    pub fn state(&self) -> &State {
        &self.walked.states[self.at()]
    }

    /// The step that is pinned: at most the last that the model takes.
    pub fn pinned(&self) -> Option<usize> {
        Some(self.link.pinned?.min(self.last()))
    }

    /// The state that the one that is looked at is compared with: the pinned one, or else that
    /// before the step; none at the start.
    pub fn before(&self) -> Option<&State> {
        let before = self.pinned().or(self.at().checked_sub(1))?;
        self.walked.states.get(before)
    }

    /// What is another in the state that is looked at.
    pub fn changes(&self) -> Vec<Change> {
        let before = self.before().map(Tree::of);
        before.map_or_else(Vec::new, |before| before.changes(&Tree::of(self.state())))
    }

    /// The walk up to the step that is looked at.
    pub fn so_far(&self) -> Trace {
        let mut trace = self.trace.clone();
        let at = self.at();
        if at < trace.steps.len() {
            trace.steps.truncate(at);
            trace.steps.iter_mut().for_each(|step| step.cycle = false);
        }
        trace
    }

    /// The walk that is kept, taken as far as the model goes, and how many steps both have in
    /// common.
    ///
    /// # Errors
    /// As [`Journey::of`].
    pub fn kept(&self) -> Result<Option<(Journey, usize)>, Failure> {
        let Some(steps) = self.link.kept.clone() else {
            return Ok(None);
        };
        let shared = common(&self.link.steps, &steps);
        let kept = Link {
            steps,
            ..self.link.alone()
        };
        Ok(Some((Journey::of(kept.at_end())?, shared)))
    }
}

/// The walk of a link as a trace.
pub(super) fn trace(link: &Link, name: &str, claim: Claim) -> Trace {
    let mut header = Header::new(name, link.scenario.name, claim);
    header.off = link.safeguards.clone();
    Trace {
        header,
        steps: link.steps.clone(),
    }
}

/// A few characters that tell states apart, for a link to say which one it was made in.
pub(super) fn digest(state: &State) -> String {
    let whole = Sha256::digest(format!("{state:?}"));
    let mut text = String::new();
    for byte in whole.iter().take(4) {
        write!(text, "{byte:02x}").expect("a String takes it");
    }
    text
}
