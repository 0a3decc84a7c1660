//! Lane 3: the controllers searched together with the model, and what that catches.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use hopwise_conformance::caller::Caller;
use hopwise_conformance::lane2::Core;
use hopwise_conformance::mutants::{self, Mutant, Patch};
use hopwise_conformance::product::{self, Controllers, Report, Unfit};
use hopwise_protocol::{SCENARIOS, SMALL, Scenario, scenario};
use hopwise_vocab::Safeguards;
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
    within(MOST, |caller| product::run(scenario, caller))
}

#[track_caller]
fn agrees(report: &Report) {
    if let Some(found) = &report.divergence {
        panic!(
            "{}, {} {}: the model has {}, the controller {}\n{}",
            report.scenario, found.hop, found.what, found.model, found.controller, found.trace
        );
    }
}

#[test]
fn every_pass_asks_what_the_model_asks_while_one_thing_goes_wrong() {
    for scenario in &SMALL {
        let report = search(scenario).unwrap();
        agrees(&report);
        assert!(report.complete, "{report:?}");
        assert!(report.states >= report.model, "{report:?}");
    }
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

/// The controllers with a mutant, if it is one of them.
fn with(mutant: &Mutant) -> Option<Controllers> {
    let core = Core::reference(Safeguards::reference());
    let (core, seed) = match mutant.patch {
        Patch::Ccm(ccm) => (Core { ccm, ..core }, None),
        Patch::Vmop(vmop) => (Core { vmop, ..core }, None),
        Patch::Ncp(ncp) => (Core { ncp, ..core }, None),
        Patch::Calls(seed) => (core, Some(seed)),
        Patch::Without(off) => (Core::reference(Safeguards::reference().without(off)), None),
        Patch::Deaf(_) | Patch::Servers(_) | Patch::Model(_) | Patch::Lax(_) | Patch::Unfair => {
            return None;
        }
    };
    Some(Controllers { core, seed })
}

/// What the lane says of every mutant of the controllers.
#[test]
fn mutants_of_the_controllers_are_caught() {
    let mut told = String::new();
    for mutant in mutants::all() {
        let Some(controllers) = with(mutant) else {
            continue;
        };
        let scenario = scenario(mutant.scenario).unwrap();
        let on = Safeguards::reference();
        let searched = within(MOST, |caller| {
            product::run_with(&controllers, &scenario, &on, caller)
        });
        let finding = match searched {
            Err(unfit) => format!("not looked at: {}", unfit.why),
            Ok(report) => match report.divergence {
                None => "not seen".into(),
                Some(found) => format!("{} {}", found.hop, found.what),
            },
        };
        told += &format!("{}: {finding}\n", mutant.id);
    }
    insta::assert_snapshot!(told);
}
