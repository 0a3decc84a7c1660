//! What a run did and found: the form of `run.json`, from which every output is made.
//!
//! A run is judged by what was searched with every safeguard on (or with those off that were asked
//! for), by the conformance lanes, and by the ablations, where *breaking* is what is wanted: a
//! safeguard whose removal breaks nothing shows that a check cannot fail.

mod checks;
mod compared;
mod headline;
mod joined;
mod judgement;
mod matrix;
pub mod mutants;
mod product;
mod summary;
mod timed;

pub use checks::Check;
pub use compared::{Compared, DIFF_SCHEMA, Difference};
pub use matrix::{Cell, Matrix, Row};
pub use mutants::{Found, Killer, LaneRun, MutantRun};

pub use product::{Apart, ProductRun};
pub use timed::{Rate, TimedRun, Wait};

pub use judgement::{Finding, Judgement, Mark, Tally};

use crate::schema;
use hopwise_vocab::{Claim, Safeguard, Safeguards};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the form that this program writes and reads.
pub const SCHEMA: &str = "hopwise/run/1";

/// One run of the program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The version of the form: [`SCHEMA`].
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// The command that repeats it.
    pub command: String,
    /// The program's version.
    pub version: String,
    /// The source it was built from, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// When it started.
    #[schemars(schema_with = "schema::time")]
    pub started: Timestamp,
    /// How long it took.
    pub seconds: f64,
    /// How many threads it used.
    pub threads: u32,
    /// The searches.
    #[serde(default)]
    pub scenarios: Vec<ScenarioRun>,
    /// The searches with one safeguard off.
    #[serde(default)]
    pub ablations: Vec<Ablation>,
    /// The searches with a second safeguard off, too, for those that alone keep nothing from
    /// breaking; without what the second alone breaks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<Ablation>,
    /// The searches compared with their pinned sizes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub baseline: Vec<Pinned>,
    /// What was to be searched and was not, since the run was interrupted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsearched: Vec<String>,
    /// The folder in which the traces of what broke were written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traces: Option<String>,
    /// The lane that asks the controllers for their decision at every state.
    #[serde(default)]
    pub decisions: Vec<DecisionsRun>,
    /// The lane that searches the controllers together with the model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<ProductRun>,
    /// The lane that drives the controllers through traces.
    #[serde(default)]
    pub replays: Vec<ReplayRun>,
    /// The seeded mistakes, with what caught each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mutants: Vec<MutantRun>,
    /// How long the chain takes, and what it asks of the Supervisor, by policy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timed: Vec<TimedRun>,
}

/// The source a program was built from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// The git commit.
    pub commit: String,
    /// Whether the work tree differed from it.
    pub dirty: bool,
}

/// One search of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioRun {
    /// The scenario's name.
    pub name: String,
    /// What it is about, in one sentence.
    pub sentence: String,
    /// Its bounds in words, such as "1 Service, 2 edits".
    pub bounds: String,
    /// The safeguards that were off.
    #[serde(default)]
    #[schemars(schema_with = "schema::safeguards")]
    pub off: Safeguards,
    /// Distinct states found.
    pub states: u64,
    /// Steps between them.
    pub edges: u64,
    /// Steps from the start to the farthest state.
    pub depth: u64,
    /// How the search ended.
    pub search: Search,
    /// How long it took.
    pub seconds: f64,
    /// The distinct states that stateright's own search counts, where it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stateright_states: Option<u64>,
    /// How many steps of the graph each action is.
    #[serde(default)]
    pub actions: BTreeMap<String, u64>,
    /// The actions of the alphabet that are no step of the graph.
    #[serde(default)]
    pub never_taken: Vec<String>,
    /// What was judged.
    pub properties: Vec<PropertyRun>,
}

/// How a search ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Search {
    /// Every reachable state was expanded.
    Complete,
    /// It was cut, for the reason given.
    Stopped(String),
}

/// The kind of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Of every state.
    Safety,
    /// Of every step.
    Step,
    /// Whenever one thing, later another, under fairness.
    LeadsTo,
    /// From some time on it is true for good.
    Stays,
}

impl Kind {
    /// The kind in words.
    pub const fn words(self) -> &'static str {
        match self {
            Kind::Safety => "every state",
            Kind::Step => "every step",
            Kind::LeadsTo => "leads to, under weak fairness",
            Kind::Stays => "eventually always, under weak fairness",
        }
    }
}

/// One property in one search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PropertyRun {
    /// Its name, as in `docs/protocol.md` §10.
    pub id: String,
    /// What it says, in one sentence.
    pub sentence: String,
    /// The same as a formula.
    pub formula: String,
    /// Its kind.
    pub kind: Kind,
    /// In how many states (or steps) its premise was true; without a premise, nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub premise_states: Option<u64>,
    /// Why it is not promised here, if it is not: then nothing that the search says fails a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exempt: Option<String>,
    /// What the search says about it.
    pub verdict: Verdict,
}

/// What a search says about a property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is true of everything that was searched. Only a complete search makes that a pass.
    Holds,
    /// It is false.
    Breaks {
        /// How many steps the shortest counterexample found has.
        steps: u64,
        /// What is false at its end, in words.
        clause: String,
        /// The counterexample: the text of a trace.
        trace: String,
        /// Whether its end repeats for ever.
        cycle: bool,
    },
    /// The search cannot tell.
    NotDecided {
        /// Why not.
        why: String,
    },
}

/// A search with one safeguard off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ablation {
    /// The safeguard.
    #[schemars(schema_with = "schema::safeguard")]
    pub safeguard: Safeguard,
    /// What it is, in one sentence.
    pub sentence: String,
    /// The search without it.
    pub run: ScenarioRun,
}

/// The size of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Size {
    /// Distinct states.
    pub states: u64,
    /// Steps between them.
    pub steps: u64,
    /// Steps from the start to the farthest state.
    pub depth: u64,
}

/// A search compared with its pinned size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pinned {
    /// The scenario.
    pub scenario: String,
    /// The size it is pinned to, if it is.
    pub pinned: Option<Size>,
    /// The size it was found to have, if the search was complete.
    pub found: Option<Size>,
}

/// The controllers' decision functions, asked at every state of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DecisionsRun {
    /// The scenario.
    pub scenario: String,
    /// The safeguards that were off.
    #[serde(default)]
    #[schemars(schema_with = "schema::safeguards")]
    pub off: Safeguards,
    /// The states visited.
    pub states: u64,
    /// The questions put.
    pub asked: u64,
    /// The questions that differed.
    pub distinct: u64,
    /// The answers that the model does not allow, in words.
    #[serde(default)]
    pub divergences: Vec<String>,
    /// How long it took.
    pub seconds: f64,
}

/// One trace, taken by the controllers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplayRun {
    /// The trace's name.
    pub name: String,
    /// The scenario it lives in.
    pub scenario: String,
    /// The safeguards that were off.
    #[serde(default)]
    #[schemars(schema_with = "schema::safeguards")]
    pub off: Safeguards,
    /// What the trace claims to be.
    #[schemars(schema_with = "schema::claim")]
    pub claim: Claim,
    /// How many steps it has.
    pub steps: u64,
    /// If it stands for walks that take every step of a scenario, how many they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<Covers>,
    /// Whether the controllers followed.
    pub outcome: Outcome,
    /// What crossed the hops, as text.
    pub transcript: String,
    /// The text of the trace.
    pub trace: String,
    /// How long it took.
    pub seconds: f64,
}

/// Walks that take every step of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Covers {
    /// The steps that the model has in the scenario.
    pub edges: u64,
    /// The walks that take them.
    pub walks: u64,
}

/// How a replay ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// After every step the controllers' world was the model's state.
    Followed,
    /// It has steps that the lane can not take, for this reason: nothing is said about it.
    NotReplayed(String),
    /// It was not.
    Diverged {
        /// The first such step, counted from 1.
        step: u64,
        /// Its action.
        action: String,
        /// What differed.
        difference: String,
    },
}

impl Run {
    /// An empty run.
    pub fn new(command: impl Into<String>, started: Timestamp) -> Self {
        Run {
            schema: SCHEMA.into(),
            command: command.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            source: None,
            started,
            seconds: 0.0,
            threads: 1,
            scenarios: Vec::new(),
            ablations: Vec::new(),
            pairs: Vec::new(),
            baseline: Vec::new(),
            unsearched: Vec::new(),
            traces: None,
            decisions: Vec::new(),
            products: Vec::new(),
            replays: Vec::new(),
            mutants: Vec::new(),
            timed: Vec::new(),
        }
    }

    /// Reads `run.json`, or the page of a report, in which it lies.
    ///
    /// # Errors
    /// Says what is wrong with the text, or that it is of another version.
    pub fn from_json(text: &str) -> Result<Run, Error> {
        let run: Run = serde_json::from_str(embedded(text).unwrap_or(text))?;
        if run.schema != SCHEMA {
            return Err(Error::Version(run.schema));
        }
        Ok(run)
    }

    /// The text of `run.json`, indented and ended by a newline.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.expect("names, numbers and strings are always JSON") + "\n"
    }
}

/// The run that lies in the page of a report.
fn embedded(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once(r#"<script type="application/json" id="run">"#)?;
    rest.split_once("</script>").map(|(run, _)| run)
}

/// Why a text is no run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not of the form.
    #[error("read the run: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of another version.
    #[error("this run is of the form {0:?}, and this program reads {SCHEMA:?}")]
    Version(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_run_reads_back_from_its_own_text() {
        let run = fixture::run();
        assert_eq!(Run::from_json(&run.to_json()).unwrap(), run);
    }

    #[test]
    fn a_run_reads_back_from_the_page_of_its_report() {
        let run = fixture::run();
        let page = crate::report::page(&run, "- Nothing.", None);
        let read = Run::from_json(&page).unwrap();
        assert_eq!(read.checks(), run.checks());
    }

    #[test]
    fn a_run_of_another_version_is_refused() {
        let mut run = fixture::run();
        run.schema = "hopwise/run/9".into();
        let error = Run::from_json(&run.to_json()).unwrap_err();
        assert!(error.to_string().contains("hopwise/run/9"), "{error}");
    }

    #[test]
    fn what_is_absent_is_left_out_of_the_text() {
        let run = Run::new("hopwise check", Timestamp::UNIX_EPOCH);
        let text = run.to_json();
        assert!(!text.contains("source"), "{text}");
        assert_eq!(Run::from_json(&text).unwrap(), run);
    }
}
