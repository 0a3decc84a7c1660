//! `hopwise review`: everything that a design review asks, in one run and one page.

use crate::ablation;
use crate::cli::Review;
use crate::commands::check::threads;
use crate::commands::mutants::try_each;
use crate::commands::replay::committed;
use crate::context::Context;
use crate::exit::Outcome;
use crate::limits::Search;
use crate::output;
use crate::run::Run;
use crate::search::{self, Effort};
use crate::timed::Timed;
use crate::together::in_order;
use crate::{lanes, report};
use anyhow::Context as _;
use hopwise_conformance::{mutants, product};
use hopwise_protocol::{SCENARIOS, Scenario};
use hopwise_timing::{Policy, SEED, Setup, base, run_while};
use hopwise_vocab::{Safeguard, Safeguards};
use std::path::Path;

/// Scenarios that controllers and model are not searched together in here: of all they have the most
/// states, and take a third of the time. `hopwise product` searches them too.
const FOR_PRODUCT: [&str; 2] = ["late", "late-vmop"];

/// What was not modelled; a page without it would claim too much.
pub const LIMITS: &str = include_str!("../../../../docs/limits.md");

/// Runs the command.
///
/// # Errors
/// Says which file cannot be written.
pub fn review(flags: &Review, context: &Context) -> Outcome {
    output::make_folder(Some(&flags.out))?;
    let mut run = context.new_run();
    run.threads = threads(&Search::default());
    for part in [check, ablate, decide, search_together, replay, mutate, time] {
        if !context.is_stopped() {
            part(&mut run, context)?;
        }
    }
    run.seconds = context.elapsed().as_secs_f64();
    let page = write(&run, &flags.out)?;
    context.finish(run, |run| format!("{run}\nreport  {page}\n"))
}

fn effort(context: &Context) -> Effort<'_> {
    Effort {
        stop: Some(context.stop()),
        with_stateright: true,
        ..Effort::default()
    }
}

fn check(run: &mut Run, context: &Context) -> anyhow::Result<()> {
    for scenario in SCENARIOS {
        if context.is_stopped() {
            run.unsearched.push(scenario.name.into());
            continue;
        }
        context.progress(&format!("checking {}", scenario.name));
        let safeguards = Safeguards::reference();
        let searched =
            search::scenario(scenario, &safeguards, effort(context), || context.elapsed());
        run.scenarios.push(searched);
    }
    Ok(())
}

fn ablate(run: &mut Run, context: &Context) -> anyhow::Result<()> {
    let jobs = ablation::jobs_of_each(Safeguard::ALL, &[]);
    let (many, count) = (Search::default().side_by_side(jobs.len()), jobs.len());
    let done = in_order(many, &jobs, |job| {
        let effort = Effort {
            limits: Search::default().limits(count),
            with_stateright: false,
            ..effort(context)
        };
        (!context.is_stopped()).then(|| {
            context.progress(&format!("searching {}", job.name()));
            job.run(effort, || context.elapsed())
        })
    });
    for (job, found) in jobs.iter().zip(done) {
        match found {
            Some(found) => run.ablations.push(found),
            None => run.unsearched.push(job.name()),
        }
    }
    Ok(())
}

fn decide(run: &mut Run, context: &Context) -> anyhow::Result<()> {
    let many = Search::default().side_by_side(SCENARIOS.len());
    let decided = in_order(many, &SCENARIOS, |scenario| {
        let decide = || {
            context.progress(&format!("asking for every decision in {}", scenario.name));
            lanes::decisions(scenario, context)
        };
        (!context.is_stopped()).then(decide)
    });
    run.decisions.extend(decided.into_iter().flatten());
    Ok(())
}

fn search_together(run: &mut Run, context: &Context) -> anyhow::Result<()> {
    let is_here = |it: &&Scenario| !FOR_PRODUCT.contains(&it.name) && product::fits(it).is_ok();
    let fit = SCENARIOS.iter().filter(is_here);
    let fit: Vec<_> = fit.collect();
    let many = Search::default().side_by_side(fit.len());
    let searched = in_order(many, &fit, |scenario| {
        let search = || lanes::product(scenario, &Safeguards::reference(), None, context);
        (!context.is_stopped()).then(search)
    });
    for searched in searched.into_iter().flatten() {
        run.products.push(searched?);
    }
    Ok(())
}

fn replay(run: &mut Run, context: &Context) -> anyhow::Result<()> {
    for trace in committed() {
        if context.is_stopped() {
            break;
        }
        context.progress(&format!("replaying {}", trace.header.name));
        let replayed = lanes::replay(&trace, context);
        run.replays
            .push(replayed.unwrap_or_else(|error| lanes::refused(&trace, &error)));
    }
    Ok(())
}

fn mutate(run: &mut Run, context: &Context) -> anyhow::Result<()> {
    let all: Vec<_> = mutants::all().collect();
    context.progress(&format!("trying {} mutants", all.len()));
    try_each(run, &all, context);
    Ok(())
}

/// The assumptions of `docs/latency.md`, with the regular poll and with the backoff as built.
fn time(run: &mut Run, context: &Context) -> anyhow::Result<()> {
    for policy in [base().policy, Policy::AS_BUILT] {
        context.progress(&format!("timing the chain, polling {policy}"));
        let setup = Setup { policy, ..base() };
        let measured = run_while(&setup, SEED, || !context.is_stopped());
        if context.is_stopped() {
            break;
        }
        let timed = Timed {
            seed: SEED,
            setup,
            measured,
            cut: None,
        };
        run.timed.push(timed.to_run());
    }
    Ok(())
}

fn write(run: &Run, folder: &Path) -> anyhow::Result<String> {
    let put = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        anyhow::Ok(path.display().to_string())
    };
    put("run.json", &run.to_json())?;
    put("report.html", &report::page(run, LIMITS, None))
}
