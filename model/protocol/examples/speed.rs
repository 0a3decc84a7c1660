//! Explores a scenario, and perhaps judges every property on it, and says how long that takes:
//! `speed SCENARIO [judge]`.

use hopwise_checker::{Bounds, explore};
use hopwise_protocol::{Chain, INVARIANTS, LEADS_TO, scenario};
use hopwise_vocab::Safeguards;
use std::error::Error;
use std::time::Instant;

/// Runs something and says how many seconds it took.
#[expect(
    clippy::disallowed_methods,
    reason = "the example is about the time it takes"
)]
fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let begin = Instant::now();
    let result = run();
    (result, begin.elapsed().as_secs_f64())
}

fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).unwrap_or("create".into());
    let chain = Chain {
        scenario: scenario(&name)?,
        safeguards: Safeguards::reference(),
    };
    let (graph, taken) = timed(|| explore(&chain, &Bounds::default()));
    let (states, steps, depth) = (graph.len(), graph.edges(), graph.max_depth());
    let rate = states as f64 / taken;
    println!("{name}: {states} states, {steps} steps, depth {depth}");
    println!("explored: {taken:.3} s, {rate:.0} states/s");
    if std::env::args().nth(2).is_none_or(|word| word != "judge") {
        return Ok(());
    }

    for property in INVARIANTS {
        let (judged, taken) = timed(|| property.judge(&graph).holds());
        println!("{}: {judged}, {taken:.3} s", property.id);
    }
    for property in LEADS_TO {
        let instances = (property.instances)(&chain.scenario);
        let (judged, taken) = timed(|| {
            instances
                .iter()
                .all(|of| property.judge(&graph, of).holds())
        });
        println!("{}: {judged}, {taken:.3} s", property.id);
    }
    Ok(())
}
