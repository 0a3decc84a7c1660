//! The checker with a rule broken is caught, by its own replay or by the definition.

use std::cell::Cell;

use proptest::test_runner::TestError;

use super::agreement::compare;
use crate::rules::{Rule, Rules};

/// Who notices that a rule is broken.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Catcher {
    /// The definition gives another verdict, or refuses the counterexample.
    Definition,
    /// The checker's own replay refuses the counterexample.
    Replay,
    /// The walk that should pay for a cycle finds nothing to pay with.
    Walk,
}

/// Who catches the checker with these rules broken.
fn catcher(broken: &'static [Rule]) -> Catcher {
    let message = match compare(Rules::without(broken), &Cell::new(0)) {
        Err(TestError::Fail(reason, _)) => reason.message().to_string(),
        Err(TestError::Abort(reason)) => panic!("not run: {}", reason.message()),
        Ok(()) => panic!("nobody notices without {broken:?}"),
    };
    if message.contains("a lasso does not replay") {
        Catcher::Replay
    } else if message.contains("bug in the checker: a set") {
        Catcher::Walk
    } else {
        Catcher::Definition
    }
}

#[test]
fn without_stuttering_a_counterexample_is_missed() {
    assert_eq!(catcher(&[Rule::Stuttering]), Catcher::Definition);
}

#[test]
fn components_of_the_whole_graph_give_a_lasso_through_the_goal() {
    assert_eq!(catcher(&[Rule::Region]), Catcher::Replay);
    assert_eq!(catcher(&[Rule::Region, Rule::Replay]), Catcher::Definition);
}

#[test]
fn a_component_that_is_dismissed_instead_of_pruned_hides_a_counterexample() {
    assert_eq!(catcher(&[Rule::Pruning]), Catcher::Definition);
}

#[test]
fn a_pruned_component_that_is_judged_by_what_it_was_gives_an_unfair_lasso() {
    assert_eq!(catcher(&[Rule::Rejudging, Rule::Cycle]), Catcher::Replay);
    assert_eq!(
        catcher(&[Rule::Rejudging, Rule::Cycle, Rule::Replay]),
        Catcher::Definition
    );
    assert_eq!(catcher(&[Rule::Rejudging]), Catcher::Walk);
}

#[test]
fn a_class_taken_by_an_edge_that_leaves_the_component_gives_an_unfair_lasso() {
    assert_eq!(catcher(&[Rule::InnerEdges, Rule::Cycle]), Catcher::Replay);
    assert_eq!(
        catcher(&[Rule::InnerEdges, Rule::Cycle, Rule::Replay]),
        Catcher::Definition
    );
    assert_eq!(catcher(&[Rule::InnerEdges]), Catcher::Walk);
}

#[test]
fn a_self_loop_that_takes_nothing_hides_a_counterexample() {
    assert_eq!(catcher(&[Rule::SelfLoopsTake]), Catcher::Definition);
}

#[test]
fn a_self_loop_that_takes_every_class_gives_an_unfair_lasso() {
    assert_eq!(catcher(&[Rule::SelfLoopsTakeOne]), Catcher::Replay);
    assert_eq!(
        catcher(&[Rule::SelfLoopsTakeOne, Rule::Replay]),
        Catcher::Definition
    );
}

#[test]
fn a_cut_step_that_enables_nothing_gives_rest_where_there_is_none() {
    assert_eq!(catcher(&[Rule::CutSteps]), Catcher::Replay);
    assert_eq!(
        catcher(&[Rule::CutSteps, Rule::Replay]),
        Catcher::Definition
    );
}

#[test]
fn a_cut_search_that_passes_is_noticed() {
    assert_eq!(catcher(&[Rule::CutSearches]), Catcher::Definition);
}

#[test]
fn a_strong_class_treated_as_weak_gives_an_unfair_lasso() {
    assert_eq!(catcher(&[Rule::Strong]), Catcher::Replay);
    assert_eq!(catcher(&[Rule::Strong, Rule::Replay]), Catcher::Definition);
}

#[test]
fn a_weak_class_treated_as_strong_hides_a_counterexample() {
    assert_eq!(catcher(&[Rule::Weak]), Catcher::Definition);
}

#[test]
fn a_cycle_that_does_not_pay_its_duties_is_refused_by_the_replay() {
    assert_eq!(catcher(&[Rule::Cycle]), Catcher::Replay);
    assert_eq!(catcher(&[Rule::Cycle, Rule::Replay]), Catcher::Definition);
}
