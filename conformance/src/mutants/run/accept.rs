//! Acceptance: free runs of the controllers with the mutant, recorded and put to the model.

use super::replay::put;
use crate::accept::{self, Refusal, Verdict, accept};
use crate::chaos::{self, Chaos, Ran};
use crate::mutants::{Finding, Patch};
use crate::shrink::shrink;

/// How many runs there are at most, one a seed.
const RUNS: u64 = 12;

/// About how many lines each has.
const LINES: usize = 300;

/// Lets the controllers run until a recording is refused.
pub(super) fn let_run(patch: Patch) -> Finding {
    if let Patch::Model(_) | Patch::Unfair = patch {
        return Finding::NotAsked;
    }
    for seed in 0..RUNS {
        let chaos = Chaos {
            claimed: patch.safeguards(),
            ..Chaos::new(seed, LINES)
        };
        if let Some(found) = refused(patch, &chaos) {
            return found;
        }
    }
    Finding::Missed(usize::try_from(RUNS).unwrap_or(usize::MAX))
}

fn refused(patch: Patch, chaos: &Chaos) -> Option<Finding> {
    let mut setup = chaos.setup();
    put(patch, &mut setup);
    let caught = |by: &str, told: String, steps| Finding::Caught {
        by: by.into(),
        told: format!("run {}: {told}", chaos.seed),
        steps,
        trace: None,
    };
    let ran = match chaos::run_in(setup.clone(), chaos) {
        Ok(ran) => ran,
        Err(error) => return Some(caught("no run", error.to_string(), 0)),
    };
    let mut last = refusal(&ran)?;
    let choices = shrink(ran.choices, |some| {
        let ran = chaos::run_along(setup.clone(), chaos, some).ok()?;
        last = refusal(&ran)?;
        Some(ran.choices)
    });
    let by = last.differences.first();
    let by = by.map_or("no such step", |it| it.field.as_str());
    Some(caught(by, last.to_string(), choices.len()))
}

fn refusal(ran: &Ran) -> Option<Box<Refusal>> {
    match accept(&ran.recording, accept::MOST) {
        Verdict::Accepted(_) | Verdict::Undecided(_) => None,
        Verdict::Refused(refusal) => Some(refusal),
    }
}
