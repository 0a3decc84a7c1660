//! `hopwise cover`: drives the real controllers through every step of small scenarios.

use crate::cli::Cover;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::lanes;
use crate::output;
use crate::selection::scenarios_named;
use hopwise_protocol::SMALL;

/// Runs the command.
///
/// # Errors
/// Names a scenario that there is not, or that is too large.
pub fn cover(flags: &Cover, context: &Context) -> Outcome {
    let scenarios = match flags.scenarios.is_empty() {
        true => SMALL.to_vec(),
        false => scenarios_named(&flags.scenarios)?,
    };
    let mut run = context.new_run();
    for scenario in &scenarios {
        context.progress(&format!("every step of {}", scenario.name));
        run.replays
            .push(lanes::cover(scenario, context).map_err(Failure::usage)?);
        if context.is_stopped() {
            break;
        }
    }
    context.finish(run, |run| output::print(run, flags.format))
}
