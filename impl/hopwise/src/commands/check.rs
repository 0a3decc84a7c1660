//! `hopwise check`: searches scenarios and says what holds.

use crate::baseline::Baseline;
use crate::cli::Check;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::limits::Search;
use crate::output;
use crate::progress::Board;
use crate::run::{Run, ScenarioRun};
use crate::search::{self, Effort};
use crate::selection::{properties_named, scenarios_named};
use crate::together::in_order;
use anyhow::Context as _;
use hopwise_checker::Progress;
use hopwise_protocol::Scenario;
use hopwise_vocab::Safeguards;
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// Names a scenario, a safeguard or a property that there is not, or a baseline that is none.
pub fn check(flags: &Check, context: &Context) -> Outcome {
    let scenarios = scenarios_named(&flags.scenarios)?;
    let safeguards = flags.switches.safeguards()?;
    let only = properties_named(&flags.property)?;
    let baseline = flags.baseline.as_deref().map(read_baseline).transpose()?;
    if baseline.is_some() && safeguards != Safeguards::reference() {
        let message = "--baseline pins the sizes with every safeguard on: leave --profile out";
        return Err(Failure::usage(anyhow::Error::msg(message)));
    }
    output::make_folder(flags.out.as_deref())?;

    let mut run = context.new_run();
    run.threads = threads(&flags.search);
    let searched = context.telling(flags.search.quiet, |board| {
        in_order(
            flags.search.side_by_side(scenarios.len()),
            &scenarios,
            |scenario| {
                let search = |progress: &Progress| {
                    let effort = Effort {
                        only: &only,
                        ..effort(&flags.search, scenarios.len(), progress, context)
                    };
                    search::scenario(*scenario, &safeguards, effort, || context.elapsed())
                };
                board.say(&format!("searching {}", scenario.name));
                let found = (!context.is_stopped()).then(|| board.search(scenario.name, search))?;
                say_what_broke(&found, board);
                Some(found)
            },
        )
    });
    keep(&mut run, &scenarios, searched);
    if let Some(baseline) = baseline {
        run.baseline = run
            .scenarios
            .iter()
            .map(|it| baseline.compare(it))
            .collect();
    }
    if let Some(folder) = &flags.out {
        output::write_folder(&mut run, folder)?;
    }
    let exit = context.finish(run, |run| output::print(run, flags.format))?;
    Ok(allowed(exit, &flags.search))
}

/// What one of so many searches is given, out of the flags.
pub fn effort<'a>(
    flags: &Search,
    searches: usize,
    progress: &'a Progress,
    context: &'a Context,
) -> Effort<'a> {
    Effort {
        limits: flags.limits(searches),
        stop: Some(context.stop()),
        progress: Some(progress),
        ..Effort::default()
    }
}

/// How many threads a run used, as it is written down.
pub fn threads(flags: &Search) -> u32 {
    u32::try_from(flags.threads()).unwrap_or(u32::MAX)
}

/// The exit code, where a search that was cut may pass.
pub fn allowed(exit: Exit, flags: &Search) -> Exit {
    match exit {
        Exit::NotDecided if flags.allow_undecided => Exit::Good,
        Exit::Good | Exit::Broken | Exit::Usage | Exit::NotDecided | Exit::NothingToJudge => exit,
        Exit::ToolMissing | Exit::Bug | Exit::Interrupted => exit,
    }
}

fn say_what_broke(found: &ScenarioRun, board: &Board) {
    for finding in found.findings(None) {
        board.say(&format!("✗ {}", finding.headline()));
    }
}

/// Puts what was searched into the run, and the names of what was not.
fn keep(run: &mut Run, scenarios: &[Scenario], searched: Vec<Option<ScenarioRun>>) {
    for (scenario, found) in scenarios.iter().zip(searched) {
        match found {
            Some(found) => run.scenarios.push(found),
            None => run.unsearched.push(scenario.name.into()),
        }
    }
}

fn read_baseline(path: &Path) -> Result<Baseline, Failure> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("read the baseline {}", path.display()))
        .map_err(Failure::usage)?;
    Baseline::parse(&text)
        .with_context(|| format!("{} is no baseline", path.display()))
        .map_err(Failure::usage)
}
