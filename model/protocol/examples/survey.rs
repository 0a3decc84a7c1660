//! Searches scenarios and says how large each is and what holds: `survey [SCENARIO] [-SAFEGUARD]…`.

use hopwise_checker::{Bounds, Verdict, explore_packed};
use hopwise_protocol::{Chain, INVARIANTS, LEADS_TO, SCENARIOS};
use hopwise_vocab::Safeguards;

fn word<T>(verdict: &Verdict<T>) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Breaks(_) => "BREAKS",
        Verdict::NotDecided(_) => "not decided",
    }
}

fn main() {
    let mut scenarios: Vec<String> = std::env::args().skip(1).collect();
    let off: Vec<String> = scenarios
        .extract_if(.., |word| word.starts_with('-'))
        .collect();
    let off = off.iter().map(|word| word.trim_start_matches('-'));
    let safeguards = if off.clone().eq(["as-built"]) {
        Safeguards::as_built()
    } else {
        Safeguards::without_named(off).expect("a safeguard")
    };
    for scenario in SCENARIOS {
        if !scenarios.is_empty() && !scenarios.iter().any(|name| name == scenario.name) {
            continue;
        }
        let chain = Chain {
            scenario,
            safeguards: safeguards.clone(),
        };
        let start = std::time::Instant::now();
        let most = std::env::var("STATES").map_or(4_000_000, |n| n.parse().unwrap());
        let bounds = Bounds {
            states: Some(most),
            ..Bounds::default()
        };
        let graph = explore_packed(&chain, &bounds);
        let took = start.elapsed();
        let rate = graph.len() as f64 / took.as_secs_f64() / 1e6;
        println!(
            "{:14} {:9} states {:10} edges depth {:4} complete {} {:6.2} s {rate:.2} M/s {} B/state",
            scenario.name,
            graph.len(),
            graph.edges(),
            graph.max_depth(),
            graph.is_complete(),
            took.as_secs_f64(),
            graph.bytes().total() / graph.len()
        );
        if std::env::var("SEARCH_ONLY").is_ok() {
            continue;
        }
        for it in INVARIANTS {
            let judged = it.judge(&graph);
            let exempt = it.exemption(&scenario).is_some();
            if !judged.holds() || std::env::var("ALL").is_ok() {
                let steps = judged.counterexample().map(|trace| trace.steps.len());
                println!(
                    "    {} {} exempt {exempt} steps {steps:?} premise {}",
                    it.id,
                    word(&judged.verdict),
                    it.premise_states(&graph)
                );
                if let (Ok(id), Some(trace)) = (std::env::var("TRACE"), judged.counterexample())
                    && id == it.id
                {
                    for (action, _) in &trace.steps {
                        println!("        {action}");
                    }
                }
            }
        }
        for it in LEADS_TO {
            for of in (it.instances)(&scenario) {
                let judged = it.judge(&graph, &of);
                let exempt = it.exemption(&scenario).is_some();
                if !judged.holds() || std::env::var("ALL").is_ok() {
                    let steps = judged
                        .counterexample()
                        .map(|lasso| (lasso.stem.steps.len(), lasso.cycle.len()));
                    println!(
                        "    {} {} {of:?} exempt {exempt} steps {steps:?} premise {}",
                        it.id,
                        word(&judged.verdict),
                        judged.premise_states
                    );
                    if let (Ok(id), Some(lasso)) = (std::env::var("TRACE"), judged.counterexample())
                        && id == it.id
                    {
                        for (action, _) in &lasso.stem.steps {
                            println!("        {action}");
                        }
                        println!("        --");
                        for (action, _) in &lasso.cycle {
                            println!("        {action}");
                        }
                    }
                }
            }
        }
    }
}
