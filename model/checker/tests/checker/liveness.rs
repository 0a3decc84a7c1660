//! Judges liveness on graphs whose right answers are known.

use hopwise_checker::{
    Unfair, Verdict, always_eventually, eventually_always, leads_to, quiescent, rests_only_when,
};

use crate::small::{Small, fair, free, marked};

#[test]
fn a_chain_of_fair_steps_leads_to_its_end() {
    let model = Small::new(&[fair(0, 0, 1), fair(1, 1, 2)]);
    let judgement = leads_to(&model.graph(), &marked(2), |&s| s == 0, |&s| s == 2);
    assert!(judgement.holds());
    assert_eq!(judgement.premise_states, 1);
}

#[test]
fn without_fairness_the_same_chain_may_stop_at_once() {
    let model = Small::new(&[fair(0, 0, 1), fair(1, 1, 2)]);
    let judgement = leads_to(&model.graph(), &Unfair, |&s| s == 0, |&s| s == 2);
    assert!(
        judgement
            .counterexample()
            .is_some_and(|lasso| lasso.stutters())
    );
}

#[test]
fn a_goal_that_is_reached_at_the_same_moment_is_reached() {
    let model = Small::new(&[]);
    let judgement = leads_to(&model.graph(), &Unfair, |&s| s == 0, |&s| s == 0);
    assert!(judgement.holds() && !judgement.is_vacuous());
}

#[test]
fn a_premise_that_is_never_reached_is_reported_as_vacuous() {
    let model = Small::new(&[free(0, 1)]);
    let judgement = leads_to(&model.graph(), &Unfair, |&s| s == 7, |&s| s == 8);
    assert!(judgement.is_vacuous());
}

#[test]
fn a_far_premise_that_is_an_end_does_not_come_before_a_near_one_that_is_not() {
    let model = Small::new(&[
        fair(0, 0, 1),
        fair(0, 1, 2),
        free(0, 4),
        fair(0, 4, 5),
        fair(0, 5, 6),
    ]);
    let judgement = leads_to(
        &model.graph(),
        &marked(1),
        |&s| s == 0 || s == 6,
        |&s| s == 9,
    );
    let lasso = judgement.counterexample().unwrap();
    assert_eq!(
        lasso.stem.states().copied().collect::<Vec<_>>(),
        vec![0, 1, 2]
    );
}

#[test]
fn a_cycle_visits_every_class_that_it_cannot_disable() {
    let model = Small::new(&[
        fair(0, 0, 1),
        fair(1, 0, 1),
        fair(0, 1, 0),
        fair(1, 1, 2),
        fair(0, 2, 0),
        fair(1, 2, 2),
    ]);
    let judgement = always_eventually(&model.graph(), &marked(2), |&s| s == 9);
    let lasso = judgement.counterexample().unwrap();
    for class in 0..2 {
        assert!(
            lasso
                .cycle
                .iter()
                .any(|(edge, _)| edge.class == Some(class))
        );
    }
}

#[test]
fn stabilisation_breaks_on_a_cycle_that_leaves_now_and_then() {
    let model = Small::new(&[fair(0, 0, 1), fair(0, 1, 0)]);
    let graph = model.graph();
    let one = |&s: &u8| s == 1;
    assert!(
        eventually_always(&graph, &marked(1), one)
            .counterexample()
            .is_some()
    );
    assert!(always_eventually(&graph, &marked(1), one).holds());
}

#[test]
fn stabilisation_holds_where_fairness_leaves_the_cycle() {
    let model = Small::new(&[free(0, 1), free(1, 0), fair(0, 0, 2), fair(0, 1, 2)]);
    assert!(eventually_always(&model.graph(), &marked(1), |&s| s == 2).holds());
}

#[test]
fn the_cycle_against_stabilisation_visits_the_bad_state() {
    let model = Small::new(&[fair(0, 0, 1), fair(0, 1, 0), fair(0, 1, 2), fair(0, 2, 1)]);
    let judgement = eventually_always(&model.graph(), &marked(1), |&s| s != 2);
    let lasso = judgement.counterexample().unwrap();
    assert!(lasso.cycle.iter().any(|(_, state)| *state == 2));
}

#[test]
fn a_lasso_inside_a_cut_graph_breaks_the_property() {
    let model = Small::new(&[free(0, 1), free(1, 0), free(1, 5)]).within(4);
    let judgement = always_eventually(&model.graph(), &Unfair, |&s| s == 5);
    assert!(matches!(judgement.verdict, Verdict::Breaks(_)));
}

#[test]
fn a_fair_step_out_of_the_boundary_forbids_resting() {
    let model = Small::new(&[fair(0, 0, 5)]).within(4);
    assert!(quiescent(&model.graph(), &marked(1)).is_empty());
    let judgement = always_eventually(&model.graph(), &marked(1), |&s| s == 5);
    assert!(matches!(judgement.verdict, Verdict::NotDecided(_)));
}

#[test]
fn what_comes_to_rest_must_be_good() {
    let model = Small::new(&[fair(0, 0, 1), fair(0, 0, 2), free(2, 0)]);
    let graph = model.graph();
    assert_eq!(quiescent(&graph, &marked(1)), vec![1, 2]);
    assert!(rests_only_when(&graph, &marked(1), |&s| s >= 1).holds());

    let judgement = rests_only_when(&graph, &marked(1), |&s| s == 1);
    assert_eq!(judgement.premise_states, 2);
    assert_eq!(
        judgement.counterexample().map(|trace| *trace.last()),
        Some(2)
    );
}

#[test]
fn a_ring_of_a_hundred_thousand_states_is_one_component_and_no_recursion() {
    let ring = crate::counts::Ring(100_000);
    let graph = hopwise_checker::explore(&ring, &hopwise_checker::Bounds::default());
    let judgement = always_eventually(&graph, &Unfair, |&at| at == 99_999);
    assert!(judgement.counterexample().is_some());
    let fair = hopwise_checker::WeaklyFair {
        classes: 1,
        class: |(): &()| Some(0),
    };
    assert!(always_eventually(&graph, &fair, |&at| at == 99_999).holds());
}
