//! Compares liveness verdicts with the definition, on thousands of random small graphs.
//!
//! The oracle knows no components. It searches closed walks: a behaviour that repeats a closed
//! walk is fair if each class is taken on the walk or disabled in one of its states. Stuttering is
//! an edge of no class from every state to itself, as in the definition.

use std::cell::Cell;

use hopwise_checker::{
    Bounds, Graph, Judgement, Lasso, Verdict, always_eventually, eventually_always, explore,
    leads_to,
};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

use crate::small::{Edge, Small, marked};

const STATES: u8 = 6;
const CLASSES: usize = 3;
const CASES: u32 = 20_000;

/// A set of states, or of duties, one bit each.
type Set = u32;

#[derive(Clone, Debug)]
struct Case {
    model: Small,
    p: Set,
    q: Set,
}

fn has(set: Set, element: u8) -> bool {
    set & (1 << element) != 0
}

fn cases() -> impl Strategy<Value = Case> {
    let class = prop_oneof![Just(None), (0..CLASSES).prop_map(Some)];
    let edge = (0..STATES, 0..STATES, class).prop_map(|(from, to, class)| Edge { from, to, class });
    let set = 0..1u32 << STATES;
    let initial = prop::collection::vec(0..STATES, 1..3);
    (
        initial,
        prop::collection::vec(edge, 0..16),
        set.clone(),
        set,
    )
        .prop_map(|(initial, edges, p, q)| Case {
            model: Small {
                initial,
                edges,
                boundary: u8::MAX,
            },
            p,
            q,
        })
}

/// Everything reachable from a set through allowed states.
fn closure(model: &Small, from: Set, allowed: Set) -> Set {
    let mut reached = from & allowed;
    loop {
        let next = model
            .edges
            .iter()
            .filter(|edge| has(reached, edge.from) && has(allowed, edge.to))
            .fold(reached, |set, edge| set | 1 << edge.to);
        if next == reached {
            return reached;
        }
        reached = next;
    }
}

/// The classes that are disabled in a state; one more bit for a state that must recur.
fn paid_in(model: &Small, state: u8, recurring: Set) -> Set {
    let enabled = model
        .edges
        .iter()
        .filter(|edge| edge.from == state)
        .filter_map(|edge| edge.class)
        .fold(0, |set, class| set | 1 << class);
    let disabled = !enabled & ((1 << CLASSES) - 1);
    disabled | Set::from(has(recurring, state)) << CLASSES
}

/// Whether some closed walk through allowed states from one of `starts` is fair and recurs.
fn fair_walk(model: &Small, starts: Set, allowed: Set, recurring: Set) -> bool {
    let all = (1 << (CLASSES + 1)) - 1;
    (0..STATES)
        .filter(|&start| has(starts & allowed, start))
        .any(|start| {
            let mut seen = vec![(start, paid_in(model, start, recurring))];
            let mut next = 0;
            while let Some(&(state, paid)) = seen.get(next) {
                next += 1;
                if state == start && paid == all {
                    return true;
                }
                for edge in model.edges.iter().filter(|edge| edge.from == state) {
                    let taken = edge.class.map_or(0, |class| 1 << class);
                    let place = (edge.to, paid | taken | paid_in(model, edge.to, recurring));
                    if has(allowed, edge.to) && !seen.contains(&place) {
                        seen.push(place);
                    }
                }
            }
            false
        })
}

fn initial(model: &Small) -> Set {
    model.initial.iter().fold(0, |set, state| set | 1 << state)
}

fn breaks_leads_to(case: &Case) -> bool {
    let reachable = closure(&case.model, initial(&case.model), Set::MAX);
    let region = closure(&case.model, reachable & case.p & !case.q, !case.q);
    fair_walk(&case.model, region, !case.q, Set::MAX)
}

fn breaks_eventually_always(case: &Case) -> bool {
    let reachable = closure(&case.model, initial(&case.model), Set::MAX);
    fair_walk(&case.model, reachable, Set::MAX, !case.p)
}

fn breaks_always_eventually(case: &Case) -> bool {
    breaks_leads_to(&Case {
        p: Set::MAX,
        q: case.p,
        ..case.clone()
    })
}

/// One way of judging, by the checker and by the oracle.
struct Property {
    name: &'static str,
    judge: fn(&Graph<'_, Small>, &Case) -> Judgement<Lasso<Small>>,
    breaks: fn(&Case) -> bool,
}

const PROPERTIES: [Property; 3] = [
    Property {
        name: "p ~> q",
        judge: |graph, case| {
            leads_to(
                graph,
                &marked(CLASSES),
                |&s| has(case.p, s),
                |&s| has(case.q, s),
            )
        },
        breaks: breaks_leads_to,
    },
    Property {
        name: "F G p",
        judge: |graph, case| eventually_always(graph, &marked(CLASSES), |&s| has(case.p, s)),
        breaks: breaks_eventually_always,
    },
    Property {
        name: "G F p",
        judge: |graph, case| always_eventually(graph, &marked(CLASSES), |&s| has(case.p, s)),
        breaks: breaks_always_eventually,
    },
];

fn runner() -> TestRunner {
    TestRunner::new(ProptestConfig {
        cases: CASES,
        rng_seed: RngSeed::Fixed(20),
        failure_persistence: None,
        ..ProptestConfig::default()
    })
}

#[test]
fn every_verdict_on_a_random_fair_graph_is_that_of_the_definition() {
    for Property {
        name,
        judge,
        breaks,
    } in PROPERTIES
    {
        let broken = Cell::new(0);
        let outcome = runner().run(&cases(), |case| {
            let expected = breaks(&case);
            broken.set(broken.get() + u32::from(expected));
            let judgement = judge(&case.model.graph(), &case);
            prop_assert_eq!(judgement.counterexample().is_some(), expected, "{}", name);
            prop_assert_eq!(judgement.holds(), !expected, "{}", name);
            Ok(())
        });
        outcome.unwrap();
        let share = f64::from(broken.get()) / f64::from(CASES);
        assert!(
            (0.05..0.99).contains(&share),
            "{name}: {share} of the cases break"
        );
    }
}

#[test]
fn a_cut_graph_never_holds_and_breaks_only_where_the_whole_graph_does() {
    for Property {
        name,
        judge,
        breaks,
    } in PROPERTIES
    {
        let undecided = Cell::new(0);
        let limits = (1..STATES as usize, 0..STATES as usize, 0..STATES);
        let outcome = runner().run(&(cases(), limits), |(case, (states, depth, boundary))| {
            let model = case.model.clone().within(boundary);
            let bounds = Bounds {
                states: Some(states),
                depth: Some(depth),
                stop: None,
            };
            let graph = explore(&model, &bounds);
            match judge(&graph, &case).verdict {
                Verdict::Holds => prop_assert!(graph.is_complete() && !breaks(&case), "{}", name),
                Verdict::Breaks(_) => prop_assert!(breaks(&case), "{}", name),
                Verdict::NotDecided(_) => undecided.set(undecided.get() + 1),
            }
            Ok(())
        });
        outcome.unwrap();
        assert!(
            (CASES / 20..CASES).contains(&undecided.get()),
            "{name}: {}",
            undecided.get()
        );
    }
}
