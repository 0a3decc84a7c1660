//! `hopwise product`: searches the real controllers together with the model.

use crate::cli::Product;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::lanes;
use crate::output;
use crate::selection::scenarios_named;
use hopwise_protocol::SMALL;

/// Runs the command.
///
/// # Errors
/// Names a scenario that there is not, or what the lane does not have.
pub fn product(flags: &Product, context: &Context) -> Outcome {
    let safeguards = flags.switches.safeguards()?;
    let scenarios = match flags.scenarios.is_empty() {
        true => SMALL.to_vec(),
        false => scenarios_named(&flags.scenarios)?,
    };
    let mut run = context.new_run();
    run.threads = 1;
    for scenario in &scenarios {
        if context.is_stopped() {
            run.unsearched.push(scenario.name.into());
            continue;
        }
        let searched = lanes::product(scenario, &safeguards, flags.states, context);
        run.products.push(searched.map_err(Failure::usage)?);
    }
    context.finish(run, |run| output::print(run, flags.format))
}
