//! Searches a scenario of the model and writes down what was found.

mod bounds;
mod judging;

pub use bounds::in_words as bounds_in_words;
pub use judging::judge;

use crate::limits::Limits;
use crate::run::{ScenarioRun, Search};
use hopwise_checker::{Bounds, Graph, Progress, explore_packed, stateright_states};
use hopwise_protocol::{Chain, Scenario};
use hopwise_vocab::Safeguards;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The most states that stateright's own search is asked to count: it takes many times as long.
pub const MOST_COUNTED: usize = 100_000;

/// How a scenario is to be searched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Effort<'a> {
    /// How far.
    pub limits: Limits,
    /// Ends the search as soon as it is true.
    pub stop: Option<&'a AtomicBool>,
    /// Is told how far the search has come.
    pub progress: Option<&'a Progress>,
    /// The properties to judge; all of them if none is named.
    pub only: &'a [&'static str],
    /// Whether stateright's own search counts the states, too, of what is small enough.
    pub with_stateright: bool,
}

impl Effort<'_> {
    /// The bounds as the checker takes them.
    pub fn bounds(&self) -> Bounds<'_> {
        Bounds {
            stop: self.stop,
            progress: self.progress,
            ..self.limits.bounds()
        }
    }

    fn asks_for(&self, id: &str) -> bool {
        self.only.is_empty() || self.only.contains(&id)
    }
}

/// Searches one scenario and judges the properties on it. `elapsed` reads the caller's clock.
pub fn scenario(
    scenario: Scenario,
    safeguards: &Safeguards,
    effort: Effort<'_>,
    elapsed: impl Fn() -> Duration,
) -> ScenarioRun {
    let start = elapsed();
    let chain = Chain {
        scenario,
        safeguards: safeguards.clone(),
    };
    let graph = explore_packed(&chain, &effort.bounds());
    let is_counted = effort.with_stateright && graph.is_complete() && graph.len() <= MOST_COUNTED;
    let (actions, never_taken) = coverage(&graph);
    ScenarioRun {
        name: scenario.name.into(),
        sentence: scenario.sentence.into(),
        bounds: bounds::in_words(&scenario),
        off: safeguards.clone(),
        states: graph.len() as u64,
        edges: graph.edges() as u64,
        depth: graph.max_depth() as u64,
        search: graph.cut().map_or(Search::Complete, |why| {
            Search::Stopped(effort.limits.stopped_at(&why))
        }),
        stateright_states: is_counted.then(|| stateright_states(chain.clone()) as u64),
        actions,
        never_taken,
        properties: judge(&graph, effort),
        seconds: (elapsed() - start).as_secs_f64(),
    }
}

fn coverage(graph: &Graph<'_, Chain>) -> (BTreeMap<String, u64>, Vec<String>) {
    let mut taken = BTreeMap::new();
    let mut never = Vec::new();
    for coverage in graph.actions() {
        let name = coverage.action.to_string();
        if coverage.steps == 0 {
            never.push(name);
        } else {
            taken.insert(name, coverage.steps as u64);
        }
    }
    never.sort();
    (taken, never)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Verdict;

    fn create(effort: Effort<'_>) -> ScenarioRun {
        let create = hopwise_protocol::scenario("create").unwrap();
        scenario(create, &Safeguards::reference(), effort, || Duration::ZERO)
    }

    fn at_most(states: u64) -> Effort<'static> {
        Effort {
            limits: Limits {
                states: Some(states),
                ..Limits::default()
            },
            ..Effort::default()
        }
    }

    #[test]
    fn a_cut_search_decides_nothing_that_holds() {
        let run = create(at_most(50));
        assert_eq!(run.search, Search::Stopped("stopped at --states 50".into()));
        assert!(
            run.properties
                .iter()
                .all(|it| !matches!(it.verdict, Verdict::Holds))
        );
    }

    #[test]
    fn only_what_is_asked_for_is_judged() {
        let run = create(Effort {
            only: &["status_true"],
            ..at_most(50)
        });
        let ids: Vec<_> = run.properties.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["status_true"]);
    }

    #[test]
    fn what_is_not_promised_in_a_scenario_is_told_with_the_reason() {
        let stripped = hopwise_protocol::scenario("stripped").unwrap();
        let run = scenario(stripped, &Safeguards::reference(), at_most(50), || {
            Duration::ZERO
        });
        let hop_order = &run.properties[0];
        assert_eq!(hop_order.id, "hop_order");
        assert_eq!(run.mark(hop_order), crate::run::Mark::Exempt);
        assert!(run.reason(hop_order).contains("since a user"));
    }

    #[test]
    fn a_search_that_is_stopped_says_that_it_was_interrupted() {
        let run = create(Effort {
            stop: Some(&AtomicBool::new(true)),
            ..Effort::default()
        });
        assert_eq!(run.search, Search::Stopped("interrupted".into()));
    }
}
