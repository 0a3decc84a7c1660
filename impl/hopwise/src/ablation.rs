//! Searches with safeguards off: what does each of them keep from breaking?

use crate::limits::Limits;
use crate::run::{Ablation, Mark, ScenarioRun};
use crate::search::{self, Effort};
use hopwise_protocol::{INVARIANTS, LEADS_TO, SCENARIOS, Scenario};
use hopwise_vocab::{Safeguard, Safeguards};
use std::collections::BTreeMap;
use std::time::Duration;

/// One search: which safeguards are off, where, and how deep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The safeguards that are off; the first is the one asked about.
    pub off: Vec<Safeguard>,
    /// Where.
    pub scenario: Scenario,
    /// How deep, where a search to the end would be too large to show it.
    pub depth: Option<u64>,
}

/// The searches that show what a safeguard is for: those of its controls, or, where scenarios are
/// asked for, these.
pub fn jobs(off: Safeguard, asked: &[Scenario]) -> Vec<Job> {
    let shown = scenarios_that_show(off);
    let depth = |name| shown.get(name).copied().flatten();
    let is_wanted = |it: &Scenario| match asked.is_empty() {
        true => shown.is_empty() || shown.contains_key(it.name),
        false => asked.contains(it),
    };
    let wanted = SCENARIOS.into_iter().filter(is_wanted);
    wanted
        .map(|scenario| Job {
            off: vec![off],
            scenario,
            depth: depth(scenario.name),
        })
        .collect()
}

/// The searches with a second safeguard off, for a safeguard that alone keeps nothing from
/// breaking: each other one may stand in for it.
pub fn pairs(off: Safeguard, asked: &[Scenario]) -> Vec<Job> {
    let others = Safeguard::ALL.iter().filter(|other| **other != off);
    let of = |other: &Safeguard| {
        let mut of_pair = jobs(off, asked);
        of_pair.iter_mut().for_each(|job| job.off.push(*other));
        of_pair
    };
    others.flat_map(of).collect()
}

impl Job {
    /// The search in a few words.
    pub fn name(&self) -> String {
        let off: Vec<_> = self.off.iter().map(|it| it.name()).collect();
        format!("{} without {}", self.scenario.name, off.join(" and "))
    }

    /// Runs the search. `elapsed` reads the caller's clock.
    pub fn run(&self, effort: Effort<'_>, elapsed: impl Fn() -> Duration) -> Ablation {
        let depth = [self.depth, effort.limits.depth].into_iter().flatten();
        let limits = Limits {
            depth: depth.min(),
            ..effort.limits
        };
        let off = self.off.iter().copied();
        let safeguards = off.fold(Safeguards::reference(), Safeguards::without);
        let effort = Effort { limits, ..effort };
        let run = search::scenario(self.scenario, &safeguards, effort, elapsed);
        Ablation {
            safeguard: self.off[0],
            sentence: self.off[0].sentence().into(),
            run,
        }
    }

    /// The same search with the second safeguard alone off.
    pub fn second_alone(&self) -> Job {
        Job {
            off: self.off[1..].to_vec(),
            ..self.clone()
        }
    }
}

/// Takes from a pair what breaks with the second safeguard alone off, too: that says nothing of
/// the first.
pub fn leave_out(pair: &mut ScenarioRun, alone: &ScenarioRun) {
    let breaks = |id: &str| {
        let mut same = alone.properties.iter().filter(|it| it.id == id);
        same.any(|it| alone.mark(it) == Mark::Breaks)
    };
    pair.properties.retain(|property| !breaks(&property.id));
}

/// The scenarios, and how deep they must be searched where that is not to their end.
fn scenarios_that_show(safeguard: Safeguard) -> BTreeMap<&'static str, Option<u64>> {
    let invariants = INVARIANTS.iter().flat_map(|it| it.controls);
    let controls = invariants.chain(LEADS_TO.iter().flat_map(|it| it.controls));
    controls
        .filter(|it| it.off == safeguard)
        .map(|it| (it.scenario, it.depth.map(|depth| depth as u64)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_safeguard_has_a_scenario_that_shows_its_reason() {
        for safeguard in Safeguard::ALL {
            assert!(!scenarios_that_show(*safeguard).is_empty(), "{safeguard}");
        }
    }

    #[test]
    fn where_scenarios_are_asked_for_only_they_are_searched() {
        let edit = hopwise_protocol::scenario("edit").unwrap();
        let jobs = jobs(Safeguard::HoldUntilGone, &[edit]);
        assert_eq!(jobs.len(), 1);
        assert_eq!(jobs[0].name(), "edit without hold-until-gone");
    }

    #[test]
    fn a_pair_has_every_other_safeguard_once() {
        let create = hopwise_protocol::scenario("create").unwrap();
        let pairs = pairs(Safeguard::HoldUntilGone, &[create]);
        assert_eq!(pairs.len(), Safeguard::ALL.len() - 1);
        assert!(
            pairs
                .iter()
                .all(|job| job.off[0] == Safeguard::HoldUntilGone)
        );
        assert!(pairs.iter().all(|job| job.second_alone().off.len() == 1));
    }

    #[test]
    fn what_the_second_safeguard_alone_breaks_is_not_the_pairs_doing() {
        let recreate = hopwise_protocol::scenario("recreate").unwrap();
        let job = Job {
            off: vec![Safeguard::RegularPoll, Safeguard::IdentityByUid],
            scenario: recreate,
            depth: Some(10),
        };
        let search = |job: &Job| job.run(Effort::default(), || Duration::ZERO).run;
        let (mut pair, alone) = (search(&job), search(&job.second_alone()));
        let count = pair.properties.len();
        let broken = alone.findings(None).len();
        leave_out(&mut pair, &alone);
        assert_eq!(pair.properties.len(), count - broken);
    }
}
