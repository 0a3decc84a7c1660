//! Searches and judges scenarios, and says how long that takes and how much memory.
//!
//! `cargo run --release -p hopwise-protocol --example speed -- [threads [scenario]...]`

use hopwise_checker::{Bounds, Graph, explore_packed};
use hopwise_protocol::{Chain, Promise, SCENARIOS, judge_all, scenario};
use hopwise_vocab::Safeguards;
use std::num::NonZero;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let threads = arguments.next().and_then(|it| it.parse::<usize>().ok());
    let mut names: Vec<String> = arguments.collect();
    if names.is_empty() {
        names.extend(SCENARIOS.map(|it| it.name.to_string()));
    }
    println!("CPU seconds of the search, states per CPU second, CPU seconds of all judgements");
    println!("scenario          states      steps  depth  search s  states/s  B/state  judge s");
    for name in names {
        measure(&name, threads.and_then(NonZero::new));
    }
}

/// The CPU time that this process has taken, which other programs on the machine do not change.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux tells the time taken");
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields = after_name.split_whitespace().skip(11).take(2);
    let ticks = fields.filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

fn measure(name: &str, threads: Option<NonZero<usize>>) {
    let chain = Chain {
        scenario: scenario(name).expect("the name of a scenario"),
        safeguards: Safeguards::reference(),
    };
    let bounds = Bounds {
        threads,
        ..Bounds::default()
    };
    let begin = cpu_seconds();
    let graph = explore_packed(&chain, &bounds);
    let searched = cpu_seconds() - begin;

    let begin = cpu_seconds();
    let broken = broken(&chain, &graph);
    let judged = cpu_seconds() - begin;
    println!(
        "{name:15} {:8} {:10} {:6} {searched:9.3} {:9.0} {:8.1} {judged:8.3}",
        graph.len(),
        graph.edges(),
        graph.max_depth(),
        graph.len() as f64 / searched,
        graph.bytes().total() as f64 / graph.len() as f64,
    );
    assert!(
        graph.is_complete(),
        "{name}: the search was cut: {:?}",
        graph.cut()
    );
    assert!(broken.is_empty(), "{name}: not all holds: {broken:?}");
}

/// The promises of the scenario that do not hold.
fn broken(chain: &Chain, graph: &Graph<'_, Chain>) -> Vec<&'static str> {
    let mut promised = Promise::all(&chain.scenario);
    promised.retain(|it| it.exemption(&chain.scenario).is_none());
    let judged = judge_all(graph, &promised);
    let broken = promised.iter().zip(judged).filter(|(_, it)| !it.holds());
    broken.map(|(promise, _)| promise.id()).collect()
}
