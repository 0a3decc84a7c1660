//! `hopwise replay`: drives the real controllers through traces.

use crate::cli::{Format, Replay};
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::lanes;
use crate::output;
use crate::run::Run;
use anyhow::Context as _;
use hopwise_conformance::recording::VERSION as RECORDING;
use hopwise_vocab::{Error, Trace};
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// Names a file that is no trace, or a step that the model does not have.
pub fn replay(flags: &Replay, context: &Context) -> Outcome {
    let traces = match flags.traces.is_empty() {
        true => committed(),
        false => flags
            .traces
            .iter()
            .map(|path| read(path))
            .collect::<Result<_, _>>()?,
    };
    let mut run = context.new_run();
    for trace in traces {
        context.progress(&format!("replaying {}", trace.header.name));
        run.replays
            .push(lanes::replay(&trace, context).map_err(Failure::usage)?);
        if context.is_stopped() {
            break;
        }
    }
    context.finish(run, |run| match flags.format {
        Format::Text if flags.conversation => format!("{}{run}\n", conversations(run)),
        Format::Text | Format::Json | Format::Junit | Format::Github | Format::Markdown => {
            output::print(run, flags.format)
        }
    })
}

/// The traces that are part of the project.
pub fn committed() -> Vec<Trace> {
    hopwise_conformance::traces::committed()
}

/// Reads a trace; `-` is standard input.
///
/// # Errors
/// Names the file, and what is wrong with it.
pub fn read(path: &Path) -> Result<Trace, Failure> {
    let text = match path == Path::new("-") {
        true => std::io::read_to_string(std::io::stdin()),
        false => std::fs::read_to_string(path),
    };
    let text = text
        .with_context(|| format!("read the trace {}", path.display()))
        .map_err(Failure::usage)?;
    Trace::parse(&text)
        .map_err(|error| {
            let is_run = matches!(&error, Error::Version { found } if found == RECORDING);
            let error = anyhow::Error::from(error);
            match is_run {
                true => error.context("a recording is read by hopwise accept"),
                false => error,
            }
        })
        .with_context(|| format!("{} is no trace", path.display()))
        .map_err(Failure::usage)
}

fn conversations(run: &Run) -> String {
    let each = run.replays.iter();
    each.map(|replay| format!("{}\n{}\n", replay.name, replay.transcript))
        .collect()
}
