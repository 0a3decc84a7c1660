//! Prints how large and how fast the searches of model and controllers together are, of the scenarios
//! that are named or of all:
//! `cargo run --release -p hopwise-conformance --example product -- once-lost`.

use hopwise_conformance::caller::Caller;
use hopwise_conformance::product;
use hopwise_protocol::{Fault, Faults, Scenario, every_scenario, scenario};
use std::error::Error;
use std::time::{Duration, Instant};

/// Of a scenario, one with two faults of any kind.
fn twice(of: &Scenario) -> Scenario {
    Scenario {
        name: "twice",
        faults: Faults {
            budget: 2,
            kinds: &[
                Fault::Lose,
                Fault::LoseReply,
                Fault::Delay,
                Fault::Crash,
                Fault::Relist,
                Fault::Rewind,
            ],
            hop: None,
        },
        ..*of
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "an example is its own caller")]
    let begun = Instant::now();
    let clock = || begun.elapsed();
    let named: Vec<String> = std::env::args().skip(1).collect();
    let mut scenarios = Vec::new();
    for name in &named {
        scenarios.push(match name.strip_prefix("twice:") {
            Some(name) => twice(&scenario(name)?),
            None => scenario(name)?,
        });
    }
    if named.is_empty() {
        scenarios.extend(every_scenario().filter(|it| product::fits(it).is_ok()));
    }
    let seconds = |took: Duration| took.as_secs_f64();
    println!("scenario, model states, both, steps, runs, search s, compare s, us a run, us a step");
    for scenario in &scenarios {
        let mut caller = Caller {
            clock: &clock,
            progress: &mut |_, _| (),
            limit: None,
        };
        let report = product::run(scenario, &mut caller)?;
        println!(
            "{}, {}, {}, {}, {}, {:.2}, {:.2}, {:.1}, {:.2}",
            report.scenario,
            report.model,
            report.states,
            report.steps,
            report.runs,
            seconds(report.searching),
            seconds(report.comparing),
            seconds(report.running) * 1e6 / report.runs as f64,
            seconds(report.comparing) * 1e6 / report.steps as f64,
        );
        if let Some(found) = report.divergence {
            println!(
                "  {} {}: the model has {}, the controller {}\n{}",
                found.hop, found.what, found.model, found.controller, found.trace
            );
        }
    }
    Ok(())
}
