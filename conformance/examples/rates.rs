//! Prints how fast the lanes are: `cargo run --release -p hopwise-conformance --example rates`.

use hopwise_conformance::caller::Caller;
use hopwise_conformance::transcript::Keep;
use hopwise_conformance::walks::walk;
use hopwise_conformance::{lane2, replay};
use hopwise_protocol::{Chain, SCENARIOS};
use hopwise_vocab::Safeguards;
use std::error::Error;
use std::time::{Duration, Instant};

/// How many walks of how many steps are replayed per scenario.
const WALKS: u64 = 100;
const STEPS: usize = 150;

fn main() -> Result<(), Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "an example is its own caller")]
    let begun = Instant::now();
    let clock = || begun.elapsed();
    let mut caller = Caller {
        clock: &clock,
        progress: &mut |_, _| (),
        limit: None,
    };
    let per_second = |count: usize, took: Duration| count as f64 / took.as_secs_f64();
    for scenario in SCENARIOS {
        let report = lane2::run(&scenario, &Safeguards::reference(), &mut caller);
        println!(
            "decisions {}: {} states, {} decisions on {} observations; searched at {:.0} states/s, \
             compared at {:.0} states/s and {:.0} decisions/s; {}",
            report.scenario,
            report.states,
            report.compared,
            report.observations,
            per_second(report.states, report.searching),
            per_second(report.states, report.comparing),
            per_second(report.compared, report.comparing),
            if report.divergence.is_none() {
                "they agree"
            } else {
                "they DIFFER"
            },
        );
    }
    let (mut steps, mut took) = (0, Duration::ZERO);
    for scenario in SCENARIOS {
        let safeguards = Safeguards::reference();
        let chain = Chain {
            scenario,
            safeguards,
        };
        for seed in 0..WALKS {
            let replayed = replay::run(&walk(&chain, seed, STEPS), Keep::Nothing, &mut caller)?;
            steps += replayed.steps;
            took += replayed.took;
        }
    }
    println!(
        "replay: {steps} steps at {:.0} steps/s",
        per_second(steps, took)
    );
    Ok(())
}
