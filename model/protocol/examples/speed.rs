//! Explores a scenario and says how fast: `speed SCENARIO`.

use hopwise_checker::{Bounds, explore};
use hopwise_protocol::{Chain, scenario};
use hopwise_vocab::Safeguards;
use std::error::Error;
use std::time::Instant;

#[expect(
    clippy::disallowed_methods,
    reason = "the example is about the time it takes"
)]
fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).unwrap_or("create".into());
    let chain = Chain {
        scenario: scenario(&name)?,
        safeguards: Safeguards::reference(),
    };
    let begin = Instant::now();
    let graph = explore(&chain, &Bounds::default());
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "{name}: {} states, {} steps, depth {}, {seconds:.3} s, {:.0} states/s",
        graph.len(),
        graph.edges(),
        graph.max_depth(),
        graph.len() as f64 / seconds
    );
    Ok(())
}
