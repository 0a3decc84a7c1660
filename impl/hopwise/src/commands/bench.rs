//! `hopwise bench`: says how quickly the model is searched and judged here.

use crate::bench::spin::{self, Spin};
use crate::bench::{Measured, ScenarioMeasured, measure, table};
use crate::cli::Bench;
use crate::context::{Context, print_to_end};
use crate::exit::{Exit, Failure, Outcome};
use crate::selection::scenarios_named;
use anyhow::Context as _;
use std::num::NonZero;

/// What is measured if nothing is named: a life alone, a second life under one name, a crash at
/// any step, a second replica, a second Service.
const USUAL: [&str; 5] = ["create", "recreate", "crash", "two-ccm", "two-services"];

/// Runs the command.
///
/// # Errors
/// Names a scenario that there is not, or Spin is here and does not work.
pub fn bench(flags: &Bench, context: &Context) -> Outcome {
    let usual = || USUAL.map(String::from).to_vec();
    let names = (!flags.scenarios.is_empty()).then(|| flags.scenarios.clone());
    let scenarios = scenarios_named(&names.unwrap_or_else(usual))?;
    let runs = NonZero::new(flags.runs)
        .context("--runs 0 measures nothing")
        .map_err(Failure::usage)?;
    let say = |what: &str| {
        if !flags.quiet {
            context.progress(what);
        }
    };
    let mut measured = Measured {
        runs: flags.runs,
        scenarios: Vec::new(),
        spin: None,
    };
    for scenario in scenarios {
        match measure(scenario, runs, context, say) {
            Some(found) => measured.scenarios.push(found),
            None => return Ok(Exit::Interrupted),
        }
    }
    let is_told = |it: &ScenarioMeasured| it.scenario == spin::SCENARIO;
    if measured.scenarios.iter().any(is_told) {
        measured.spin = Some(spin::ask(runs, say)?);
    }
    let text = match flags.json {
        true => format!("{:#}\n", serde_json::json!(measured)),
        false => table(&measured),
    };
    print_to_end(&text)?;
    Ok(exit(&measured))
}

/// Spin's count is the only thing here that can be wrong.
fn exit(measured: &Measured) -> Exit {
    let ours = measured.scenarios.iter();
    let mut ours = ours.filter(|it| it.scenario == spin::SCENARIO);
    match &measured.spin {
        Some(Spin::Counted(counted)) if ours.any(|it| it.states as u64 != counted.states) => {
            Exit::Broken
        }
        Some(Spin::Counted(_) | Spin::LeftOut(_)) | None => Exit::Good,
    }
}
