//! The replay refuses behaviours that are not the model's, not fair, or not violations.

use hopwise_checker::replay::{self, Flaw};
use hopwise_checker::{Lasso, Trace};
use stateright::Model;

use crate::small::{Edge, Small, fair, free, marked, marked_strong};

/// A model whose only action is refused.
pub struct Refusing;

impl Model for Refusing {
    type State = ();
    type Action = ();

    fn init_states(&self) -> Vec<()> {
        vec![()]
    }

    fn actions(&self, (): &(), actions: &mut Vec<()>) {
        actions.push(());
    }

    fn next_state(&self, (): &(), (): ()) -> Option<()> {
        None
    }
}

fn model() -> Small {
    Small::new(&[free(0, 1), fair(0, 1, 0), fair(1, 1, 2)]).within(9)
}

fn along(init: u8, edges: &[Edge]) -> Trace<Small> {
    Trace {
        init,
        steps: edges.iter().map(|&edge| (edge, edge.to)).collect(),
    }
}

fn lasso(stem: &[Edge], cycle: &[Edge]) -> Lasso<Small> {
    Lasso {
        stem: along(0, stem),
        cycle: along(0, cycle).steps,
    }
}

#[test]
fn a_trace_that_starts_elsewhere_is_refused() {
    assert_eq!(
        replay::trace(&model(), &along(1, &[])),
        Err(Flaw::NotInitial)
    );
}

#[test]
fn a_step_that_the_model_does_not_offer_is_refused() {
    let invented = along(0, &[free(0, 1), free(1, 2)]);
    assert_eq!(
        replay::trace(&model(), &invented),
        Err(Flaw::NotOffered { step: 2 })
    );
}

#[test]
fn a_step_to_another_state_is_refused() {
    let wrong = Trace {
        init: 0,
        steps: vec![(free(0, 1), 2)],
    };
    assert_eq!(
        replay::trace(&model(), &wrong),
        Err(Flaw::WrongState { step: 1 })
    );
}

#[test]
fn a_refused_action_is_no_step() {
    let wrong = Trace {
        init: (),
        steps: vec![((), ())],
    };
    assert_eq!(
        replay::trace(&Refusing, &wrong),
        Err(Flaw::WrongState { step: 1 })
    );
}

#[test]
fn a_step_over_the_boundary_is_refused() {
    let over = along(0, &[free(0, 1)]);
    let flaw = replay::trace(&model().within(0), &over);
    assert_eq!(flaw, Err(Flaw::OutsideBoundary { step: 1 }));
}

#[test]
fn a_good_last_state_violates_no_invariant() {
    let trace = along(0, &[free(0, 1)]);
    assert_eq!(
        replay::invariant(&model(), &trace, |&s| s == 1),
        Err(Flaw::NotViolated)
    );
    assert_eq!(replay::invariant(&model(), &trace, |&s| s == 0), Ok(()));
}

#[test]
fn the_last_step_decides_on_an_action_property() {
    let trace = along(0, &[free(0, 1), fair(0, 1, 0)]);
    let rises = |before: &u8, _: &Edge, after: &u8| before < after;
    assert_eq!(replay::step_invariant(&model(), &trace, rises), Ok(()));
    let shorter = along(0, &[free(0, 1)]);
    assert_eq!(
        replay::step_invariant(&model(), &shorter, rises),
        Err(Flaw::NotViolated)
    );
}

#[test]
fn a_cycle_that_ends_elsewhere_is_refused() {
    let open = lasso(&[], &[free(0, 1)]);
    assert_eq!(
        replay::lasso(&model(), &marked(2), &open),
        Err(Flaw::NotClosed)
    );
}

#[test]
fn a_cycle_that_puts_a_class_off_is_refused() {
    let model = Small::new(&[free(0, 1), free(1, 0), fair(1, 0, 2), fair(1, 1, 2)]);
    let unfair = lasso(&[], &[free(0, 1), free(1, 0)]);
    assert_eq!(
        replay::lasso(&model, &marked(2), &unfair),
        Err(Flaw::Unfair { class: 1 })
    );
}

#[test]
fn stuttering_is_refused_where_a_fair_class_is_enabled() {
    let resting = lasso(&[free(0, 1)], &[]);
    assert_eq!(
        replay::lasso(&model(), &marked(2), &resting),
        Err(Flaw::Unfair { class: 0 })
    );
    assert_eq!(
        replay::lasso(&model(), &marked(2), &lasso(&[], &[])),
        Ok(())
    );
}

#[test]
fn a_lasso_that_reaches_the_goal_violates_nothing() {
    let cycle = lasso(&[], &[free(0, 1), fair(0, 1, 0)]);
    let judge =
        |p: u8, q: u8| replay::leads_to(&model(), &marked(2), &cycle, |&s| s == p, |&s| s == q);
    assert_eq!(judge(0, 1), Err(Flaw::NotViolated));
    assert_eq!(judge(5, 6), Err(Flaw::NotViolated));
    assert_eq!(judge(0, 6), Ok(()));
}

#[test]
fn a_lasso_is_judged_by_what_recurs_in_it() {
    let cycle = lasso(&[], &[free(0, 1), fair(0, 1, 0)]);
    let stays = |s: u8| replay::eventually_always(&model(), &marked(2), &cycle, |&at| at != s);
    assert_eq!((stays(1), stays(2)), (Ok(()), Err(Flaw::NotViolated)));
    let recurs = |s: u8| replay::always_eventually(&model(), &marked(2), &cycle, |&at| at == s);
    assert_eq!((recurs(2), recurs(1)), (Ok(()), Err(Flaw::NotViolated)));
}

#[test]
fn a_cycle_that_puts_a_strong_class_off_is_refused_where_a_weak_one_is_not() {
    let model = Small::new(&[free(0, 1), free(1, 0), fair(0, 0, 2)]);
    let cycle = lasso(&[], &[free(0, 1), free(1, 0)]);
    let judge = |strong| replay::lasso(&model, &marked_strong(1, strong), &cycle);
    assert_eq!(judge(0), Ok(()));
    assert_eq!(judge(1), Err(Flaw::StronglyUnfair { class: 0 }));
}
