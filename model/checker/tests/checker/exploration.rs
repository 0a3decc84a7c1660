//! What a graph holds, and how it says what it does not hold.

use std::sync::atomic::{AtomicBool, Ordering};

use hopwise_checker::{
    Bounds, Progress, Unfair, Verdict, Why, explore, invariant, leads_to, quiescent,
};
use stateright::Model;

use crate::counts::Ring;
use crate::small::{Small, free};

#[test]
fn ids_follow_the_breadth_first_order_and_depths_the_shortest_traces() {
    let model = Small::new(&[free(0, 7), free(0, 3), free(7, 5), free(3, 5), free(5, 9)]);
    let graph = model.graph();
    let states: Vec<u8> = graph.ids().map(|id| graph.state(id)).collect();
    let depths: Vec<usize> = graph.ids().map(|id| graph.depth(id)).collect();
    assert_eq!(states, vec![0, 7, 3, 5, 9]);
    assert_eq!(depths, vec![0, 1, 1, 2, 3]);
    assert_eq!((graph.len(), graph.edges(), graph.max_depth()), (5, 5, 3));
    for id in graph.ids() {
        assert_eq!(graph.trace_to(id).steps.len(), graph.depth(id));
    }
}

#[test]
fn self_loops_and_parallel_steps_are_kept() {
    let model = Small::new(&[free(0, 0), free(0, 1), free(0, 1)]);
    let graph = model.graph();
    assert_eq!(
        graph.successors(0).map(|(_, id)| id).collect::<Vec<_>>(),
        vec![0, 1, 1]
    );
    let coverage = graph.actions();
    assert_eq!(
        coverage
            .iter()
            .map(|of| (of.steps, of.unchanged))
            .collect::<Vec<_>>(),
        [(1, 1), (2, 0)]
    );
}

#[test]
fn a_state_without_actions_is_a_deadlock() {
    let model = Small::new(&[free(0, 1), free(0, 2), free(2, 2)]);
    assert_eq!(model.graph().deadlocks().collect::<Vec<_>>(), vec![1]);
}

#[test]
fn equal_initial_states_are_one() {
    let model = Small {
        initial: vec![4, 2, 4],
        ..Small::new(&[])
    };
    assert_eq!(model.graph().initial(), 0..2);
}

#[test]
fn a_search_tells_how_far_it_has_come() {
    let (ring, progress) = (Ring(10), Progress::default());
    let bounds = Bounds {
        progress: Some(&progress),
        ..Bounds::default()
    };
    let graph = explore(&ring, &bounds);
    assert_eq!(progress.states(), graph.len());
    assert_eq!(progress.expanded(), graph.len());
    assert!(progress.depth() >= graph.max_depth());
}

#[test]
fn a_bound_that_cuts_nothing_leaves_the_graph_complete() {
    let ring = Ring(10);
    let exact = Bounds {
        states: Some(10),
        depth: Some(9),
        ..Bounds::default()
    };
    assert!(explore(&ring, &exact).is_complete());
    let shallow = explore(
        &ring,
        &Bounds {
            depth: Some(8),
            ..exact
        },
    );
    assert_eq!(
        shallow.cut(),
        Some(Why {
            depth: 1,
            ..Why::default()
        })
    );
    let small = explore(
        &ring,
        &Bounds {
            states: Some(9),
            ..exact
        },
    );
    assert_eq!(
        small.cut(),
        Some(Why {
            states: 1,
            ..Why::default()
        })
    );
    assert_eq!(small.enabled(8).count(), 1);
}

#[test]
fn a_stopped_search_says_what_it_left() {
    let stop = AtomicBool::new(true);
    let ring = Ring(10);
    let graph = explore(
        &ring,
        &Bounds {
            stop: Some(&stop),
            ..Bounds::default()
        },
    );
    assert_eq!(
        graph.cut(),
        Some(Why {
            stopped: 1,
            ..Why::default()
        })
    );
    assert_eq!(graph.deadlocks().count(), 0);
    assert!(!invariant(&graph, |_| true).holds());
}

/// A counter without end that stops its own search.
struct Impatient {
    at: u32,
    stop: AtomicBool,
}

impl Model for Impatient {
    type State = u32;
    type Action = ();

    fn init_states(&self) -> Vec<u32> {
        vec![0]
    }

    fn actions(&self, _: &u32, actions: &mut Vec<()>) {
        actions.push(());
    }

    fn next_state(&self, count: &u32, (): ()) -> Option<u32> {
        self.stop.fetch_or(*count == self.at, Ordering::Relaxed);
        Some(count + 1)
    }
}

#[test]
fn a_state_that_a_stopped_search_did_not_expand_is_no_place_to_rest() {
    let model = Impatient {
        at: 6,
        stop: AtomicBool::new(false),
    };
    let graph = explore(
        &model,
        &Bounds {
            stop: Some(&model.stop),
            ..Bounds::default()
        },
    );
    assert_eq!((graph.len(), graph.max_depth(), graph.edges()), (8, 7, 7));
    assert!(!graph.is_expanded(7) && graph.is_expanded(6));

    assert_eq!(quiescent(&graph, &Unfair), vec![0, 1, 2, 3, 4, 5, 6]);
    let judgement = leads_to(&graph, &Unfair, |&count| count == 7, |_| false);
    assert!(matches!(judgement.verdict, Verdict::NotDecided(why) if why.stopped == 1));
    let judgement = leads_to(&graph, &Unfair, |&count| count == 6, |&count| count == 7);
    assert!(
        judgement
            .counterexample()
            .is_some_and(|lasso| lasso.stutters())
    );
}

/// Offers its three actions in another order in every state.
struct Shuffling;

impl Model for Shuffling {
    type State = usize;
    type Action = char;

    fn init_states(&self) -> Vec<usize> {
        vec![0]
    }

    fn actions(&self, state: &usize, actions: &mut Vec<char>) {
        let orders = ["abc", "acb", "bac", "bca", "cab", "cba"];
        actions.extend(orders[*state].chars());
    }

    fn next_state(&self, state: &usize, _: char) -> Option<usize> {
        Some((state + 1) % 6)
    }
}

#[test]
fn an_action_is_counted_once_in_whatever_order_it_is_offered() {
    let graph = explore(&Shuffling, &Bounds::default());
    let counts: Vec<_> = graph
        .actions()
        .iter()
        .map(|of| (*of.action, of.steps))
        .collect();
    assert_eq!(counts, [('a', 6), ('b', 6), ('c', 6)]);
    assert_eq!(graph.enabled(3).collect::<String>(), "bca");
}

#[test]
fn a_cut_says_why_in_words() {
    let why = Why {
        depth: 3,
        stopped: 2,
        ..Why::default()
    };
    let words = "the search was cut: 3 steps went beyond the bound of depth, \
                 2 states were left unexpanded when the search was stopped";
    assert_eq!(why.to_string(), words);
}

#[test]
fn the_statistics_of_a_graph_are_those_one_counts() {
    let model = Small::new(&[free(0, 1), free(1, 2), free(2, 1), free(0, 3), free(0, 9)]).within(8);
    let statistics = model.graph().statistics();
    assert_eq!(
        (statistics.states, statistics.steps, statistics.depth()),
        (4, 4, 2)
    );
    assert_eq!(statistics.widths, [1, 2, 1]);
    assert_eq!(statistics.most_steps, 3);
    assert_eq!(
        (statistics.components, statistics.largest_component),
        (3, 2)
    );
    // One byte a state; four bytes a step, and two for each state that has them, all in one block.
    assert_eq!(statistics.bytes.total(), 4 * (1 + 2) + 5 * 4 + 8 + 4);
    let words = "4 states, 4 steps (1.0 a state, 3 at most), depth 2, at most 2 states wide, \
                 3 components, the largest of 2 states, 11.0 bytes a state";
    assert_eq!(statistics.to_string(), words);
}
