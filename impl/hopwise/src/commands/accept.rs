//! `hopwise accept`: are recorded runs behaviours of the model?

use crate::cli::{Accept, AcceptFormat};
use crate::context::{Context, print_to_end};
use crate::exit::{Exit, Failure, Outcome};
use anyhow::Context as _;
use hopwise_conformance::accept::{Verdict, accept as judge};
use hopwise_conformance::recording::Recording;
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// Names a file that is no recording, the line of it that is wrong, and what to do.
pub fn accept(flags: &Accept, context: &Context) -> Outcome {
    let recordings = flags.runs.iter().map(|path| read(path));
    let recordings: Vec<Recording> = recordings.collect::<Result<_, _>>()?;
    let mut verdicts = Vec::new();
    for recording in &recordings {
        if context.is_stopped() {
            break;
        }
        context.progress(&format!("accepting {}", recording.header.name));
        verdicts.push(judge(recording, flags.states));
    }
    print_to_end(&match flags.format {
        AcceptFormat::Text => verdicts.iter().map(|it| format!("{it}\n")).collect(),
        AcceptFormat::Json => serde_json::to_string_pretty(&verdicts)? + "\n",
    })?;
    Ok(exit(&verdicts, context))
}

/// One refusal is a refusal; otherwise one that is not decided leaves all of it not decided.
fn exit(verdicts: &[Verdict], context: &Context) -> Exit {
    let mut exit = Exit::Good;
    for verdict in verdicts {
        exit = match (exit, verdict) {
            (_, Verdict::Refused(_)) => return Exit::Broken,
            (_, Verdict::Undecided(_)) => Exit::NotDecided,
            (so_far, Verdict::Accepted(_)) => so_far,
        };
    }
    if context.is_stopped() {
        Exit::Interrupted
    } else {
        exit
    }
}

fn read(path: &Path) -> Result<Recording, Failure> {
    let text = match path == Path::new("-") {
        true => std::io::read_to_string(std::io::stdin()),
        false => std::fs::read_to_string(path),
    };
    let text = text
        .with_context(|| format!("read the recording {}", path.display()))
        .map_err(Failure::usage)?;
    Recording::parse(&text)
        .with_context(|| format!("{} is no recording", path.display()))
        .map_err(Failure::usage)
}
