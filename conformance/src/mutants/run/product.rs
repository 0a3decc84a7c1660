//! The product: the passes of the controllers with the mutant, searched together with the model.

use super::Bench;
use crate::caller::Caller;
use crate::mutants::{Finding, Mutant, Patch};
use crate::product::{self, Controllers};

impl Bench<'_> {
    /// Searches as many states as the mutant's scenario was searched for.
    pub(super) fn search(&self, mutant: &Mutant) -> Finding {
        let chain = &self.graph.model().chain;
        let Some(seed) = seed(mutant.patch).filter(|_| product::fits(&chain.scenario).is_ok())
        else {
            return Finding::NotAsked;
        };
        let controllers = Controllers {
            core: mutant.patch.core(),
            seed,
        };
        let mut caller = Caller {
            clock: &self.clock,
            progress: &mut |_, _| (),
            limit: None,
        };
        let report = product::together(&controllers, self.graph, chain, self.stop, &mut caller);
        let Some(found) = report.divergence else {
            return Finding::Missed(report.steps);
        };
        Finding::Caught {
            by: found.what.into(),
            told: found.to_string(),
            steps: found.trace.steps.len(),
            trace: Some(self.trace(mutant, found.trace.actions())),
        }
    }
}

/// What the controllers make of what they ask and hear; nothing if the mutant is in no pass and in no
/// step of the model.
fn seed(patch: Patch) -> Option<Option<crate::gate::Seed>> {
    match patch {
        Patch::Ccm(_) | Patch::Vmop(_) | Patch::Ncp(_) | Patch::Without(_) => Some(None),
        Patch::Calls(seed) => Some(Some(seed)),
        Patch::Model(_) | Patch::Lax(_) => Some(None),
        Patch::Deaf(_) | Patch::Servers(_) | Patch::Unfair => None,
    }
}
