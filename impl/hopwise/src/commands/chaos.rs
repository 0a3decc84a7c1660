//! `hopwise chaos`: a free run of the real controllers, recorded.

use crate::cli::Chaos;
use crate::context::{Context, print_to_end};
use crate::exit::{Exit, Failure, Outcome};
use anyhow::Context as _;
use hopwise_conformance::chaos::{self, Chaos as Run};

/// Runs the command.
///
/// # Errors
/// Names a safeguard that there is not, or a file that cannot be written; says how a controller
/// ended that did.
pub fn chaos(flags: &Chaos, context: &Context) -> Outcome {
    let safeguards = flags.switches.safeguards()?;
    let events = usize::try_from(flags.events).unwrap_or(usize::MAX);
    let run = Run {
        safeguards: safeguards.clone(),
        claimed: safeguards,
        ..Run::new(flags.seed, events)
    };
    context.progress("the controllers run");
    let recording = chaos::run_until(context.stop(), &run)?;
    let recording = if flags.by_log {
        recording.by_log()
    } else {
        recording
    };
    let text = recording.to_text();
    let exit = match context.is_stopped() {
        true => Exit::Interrupted,
        false => Exit::Good,
    };
    let Some(out) = &flags.out else {
        print_to_end(&text)?;
        return Ok(exit);
    };
    std::fs::write(out, text)
        .with_context(|| format!("write the recording {}", out.display()))
        .map_err(Failure::usage)?;
    let lines = recording.lines.len();
    context.progress(&format!("{lines} events are in {}", out.display()));
    Ok(exit)
}
