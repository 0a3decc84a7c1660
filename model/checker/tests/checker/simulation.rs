//! Random runs are runs of the model, and can be had again.

use hopwise_checker::{follow, replay, simulate, taken};

use crate::small::{Small, fair, free};

fn model() -> Small {
    Small {
        initial: vec![0, 9, 1],
        ..Small::new(&[
            free(0, 1),
            fair(0, 1, 0),
            fair(1, 1, 2),
            free(2, 9),
            free(1, 1),
        ])
    }
    .within(8)
}

#[test]
fn a_run_is_a_trace_of_the_model_and_its_choices_make_it_again() {
    for seed in 0..200 {
        let run = simulate(&model(), seed, 20).unwrap();
        assert_eq!(replay::trace(&model(), &run.trace), Ok(()));
        assert_eq!(follow(&model(), &run.choices).as_ref(), Some(&run.trace));
        let again = simulate(&model(), seed, 20).unwrap();
        assert_eq!(again.choices, run.choices);
    }
}

#[test]
fn a_run_ends_after_its_steps_or_where_nothing_is_enabled_within_the_boundary() {
    for seed in 0..200 {
        let run = simulate(&model(), seed, 7).unwrap();
        let steps = run.trace.steps.len();
        assert!(steps == 7 || steps < 7 && *run.trace.last() == 2);
        assert_eq!(run.choices.len(), steps + 1);
    }
}

#[test]
fn choices_that_do_not_exist_make_no_behaviour() {
    assert!(follow(&model(), &[0, 0, 3]).is_none());
    assert!(follow(&model(), &[2]).is_none());
    assert!(follow(&model(), &[]).is_none());
    assert_eq!(
        follow(&model(), &[1, 1]).map(|trace| *trace.last()),
        Some(2)
    );
}

#[test]
fn enough_runs_take_every_action_about_as_often_as_chance_says() {
    let runs: Vec<_> = (0..500)
        .filter_map(|seed| simulate(&model(), seed, 1))
        .collect();
    let counts = taken(&runs);
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<usize>(), 500);
    // Half of the runs begin in 0, where there is one step; the others have three to choose from.
    let of = |edge| {
        counts
            .iter()
            .find(|(taken, _)| *taken == edge)
            .map_or(0, |(_, count)| *count)
    };
    assert!((200..300).contains(&of(free(0, 1))));
    for edge in [fair(0, 1, 0), fair(1, 1, 2), free(1, 1)] {
        assert!((50..120).contains(&of(edge)), "{edge:?}");
    }
}

#[test]
fn a_model_without_initial_states_has_no_run() {
    let nowhere = Small {
        initial: vec![9],
        ..model()
    };
    assert!(simulate(&nowhere, 1, 1).is_none());
}
