//! The commands that ask the model: check, ablate, bench, simulate, trace, explain, list; and
//! mutants, which asks the checks themselves.

use crate::limits::Search;
use crate::selection::Switches;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `hopwise check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise check                                      every scenario
  hopwise check create edit --property hop_order     one property in two scenarios
  hopwise check recreate --without identity-by-uid   with a safeguard off
  hopwise check --profile as-built --out found       the chain as it is built; keep the traces
  hopwise check --baseline model/protocol/baseline.txt

Ctrl-C prints what is known so far. A search that was cut is not decided, never a pass.")]
pub struct Check {
    /// The scenarios to search; all but the small and the nightly ones if none is named.
    pub scenarios: Vec<String>,
    /// Judge only this property. Can be given more than once.
    #[arg(long, value_name = "ID")]
    pub property: Vec<String>,
    /// Which safeguards are on.
    #[command(flatten)]
    pub switches: Switches,
    /// How far.
    #[command(flatten)]
    pub search: Search,
    /// Compare the sizes of the scenarios with those pinned in a file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["without", "states", "depth"])]
    pub baseline: Option<PathBuf>,
    /// The form of the result.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Where `run.json` and the traces of what breaks are written.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `hopwise ablate`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise ablate                              each safeguard off in turn
  hopwise ablate hold-until-gone --out found  one of them; keep the traces
  hopwise ablate --scenario edit --pairs      in one scenario; pairs where one alone is not missed
  hopwise ablate --matrix --states 200000     each safeguard off in every scenario, each cut short

A safeguard whose removal breaks nothing fails the run: either it is redundant within the bounds,
or the model cannot see what it is for. A search ends after 3,000,000 states unless --states says
otherwise; what it has not found by then is not decided.")]
pub struct Ablate {
    /// The safeguards to switch off, one after the other; all of them if none is named.
    pub safeguards: Vec<String>,
    /// Search here rather than in the smallest scenarios that show something. Can be given more
    /// than once.
    #[arg(long, value_name = "SCENARIO")]
    pub scenario: Vec<String>,
    /// Search every scenario, for the full matrix; that takes long.
    #[arg(long, conflicts_with = "scenario")]
    pub matrix: bool,
    /// Switch a second safeguard off, too, for those whose removal alone breaks nothing.
    #[arg(long)]
    pub pairs: bool,
    /// How far.
    #[command(flatten)]
    pub search: Search,
    /// The form of the result.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Where `run.json` and one trace per cell of the matrix are written.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `hopwise mutants`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise mutants                                all of them
  hopwise mutants vmop-counts-ports --out found  one of them; keep the shortest trace
  hopwise mutants --shard 1/4                    a quarter of them
  hopwise explain found/vmop-counts-ports.ndjson

A mutant is a mistake seeded at a seam: in what a hop decides, in what crosses the gate, in what a
server answers, or in a step of the model. One that survives, or that something else catches than
what is named to, fails the run: a check cannot see what it is for.")]
pub struct Mutants {
    /// The mutants to try; all of them if none is named.
    pub mutants: Vec<String>,
    /// Try only this part of them, of so many.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// The form of the result.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Where `run.json` and one trace per mutant are written.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// A part of something that is divided, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part.
    pub number: usize,
    /// Of how many.
    pub of: usize,
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let read = parts.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match read {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Shard { number, of }),
            Some(_) | None => Err(format!("{text:?} is no part such as 1/4")),
        }
    }
}

/// `hopwise bench`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise bench                     a few scenarios, three times each
  hopwise bench create --runs 9     one scenario, beside Spin if it is installed
  hopwise bench late --json         for machines

Every search is made with one thread and with one for each processor. Build with --release.")]
pub struct Bench {
    /// The scenarios to search; a few of different kinds if none is named.
    pub scenarios: Vec<String>,
    /// How often each is searched.
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub runs: u16,
    /// JSON instead of a table.
    #[arg(long)]
    pub json: bool,
    /// Nothing on standard error but errors.
    #[arg(long, short)]
    pub quiet: bool,
}

/// `hopwise simulate`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise simulate everyday --seed 7 --steps 200 > walk.ndjson
  hopwise simulate recreate --profile as-built --format text
  hopwise trace walk.ndjson --format diff

The same seed gives the same bytes. A walk that breaks nothing proves nothing. A walk has no clock:
how long the chain takes is what hopwise latency answers.")]
pub struct Simulate {
    /// The scenario to walk through.
    pub scenario: String,
    /// What chooses the steps.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Walk at most so many steps.
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub steps: u64,
    /// Which safeguards are on.
    #[command(flatten)]
    pub switches: Switches,
    /// The form of the result.
    #[arg(long, value_enum, default_value_t)]
    pub format: WalkFormat,
}

/// `hopwise trace`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise trace conformance/traces/recreate.ndjson
  hopwise trace FILE --format diff                        what every step changes
  hopwise trace FILE --state-at 'serve ccm hold service'  the state after that step
  hopwise trace FILE --state-at 'ncp tick/2'              … after its second occurrence
  hopwise trace FILE --format mermaid                     for a pull request
  hopwise trace FILE --format html > trace.html           the diagram, and every step

It says whether what the trace claims is true on the model; if it is not, it ends with 1.")]
pub struct Trace {
    /// The trace; - is standard input.
    pub file: PathBuf,
    /// The form of the result.
    #[arg(long, value_enum, default_value_t)]
    pub format: TraceFormat,
    /// Print the state after a step: its label, and after a slash which of its occurrences.
    #[arg(long, value_name = "LABEL/N")]
    pub state_at: Option<String>,
}

/// `hopwise explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise explain status_true
  hopwise explain identity-by-uid
  hopwise explain recreate
  hopwise explain h09                             a hazard of the chain as it is built
  hopwise explain 'serve ccm create vm-service'
  hopwise explain found/hop_order-create-without-hold-until-gone.ndjson
  hopwise explain svc/web -n default              where a Service of a running chain is, and what
                                                  it waits for")]
pub struct Explain {
    /// A property, a safeguard, a scenario, a hazard, an action, the file of a trace, or a Service
    /// of a running chain.
    #[arg(value_name = "PROPERTY|SAFEGUARD|SCENARIO|HAZARD|ACTION|FILE|svc/NAME")]
    pub what: String,
    /// Where a Service is asked for.
    #[command(flatten)]
    pub clusters: Clusters,
}

/// The clusters of a running chain.
#[derive(Clone, Debug, Default, Args)]
pub struct Clusters {
    /// The namespace of the Service; that of the kubeconfig's context unless it is named.
    #[arg(short, long)]
    pub namespace: Option<String>,
    /// The guest cluster; otherwise what KUBECONFIG names, then the chain of `hopwise up` in this
    /// directory, then what kubectl would take.
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The Supervisor; otherwise `supervisor.kubeconfig` beside the file of the guest cluster. Not
    /// asked where it is missing.
    #[arg(long, value_name = "FILE")]
    pub supervisor_kubeconfig: Option<PathBuf>,
}

/// `hopwise list`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise list                 everything
  hopwise list safeguards
  hopwise explain NAME         more about one of them")]
pub struct List {
    /// What to list; everything if nothing is said.
    #[arg(value_enum)]
    pub what: Option<Listed>,
}

/// How the result of a run is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document: the form of `run.json`.
    Json,
    /// A JUnit report. What is not decided is an error in it, not a pass.
    Junit,
    /// Annotations of GitHub Actions; the summary of the step is written, too.
    Github,
    /// For a pull request.
    Markdown,
}

/// How a walk is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum WalkFormat {
    /// The text of a trace, which every other command takes.
    #[default]
    Ndjson,
    /// For people.
    Text,
}

/// How a trace is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TraceFormat {
    /// The story, one sentence per step.
    #[default]
    Text,
    /// Columns: step, from, to, action.
    Table,
    /// What every step changes in the state.
    Diff,
    /// One JSON document: header, verdict, steps with their changes.
    Json,
    /// The Informal Trace Format, which viewers of other model checkers open.
    Itf,
    /// A sequence diagram in Mermaid's language.
    Mermaid,
    /// A sequence diagram in PlantUML's language.
    Plantuml,
    /// The space-time diagram, a file for any browser or document.
    Svg,
    /// A page: the diagram, and every step with what it changes.
    Html,
}

/// What has names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Listed {
    /// Named bounds of the model.
    Scenarios,
    /// What is judged.
    Properties,
    /// What can be switched off.
    Safeguards,
    /// Sets of safeguards.
    Profiles,
    /// How the chain goes wrong as it is built today.
    Hazards,
    /// What can happen.
    Actions,
    /// The traces that are part of the project.
    Traces,
}
