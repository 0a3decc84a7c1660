//! Judges safety on graphs whose right answers are known.

use hopwise_checker::{Bounds, Verdict, explore, invariant, reachable, step_invariant, witness};

use crate::small::{Small, free};

/// Two ways to 3, a short one and a long one.
fn diamond() -> Small {
    Small::new(&[free(0, 1), free(1, 2), free(2, 3), free(0, 4), free(4, 3)])
}

#[test]
fn the_counterexample_of_an_invariant_is_a_shortest_trace() {
    let model = diamond();
    let judgement = invariant(&model.graph(), |&s| s != 3);
    let trace = judgement.counterexample().unwrap();
    assert_eq!(trace.states().copied().collect::<Vec<_>>(), vec![0, 4, 3]);
}

#[test]
fn an_invariant_holds_on_a_complete_graph_and_speaks_of_all_its_states() {
    let model = diamond();
    let judgement = invariant(&model.graph(), |&s| s < 5);
    assert!(judgement.holds());
    assert_eq!(judgement.premise_states, 5);
}

#[test]
fn an_invariant_breaks_on_a_cut_graph_and_never_holds_on_one() {
    let model = diamond();
    let graph = explore(
        &model,
        &Bounds {
            depth: Some(1),
            ..Bounds::default()
        },
    );
    assert!(invariant(&graph, |&s| s != 4).counterexample().is_some());
    let judgement = invariant(&graph, |&s| s != 3);
    assert!(matches!(judgement.verdict, Verdict::NotDecided(why) if why.depth == 2));
}

#[test]
fn a_bad_step_is_the_last_of_its_trace() {
    let model = diamond();
    let judgement = step_invariant(&model.graph(), |before, _, after| before < after);
    let trace = judgement.counterexample().unwrap();
    assert_eq!(trace.states().copied().collect::<Vec<_>>(), vec![0, 4, 3]);
    assert_eq!(judgement.premise_states, 4);
}

#[test]
fn steps_that_are_all_good_hold() {
    let model = diamond();
    assert!(step_invariant(&model.graph(), |_, edge, after| edge.to == *after).holds());
}

#[test]
fn what_is_reachable_has_a_shortest_witness() {
    let model = diamond();
    let graph = model.graph();
    assert!(reachable(&graph, |&s| s == 3).holds());
    assert_eq!(
        witness(&graph, |&s| s == 3).map(|trace| trace.steps.len()),
        Some(2)
    );
}

#[test]
fn what_is_not_reachable_breaks_only_where_all_was_searched() {
    let model = diamond();
    assert!(
        reachable(&model.graph(), |&s| s == 9)
            .counterexample()
            .is_some()
    );
    assert!(witness(&model.graph(), |&s| s == 9).is_none());
    let graph = explore(
        &model,
        &Bounds {
            states: Some(2),
            ..Bounds::default()
        },
    );
    assert!(matches!(
        reachable(&graph, |&s| s == 9).verdict,
        Verdict::NotDecided(_)
    ));
    assert!(reachable(&graph, |&s| s == 1).holds());
}

#[test]
fn a_model_without_initial_states_is_vacuous() {
    let model = Small {
        initial: vec![],
        ..diamond()
    };
    assert!(invariant(&model.graph(), |_| false).is_vacuous());
}
