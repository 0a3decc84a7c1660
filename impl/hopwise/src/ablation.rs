//! Searches with safeguards off: what does each of them keep from breaking?

use crate::limits::Limits;
use crate::registry;
use crate::run::{Ablation, Mark, ScenarioRun};
use crate::search::{self, Effort};
use hopwise_protocol::{Control, SCENARIOS, Scenario};
use hopwise_vocab::{Safeguard, Safeguards};
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

/// Where nobody says how far, a search with a safeguard off ends after so many states: without
/// `guarded-writes` alone there are many more of them than anybody waits for.
pub const MOST_STATES: u64 = 3_000_000;

/// The searches that show what a safeguard is for: those of its controls, or, where scenarios are
/// asked for, these.
pub fn jobs(off: Safeguard, asked: &[Scenario]) -> Vec<Job> {
    let controls = controls(off);
    let depth = |scenario: &Scenario| {
        let here = controls.iter().find(|job| job.scenario == *scenario);
        here.and_then(|job| job.depth)
    };
    let everywhere = |scenarios: &[Scenario]| {
        let each = scenarios.iter().map(|scenario| Job {
            off: vec![off],
            scenario: *scenario,
            depth: depth(scenario),
        });
        each.collect()
    };
    match (asked.is_empty(), controls.is_empty()) {
        (true, false) => controls,
        (true, true) => everywhere(&SCENARIOS),
        (false, _) => everywhere(asked),
    }
}

/// The searches for each of these safeguards, every one of them once.
pub fn jobs_of_each(safeguards: &[Safeguard], asked: &[Scenario]) -> Vec<Job> {
    let mut all: Vec<Job> = Vec::new();
    for job in safeguards.iter().flat_map(|it| jobs(*it, asked)) {
        if !all.contains(&job) {
            all.push(job);
        }
    }
    all
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
            states: effort.limits.states.or(Some(MOST_STATES)),
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

/// The controls that a safeguard is one of, in the order of the scenarios. Two in the same place
/// are one search, as deep as the deeper of them.
fn controls(safeguard: Safeguard) -> Vec<Job> {
    let named = registry::controls().map(|(_, control)| control);
    let named: Vec<&Control> = named.filter(|it| it.off.contains(&safeguard)).collect();
    let mut found: Vec<Job> = Vec::new();
    for scenario in SCENARIOS {
        for control in named.iter().filter(|it| it.scenario == scenario.name) {
            let depth = control.depth.map(|depth| depth as u64);
            match found
                .iter_mut()
                .find(|job| job.scenario == scenario && job.off == control.off)
            {
                Some(job) => job.depth = job.depth.zip(depth).map(|(one, other)| one.max(other)),
                None => found.push(Job {
                    off: control.off.to_vec(),
                    scenario,
                    depth,
                }),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_safeguard_is_searched_somewhere_and_no_search_is_done_twice() {
        let all = jobs_of_each(Safeguard::ALL, &[]);
        for safeguard in Safeguard::ALL {
            assert!(
                all.iter().any(|job| job.off.contains(safeguard)),
                "{safeguard}"
            );
        }
        let names: BTreeSet<String> = all.iter().map(Job::name).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn where_nobody_says_how_far_a_search_is_bounded() {
        let create = hopwise_protocol::scenario("create").unwrap();
        let job = &jobs(Safeguard::HoldUntilGone, &[create])[0];
        let effort = Effort {
            limits: Limits {
                states: Some(20),
                ..Limits::default()
            },
            ..Effort::default()
        };
        let run = job.run(effort, || Duration::ZERO).run;
        assert!(run.states <= 20);
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
