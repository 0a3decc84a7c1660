//! `hopwise replay`: drives the real controllers through traces.

use crate::cli::{Format, Replay};
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::lanes;
use crate::run::Run;
use anyhow::{Context as _, anyhow};
use hopwise_checker::Checkable;
use hopwise_protocol::Chain;
use hopwise_vocab::Trace;
use stateright::Model;
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// Names a file that is no trace, or a step that the model does not have.
pub fn replay(flags: &Replay, context: &Context) -> Outcome {
    let traces = match flags.traces.is_empty() {
        true => committed(),
        false => flags.traces.iter().map(|path| read(path)).collect::<Result<_, _>>()?,
    };
    let mut run = context.new_run();
    for trace in traces {
        context.progress(&format!("replaying {}", trace.header.name));
        run.replays.push(lanes::replay(&trace, context));
        if context.is_stopped() {
            break;
        }
    }
    context.finish(run, |run| match flags.format {
        Format::Text if flags.conversation => format!("{}{run}\n", conversations(run)),
        Format::Text => format!("{run}\n"),
        Format::Json => run.to_json(),
    })
}

/// The traces that are part of the project.
pub fn committed() -> Vec<Trace> {
    let texts = hopwise_conformance::TRACES.iter();
    texts.map(|text| Trace::parse(text).expect("a committed trace is a trace")).collect()
}

fn read(path: &Path) -> Result<Trace, Failure> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("read the trace {}", path.display()))
        .map_err(Failure::usage)?;
    let trace = Trace::parse(&text)
        .with_context(|| format!("{} is no trace", path.display()))
        .map_err(Failure::usage)?;
    let scenario = hopwise_protocol::scenario(&trace.header.scenario)
        .with_context(|| path.display().to_string())
        .map_err(Failure::usage)?;
    let chain = Chain { scenario, safeguards: trace.header.off.clone() };
    follow(&chain, &trace)
        .with_context(|| format!("{} is no behaviour of the model", path.display()))
        .map_err(Failure::usage)?;
    Ok(trace)
}

/// Takes the steps in the model alone: a trace that the model refuses compares nothing.
fn follow<M>(model: &M, trace: &Trace) -> anyhow::Result<()>
where
    M: Checkable + Model<Action = hopwise_vocab::Action>,
{
    let mut state = model.init_states().into_iter().next().context("the model has no beginning")?;
    for (step, action) in (1..).zip(trace.actions()) {
        state = model.next_state(&state, action).ok_or_else(|| {
            let mut enabled = Vec::new();
            model.actions(&state, &mut enabled);
            enabled.retain(|action| model.next_state(&state, *action).is_some());
            let names: Vec<_> = enabled.iter().map(ToString::to_string).collect();
            anyhow!("step {step}, {action}, is not enabled; enabled are {}", names.join(", "))
        })?;
    }
    Ok(())
}

fn conversations(run: &Run) -> String {
    let each = run.replays.iter();
    each.map(|replay| format!("{}\n{}\n", replay.name, replay.transcript)).collect()
}
