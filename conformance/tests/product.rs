//! The controllers searched together with the model.

use hopwise_conformance::caller::Caller;
use hopwise_conformance::product::{self, Report};
use hopwise_protocol::{SMALL, Scenario};
use std::time::Duration;

fn search(scenario: &Scenario) -> Report {
    let mut caller = Caller {
        clock: &|| Duration::ZERO,
        progress: &mut |_, _| {},
        limit: None,
    };
    product::run(scenario, &mut caller).unwrap()
}

#[test]
fn every_pass_asks_what_the_model_asks_while_one_thing_goes_wrong() {
    for scenario in &SMALL {
        let report = search(scenario);
        if let Some(found) = &report.divergence {
            panic!(
                "{} {}: the model has {}, the controller {}\n{}",
                found.hop,
                found.what,
                found.model,
                found.controller,
                found.trace
            );
        }
        assert!(
            report.complete && report.states >= report.model,
            "{report:?}"
        );
    }
}
