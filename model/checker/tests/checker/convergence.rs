//! How much can be spent, and whether there is a way back.

use hopwise_checker::{Bounds, Longest, Verdict, explore, longest, never_wedged};
use proptest::prelude::*;

use crate::small::{Edge, Small, fair, free};

/// Classes are costs here, and a step without a class is not quiet.
fn cost(edge: &Edge) -> Option<u64> {
    edge.class.map(|class| class as u64)
}

/// The cost, and the states of the trace from where it begins to spend.
fn most(model: &Small) -> Option<(u64, Vec<u8>)> {
    match longest(&model.graph(), cost) {
        Longest::Bounded(spent) => {
            let states = spent.trace.states().skip(spent.loud).copied().collect();
            Some((spent.cost, states))
        }
        Longest::Unbounded(_) | Longest::NotDecided(_) => None,
    }
}

#[test]
fn the_dearest_way_counts_and_not_the_longest_or_the_shortest() {
    let model = Small::new(&[
        free(0, 1),
        fair(1, 1, 2),
        fair(1, 2, 3),
        fair(1, 3, 4),
        fair(5, 1, 4),
        fair(2, 4, 5),
    ]);
    assert_eq!(most(&model), Some((7, vec![1, 4, 5])));
}

#[test]
fn a_step_that_is_not_quiet_ends_the_count() {
    let model = Small::new(&[fair(3, 0, 1), free(1, 2), fair(2, 2, 3), fair(2, 3, 4)]);
    assert_eq!(most(&model), Some((4, vec![2, 3, 4])));
}

#[test]
fn a_cycle_that_costs_nothing_does_no_harm() {
    let model = Small::new(&[
        fair(0, 0, 1),
        fair(0, 1, 0),
        fair(0, 1, 2),
        fair(1, 2, 3),
        fair(0, 3, 3),
    ]);
    assert_eq!(most(&model), Some((1, vec![0, 1, 2, 3])));
}

#[test]
fn a_cycle_that_costs_something_is_shown() {
    let model = Small::new(&[free(0, 1), fair(0, 1, 2), fair(1, 2, 3), fair(0, 3, 1)]);
    let Longest::Unbounded(lasso) = longest(&model.graph(), cost) else {
        panic!("it is bounded");
    };
    assert_eq!(lasso.stem.states().copied().collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(
        lasso.cycle.iter().map(|(_, to)| *to).collect::<Vec<_>>(),
        [3, 1, 2]
    );
}

#[test]
fn a_cut_search_shows_a_costly_cycle_and_decides_no_bound() {
    let chain = Small::new(&[fair(1, 0, 1), fair(1, 1, 2)]).within(1);
    assert!(matches!(longest(&chain.graph(), cost), Longest::NotDecided(why) if why.boundary == 1));
    let ring = Small::new(&[fair(1, 0, 1), fair(1, 1, 0), free(1, 2)]).within(1);
    assert!(matches!(
        longest(&ring.graph(), cost),
        Longest::Unbounded(_)
    ));
}

#[test]
fn a_state_from_which_the_goal_is_lost_is_a_wedge() {
    let model = Small::new(&[
        free(0, 1),
        free(1, 2),
        free(2, 0),
        free(1, 3),
        free(3, 4),
        free(4, 3),
    ]);
    let judgement = never_wedged(&model.graph(), |&s| s == 2);
    let trace = judgement
        .counterexample()
        .expect("3 and 4 have no way to 2");
    assert_eq!(trace.states().copied().collect::<Vec<_>>(), [0, 1, 3]);
    assert!(never_wedged(&model.graph(), |&s| s == 3).holds());
}

#[test]
fn a_goal_beyond_the_cut_may_be_reachable() {
    let model = Small::new(&[free(0, 1), free(1, 2), free(0, 3)]);
    let judge = |boundary| {
        let model = model.clone().within(boundary);
        never_wedged(&explore(&model, &Bounds::default()), |&s| s == 2).verdict
    };
    assert!(matches!(judge(9), Verdict::Breaks(trace) if *trace.last() == 3));
    assert!(matches!(judge(1), Verdict::NotDecided(why) if why.boundary == 2));
}

/// The most that a walk of so many steps spends in its last quiet ones, by trying all walks.
fn by_hand(model: &Small, steps: usize) -> u64 {
    let mut most = 0;
    let mut ends: Vec<Option<u64>> = (0..6)
        .map(|s| model.initial.contains(&s).then_some(0))
        .collect();
    for _ in 0..steps {
        let mut next = ends.clone();
        for edge in &model.edges {
            let Some(spent) = ends[usize::from(edge.from)] else {
                continue;
            };
            let after = cost(edge).map_or(0, |cost| spent + cost);
            let end = &mut next[usize::from(edge.to)];
            *end = Some(end.map_or(after, |other| other.max(after)));
            most = most.max(after);
        }
        ends = next;
    }
    most
}

fn reaches(model: &Small, from: u8, goal: impl Fn(u8) -> bool) -> bool {
    let mut seen = vec![from];
    let mut next = 0;
    while let Some(&state) = seen.get(next) {
        next += 1;
        for edge in model.edges.iter().filter(|edge| edge.from == state) {
            if !seen.contains(&edge.to) {
                seen.push(edge.to);
            }
        }
    }
    seen.into_iter().any(goal)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(5000) })]

    #[test]
    fn bounds_and_wedges_of_random_graphs_are_those_found_by_hand(
        edges in prop::collection::vec((0..6_u8, 0..6_u8, prop::option::of(0..3_usize)), 0..10),
        goals in 0..64_u32,
    ) {
        let edges = edges.into_iter().map(|(from, to, class)| Edge { from, to, class });
        let model = Small::new(&edges.collect::<Vec<_>>());
        let graph = model.graph();
        match longest(&graph, cost) {
            Longest::Bounded(spent) => {
                // Five steps lead to the farthest of six states, and five more through all others.
                prop_assert_eq!(spent.cost, by_hand(&model, 10));
                prop_assert_eq!(spent.cost, by_hand(&model, 40));
            }
            Longest::Unbounded(_) => prop_assert!(by_hand(&model, 40) > by_hand(&model, 12)),
            Longest::NotDecided(why) => prop_assert!(false, "{}", why),
        }
        let goal = |s: u8| goals >> s & 1 == 1;
        let wedged = graph.ids().map(|id| graph.state(id)).find(|&s| !reaches(&model, s, goal));
        let found = never_wedged(&graph, |&s| goal(s));
        prop_assert_eq!(found.counterexample().map(|trace| *trace.last()), wedged);
    }
}
