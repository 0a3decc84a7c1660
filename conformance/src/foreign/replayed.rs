//! Traces at API servers that others wrote.

use super::ControlPlanes;
use crate::caller::Caller;
use crate::gate::Seed;
use crate::replay::{self, Replayed, run_on};
use crate::transcript::Keep;
use crate::world::Setup;
use hopwise_protocol::{Chain, Clusters, UnknownScenario, scenario};
use hopwise_vocab::Trace;
use std::sync::Arc;

/// Why a trace is not replayed at control planes that others wrote.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its scenario is not known.
    #[error(transparent)]
    Scenario(#[from] UnknownScenario),
    /// There are fewer guest clusters than it has.
    #[error("not replayed: it has {needed} guest clusters, and there are {there}")]
    Guests {
        /// How many it has.
        needed: usize,
        /// How many there are.
        there: usize,
    },
    /// A server that others wrote did not answer, or a watch of it did not tell what it had to.
    #[error("{0}")]
    Servers(String),
    /// What it would be at the embedded servers, too.
    #[error(transparent)]
    Replay(#[from] replay::Error),
}

/// Replays a trace at API servers that others wrote, on controllers with its own safeguards, and
/// perhaps with a mistake, which has to be found out.
///
/// # Errors
/// As [`replay::run`]; and when there are too few guest clusters, a server did not answer, or a watch
/// did not tell what it had to.
pub fn run_at(
    planes: &Arc<ControlPlanes>,
    trace: &Trace,
    mistake: Option<Seed>,
    caller: &mut Caller<'_>,
) -> Result<Replayed, Error> {
    let chain = Chain {
        scenario: scenario(&trace.header.scenario)?,
        safeguards: trace.header.off.clone(),
    };
    let (needed, there) = (guests(&chain), planes.guests());
    if needed > there {
        return Err(Error::Guests { needed, there });
    }
    let setup = Setup {
        // A world that others had a part in is not to be had again to be told.
        keep: Keep::All,
        mistake,
        planes: Some(Arc::clone(planes)),
        ..Setup::of(&chain)
    };
    let replayed = run_on(&setup, &chain, trace, caller);
    let troubles = planes.troubles();
    if troubles.is_empty() {
        return Ok(replayed?);
    }
    let diverged = replayed.err().map(|error| error.to_string());
    let all: Vec<String> = troubles.into_iter().chain(diverged).collect();
    Err(Error::Servers(all.join("\n")))
}

/// How many guest clusters a chain has.
pub fn guests(chain: &Chain) -> usize {
    match chain.scenario.clusters {
        Clusters::One => 1,
        Clusters::Each => chain.scenario.users.len(),
    }
}
