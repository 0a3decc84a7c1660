//! The explorer: a page on loopback to step through the model.
//!
//! It keeps nothing: an address says which walk is looked at, and where, and every page takes that
//! walk anew on the model. So a reload, the back button and two windows just work, and an address
//! is a link that can be passed on. Pages consist of links and forms; the one script only saves
//! loading them whole, and listens to keys.

mod ahead;
mod alphabet;
mod answer;
mod checks;
mod journey;
mod link;
pub mod live;
mod page;
mod respond;
mod strip;
mod words;

pub use answer::{Explorer, serve};
pub use link::{BadLink, Link};
pub(crate) use words::of_place;

use crate::exit::Failure;
use crate::telling::{Walked, verdict};
use hopwise_vocab::Trace;

/// The link to a trace: to the step after which it is first wrong, or else to its end.
///
/// # Errors
/// Names a scenario or a property that there is not, or says that the trace is too long.
pub fn opened(trace: &Trace) -> Result<Link, Failure> {
    let walked = Walked::of(trace)?;
    let bad = verdict(trace, &walked)?.step;
    let steps = trace.steps.clone();
    if steps.len() > link::MOST_STEPS {
        let message = format!(
            "{} has {} steps, and at most {} are explored: see it with hopwise trace",
            trace.header.name,
            steps.len(),
            link::MOST_STEPS
        );
        return Err(Failure::usage(anyhow::Error::msg(message)));
    }
    let end = walked.states.len() - 1;
    Ok(Link {
        at: bad.unwrap_or(end).min(end),
        steps,
        ..Link::start(walked.chain.scenario, trace.header.off.clone())
    })
}

#[cfg(test)]
mod tests;
