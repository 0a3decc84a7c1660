//! Orbits are as good as states for safety, and their counterexamples are real.

use hopwise_checker::{
    Bounds, Symmetry, Verdict, explore, explore_symmetric, invariant, reachable,
};
use stateright::Model;

/// Workers that are all alike, each in a place from 0 to 3; two of them may not be in place 2.
struct Workers(usize);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Move(usize);

impl Model for Workers {
    type State = Vec<u8>;
    type Action = Move;

    fn init_states(&self) -> Vec<Vec<u8>> {
        vec![vec![0; self.0]]
    }

    fn actions(&self, _: &Vec<u8>, actions: &mut Vec<Move>) {
        actions.extend((0..self.0).map(Move));
    }

    fn next_state(&self, before: &Vec<u8>, Move(worker): Move) -> Option<Vec<u8>> {
        let mut after = before.clone();
        after[worker] = (after[worker] + 1) % 4;
        let crowd = after.iter().filter(|&&place| place == 2).count();
        (crowd < 2).then_some(after)
    }
}

impl Symmetry for Workers {
    fn canonical(&self, state: &Vec<u8>) -> Vec<u8> {
        let mut sorted = state.clone();
        sorted.sort_unstable();
        sorted
    }
}

fn in_place(state: &[u8], wanted: u8) -> usize {
    state.iter().filter(|&&place| place == wanted).count()
}

#[test]
fn there_are_as_many_orbits_as_sorted_states() {
    let model = Workers(4);
    let graph = explore(&model, &Bounds::default());
    let mut sorted: Vec<_> = graph
        .ids()
        .map(|id| model.canonical(&graph.state(id)))
        .collect();
    sorted.sort();
    sorted.dedup();
    let orbits = explore_symmetric(&model, &Bounds::default());
    assert_eq!(orbits.len(), sorted.len());
    assert!(orbits.len() * 5 < graph.len());
    assert_eq!(orbits.max_depth(), graph.max_depth());
}

#[test]
fn an_invariant_has_the_same_verdict_and_a_counterexample_of_the_model_that_is_as_short() {
    let model = Workers(4);
    let graph = explore(&model, &Bounds::default());
    let orbits = explore_symmetric(&model, &Bounds::default());
    for (place, most) in [(1, 3), (1, 4), (3, 3), (3, 4), (2, 1), (0, 3)] {
        let good = |state: &Vec<u8>| in_place(state, place) <= most;
        let whole = invariant(&graph, good);
        let judged = orbits.invariant(good);
        let length = |trace: &hopwise_checker::Trace<_>| trace.steps.len();
        assert_eq!(
            judged.counterexample().map(length),
            whole.counterexample().map(length),
            "at most {most} in place {place}"
        );
        assert_eq!(judged.holds(), whole.holds());
        let bad = |state: &Vec<u8>| !good(state);
        assert_eq!(
            orbits.reachable(bad).holds(),
            reachable(&graph, bad).holds()
        );
    }
}

#[test]
fn a_cut_search_of_orbits_does_not_decide() {
    let bounds = Bounds {
        depth: Some(2),
        ..Bounds::default()
    };
    let judged = explore_symmetric(&Workers(3), &bounds)
        .invariant(|_| true)
        .verdict;
    assert!(matches!(judged, Verdict::NotDecided(why) if why.depth > 0));
}

#[test]
#[should_panic(expected = "not the same for all states of an orbit")]
fn a_property_that_names_one_of_several_alike_is_refused_where_it_breaks() {
    // The first worker is in place 1 in the trace, and last in the sorted state.
    explore_symmetric(&Workers(3), &Bounds::default()).invariant(|state| state[2] != 1);
}
