//! Lane 2 on every scenario, and what it catches.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use hopwise_conformance::caller::Caller;
use hopwise_conformance::lane2::{self, Report};
use hopwise_protocol::SCENARIOS;
use hopwise_vocab::{Safeguard, Safeguards};
use std::time::Duration;

fn within<T>(limit: Option<usize>, run: impl FnOnce(&mut Caller<'_>) -> T) -> T {
    run(&mut Caller {
        clock: &|| Duration::ZERO,
        progress: &mut |_, _| (),
        limit,
    })
}

/// How many states of a scenario are asked with every safeguard on, nearest first: a test has not
/// the time for all of the largest. `review` asks all of them.
const MOST: usize = 150_000;

/// How many where a safeguard is off, in each of so many more runs.
const MOST_WITHOUT: usize = 10_000;

#[track_caller]
fn agrees(report: &Report) {
    let Some(divergence) = &report.divergence else {
        return;
    };
    panic!(
        "{}",
        serde_json::to_string_pretty(divergence)
            .unwrap()
            .replace("\\n", "\n")
    );
}

#[test]
fn with_every_safeguard_on_the_core_decides_like_the_model_in_every_state() {
    for scenario in &SCENARIOS {
        let report = within(Some(MOST), |caller| {
            lane2::run(scenario, &Safeguards::reference(), caller)
        });
        println!(
            "{}: {} states{}, {} decisions on {} observations",
            report.scenario,
            report.states,
            if report.complete { ", all" } else { "" },
            report.compared,
            report.observations
        );
        agrees(&report);
        assert!(report.compared >= report.states, "every state is asked");
    }
}

#[test]
fn with_any_safeguard_off_on_both_sides_the_core_decides_like_the_model_in_every_state() {
    for scenario in &SCENARIOS {
        for off in Safeguard::ALL {
            let safeguards = Safeguards::reference().without(*off);
            let report = within(Some(MOST_WITHOUT), |caller| {
                lane2::run(scenario, &safeguards, caller)
            });
            println!(
                "{} without {off}: {} states, {} decisions on {} observations",
                report.scenario, report.states, report.compared, report.observations
            );
            agrees(&report);
        }
    }
}
