//! Lane 2 on every scenario, and what it catches.

use hopwise_conformance::caller::Caller;
use hopwise_conformance::lane2::{self, Core, Report};
use hopwise_core::{Guard, Lifecycle, mirror, vmop};
use hopwise_protocol::{SCENARIOS, Scenario, scenario};
use hopwise_vocab::{Hop, Safeguard, Safeguards};
use std::time::Duration;

fn timeless<T>(run: impl FnOnce(&mut Caller<'_>) -> T) -> T {
    within(None, run)
}

fn within<T>(limit: Option<usize>, run: impl FnOnce(&mut Caller<'_>) -> T) -> T {
    run(&mut Caller {
        clock: &|| Duration::ZERO,
        progress: &mut |_, _| (),
        limit,
    })
}

fn named(name: &str) -> Scenario {
    scenario(name).unwrap()
}

fn with(core: &Core, scenario: &str) -> Report {
    timeless(|caller| lane2::run_with(core, &named(scenario), &Safeguards::reference(), caller))
}

fn reference() -> Core {
    Core::reference(Safeguards::reference())
}

fn without(safeguard: Safeguard) -> Core {
    Core::reference(Safeguards::reference().without(safeguard))
}

/// How many states of a scenario are asked where a safeguard is off. Without guarded-writes there
/// are too many for a test.
const MOST: usize = 100_000;

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
        let report = timeless(|caller| lane2::run(scenario, &Safeguards::reference(), caller));
        println!(
            "{}: {} states, {} decisions on {} observations",
            report.scenario, report.states, report.compared, report.observations
        );
        agrees(&report);
        assert!(
            report.compared >= 4 * report.states / 2,
            "every state asks every hop"
        );
    }
}

#[test]
fn with_any_safeguard_off_on_both_sides_the_core_decides_like_the_model_in_every_state() {
    for scenario in &SCENARIOS {
        for off in Safeguard::ALL {
            let safeguards = Safeguards::reference().without(*off);
            let report = within(Some(MOST), |caller| {
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

/// The divergence of a mistaken core: its hop, the fields that differ, the last step before it.
fn caught(core: &Core, scenario: &str) -> (Hop, Vec<String>, String) {
    let divergence = with(core, scenario)
        .divergence
        .expect("the mistake is caught");
    let last = divergence
        .trace
        .lines()
        .last()
        .expect("a trace has a header")
        .to_owned();
    (
        divergence.hop,
        divergence
            .differences
            .into_iter()
            .map(|d| d.to_string())
            .collect(),
        last,
    )
}

#[test]
fn a_finalizer_released_too_early_is_caught() {
    let (hop, differences, last) = caught(&without(Safeguard::HoldUntilGone), "create");
    println!("{hop} {differences:?} {last}");
    assert_eq!((hop, last.as_str()), (Hop::Ccm, ""));
}

#[test]
fn a_status_from_a_stale_view_is_caught() {
    let mut core = reference();
    core.ccm = |seen, on| match hopwise_core::ccm::decide(seen, on) {
        mirror::Decision::Wait(mirror::Waiting::ForDeletion) => publish_whatever_is_there(seen, on),
        decision => decision,
    };
    let (hop, differences, last) = caught(&core, "recreate");
    println!("{hop} {differences:?} {last}");
    assert_eq!((hop, last.as_str()), (Hop::Ccm, ""));
}

fn publish_whatever_is_there(seen: &mirror::Observed, on: &Safeguards) -> mirror::Decision {
    let mut live = seen.clone();
    if let mirror::Seen::Present(there) = &mut live.downstream {
        there.lifecycle = Lifecycle::Live;
    }
    hopwise_core::ccm::decide(&live, on)
}

#[test]
fn a_name_taken_for_an_identity_is_caught() {
    let (hop, differences, last) = caught(&without(Safeguard::IdentityByUid), "recreate");
    println!("{hop} {differences:?} {last}");
    assert_eq!((hop, last.as_str()), (Hop::Ccm, ""));
}

#[test]
fn a_write_without_its_precondition_is_caught() {
    let mut core = reference();
    core.vmop = |seen, on| match hopwise_core::vmop::decide(seen, on) {
        vmop::Decision::Mirror(mirror::Decision::Publish { address, .. }) => {
            let guard = Guard::None;
            vmop::Decision::Mirror(mirror::Decision::Publish { guard, address })
        }
        decision => decision,
    };
    let (hop, differences, last) = caught(&core, "create");
    println!("{hop} {differences:?} {last}");
    assert_eq!((hop, last.as_str()), (Hop::Vmop, ""));
}
