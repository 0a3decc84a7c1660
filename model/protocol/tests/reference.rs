//! With every safeguard on, the protocol keeps its promises in every scenario.

use hopwise_checker::{Bounds, Graph, explore, stateright_states};
use hopwise_protocol::{Chain, INVARIANTS, LEADS_TO, SCENARIOS, scenario};
use hopwise_vocab::Safeguards;
use std::collections::BTreeSet;
use std::error::Error;
use std::sync::LazyLock;

const BASELINE: &str = include_str!("../baseline.txt");

fn reference(name: &str) -> Chain {
    Chain {
        scenario: scenario(name).expect("controls name scenarios"),
        safeguards: Safeguards::reference(),
    }
}

/// The graph of the largest scenario but one, which two tests look at.
fn everyday() -> &'static Graph<'static, Chain> {
    static CHAIN: LazyLock<Chain> = LazyLock::new(|| reference("everyday"));
    static GRAPH: LazyLock<Graph<'_, Chain>> =
        LazyLock::new(|| explore(&CHAIN, &Bounds::default()));
    &GRAPH
}

fn size(graph: &Graph<'_, Chain>) -> String {
    let sizes = [graph.len(), graph.edges(), graph.max_depth()];
    sizes.map(|size| size.to_string()).join(" ")
}

fn pinned_size(name: &str) -> String {
    let rows = BASELINE.lines().map(|line| line.split_whitespace());
    let mut rows = rows.filter(|row| row.clone().next() == Some(name));
    let row = rows
        .next()
        .expect("every scenario has its row in baseline.txt");
    row.skip(1).collect::<Vec<_>>().join(" ")
}

fn broken(graph: &Graph<'_, Chain>) -> Vec<String> {
    let invariants = INVARIANTS
        .iter()
        .filter(|invariant| !invariant.judge(graph).holds());
    let mut broken: Vec<_> = invariants
        .map(|invariant| invariant.id.to_string())
        .collect();
    for family in LEADS_TO {
        for instance in (family.instances)(&graph.model().scenario) {
            if !family.judge(graph, &instance).holds() {
                broken.push(format!("{} {instance:?}", family.id));
            }
        }
    }
    broken
}

fn assert_promises_are_kept(name: &str) {
    let chain = reference(name);
    assert_kept_in(&explore(&chain, &Bounds::default()));
}

fn assert_kept_in(graph: &Graph<'_, Chain>) {
    let name = graph.model().scenario.name;
    assert_eq!(graph.cut(), None);
    assert_eq!(
        size(graph),
        pinned_size(name),
        "{name}: if wanted, say why and pin the new size"
    );
    assert_eq!(broken(graph), Vec::<String>::new(), "{name}");
}

#[test]
fn every_promise_is_kept_in_create() {
    assert_promises_are_kept("create");
}

#[test]
fn every_promise_is_kept_in_edit() {
    assert_promises_are_kept("edit");
}

#[test]
fn every_promise_is_kept_in_delete_race() {
    assert_promises_are_kept("delete-race");
}

#[test]
fn every_promise_is_kept_in_recreate() {
    assert_promises_are_kept("recreate");
}

#[test]
fn every_promise_is_kept_in_exhausted() {
    assert_promises_are_kept("exhausted");
}

#[test]
fn every_promise_is_kept_in_everyday() {
    assert_kept_in(everyday());
}

#[test]
fn every_scenario_has_a_pinned_size() {
    let names = SCENARIOS.map(|scenario| scenario.name);
    let rows = BASELINE.lines().filter(|line| !line.starts_with('#'));
    let pinned: Vec<_> = rows
        .filter_map(|row| row.split_whitespace().next())
        .collect();
    assert_eq!(pinned, names);
}

#[test]
fn everyday_takes_every_action_and_reaches_every_premise() {
    let graph = everyday();

    let taken = graph
        .actions()
        .into_iter()
        .filter(|coverage| coverage.steps > 0);
    let taken: BTreeSet<_> = taken.map(|coverage| coverage.action.to_string()).collect();
    let protocol = include_str!("actions.txt")
        .lines()
        .map(String::from)
        .collect();
    assert_eq!(taken, protocol);

    for invariant in INVARIANTS {
        assert!(invariant.premise_states(graph) > 0, "{}", invariant.id);
    }
    for family in LEADS_TO {
        let instances = (family.instances)(&graph.model().scenario);
        let reached = |of| family.judge(graph, of).premise_states > 0;
        assert!(instances.iter().any(reached), "{}", family.id);
    }
}

#[test]
fn no_step_leaves_the_state_as_it_was() {
    let chain = reference("delete-race");
    let graph = explore(&chain, &Bounds::default());
    let idle: Vec<_> = graph
        .actions()
        .into_iter()
        .filter(|found| found.unchanged > 0)
        .collect();
    assert_eq!(idle, []);
}

#[test]
fn stateright_finds_as_many_states() {
    for name in ["create", "delete-race", "recreate"] {
        let states: usize = pinned_size(name)
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(stateright_states(reference(name)), states, "{name}");
    }
}

#[test]
fn an_unknown_scenario_is_told_which_there_are() -> Result<(), Box<dyn Error>> {
    let error = scenario("recraete")
        .err()
        .ok_or("there is no such scenario")?;
    assert_eq!(
        error.to_string(),
        "unknown scenario \"recraete\": one of create, edit, delete-race, recreate, exhausted, \
         everyday"
    );
    Ok(())
}
