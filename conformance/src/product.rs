//! Lane 3, the product: the reconcile functions themselves, over the clients that they have in
//! production and a transport in the process, searched together with the model.
//!
//! Every request of a pass is a point at which anything else may happen. A pass that waits is what
//! its hop had seen when it began, and the answers it has heard; it goes on by being run again from
//! the start, and has to ask the same again. In every state of both the controllers are to ask just
//! what the model's hops ask, and nothing where those ask nothing.

mod agreement;
mod nsx;
mod objects;
mod passes;
mod reply;
mod runner;
mod search;
mod steps;
mod transport;
mod turns;

use crate::caller::Caller;
use crate::gate::Seed;
use crate::lane2::Core;
use hopwise_checker::{Bounds, Checkable, Graph, explore_packed};
use hopwise_protocol::{Chain, Grain, Scenario, State, Topology};
use hopwise_vocab::{Action, Claim, Header, Hop, Safeguard, Safeguards, Trace};
use passes::Passes;
use search::{Found, Search};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What searching one scenario came to.
#[derive(Debug)]
pub struct Report {
    /// The scenario.
    pub scenario: &'static str,
    /// How many states the model has.
    pub model: usize,
    /// Whether these are all that there are.
    pub complete: bool,
    /// How many states model and controllers have together, as far as they were searched.
    pub states: usize,
    /// How many steps were compared.
    pub steps: usize,
    /// How often a pass was run; no two runs had seen and heard the same.
    pub runs: usize,
    /// How long the model's search took.
    pub searching: Duration,
    /// How long the rest took, the runs included.
    pub comparing: Duration,
    /// How long the runs took.
    pub running: Duration,
    /// The first difference, at a state that no other is nearer than.
    pub divergence: Option<Divergence>,
}

/// A state in which a controller does something else than the model.
#[derive(Debug)]
pub struct Divergence {
    /// Which controller.
    pub hop: Hop,
    /// What differs.
    pub what: &'static str,
    /// The model's.
    pub model: String,
    /// The controller's.
    pub controller: String,
    /// A shortest way there.
    pub trace: Trace,
}

/// The controllers of a search.
pub struct Controllers {
    /// What they decide by.
    pub core: Core,
    /// What one of them makes of what it asks and hears, if it errs. A pass that is run again errs
    /// anew.
    pub seed: Option<Seed>,
}

impl std::fmt::Display for Divergence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Divergence {
            hop,
            what,
            model,
            controller,
            ..
        } = self;
        write!(
            f,
            "{hop} {what}: the model has {model}, the controller {controller}"
        )
    }
}

impl Controllers {
    /// Sound ones with these safeguards.
    pub fn reference(safeguards: &Safeguards) -> Controllers {
        Controllers {
            core: Core::reference(safeguards.clone()),
            seed: None,
        }
    }
}

/// Why a scenario is not searched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{scenario} is not searched together with the controllers: {why}")]
pub struct Unfit {
    /// The scenario.
    pub scenario: &'static str,
    /// What the lane does not have.
    pub why: &'static str,
}

/// Whether a scenario is one of this lane.
///
/// # Errors
/// Says what is in it that the lane does not have.
pub fn fits(scenario: &Scenario) -> Result<(), Unfit> {
    let unfit = |why| {
        Err(Unfit {
            scenario: scenario.name,
            why,
        })
    };
    if scenario.grain == Grain::Passes {
        return unfit("its steps are whole passes");
    }
    if scenario.users.len() > 1 || scenario.rival.is_some() {
        return unfit("it has several Services or replicas");
    }
    if scenario.topology == Topology::Direct {
        return unfit("it has one hop");
    }
    Ok(())
}

/// The safeguards without which ncp keeps in mind what it has allocated. What is in a controller's
/// memory is none of what a pass is run again from.
const NOTHING_IN_MIND: [Safeguard; 2] = [
    Safeguard::AllocationByIdentity,
    Safeguard::LoadBeforeAllocate,
];

/// Searches a scenario, in which these safeguards are on, and the controllers together until it is to
/// stop.
///
/// # Errors
/// As [`fits`], and if ncp is to keep in mind what it has allocated.
pub fn run(
    controllers: &Controllers,
    scenario: &Scenario,
    safeguards: &Safeguards,
    stop: &AtomicBool,
    caller: &mut Caller<'_>,
) -> Result<Report, Unfit> {
    fits(scenario)?;
    if NOTHING_IN_MIND
        .iter()
        .any(|needed| !safeguards.has(*needed))
    {
        return Err(Unfit {
            scenario: scenario.name,
            why: "ncp keeps in mind what it has allocated",
        });
    }
    let chain = Chain {
        scenario: *scenario,
        safeguards: safeguards.clone(),
    };
    let begun = caller.now();
    let bounds = Bounds {
        states: caller.limit,
        stop: Some(stop),
        ..Bounds::default()
    };
    let graph = explore_packed(&chain, &bounds);
    let searched = caller.now();
    let report = Report {
        searching: searched - begun,
        ..together(controllers, &graph, &chain, stop, caller)
    };
    Ok(report)
}

/// Searches the controllers together with a model that was searched, which may have other steps than
/// the chain that it is of.
pub(crate) fn together<M>(
    controllers: &Controllers,
    graph: &Graph<'_, M>,
    chain: &Chain,
    stop: &AtomicBool,
    caller: &mut Caller<'_>,
) -> Report
where
    M: Checkable<State = State, Action = Action>,
{
    let begun = caller.now();
    let clock = caller.clock;
    let mut passes = Passes::new(controllers, clock);
    let mut search = Search::new(graph, chain, &mut passes);
    let found = search.run(stop, &mut |done, all| caller.report(done, all));
    let (states, steps) = (search.len(), search.steps);
    Report {
        scenario: chain.scenario.name,
        model: graph.len(),
        complete: graph.is_complete() && !stop.load(Ordering::Relaxed),
        states,
        steps,
        runs: passes.runs(),
        searching: Duration::ZERO,
        comparing: caller.now() - begun,
        running: passes.running,
        divergence: found.map(|found| divergence(chain, found)),
    }
}

fn divergence(chain: &Chain, found: Found) -> Divergence {
    let Found { odd, way } = found;
    let claim = Claim::Witness(format!("{} does something else than the model", odd.hop));
    let mut header = Header::new("product", chain.scenario.name, claim);
    header.off = chain.safeguards.clone();
    Divergence {
        hop: odd.hop,
        what: odd.what,
        model: odd.model,
        controller: odd.controller,
        trace: Trace::new(header, way),
    }
}
