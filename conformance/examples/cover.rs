//! Leads the controllers through every step of the small scenarios, or of those that are named:
//! `cargo run --release -p hopwise-conformance --example cover`.

use hopwise_checker::{Bounds, explore_packed};
use hopwise_conformance::cover::{Covered, cover, follow};
use hopwise_conformance::replay;
use hopwise_protocol::{Chain, Grain, SMALL, Scenario, scenario};
use hopwise_vocab::Safeguards;
use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let named: Result<Vec<Scenario>, _> =
        std::env::args().skip(1).map(|it| scenario(&it)).collect();
    let scenarios = match named? {
        none if none.is_empty() => SMALL.to_vec(),
        named => named,
    };
    let threads = std::thread::available_parallelism()?;
    println!("scenario        edges  walks    steps  seconds");
    for scenario in scenarios {
        if scenario.grain == Grain::Passes {
            let scenario = scenario.name;
            return Err(replay::Error::TooCoarse { scenario }.into());
        }
        let chain = Chain {
            scenario,
            safeguards: Safeguards::reference(),
        };
        let graph = explore_packed(&chain, &Bounds::default());
        let walks = cover(&graph);
        let Covered {
            edges,
            walks: count,
            steps,
        } = Covered::of(&graph, &walks);
        #[expect(clippy::disallowed_methods, reason = "an example is its own caller")]
        let begun = Instant::now();
        follow(&walks, threads)?;
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "{:13} {edges:7} {count:6} {steps:8} {seconds:8.1}",
            scenario.name
        );
    }
    Ok(())
}
