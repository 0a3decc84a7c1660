//! Lane 3: the controllers searched together with the model, and what that catches.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use bytes::Bytes;
use hopwise_conformance::caller::Caller;
use hopwise_conformance::gate::{Asks, Edit, Mistake};
use hopwise_conformance::lane2::Core;
use hopwise_conformance::product::{self, Controllers, Report, Unfit};
use hopwise_protocol::{SCENARIOS, SMALL, Scenario, scenario};
use hopwise_vocab::{Hop, Safeguard, Safeguards};
use http::{Method, Request};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// How many states of the model are searched of a scenario, nearest first.
const MOST: usize = 30_000;

fn within<T>(limit: usize, run: impl FnOnce(&mut Caller<'_>) -> T) -> T {
    run(&mut Caller {
        clock: &|| Duration::ZERO,
        progress: &mut |_, _| (),
        limit: Some(limit),
    })
}

fn search(scenario: &Scenario) -> Result<Report, Unfit> {
    let on = Safeguards::reference();
    search_with(&Controllers::reference(&on), scenario, &on)
}

fn search_with(
    controllers: &Controllers,
    scenario: &Scenario,
    on: &Safeguards,
) -> Result<Report, Unfit> {
    let goes_on = AtomicBool::new(false);
    within(MOST, |caller| {
        product::run(controllers, scenario, on, &goes_on, caller)
    })
}

#[track_caller]
fn agrees(report: &Report) {
    if let Some(found) = &report.divergence {
        panic!(
            "{}, {found}
{}",
            report.scenario,
            found.trace.to_text()
        );
    }
}

#[test]
fn every_pass_asks_what_the_model_asks_while_one_thing_goes_wrong() {
    let mut sizes =
        String::from("| scenario | model | both | steps | runs |\n|---|---|---|---|---|\n");
    for scenario in &SMALL {
        let report = search(scenario).unwrap();
        agrees(&report);
        assert!(report.complete, "{report:?}");
        assert!(report.states >= report.model, "{report:?}");
        let Report {
            scenario,
            model,
            states,
            steps,
            runs,
            ..
        } = report;
        writeln!(
            sizes,
            "| {scenario} | {model} | {states} | {steps} | {runs} |"
        )
        .unwrap();
    }
    insta::assert_snapshot!("sizes", sizes);
}

/// Numbers its requests over all runs, as a pass would that counts, looks at a clock or draws lots.
struct Numbers;

impl Mistake for Numbers {
    fn asks(&mut self, request: Request<Bytes>) -> Asks {
        static SO_FAR: AtomicU64 = AtomicU64::new(0);
        let (mut head, body) = request.into_parts();
        let number = SO_FAR.fetch_add(1, Ordering::Relaxed);
        let mark = if head.uri.query().is_some() { '&' } else { '?' };
        head.uri = format!("{}{mark}number={number}", head.uri)
            .parse()
            .unwrap();
        Asks::Sends(Request::from_parts(head, body))
    }
}

#[test]
fn a_pass_that_asks_something_else_when_run_again_is_told() {
    let errs = Controllers {
        core: Core::reference(Safeguards::reference()),
        seed: Some((Hop::Vmop, || Box::new(Numbers))),
    };
    let on = Safeguards::reference();
    let searched = search_with(&errs, &SMALL[0], &on);
    let found = searched.unwrap().divergence.unwrap();
    assert_eq!((found.hop, found.what), (Hop::Vmop, "determinism"));
    assert!(found.controller.contains("when run again"), "{found:?}");
}

/// Writes to another object than was seen.
const ELSEWHERE: Edit = |request| {
    if request.method() != Method::PATCH {
        return request;
    }
    let (mut head, body) = request.into_parts();
    let path = head.uri.path().replace("/services/", "/services/another-");
    head.uri = path.parse().unwrap();
    Request::from_parts(head, body)
};

#[test]
fn a_pass_that_writes_to_another_object_is_told() {
    let errs = Controllers {
        core: Core::reference(Safeguards::reference()),
        seed: Some((Hop::Ccm, || Box::new(ELSEWHERE))),
    };
    let on = Safeguards::reference();
    let searched = search_with(&errs, &SMALL[0], &on);
    let found = searched.unwrap().divergence.unwrap();
    assert_eq!((found.hop, found.what), (Hop::Ccm, "request"));
    assert!(found.controller.contains("/services/another-"), "{found:?}");
}

#[test]
fn every_pass_asks_what_the_model_asks_in_every_scenario_of_one_service() {
    let fit = SCENARIOS.iter().filter(|it| product::fits(it).is_ok());
    for scenario in fit {
        agrees(&search(scenario).unwrap());
    }
}

#[test]
fn a_scenario_whose_steps_are_whole_passes_is_told_apart() {
    let refused = search(&scenario("rewind-ccm").unwrap()).unwrap_err();
    assert_eq!(refused.why, "its steps are whole passes");
}

#[test]
fn what_ncp_keeps_in_mind_is_not_searched() {
    for off in [
        Safeguard::AllocationByIdentity,
        Safeguard::LoadBeforeAllocate,
    ] {
        let on = Safeguards::reference().without(off);
        let searched = search_with(&Controllers::reference(&on), &SMALL[0], &on);
        assert!(searched.unwrap_err().why.contains("in mind"), "{off}");
    }
}
