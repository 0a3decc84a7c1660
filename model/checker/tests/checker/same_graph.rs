//! However a graph is searched for, it is the graph that a plain search one by one gives.

use std::num::NonZero;

use hopwise_checker::{
    Bounds, Checkable, Graph, Packed, Why, assert_packs, explore, explore_packed,
};
use proptest::prelude::*;
use stateright::Model;

use crate::small::{Edge, Small};

/// What a search sees of a model: states with the id they were found from, steps by action and id.
#[derive(Debug, PartialEq)]
struct Seen<S, A> {
    states: Vec<(S, Option<usize>)>,
    steps: Vec<Vec<(A, Option<usize>)>>,
    why: Why,
}

/// A queue, a list and a comparison of every state with every other.
fn one_by_one<M: Checkable>(model: &M, bounds: &Bounds<'_>) -> Seen<M::State, M::Action> {
    let mut seen = Seen {
        states: Vec::new(),
        steps: Vec::new(),
        why: Why::default(),
    };
    let mut depths = Vec::new();
    for state in model.init_states() {
        place(model, bounds, &mut seen, &mut depths, (state, None));
    }
    while seen.steps.len() < seen.states.len() {
        let from = seen.steps.len();
        let before = seen.states[from].0.clone();
        let mut offered = Vec::new();
        model.actions(&before, &mut offered);
        let mut row = Vec::new();
        for action in offered {
            if let Some(after) = model.next_state(&before, action.clone()) {
                let found = (after, Some(from));
                row.push((action, place(model, bounds, &mut seen, &mut depths, found)));
            }
        }
        seen.steps.push(row);
    }
    seen
}

fn place<M: Checkable>(
    model: &M,
    bounds: &Bounds<'_>,
    seen: &mut Seen<M::State, M::Action>,
    depths: &mut Vec<usize>,
    (state, from): (M::State, Option<usize>),
) -> Option<usize> {
    if !model.within_boundary(&state) {
        seen.why.boundary += 1;
        return None;
    }
    let known = seen.states.iter().position(|(other, _)| *other == state);
    if known.is_some() {
        return known;
    }
    let depth = from.map_or(0, |from| depths[from] + 1);
    if bounds.depth.is_some_and(|deepest| depth > deepest) {
        seen.why.depth += 1;
        return None;
    }
    if bounds.states.is_some_and(|most| depths.len() >= most) {
        seen.why.states += 1;
        return None;
    }
    depths.push(depth);
    seen.states.push((state, from));
    Some(depths.len() - 1)
}

fn seen_in<M: Checkable>(graph: &Graph<'_, M>) -> Seen<M::State, M::Action> {
    let parent = |id| graph.parent(id).map(|id| id as usize);
    let steps = graph.ids().map(|id| {
        let enabled: Vec<_> = graph.steps(id).collect();
        let target = |target: Option<u32>| target.map(|id| id as usize);
        enabled
            .into_iter()
            .map(|(action, to)| (action.clone(), target(to)))
            .collect()
    });
    Seen {
        states: graph
            .ids()
            .map(|id| (graph.state(id), parent(id)))
            .collect(),
        steps: steps.collect(),
        why: graph.cut().unwrap_or_default(),
    }
}

pub fn with_threads(threads: usize) -> Bounds<'static> {
    Bounds {
        threads: NonZero::new(threads),
        ..Bounds::default()
    }
}

impl Packed for Grid {
    fn pack(&self, into: &mut Vec<u8>) {
        // Leading zeros are left out, so that lengths differ.
        into.extend(self.0.iter().copied().skip_while(|&at| at == 0));
    }

    fn unpack(from: &[u8]) -> Self {
        let mut grid = Grid([0; 4]);
        grid.0[4 - from.len()..].copy_from_slice(from);
        grid
    }
}

/// Four counters, of which a step moves one and sometimes a second.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Grid(pub [u8; 4]);

pub struct Counters(pub u8);

impl Model for Counters {
    type State = Grid;
    type Action = (usize, usize);

    fn init_states(&self) -> Vec<Grid> {
        vec![Grid([0; 4]), Grid([1; 4])]
    }

    fn actions(&self, grid: &Grid, actions: &mut Vec<(usize, usize)>) {
        let second = usize::from(grid.0[0] % 4);
        actions.extend((0..4).map(|first| (first, second)));
    }

    fn next_state(&self, before: &Grid, (first, second): (usize, usize)) -> Option<Grid> {
        let mut after = before.clone();
        for at in [first, second] {
            after.0[at] = (after.0[at] + 1) % self.0;
        }
        (after.0[3] != 3).then_some(after)
    }

    fn within_boundary(&self, grid: &Grid) -> bool {
        grid.0.iter().map(|&at| usize::from(at)).sum::<usize>() < 30
    }
}

#[test]
fn the_forms_of_the_counters_obey_the_law() {
    let mut states = vec![Grid([0; 4]), Grid([1, 0, 0, 0]), Grid([0, 0, 0, 1])];
    states.extend((0..9).map(|at| Grid([at % 2, at % 3, 0, at])));
    assert_packs(&states);
}

#[test]
fn every_number_of_threads_gives_the_same_graph_packed_or_not() {
    let model = Counters(7);
    let expected = one_by_one(&model, &Bounds::default());
    assert!(expected.states.len() > 1000 && expected.why.boundary == 0);
    for threads in [1, 2, 3, 8] {
        assert_eq!(seen_in(&explore(&model, &with_threads(threads))), expected);
        let packed = explore_packed(&model, &with_threads(threads));
        assert_eq!(seen_in(&packed), expected);
    }
}

#[test]
fn every_bound_cuts_the_same_with_every_number_of_threads() {
    let model = Counters(9);
    for (states, depth) in [(None, Some(9)), (Some(700), None), (Some(1500), Some(12))] {
        let bounds = |threads| Bounds {
            states,
            depth,
            ..with_threads(threads)
        };
        let expected = one_by_one(&model, &bounds(1));
        assert_ne!(expected.why, Why::default());
        for threads in [1, 2, 5] {
            assert_eq!(seen_in(&explore(&model, &bounds(threads))), expected);
            assert_eq!(seen_in(&explore_packed(&model, &bounds(threads))), expected);
        }
    }
}

#[test]
fn a_bound_of_bytes_cuts_at_the_same_place_with_every_number_of_threads_and_says_so() {
    let model = Counters(9);
    let whole = explore_packed(&model, &Bounds::default());
    let bounds = |threads| Bounds {
        bytes: Some(whole.bytes().total() / 2),
        ..with_threads(threads)
    };
    let first = explore_packed(&model, &bounds(1));
    assert!(first.cut().is_some_and(|why| why.bytes > 0));
    assert!(first.len() > 100 && first.len() < whole.len());
    assert!(first.bytes().total() <= whole.bytes().total() / 2);
    for threads in [2, 4] {
        assert_eq!(
            seen_in(&explore_packed(&model, &bounds(threads))),
            seen_in(&first)
        );
    }
}

#[test]
fn a_bound_of_bytes_that_is_not_reached_cuts_nothing() {
    let bounds = Bounds {
        bytes: Some(1 << 24),
        ..Bounds::default()
    };
    assert!(explore_packed(&Counters(5), &bounds).is_complete());
}

/// A graph without any order: where a step leads is as good as random. Its levels are wide, and its
/// actions many.
#[derive(Debug)]
struct Scatter {
    seed: u32,
    states: u32,
    steps: u32,
}

impl Model for Scatter {
    type State = u32;
    type Action = u32;

    fn init_states(&self) -> Vec<u32> {
        vec![0]
    }

    fn actions(&self, state: &u32, actions: &mut Vec<u32>) {
        actions.extend((0..self.steps).map(|step| state % 400 + step));
    }

    fn next_state(&self, state: &u32, action: u32) -> Option<u32> {
        let mixed =
            (state ^ self.seed).wrapping_mul(0x9E37_79B1) ^ action.wrapping_mul(0x85EB_CA77);
        let mixed = (mixed ^ mixed >> 15).wrapping_mul(0x2C1B_3C6D);
        Some((mixed ^ mixed >> 13) % self.states).filter(|after| after % 17 != 3)
    }

    fn within_boundary(&self, state: &u32) -> bool {
        state % 31 != 7
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20) })]

    #[test]
    fn wide_random_models_have_the_same_graph_with_every_number_of_threads(
        seed: u32, states in 2000..5000_u32, steps in 2..6_u32, most in 1500..6000_usize,
    ) {
        let model = Scatter { seed, states, steps };
        for states in [None, Some(most)] {
            let bounds = |threads| Bounds { states, ..with_threads(threads) };
            let expected = one_by_one(&model, &bounds(1));
            for threads in [1, 2, 5] {
                prop_assert!(seen_in(&explore(&model, &bounds(threads))) == expected);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn random_models_have_the_same_graph_with_every_number_of_threads(
        pairs in prop::collection::vec((0..90_u8, 0..100_u8, 0..9_usize), 0..400),
        initial in prop::collection::vec(0..90_u8, 1..4),
        boundary in 60..100_u8,
    ) {
        let edge = |(from, to, class)| Edge { from, to, class: Some(class) };
        let edges = pairs.into_iter().map(edge).collect();
        let model = Small { initial, edges, boundary };
        let expected = one_by_one(&model, &Bounds::default());
        for threads in [1, 2, 4] {
            prop_assert_eq!(&seen_in(&explore(&model, &with_threads(threads))), &expected);
        }
    }
}
