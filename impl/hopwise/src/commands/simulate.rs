//! `hopwise simulate`: a walk through the model that chance chooses.

use crate::cli::{Simulate, WalkFormat};
use crate::context::print_to_end;
use crate::exit::{Exit, Outcome};
use crate::selection::scenario_named;
use crate::telling::{Told, Walked, verdict};
use anyhow::Context as _;
use hopwise_protocol::{Chain, INVARIANTS, Invariant, State};
use hopwise_vocab::{Claim, Header, Trace};

/// Runs the command.
///
/// # Errors
/// Names a scenario or a safeguard that there is not.
pub fn simulate(flags: &Simulate) -> Outcome {
    let chain = Chain {
        scenario: scenario_named(&flags.scenario)?,
        safeguards: flags.switches.safeguards()?,
    };
    let trace = walk(&chain, flags)?;
    let walked = Walked::of(&trace)?;
    let judged = verdict(&trace, &walked)?;
    let told = Told {
        trace: &trace,
        walked: &walked,
        verdict: &judged,
    };
    print_to_end(&match flags.format {
        WalkFormat::Ndjson => trace.to_text(),
        WalkFormat::Text => told.to_text(),
    })?;
    eprintln!("{}", ending(&trace, flags.steps));
    Ok(match trace.header.claim {
        Claim::Breaks(_) => Exit::Broken,
        Claim::Witness(_) | Claim::Walk => Exit::Good,
    })
}

/// Steps that chance chooses, up to the first state of which a property is not true.
fn walk(chain: &Chain, flags: &Simulate) -> anyhow::Result<Trace> {
    let steps = usize::try_from(flags.steps).unwrap_or(usize::MAX);
    let run = hopwise_checker::simulate(chain, flags.seed, steps);
    let run = run.context("the model has an initial state")?.trace;
    let mut states = run.states().enumerate();
    let broken = states.find_map(|(at, state)| Some((at, broken_in(chain, state)?)));
    let (end, claim) = match broken {
        Some((at, property)) => (at, Claim::Breaks(property.id.into())),
        None => (run.steps.len(), Claim::Walk),
    };
    let name = format!("walk-{}-{}", chain.scenario.name, flags.seed);
    let mut header = Header::new(name, chain.scenario.name, claim);
    header.off = chain.safeguards.clone();
    let actions = run.steps.iter().map(|(action, _)| *action);
    Ok(Trace::new(header, actions.take(end)))
}

fn ending(trace: &Trace, most: u64) -> String {
    let steps = trace.steps.len();
    match &trace.header.claim {
        Claim::Breaks(id) => format!("✗ {id} breaks in {steps} steps"),
        Claim::Witness(_) | Claim::Walk if steps as u64 == most => {
            format!("nothing broke in {steps} steps, which proves nothing")
        }
        Claim::Witness(_) | Claim::Walk => {
            format!("after {steps} steps nothing is left to happen; nothing broke")
        }
    }
}

/// The first property that is promised here and not true of a state.
fn broken_in(chain: &Chain, state: &State) -> Option<&'static Invariant> {
    let mut promised = INVARIANTS
        .iter()
        .filter(|it| it.exemption(&chain.scenario).is_none());
    promised.find(|it| !it.holds(chain, state))
}
