//! What comes of a replay.

use crate::dictionary::Unmapped;
use crate::difference::Difference;
use crate::driver;
use hopwise_protocol::UnknownScenario;
use hopwise_vocab::{Action, Safeguard};
use serde::Serialize;
use std::time::Duration;

/// A trace that the controllers followed from its first step to its last.
#[derive(Debug, Serialize)]
pub struct Replayed {
    /// The trace's name.
    pub name: String,
    /// How many steps were compared, those that lead to where the scenario begins included.
    pub steps: usize,
    /// How long it took.
    pub took: Duration,
    /// The conversation, a paragraph per step; empty if it was not kept.
    pub transcript: Vec<String>,
}

/// The first step after which the world does not say what the model says.
#[derive(Debug, Serialize)]
pub struct Divergence {
    /// The trace's name.
    pub name: String,
    /// The step's number, counted from 1; 0 is the start.
    pub step: usize,
    /// The step's action; none at the start, and after the end, where sweeps that wait go on.
    pub action: Option<Action>,
    /// What is wrong with it.
    pub why: Why,
    /// What was said from ten steps before.
    pub transcript: Vec<String>,
}

/// What is wrong with a step.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The world came to differ from the model in these fields.
    Differs(Vec<Difference>),
    /// The world cannot take the step.
    Impossible(String),
    /// The world holds something that the model has no word for.
    Unmapped(String),
}

/// Why a trace cannot be replayed at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its scenario is not known.
    #[error(transparent)]
    Scenario(#[from] UnknownScenario),
    /// A step of it is one that a world does not have, or not at that moment.
    #[error("step {step}, `{action}`, is not replayed: {why}")]
    NoStep {
        /// The step's number, counted from 1; those that lead to where the scenario begins count.
        step: usize,
        /// Its action.
        action: Action,
        /// Why not.
        why: &'static str,
    },
    /// Without a safeguard its controllers do what a world cannot follow.
    #[error("not replayed without {off}: {why}")]
    Without {
        /// The safeguard that is off.
        off: Safeguard,
        /// Why not.
        why: &'static str,
    },
    /// It is no behaviour of the model.
    #[error("step {step}, `{action}`, is not enabled in the model")]
    NotEnabled {
        /// The step's number, counted from 1 and from where the scenario begins.
        step: usize,
        /// Its action.
        action: Action,
    },
    /// The controllers diverged from the model.
    #[error("{0}")]
    Diverged(Box<Divergence>),
}

impl From<driver::Error> for Why {
    fn from(error: driver::Error) -> Why {
        Why::Impossible(error.to_string())
    }
}

impl From<Unmapped> for Why {
    fn from(unmapped: Unmapped) -> Why {
        Why::Unmapped(unmapped.to_string())
    }
}

impl Divergence {
    /// The step in words.
    pub fn deed(&self) -> String {
        match (self.action, self.step) {
            (Some(action), _) => action.to_string(),
            (None, 0) => "the start".into(),
            (None, _) => "the end".into(),
        }
    }
}

impl std::fmt::Display for Divergence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{}: the controllers leave the model in step {}, `{}`",
            self.name,
            self.step,
            self.deed()
        )?;
        match &self.why {
            Why::Differs(differences) => {
                for difference in differences {
                    writeln!(f, "{difference}")?;
                }
            }
            Why::Impossible(reason) | Why::Unmapped(reason) => writeln!(f, "{reason}")?,
        }
        self.transcript
            .iter()
            .try_for_each(|step| f.write_str(step))
    }
}
