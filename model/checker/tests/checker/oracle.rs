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

/// The states one step after those of a set.
fn after(model: &Small, set: Set) -> Set {
    let taken = model.edges.iter().filter(|edge| has(set, edge.from));
    taken.fold(0, |set, edge| set | 1 << edge.to)
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

/// Whether some closed walk from a state through allowed states is fair and recurs.
fn has_fair_walk(model: &Small, start: u8, allowed: Set, recurring: Set) -> bool {
    let all = (1 << (CLASSES + 1)) - 1;
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
}

/// The length of the shortest stem of a fair lasso that, after some state of `entries`, stays in
/// `allowed` and recurs.
fn shortest_stem(model: &Small, entries: Set, allowed: Set, recurring: Set) -> Option<usize> {
    let ends = (0..STATES)
        .filter(|&state| has(allowed, state) && has_fair_walk(model, state, allowed, recurring))
        .fold(0, |set, state| set | 1 << state);
    let mut before = model.initial.iter().fold(0, |set, state| set | 1 << state);
    let mut staying = before & entries & allowed;
    for length in 0..2 * usize::from(STATES) {
        if staying & ends != 0 {
            return Some(length);
        }
        before = after(model, before);
        staying = (after(model, staying) | before & entries) & allowed;
    }
    None
}

fn stem_against_leads_to(case: &Case) -> Option<usize> {
    shortest_stem(&case.model, case.p, !case.q, Set::MAX)
}

fn stem_against_eventually_always(case: &Case) -> Option<usize> {
    shortest_stem(&case.model, Set::MAX, Set::MAX, !case.p)
}

fn stem_against_always_eventually(case: &Case) -> Option<usize> {
    shortest_stem(&case.model, Set::MAX, !case.p, Set::MAX)
}

/// One way of judging, by the checker and by the oracle.
struct Property {
    name: &'static str,
    judge: fn(&Graph<'_, Small>, &Case) -> Judgement<Lasso<Small>>,
    stem: fn(&Case) -> Option<usize>,
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
        stem: stem_against_leads_to,
    },
    Property {
        name: "F G p",
        judge: |graph, case| eventually_always(graph, &marked(CLASSES), |&s| has(case.p, s)),
        stem: stem_against_eventually_always,
    },
    Property {
        name: "G F p",
        judge: |graph, case| always_eventually(graph, &marked(CLASSES), |&s| has(case.p, s)),
        stem: stem_against_always_eventually,
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
fn every_verdict_and_stem_on_a_random_fair_graph_is_that_of_the_definition() {
    for Property { name, judge, stem } in PROPERTIES {
        let broken = Cell::new(0);
        let outcome = runner().run(&cases(), |case| {
            let expected = stem(&case);
            broken.set(broken.get() + u32::from(expected.is_some()));
            let judgement = judge(&case.model.graph(), &case);
            let found = judgement
                .counterexample()
                .map(|lasso| lasso.stem.steps.len());
            prop_assert_eq!(found, expected, "{}", name);
            prop_assert_eq!(judgement.holds(), expected.is_none(), "{}", name);
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
    for Property { name, judge, stem } in PROPERTIES {
        let undecided = Cell::new(0);
        let limits = (1..STATES as usize, 0..STATES as usize, 0..STATES);
        let outcome = runner().run(&(cases(), limits), |(case, (states, depth, boundary))| {
            let model = case.model.clone().within(boundary);
            let bounds = Bounds {
                states: Some(states),
                depth: Some(depth),
                stop: None,
                progress: None,
            };
            let graph = explore(&model, &bounds);
            let breaks = stem(&case).is_some();
            match judge(&graph, &case).verdict {
                Verdict::Holds => prop_assert!(graph.is_complete() && !breaks, "{}", name),
                Verdict::Breaks(_) => prop_assert!(breaks, "{}", name),
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
