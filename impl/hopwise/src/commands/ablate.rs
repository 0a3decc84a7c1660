//! `hopwise ablate`: switches each safeguard off in turn and says what breaks.

use crate::ablation::{self, Job};
use crate::cli::Ablate;
use crate::commands::check::{allowed, effort, threads};
use crate::context::Context;
use crate::exit::Outcome;
use crate::limits::Search;
use crate::output;
use crate::progress::Board;
use crate::run::{Ablation, Mark, Run};
use crate::selection::{safeguards_named, scenarios_named};
use crate::together::in_order;
use hopwise_checker::Progress;
use hopwise_protocol::Scenario;
use hopwise_vocab::Safeguard;

/// Runs the command.
///
/// # Errors
/// Names a safeguard or a scenario that there is not.
pub fn ablate(flags: &Ablate, context: &Context) -> Outcome {
    let safeguards = match flags.safeguards.is_empty() {
        true => Safeguard::ALL.to_vec(),
        false => safeguards_named(&flags.safeguards)?,
    };
    let asked = match (flags.matrix, flags.scenario.is_empty()) {
        (false, true) => Vec::new(),
        (true, _) | (false, false) => scenarios_named(&flags.scenario)?,
    };
    output::make_folder(flags.out.as_deref())?;

    let mut run = context.new_run();
    run.threads = threads(&flags.search);
    context.telling(flags.search.quiet, |board| {
        each_alone(&mut run, &safeguards, &asked, &flags.search, context, board);
        if flags.pairs && !context.is_stopped() {
            in_pairs(&mut run, &asked, &flags.search, context, board);
        }
    });
    if let Some(folder) = &flags.out {
        output::write_folder(&mut run, folder)?;
    }
    let exit = context.finish(run, |run| output::print(run, flags.format))?;
    Ok(allowed(exit, &flags.search))
}

fn each_alone(
    run: &mut Run,
    safeguards: &[Safeguard],
    asked: &[Scenario],
    flags: &Search,
    context: &Context,
    board: &Board,
) {
    let jobs = ablation::jobs_of_each(safeguards, asked);
    let (many, count) = (flags.side_by_side(jobs.len()), jobs.len());
    let done = in_order(many, &jobs, |job| search(job, count, flags, context, board));
    for (job, found) in jobs.iter().zip(done) {
        match found {
            Some(found) => run.ablations.push(found),
            None => run.unsearched.push(job.name()),
        }
    }
}

/// Pairs for those safeguards without which alone nothing was found to break.
fn in_pairs(run: &mut Run, asked: &[Scenario], flags: &Search, context: &Context, board: &Board) {
    let missed_by_nothing = run
        .ablated()
        .filter(|it| run.ablation_mark(*it) != Mark::Holds);
    let jobs = missed_by_nothing.flat_map(|it| ablation::pairs(it, asked));
    let jobs: Vec<Job> = jobs.collect();
    let (many, count) = (flags.side_by_side(jobs.len()), jobs.len());
    let done = in_order(many, &jobs, |job| {
        let mut found = search(job, count, flags, context, board)?;
        if !found.run.findings(None).is_empty() {
            let alone = search(&job.second_alone(), count, flags, context, board)?;
            ablation::leave_out(&mut found.run, &alone.run);
        }
        Some(found)
    });
    for (job, found) in jobs.iter().zip(done) {
        match found {
            Some(found) => run.pairs.push(found),
            None => run.unsearched.push(job.name()),
        }
    }
}

/// Runs one of so many searches, unless the run was interrupted.
fn search(
    job: &Job,
    searches: usize,
    flags: &Search,
    context: &Context,
    board: &Board,
) -> Option<Ablation> {
    let run = |progress: &Progress| {
        let effort = effort(flags, searches, progress, context);
        job.run(effort, || context.elapsed())
    };
    board.say(&format!("searching {}", job.name()));
    (!context.is_stopped()).then(|| board.search(&job.name(), run))
}
