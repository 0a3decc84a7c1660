//! Lane 4 without a gap: the controllers are led through every step of a scenario.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use hopwise_checker::{Bounds, explore_packed};
use hopwise_conformance::cover::{Covered, cover, follow};
use hopwise_protocol::{Chain, SMALL, Scenario, scenario};
use hopwise_vocab::{Action, Safeguards, Trace};
use stateright::Model;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;
use std::thread::available_parallelism;

/// A third of the time of a replay is allocation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn reference(scenario: Scenario) -> Chain {
    Chain {
        scenario,
        safeguards: Safeguards::reference(),
    }
}

/// Which steps walks take: each state, as it is written, with the action.
fn taken(chain: &Chain, walks: &[Trace]) -> BTreeSet<(String, Action)> {
    let mut taken = BTreeSet::new();
    for walk in walks {
        let mut state = chain.init_states().remove(0);
        for action in walk.actions() {
            let after = chain.next_state(&state, action).unwrap();
            taken.insert((format!("{state:?}"), action));
            state = after;
        }
    }
    taken
}

#[test]
fn walks_that_cover_take_every_step() {
    let chain = reference(scenario("once-failed").unwrap());
    let graph = explore_packed(&chain, &Bounds::default());
    assert_eq!(taken(&chain, &cover(&graph)).len(), graph.edges());
}

#[test]
fn it_takes_as_many_walks_and_steps_as_ever() {
    let mut rows = String::new();
    for scenario in SMALL {
        let chain = reference(scenario);
        let graph = explore_packed(&chain, &Bounds::default());
        let covered = Covered::of(&graph, &cover(&graph));
        writeln!(rows, "{}: {covered:?}", scenario.name).unwrap();
    }
    insta::assert_snapshot!(rows);
}

/// The others are followed by `hopwise cover`.
#[test]
fn the_controllers_follow_every_step_of_the_smallest_scenario() {
    let chain = reference(scenario("once-failed").unwrap());
    let graph = explore_packed(&chain, &Bounds::default());
    let walks = cover(&graph);
    let followed = follow(
        &walks,
        available_parallelism().unwrap(),
        &AtomicBool::new(false),
    );
    assert_eq!(
        followed.unwrap_or_else(|error| panic!("{error}")),
        walks.len()
    );
}
