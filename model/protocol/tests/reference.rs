//! With every safeguard on, the protocol keeps its promises in every scenario.

use hopwise_checker::{Bounds, Graph, explore_packed, stateright_states};
use hopwise_protocol::{
    Chain, INVARIANTS, LEADS_TO, Promise, SCENARIOS, SMALL, Scenario, judge_all, scenario,
};
use hopwise_vocab::Safeguards;
use std::collections::BTreeSet;
use std::error::Error;
use std::sync::LazyLock;

const BASELINE: &str = include_str!("../baseline.txt");

/// The largest scenario that stateright's own search, which keeps whole states, is asked about.
const COUNTED_TWICE: usize = 200_000;

/// What was found out about one scenario.
struct Outcome {
    name: &'static str,
    is_complete: bool,
    size: String,
    /// What is promised there and broken.
    broken: Vec<String>,
    /// What is promised there and put to the test.
    tested: BTreeSet<&'static str>,
    /// What is broken there and not promised, and why it is not.
    excused: BTreeSet<(&'static str, &'static str)>,
    /// The deeds that are done.
    deeds: BTreeSet<String>,
    /// Actions that leave some state as it was.
    idle: Vec<String>,
}

static OUTCOMES: LazyLock<Vec<Outcome>> = LazyLock::new(|| {
    let all = SCENARIOS.iter().chain(&SMALL);
    all.map(|&scenario| outcome(scenario)).collect()
});

fn reference(scenario: Scenario) -> Chain {
    Chain {
        scenario,
        safeguards: Safeguards::reference(),
    }
}

fn outcome(scenario: Scenario) -> Outcome {
    let chain = reference(scenario);
    let graph = explore_packed(&chain, &Bounds::default());
    let (broken, tested, excused) = judge(&graph);
    let coverage = graph.actions();
    let taken = coverage.iter().filter(|found| found.steps > 0);
    let idle = coverage.iter().filter(|found| found.unchanged > 0);
    Outcome {
        name: scenario.name,
        is_complete: graph.is_complete(),
        size: size(&graph),
        broken,
        tested,
        excused,
        deeds: taken.map(|found| found.action.deed.to_string()).collect(),
        idle: idle.map(|found| found.action.to_string()).collect(),
    }
}

fn size(graph: &Graph<'_, Chain>) -> String {
    let sizes = [graph.len(), graph.edges(), graph.max_depth()];
    sizes.map(|size| size.to_string()).join(" ")
}

/// What is broken, put to the test, and excused.
type Judgements = (
    Vec<String>,
    BTreeSet<&'static str>,
    BTreeSet<(&'static str, &'static str)>,
);

fn judge(graph: &Graph<'_, Chain>) -> Judgements {
    let scenario = &graph.model().scenario;
    let all = Promise::all(scenario);
    let judged = judge_all(graph, &all);
    let (mut broken, mut tested, mut excused) = Judgements::default();
    for (promise, judged) in all.into_iter().zip(judged) {
        if let Some(since) = promise.exemption(scenario) {
            if !judged.holds() {
                excused.insert((promise.id(), since));
            }
            continue;
        }
        if !judged.holds() {
            broken.push(match promise {
                Promise::Always(_) => promise.id().into(),
                Promise::LeadsTo(_, of) => format!("{} {of:?}", promise.id()),
            });
        }
        if judged.premise_states() > 0 {
            tested.insert(promise.id());
        }
    }
    (broken, tested, excused)
}

/// The rows of the baseline: a scenario and its size.
fn pinned() -> Vec<(&'static str, String)> {
    let rows = BASELINE.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| {
        let mut words = row.split_whitespace();
        let name = words.next().expect("a row has a name");
        (name, words.collect::<Vec<_>>().join(" "))
    })
    .collect()
}

#[test]
fn every_search_is_complete() {
    let cut = OUTCOMES.iter().filter(|outcome| !outcome.is_complete);
    let cut: Vec<_> = cut.map(|outcome| outcome.name).collect();
    assert_eq!(cut, Vec::<&str>::new());
}

#[test]
fn every_promise_is_kept_in_every_scenario() {
    let broken = OUTCOMES.iter().filter(|outcome| !outcome.broken.is_empty());
    let broken: Vec<_> = broken
        .map(|outcome| (outcome.name, &outcome.broken))
        .collect();
    assert_eq!(broken, []);
}

/// If a change is wanted, say why, and pin the new size.
#[test]
fn every_scenario_has_its_pinned_size() {
    let found = OUTCOMES.iter();
    let found: Vec<_> = found
        .map(|outcome| (outcome.name, outcome.size.clone()))
        .collect();
    assert_eq!(found, pinned());
}

#[test]
fn every_promise_is_put_to_the_test_somewhere() {
    let tested: BTreeSet<_> = OUTCOMES
        .iter()
        .flat_map(|outcome| &outcome.tested)
        .collect();
    let invariants = INVARIANTS.iter().map(|found| found.id);
    for id in invariants.chain(LEADS_TO.iter().map(|found| found.id)) {
        assert!(tested.contains(&id), "{id}");
    }
}

/// Every exemption is needed in some scenario. What only nightly scenarios show is not asked.
#[test]
fn every_exemption_is_needed_somewhere() {
    let excused = OUTCOMES.iter().flat_map(|outcome| &outcome.excused);
    let excused: BTreeSet<_> = excused.copied().collect();
    let invariants = INVARIANTS.iter().map(|found| (found.id, found.exempt));
    let families = LEADS_TO.iter().map(|found| (found.id, found.exempt));
    for (id, exempt) in invariants.chain(families) {
        for exemption in exempt {
            let needed = excused.contains(&(id, exemption.since));
            assert!(
                needed,
                "{id} is kept everywhere, although {}",
                exemption.since
            );
        }
    }
}

/// Every fault happens, every user and administrator acts, every hop does all it can.
#[test]
fn every_deed_is_done_somewhere() {
    let done = OUTCOMES.iter().flat_map(|outcome| outcome.deeds.clone());
    let done: BTreeSet<_> = done.collect();
    let protocol = include_str!("actions.txt").lines().map(String::from);
    assert_eq!(done, protocol.collect());
}

#[test]
fn no_step_leaves_the_state_as_it_was() {
    let idle = OUTCOMES.iter().filter(|outcome| !outcome.idle.is_empty());
    let idle: Vec<_> = idle.map(|outcome| (outcome.name, &outcome.idle)).collect();
    assert_eq!(idle, []);
}

#[test]
fn stateright_finds_as_many_states() {
    for (name, size) in pinned() {
        let states = size
            .split(' ')
            .next()
            .and_then(|states| states.parse().ok());
        let states: usize = states.expect("a size begins with the number of states");
        if states <= COUNTED_TWICE {
            let chain = reference(scenario(name).expect("the baseline names scenarios"));
            assert_eq!(stateright_states(chain), states, "{name}");
        }
    }
}

#[test]
fn an_unknown_scenario_is_told_which_there_are() -> Result<(), Box<dyn Error>> {
    let error = scenario("recraete")
        .err()
        .ok_or("there is no such scenario")?
        .to_string();
    assert!(
        error.starts_with("unknown scenario \"recraete\": one of create, edit, "),
        "{error}"
    );
    Ok(())
}
