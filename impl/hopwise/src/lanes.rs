//! The conformance lanes, in the form of a run.

use crate::context::Context;
use crate::run::{
    Apart, Covers, DecisionsRun, Found, Killer, LaneRun, MutantRun, Outcome, ProductRun, ReplayRun,
};
use anyhow::Context as _;
use hopwise_checker::{Bounds, explore_packed};
use hopwise_conformance::caller::Caller;
use hopwise_conformance::cover::{self, Covered};
use hopwise_conformance::lane2;
use hopwise_conformance::mutants::{Finding, Lane, Mutant, Trial, try_all};
use hopwise_conformance::product::{self as lane3, Controllers};
use hopwise_conformance::replay as lane4;
use hopwise_conformance::transcript::Keep;
use hopwise_protocol::{Chain, Scenario};
use hopwise_vocab::{Claim, Safeguards, Trace};
use std::num::NonZero;
use std::thread::available_parallelism;

/// Asks the controllers for their decision at every state of a scenario.
pub fn decisions(scenario: &Scenario, context: &Context) -> DecisionsRun {
    let start = context.elapsed();
    let clock = || context.elapsed();
    let mut caller = Caller {
        clock: &clock,
        progress: &mut |_, _| (),
        limit: None,
    };
    let report = lane2::run(scenario, &Safeguards::reference(), &mut caller);
    DecisionsRun {
        scenario: scenario.name.into(),
        off: report.off.clone(),
        states: report.states as u64,
        asked: report.compared as u64,
        distinct: report.observations as u64,
        divergences: report.divergence.iter().map(describe).collect(),
        seconds: (context.elapsed() - start).as_secs_f64(),
    }
}

fn describe(divergence: &lane2::Divergence) -> String {
    let said = |decision: &Option<String>| decision.clone().unwrap_or_else(|| "nothing".into());
    format!(
        "{}: the model asks for {}, the controller for {}, having observed {}",
        divergence.hop,
        said(&divergence.model),
        said(&divergence.core),
        divergence.observed
    )
}

/// Searches the controllers' passes together with the model, at so many of its states at most.
///
/// # Errors
/// Says what the lane does not have.
pub fn product(
    scenario: &Scenario,
    safeguards: &Safeguards,
    most: Option<usize>,
    context: &Context,
) -> Result<ProductRun, lane3::Unfit> {
    let start = context.elapsed();
    let clock = || context.elapsed();
    context.progress(&format!(
        "searching controllers and model of {}",
        scenario.name
    ));
    let mut caller = Caller {
        clock: &clock,
        progress: &mut |_, _| (),
        limit: most,
    };
    let controllers = Controllers::reference(safeguards);
    let report = lane3::run(
        &controllers,
        scenario,
        safeguards,
        context.stop(),
        &mut caller,
    )?;
    let apart = |found: lane3::Divergence| Apart {
        told: found.to_string(),
        steps: found.trace.steps.len() as u64,
        trace: found.trace.to_text(),
    };
    Ok(ProductRun {
        scenario: scenario.name.into(),
        off: safeguards.clone(),
        model: report.model as u64,
        states: report.states as u64,
        steps: report.steps as u64,
        runs: report.runs as u64,
        complete: report.complete,
        divergence: report.divergence.map(apart),
        comparing: report.comparing.as_secs_f64(),
        seconds: (context.elapsed() - start).as_secs_f64(),
    })
}

/// Drives the controllers through a trace.
///
/// # Errors
/// The trace is no behaviour of the model, so that there is nothing to compare.
pub fn replay(trace: &Trace, context: &Context) -> anyhow::Result<ReplayRun> {
    let start = context.elapsed();
    let clock = || context.elapsed();
    let mut caller = Caller {
        clock: &clock,
        progress: &mut |_, _| (),
        limit: None,
    };
    let (outcome, transcript) = match lane4::run(trace, Keep::All, &mut caller) {
        Ok(replayed) => (Outcome::Followed, replayed.transcript),
        Err(lane4::Error::Diverged(divergence)) => (diverged(&divergence), divergence.transcript),
        Err(error @ (lane4::Error::NoStep { .. } | lane4::Error::Without { .. })) => {
            (Outcome::NotReplayed(error.to_string()), Vec::new())
        }
        Err(error) => return Err(error).with_context(|| format!("trace {}", trace.header.name)),
    };
    let mut run = replayed(trace, outcome);
    run.transcript = transcript.concat();
    run.seconds = (context.elapsed() - start).as_secs_f64();
    Ok(run)
}

/// A scenario with more states than that takes hours to cover.
const MOST_COVERED: usize = 50_000;

/// Drives the controllers through every step that the model has in a scenario.
///
/// # Errors
/// The scenario has too many steps to take each of them, or such as a world cannot take.
pub fn cover(scenario: &Scenario, context: &Context) -> anyhow::Result<ReplayRun> {
    let start = context.elapsed();
    let chain = Chain {
        scenario: *scenario,
        safeguards: Safeguards::reference(),
    };
    let bounds = Bounds {
        states: Some(MOST_COVERED),
        stop: Some(context.stop()),
        ..Bounds::default()
    };
    let graph = explore_packed(&chain, &bounds);
    if !graph.is_complete() && !context.is_stopped() {
        let name = scenario.name;
        anyhow::bail!(
            "{name} has more than {MOST_COVERED} states, too many to take every step: \
             `hopwise list scenarios` names smaller ones"
        );
    }
    let walks = match graph.is_complete() {
        true => cover::cover(&graph),
        false => Vec::new(),
    };
    let Covered { edges, steps, .. } = Covered::of(&graph, &walks);
    let threads = available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let outcome = match cover::follow(&walks, threads, context.stop()) {
        Ok(followed) if followed == walks.len() && graph.is_complete() => Outcome::Followed,
        Ok(followed) => {
            let all = walks.len();
            Outcome::NotReplayed(format!("interrupted after {followed} of {all} walks"))
        }
        Err(lane4::Error::Diverged(divergence)) => diverged(&divergence),
        Err(error) => return Err(error.into()),
    };
    Ok(ReplayRun {
        name: format!("{}, every step", scenario.name),
        scenario: scenario.name.into(),
        off: Safeguards::reference(),
        claim: Claim::Walk,
        steps: steps as u64,
        covers: Some(Covers {
            edges: edges as u64,
            walks: walks.len() as u64,
        }),
        outcome,
        transcript: String::new(),
        trace: String::new(),
        seconds: (context.elapsed() - start).as_secs_f64(),
    })
}

fn diverged(divergence: &lane4::Divergence) -> Outcome {
    Outcome::Diverged {
        step: divergence.step as u64,
        action: divergence.deed(),
        difference: divergence.to_string(),
    }
}

/// A trace that the model itself does not go along with.
pub fn refused(trace: &Trace, error: &anyhow::Error) -> ReplayRun {
    let outcome = Outcome::Diverged {
        step: 0,
        action: "the start".into(),
        difference: format!("{error:#}"),
    };
    replayed(trace, outcome)
}

fn replayed(trace: &Trace, outcome: Outcome) -> ReplayRun {
    ReplayRun {
        name: trace.header.name.clone(),
        scenario: trace.header.scenario.clone(),
        off: trace.header.off.clone(),
        claim: trace.header.claim.clone(),
        steps: trace.steps.len() as u64,
        covers: None,
        outcome,
        transcript: String::new(),
        trace: trace.to_text(),
        seconds: 0.0,
    }
}

/// Tries mutants, on all processors. Those that the user did not wait for are missing.
pub fn mutants(mutants: &[&'static Mutant], context: &Context) -> Vec<MutantRun> {
    let threads = available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let clock = || context.elapsed();
    let trials = try_all(mutants, threads, context.stop(), &clock, &|trial| {
        let run = mutant(trial);
        context.progress(&format!("{}: {}", run.name, run.fate()));
    });
    trials.iter().map(mutant).collect()
}

fn mutant(trial: &Trial) -> MutantRun {
    let Mutant {
        id,
        sentence,
        stands_for,
        scenario,
        killer,
        patch,
        ..
    } = trial.mutant;
    let lanes = Lane::ALL.into_iter().zip(&trial.findings);
    let lanes = lanes.map(|(lane, (finding, took))| LaneRun {
        lane: lane.name().into(),
        found: match finding {
            Finding::NotAsked => Found::NotAsked,
            Finding::Missed(tried) => Found::Missed(*tried as u64),
            Finding::Caught {
                by,
                told,
                steps,
                trace,
            } => Found::Caught {
                by: by.clone(),
                told: told.clone(),
                steps: *steps as u64,
                trace: trace.as_ref().map(Trace::to_text).unwrap_or_default(),
            },
        },
        seconds: took.as_secs_f64(),
    });
    MutantRun {
        name: (*id).into(),
        part: patch.part().to_string(),
        sentence: (*sentence).into(),
        stands_for: (*stands_for).into(),
        scenario: (*scenario).into(),
        killer: Killer {
            lane: killer.lane.name().into(),
            by: killer.by.into(),
        },
        lanes: lanes.collect(),
    }
}
