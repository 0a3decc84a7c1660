//! The commands about recorded runs: chaos and accept.

use crate::selection::Switches;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `hopwise chaos`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise chaos --seed 7 --events 1000 --out run.ndjson
  hopwise chaos --seed 7 --by-log | hopwise accept -
  hopwise chaos --without hold-until-gone --out run.ndjson

The model is not asked what may happen: whatever waits in the world does, as the seed chooses. The
same seed gives the same bytes.")]
pub struct Chaos {
    /// What chooses every step.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// About how many events are recorded.
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub events: u32,
    /// Leave out the order between what different hops and servers tell.
    #[arg(long)]
    pub by_log: bool,
    /// Which safeguards the controllers have; the recording says so.
    #[command(flatten)]
    pub switches: Switches,
    /// Where the recording is written; standard output if nothing is said.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `hopwise accept`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise accept run.ndjson
  hopwise accept conformance/recordings/*.ndjson --format json
  hopwise chaos --seed 3 | hopwise accept -

A refusal names the event, the action of the model that comes closest to it, and what is false of
it. A search that was cut is not decided, never a pass. What a recording is: docs/recordings.md.")]
pub struct Accept {
    /// The recorded runs; - is standard input.
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// Look at so many states of the model at most, for each run.
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    pub states: usize,
    /// The form of the result.
    #[arg(long, value_enum, default_value_t)]
    pub format: AcceptFormat,
}

/// How the verdicts are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum AcceptFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON document: a verdict per run, with the steps of the model where it is accepted.
    Json,
}
