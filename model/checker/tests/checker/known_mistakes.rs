//! Mistakes that other checkers of fair liveness made, each with the graph that shows it.

use hopwise_checker::{
    Bounds, Judgement, Lasso, Unfair, Verdict, always_eventually, explore, leads_to,
};

use crate::small::{Small, fair, free, marked, marked_strong};

/// Judges "state 0 leads to this state", with two fair classes.
fn zero_leads_to(goal: u8, model: &Small) -> Judgement<Lasso<Small>> {
    leads_to(&model.graph(), &marked(2), |&s| s == 0, |&s| s == goal)
}

/// The states of a lasso, the stem's and the cycle's.
fn shape(judgement: &Judgement<Lasso<Small>>) -> (Vec<u8>, Vec<u8>) {
    let lasso = judgement.counterexample().expect("the property breaks");
    let cycle = lasso.cycle.iter().map(|(_, state)| *state).collect();
    (lasso.stem.states().copied().collect(), cycle)
}

#[test]
fn an_unfair_step_is_not_forced_even_where_it_is_the_only_one() {
    let judgement = zero_leads_to(1, &Small::new(&[free(0, 1)]));
    assert_eq!(shape(&judgement), (vec![0], vec![]));
}

#[test]
fn a_cycle_that_puts_a_fair_class_off_for_ever_is_no_counterexample() {
    let judgement = zero_leads_to(
        2,
        &Small::new(&[free(0, 1), free(1, 0), fair(0, 0, 2), fair(0, 1, 2)]),
    );
    assert!(judgement.holds());
}

#[test]
fn a_class_that_is_disabled_only_where_the_goal_is_excuses_no_cycle() {
    // The outer component is 0, 1, 2, and state 2 disables the class; but 2 is the goal.
    let model = Small::new(&[
        free(0, 1),
        free(1, 0),
        fair(0, 0, 2),
        fair(0, 1, 2),
        free(2, 0),
    ]);
    assert!(zero_leads_to(2, &model).holds());
}

#[test]
fn a_class_that_is_taken_only_beyond_the_goal_does_not_make_a_cycle_fair() {
    // The class is taken from 2 to 0 and on the way to 2, never between 0 and 1.
    let model = Small::new(&[
        free(0, 1),
        free(1, 0),
        fair(0, 0, 2),
        fair(0, 1, 2),
        fair(0, 2, 0),
    ]);
    assert!(zero_leads_to(2, &model).holds());
}

#[test]
fn a_fair_step_that_changes_nothing_counts_as_taken_and_proves_no_progress() {
    let judgement = zero_leads_to(1, &Small::new(&[fair(0, 0, 0)]));
    assert_eq!(shape(&judgement), (vec![0], vec![0]));

    let judgement = zero_leads_to(1, &Small::new(&[fair(0, 0, 0), fair(0, 0, 1)]));
    assert_eq!(shape(&judgement), (vec![0], vec![0]));
}

#[test]
fn a_step_that_changes_nothing_does_not_pay_for_another_class() {
    let model = Small::new(&[fair(0, 0, 0), fair(1, 0, 1)]);
    assert!(zero_leads_to(1, &model).holds());
}

#[test]
fn the_cycle_of_a_lasso_has_only_steps_that_exist() {
    // Both branches must be walked, and there is no step between 1 and 2.
    let model = Small::new(&[
        fair(0, 0, 1),
        free(1, 0),
        fair(1, 0, 2),
        free(2, 0),
        fair(1, 1, 0),
        fair(0, 2, 0),
    ]);
    let (stem, cycle) = shape(&zero_leads_to(9, &model));
    assert_eq!(stem, vec![0]);
    let from = [stem, cycle.clone()].concat();
    for (&from, &to) in from.iter().zip(&cycle) {
        assert!(
            model
                .edges
                .iter()
                .any(|edge| (edge.from, edge.to) == (from, to))
        );
    }
}

#[test]
fn an_edge_that_leaves_the_region_and_comes_back_is_not_taken_inside_it() {
    // 0 and 1 are one component without the goal; class 0 goes from 0 to 1 through the goal only.
    let model = Small::new(&[
        free(0, 1),
        free(1, 0),
        fair(0, 0, 2),
        fair(0, 2, 1),
        fair(0, 1, 2),
    ]);
    assert!(zero_leads_to(2, &model).holds());
}

#[test]
fn weak_fairness_does_not_force_a_class_that_is_disabled_now_and_then() {
    let judgement = zero_leads_to(2, &Small::new(&[free(0, 1), free(1, 0), fair(0, 0, 2)]));
    assert_eq!(shape(&judgement), (vec![0], vec![1, 0]));
}

#[test]
fn a_part_of_a_component_that_is_unfair_does_not_hide_the_whole_that_is_fair() {
    // Between 0 and 1, class 0 is enabled and not taken; with 3 it is disabled for a moment.
    let model = Small::new(&[
        free(0, 1),
        free(1, 0),
        fair(0, 0, 2),
        fair(0, 1, 2),
        free(1, 3),
        free(3, 0),
    ]);
    let (stem, cycle) = shape(&zero_leads_to(2, &model));
    assert_eq!((stem, cycle), (vec![0], vec![1, 3, 0]));
}

#[test]
fn a_finite_prefix_that_fairness_continues_is_no_counterexample() {
    let model = Small::new(&[fair(0, 0, 1), fair(0, 1, 2)]);
    let graph = explore(
        &model,
        &Bounds {
            depth: Some(1),
            ..Bounds::default()
        },
    );
    let judgement = leads_to(&graph, &marked(1), |&s| s == 0, |&s| s == 2);
    assert!(matches!(judgement.verdict, Verdict::NotDecided(why) if why.depth == 1));
}

#[test]
fn an_endless_cycle_without_the_goal_is_found() {
    let odd = |state: &u8| state % 2 == 1;
    let model = Small::new(&[free(0, 2), free(2, 4), free(4, 2)]);
    assert!(
        always_eventually(&model.graph(), &Unfair, odd)
            .counterexample()
            .is_some()
    );

    let model = Small::new(&[fair(0, 0, 0)]);
    assert!(
        always_eventually(&model.graph(), &marked(1), odd)
            .counterexample()
            .is_some()
    );
}

#[test]
fn a_way_that_joins_one_with_the_goal_is_found() {
    let model = Small::new(&[
        fair(0, 0, 1),
        fair(0, 0, 2),
        fair(0, 1, 4),
        fair(0, 2, 4),
        fair(0, 4, 6),
    ]);
    let judgement = leads_to(&model.graph(), &marked(1), |&s| s == 0, |&s| s == 1);
    assert_eq!(shape(&judgement), (vec![0, 2, 4, 6], vec![]));
}

#[test]
fn a_state_whose_steps_all_leave_the_boundary_is_not_an_end() {
    let model = Small::new(&[fair(0, 0, 2), fair(0, 2, 101)]).within(100);
    let judgement = leads_to(&model.graph(), &marked(1), |&s| s == 0, |&s| s == 101);
    assert!(matches!(judgement.verdict, Verdict::NotDecided(why) if why.boundary == 1));
    assert_eq!(model.graph().deadlocks().count(), 0);
}

#[test]
fn strong_fairness_forces_a_class_that_is_disabled_now_and_then() {
    let model = Small::new(&[free(0, 1), fair(1, 1, 0), fair(0, 0, 2)]);
    let graph = model.graph();
    let judge = |strong| leads_to(&graph, &marked_strong(2, strong), |&s| s == 0, |&s| s == 2);
    assert!(judge(0).counterexample().is_some());
    assert!(judge(1).holds());
}

#[test]
fn a_component_that_a_strong_class_forbids_still_holds_a_smaller_one_that_is_fair() {
    // Between 0, 1 and 3, class 0 is enabled in 3 and never taken; between 0 and 1 it never is.
    let model = Small::new(&[
        fair(1, 0, 1),
        fair(1, 1, 0),
        free(1, 3),
        fair(1, 3, 0),
        fair(0, 3, 2),
    ]);
    let graph = model.graph();
    let judgement = leads_to(&graph, &marked_strong(2, 1), |&s| s == 3, |&s| s == 2);
    assert_eq!(shape(&judgement), (vec![0, 1, 3, 0], vec![1, 0]));
}

#[test]
fn what_is_left_of_a_pruned_component_must_still_pay_its_weak_duties() {
    // Only 3 disables the weak class 1, and 3 enables the strong class 0, which is never taken.
    let model = Small::new(&[
        free(0, 1),
        free(1, 0),
        free(1, 3),
        free(3, 0),
        fair(0, 3, 2),
        fair(1, 0, 2),
        fair(1, 1, 2),
    ]);
    let judge = |strong| {
        let graph = model.graph();
        leads_to(&graph, &marked_strong(2, strong), |&s| s == 0, |&s| s == 2).holds()
    };
    assert!(judge(1) && !judge(0));
}
