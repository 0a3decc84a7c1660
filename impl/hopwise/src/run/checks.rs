//! Everything that a run judged, each by a name that is the same in every run.

use super::{
    Covers, DecisionsRun, Mark, MutantRun, Outcome, Pinned, ProductRun, ReplayRun, Run,
    ScenarioRun, Verdict,
};
use crate::report::words::plural;
use hopwise_vocab::Safeguard;

/// One thing that was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What it is, such as `hop_order in recreate`.
    pub name: String,
    /// What may be said about it.
    pub mark: Mark,
    /// How it breaks, or how large it is, in words; may be empty.
    pub detail: String,
}

impl Run {
    /// Everything that was judged, in the order in which it was.
    pub fn checks(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        for scenario in &self.scenarios {
            checks.extend(scenario.properties.iter().map(|it| Check {
                name: format!("{} in {}", it.id, scenario.title()),
                mark: scenario.mark(it),
                detail: broken_in(&it.verdict),
            }));
        }
        checks.extend(self.ablated().map(|it| self.check_of_safeguard(it)));
        checks.extend(self.baseline.iter().map(Pinned::check));
        checks.extend(self.unsearched.iter().map(|name| Check {
            name: format!("search of {name}"),
            mark: Mark::NotDecided,
            detail: "the run was interrupted".into(),
        }));
        checks.extend(self.decisions.iter().map(DecisionsRun::check));
        checks.extend(self.products.iter().map(ProductRun::check));
        checks.extend(self.replays.iter().map(ReplayRun::check));
        checks.extend(self.mutants.iter().map(MutantRun::check));
        checks
    }

    fn check_of_safeguard(&self, safeguard: Safeguard) -> Check {
        let found = self
            .without(safeguard)
            .flat_map(|it| it.run.findings(Some(safeguard)));
        let shortest = found.min_by_key(|finding| finding.steps);
        let detail = shortest.map(|it| {
            let steps = plural(it.steps, "step");
            format!("without it {} breaks in {steps}", it.property.id)
        });
        let mark = self.ablation_mark(safeguard);
        let detail = match (detail, mark) {
            (Some(detail), _) => detail,
            (None, Mark::Breaks) => "its removal breaks nothing".into(),
            (None, Mark::Holds | Mark::NotDecided | Mark::NotAsked | Mark::Exempt) => String::new(),
        };
        Check {
            name: format!("safeguard {safeguard}"),
            mark,
            detail,
        }
    }
}

impl ScenarioRun {
    /// How large its graph is, in words.
    pub fn size(&self) -> String {
        let (states, steps) = (plural(self.states, "state"), plural(self.edges, "step"));
        format!("{states}, {steps}, depth {}", self.depth)
    }
}

fn broken_in(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Breaks { steps, clause, .. } => {
            format!("breaks in {}: {clause}", plural(*steps, "step"))
        }
        Verdict::NotDecided { why } => why.clone(),
        Verdict::Holds => String::new(),
    }
}

impl Pinned {
    fn check(&self) -> Check {
        Check {
            name: format!("pinned size of {}", self.scenario),
            mark: self.mark(),
            detail: self.to_string(),
        }
    }
}

impl DecisionsRun {
    fn check(&self) -> Check {
        Check {
            name: format!("decisions in {} ({})", self.scenario, self.off),
            mark: match (self.divergences.is_empty(), self.asked) {
                (false, _) => Mark::Breaks,
                (true, 0) => Mark::NotAsked,
                (true, _) => Mark::Holds,
            },
            detail: self.divergences.first().cloned().unwrap_or_default(),
        }
    }
}

impl ProductRun {
    fn check(&self) -> Check {
        Check {
            name: format!("controllers and model together in {}", self.title()),
            mark: self.mark(),
            detail: self.reason(),
        }
    }
}

impl ReplayRun {
    fn check(&self) -> Check {
        let name = match self.covers {
            Some(Covers { .. }) => format!("every step of {}", self.scenario),
            None => format!("replay of {}", self.name),
        };
        let (mark, detail) = match &self.outcome {
            Outcome::NotReplayed(why) => (Mark::NotAsked, why.clone()),
            Outcome::Followed if self.steps == 0 => (Mark::NotAsked, String::new()),
            Outcome::Followed => (Mark::Holds, String::new()),
            Outcome::Diverged { step, action, .. } => {
                (Mark::Breaks, format!("diverged at step {step}, {action}"))
            }
        };
        Check { name, mark, detail }
    }
}

impl MutantRun {
    fn check(&self) -> Check {
        Check {
            name: format!("mutant {}", self.name),
            mark: self.mark(),
            detail: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::report::fixture;
    use std::collections::BTreeSet;

    #[test]
    fn every_check_has_a_name_of_its_own() {
        let checks = fixture::mixed().checks();
        let names: BTreeSet<&String> = checks.iter().map(|check| &check.name).collect();
        assert_eq!(names.len(), checks.len());
    }
}
