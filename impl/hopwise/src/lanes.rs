//! The conformance lanes, in the form of a run.

use crate::context::Context;
use crate::run::{DecisionsRun, Outcome, ReplayRun};
use hopwise_conformance::{Caller, lane2, replay as lane4};
use hopwise_protocol::Scenario;
use hopwise_vocab::{Safeguards, Trace};

/// Asks the controllers for their decision at every state of a scenario.
pub fn decisions(scenario: &Scenario, context: &Context) -> DecisionsRun {
    let now = || context.elapsed();
    let start = now();
    let report = lane2::run(scenario, &Safeguards::reference(), &mut Caller::new(&now));
    DecisionsRun {
        scenario: scenario.name.into(),
        off: report.off.clone(),
        states: report.states as u64,
        asked: report.compared as u64,
        distinct: report.observations as u64,
        divergences: report.divergence.iter().map(ToString::to_string).collect(),
        seconds: (now() - start).as_secs_f64(),
    }
}
