//! The checker and the definition say the same of random graphs.

use std::cell::Cell;

use hopwise_checker::{Bounds, Graph, Judgement, Lasso, Verdict, explore};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestError, TestRunner};

use super::definition::{CLASSES, Case, Form, STATES, Set, has};
use super::small::{Edge, Small, marked_strong};
use crate::liveness::{eventually_always_by, leads_to_by};
use crate::rules::Rules;

/// Each of them is judged by every form of property.
pub const CASES: u32 = 15_000;

pub const FORMS: [Form; 3] = [
    Form::LeadsTo,
    Form::EventuallyAlways,
    Form::AlwaysEventually,
];

pub fn cases() -> impl Strategy<Value = Case> {
    let class = prop_oneof![Just(None), (0..CLASSES).prop_map(Some)];
    let edge = (0..STATES, 0..STATES, class).prop_map(|(from, to, class)| Edge { from, to, class });
    let set = 0..1_u32 << STATES;
    let strong: std::ops::Range<Set> = 0..1 << CLASSES;
    // One graph in two is whole.
    let boundary = prop_oneof![Just(u8::MAX), 2..STATES];
    let initial = prop::collection::vec(0..STATES, 1..3);
    let edges = prop::collection::vec(edge, 0..16);
    (initial, edges, boundary, strong, (set.clone(), set)).prop_map(
        |(initial, edges, boundary, strong, (p, q))| Case {
            model: Small {
                initial,
                edges,
                boundary,
            },
            strong,
            p,
            q,
        },
    )
}

pub fn judge(
    rules: Rules,
    graph: &Graph<'_, Small>,
    form: Form,
    case: &Case,
) -> Judgement<Lasso<Small>> {
    let fairness = marked_strong(CLASSES, case.strong);
    let (p, q) = (|&s: &u8| has(case.p, s), |&s: &u8| has(case.q, s));
    match form {
        Form::LeadsTo => leads_to_by(rules, graph, &fairness, p, q),
        Form::EventuallyAlways => eventually_always_by(rules, graph, &fairness, p),
        Form::AlwaysEventually => leads_to_by(rules, graph, &fairness, |_| true, p),
    }
}

/// Compares every judgement of random graphs with the definition, and counts those that break.
pub fn compare(rules: Rules, broken: &Cell<u32>) -> Result<(), TestError<Case>> {
    let config = ProptestConfig {
        cases: CASES,
        rng_seed: RngSeed::Fixed(20),
        failure_persistence: None,
        max_shrink_iters: 0,
        ..ProptestConfig::default()
    };
    TestRunner::new(config).run(&cases(), |case| {
        let graph = explore(&case.model, &Bounds::default());
        prop_assert_eq!(graph.cut().is_some(), case.is_cut());
        for form in FORMS {
            let expected = case.shortest_stem(form);
            match judge(rules, &graph, form, &case).verdict {
                Verdict::Holds => {
                    prop_assert!(expected.is_none() && !case.is_cut(), "wrongly holds");
                }
                Verdict::NotDecided(_) => {
                    prop_assert!(expected.is_none() && case.is_cut(), "wrongly not decided");
                }
                Verdict::Breaks(lasso) => {
                    prop_assert!(expected.is_some(), "wrongly breaks");
                    prop_assert!(case.is_broken_by(form, &lasso), "no counterexample");
                    prop_assert_eq!(Some(lasso.stem.steps.len()), expected, "a longer stem");
                    broken.set(broken.get() + 1);
                }
            }
        }
        Ok(())
    })
}

#[test]
fn every_verdict_on_a_random_fair_graph_is_that_of_the_definition() {
    let broken = Cell::new(0);
    compare(Rules::ALL, &broken).unwrap();
    let share = f64::from(broken.get()) / f64::from(3 * CASES);
    assert!(
        (0.2..0.8).contains(&share),
        "{share} of the judgements break"
    );
}

#[test]
fn a_graph_cut_by_a_bound_never_holds_and_breaks_only_where_the_whole_graph_does() {
    let undecided = Cell::new(0);
    let limits = (1..STATES as usize, 0..STATES as usize);
    let config = ProptestConfig {
        cases: CASES / 3,
        rng_seed: RngSeed::Fixed(21),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let outcome = TestRunner::new(config).run(&(cases(), limits), |(case, (states, depth))| {
        let bounds = Bounds {
            states: Some(states),
            depth: Some(depth),
            ..Bounds::default()
        };
        let graph = explore(&case.model, &bounds);
        let whole = Case {
            model: case.model.clone().within(u8::MAX),
            ..case.clone()
        };
        for form in FORMS {
            let breaks = whole.shortest_stem(form).is_some();
            match judge(Rules::ALL, &graph, form, &case).verdict {
                Verdict::Holds => prop_assert!(graph.is_complete() && !breaks),
                Verdict::Breaks(_) => prop_assert!(breaks),
                Verdict::NotDecided(_) => undecided.set(undecided.get() + 1),
            }
        }
        Ok(())
    });
    outcome.unwrap();
    assert!(
        (CASES / 20..CASES).contains(&undecided.get()),
        "{}",
        undecided.get()
    );
}
