//! `hopwise check`: searches scenarios and says what holds.

use crate::cli::{Check, Format};
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::run::Run;
use crate::search::{self, Effort};
use anyhow::Context as _;
use hopwise_checker::Bounds;
use hopwise_protocol::{SCENARIOS, Scenario};
use hopwise_vocab::Safeguards;
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// Names a scenario or a safeguard that there is not.
pub fn check(flags: &Check, context: &Context) -> Outcome {
    let scenarios = scenarios_named(&flags.scenarios)?;
    let safeguards = safeguards_without(&flags.without)?;
    let bounds = Bounds {
        states: flags.states,
        stop: Some(context.stop()),
        ..Bounds::default()
    };
    let effort = Effort {
        bounds,
        with_stateright: false,
    };

    let mut run = context.new_run();
    for scenario in scenarios {
        context.progress(&format!("searching {}", scenario.name));
        let searched = search::scenario(scenario, &safeguards, effort, || context.elapsed());
        run.scenarios.push(searched);
        if context.is_stopped() {
            break;
        }
    }
    if let Some(folder) = &flags.out {
        write_traces(&run, folder)?;
    }
    context.finish(run, |run| match flags.format {
        Format::Text => format!("{run}\n"),
        Format::Json => run.to_json(),
    })
}

/// The scenarios of these names, or all of them.
pub fn scenarios_named(names: &[String]) -> Result<Vec<Scenario>, Failure> {
    if names.is_empty() {
        return Ok(SCENARIOS.to_vec());
    }
    names
        .iter()
        .map(|name| hopwise_protocol::scenario(name).map_err(Failure::usage))
        .collect()
}

/// Every safeguard but these.
pub fn safeguards_without(names: &[String]) -> Result<Safeguards, Failure> {
    Safeguards::without_named(names.iter().map(String::as_str)).map_err(Failure::usage)
}

/// Writes every counterexample as a trace that `replay` takes.
fn write_traces(run: &Run, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    for finding in run.findings() {
        let path = folder.join(format!("{}.ndjson", finding.id()));
        std::fs::write(&path, finding.trace)
            .with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}
