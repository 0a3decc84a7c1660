//! `hopwise diff`: what differs between two runs.

use crate::cli::{Diff, DiffFormat};
use crate::context::print_to_end;
use crate::exit::{Exit, Failure, Outcome};
use crate::run::{Compared, Run};
use anyhow::Context as _;
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// Names a file that is no run.
pub fn diff(flags: &Diff) -> Outcome {
    let (older, newer) = (read(&flags.older)?, read(&flags.newer)?);
    let compared = Compared::of(&older, &newer);
    print_to_end(&match flags.format {
        DiffFormat::Text => format!("{compared}\n"),
        DiffFormat::Json => format!("{:#}\n", compared.to_json()),
        DiffFormat::Markdown => compared.to_markdown(),
    })?;
    if !compared.is_about_something() {
        eprintln!("the two runs judged nothing in common");
        return Ok(Exit::NothingToJudge);
    }
    Ok(match compared.new.is_empty() {
        true => Exit::Good,
        false => Exit::Broken,
    })
}

/// Reads a run: `run.json`, or the page of a report.
///
/// # Errors
/// Names the file, and what is wrong with it.
pub fn read(path: &Path) -> Result<Run, Failure> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("read the run {}", path.display()))
        .map_err(Failure::usage)?;
    Run::from_json(&text)
        .with_context(|| format!("{} is no run.json and no report.html", path.display()))
        .map_err(Failure::usage)
}
