//! What is asked of runs that were made before.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `hopwise report`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise report found/run.json
  hopwise report hopwise-out/run.json nightly/run.json --out both.html
  hopwise report hopwise-out/run.json --since main/report.html

Of what two runs judged, the later named says what counts.")]
pub struct Report {
    /// Runs: `run.json`, or the page of a report, in which it lies.
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// Also say what differs from this older run.
    #[arg(long, value_name = "RUN")]
    pub since: Option<PathBuf>,
    /// The file to write.
    #[arg(long, default_value = "report.html", value_name = "FILE")]
    pub out: PathBuf,
}

/// `hopwise diff`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise diff main/run.json hopwise-out/run.json
  hopwise diff main/report.html hopwise-out/report.html --format markdown

It ends with 1 if something is broken or not decided that was not so in the older run, and with 4
if the two judged nothing in common. What is not judged any more is never called resolved.")]
pub struct Diff {
    /// The older run: `run.json`, or the page of a report, in which it lies.
    pub older: PathBuf,
    /// The newer one.
    pub newer: PathBuf,
    /// The form of the result.
    #[arg(long, value_enum, default_value_t)]
    pub format: DiffFormat,
}

/// How a comparison is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON document.
    Json,
    /// For a pull request.
    Markdown,
}
