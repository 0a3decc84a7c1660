//! How long the chain takes, as far as a run asked: not judged, since no wait is promised.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A run of the model with delays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimedRun {
    /// When ccm polls, in words.
    pub policy: String,
    /// What drew the delays.
    pub seed: u64,
    /// Guest clusters.
    pub clusters: u64,
    /// Services of all clusters together; each is created, edited and deleted once.
    pub services: u64,
    /// What was assumed, by its name.
    pub assumed: BTreeMap<String, String>,
    /// How long Services took, in the order of their lives.
    pub waits: Vec<Wait>,
    /// What the Supervisor was asked, the sum of it last.
    pub rates: Vec<Rate>,
    /// How long that was counted, in the time of the model, in seconds.
    pub lasted: f64,
    /// Services that had not come to their end when it was cut.
    pub unfinished: u64,
}

/// From one thing to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Wait {
    /// Both things, as in `docs/latency.md`.
    pub name: String,
    /// How many Services came so far.
    pub services: u64,
    /// In seconds: what no more than 0, 1, 2 … 100 percent of them exceeded. Empty if none came so
    /// far.
    pub percentiles: Vec<f64>,
}

/// Requests of one sort.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rate {
    /// Which.
    pub name: String,
    /// How many of them in a second.
    pub per_second: f64,
}

impl Wait {
    /// In seconds; nothing if no Service came so far, or the share is more than everything.
    pub fn percentile(&self, percent: usize) -> Option<f64> {
        self.percentiles.get(percent).copied()
    }
}
