//! Tries mutants.
use hopwise_conformance::mutants::{self, Fate, Finding, Lane, Mutant};
use std::time::Instant;

fn main() {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let all: Vec<&'static Mutant> = mutants::all()
        .filter(|m| names.is_empty() || names.iter().any(|n| m.id.contains(n.as_str())))
        .collect();
    #[expect(clippy::disallowed_methods, reason = "an example is its own caller")]
    let begun = Instant::now();
    let clock = || begun.elapsed();
    let verbose = names.len() == 1;
    let trials = mutants::try_all(&all, 2.try_into().unwrap(), &clock, &|trial| {
        let cell = |lane: Lane| match &trial.findings[lane as usize] {
            (Finding::NotAsked, _) => "·".to_owned(),
            (Finding::Missed(n), took) => format!("missed {n} {}ms", took.as_millis()),
            (
                Finding::Caught {
                    by,
                    steps,
                    told,
                    trace,
                },
                took,
            ) => {
                if verbose {
                    eprintln!("{lane}: {told}\n{}", trace.to_text());
                }
                format!("{by} in {steps} {}ms", took.as_millis())
            }
        };
        let fate = match trial.fate() {
            Fate::Killed => "ok",
            Fate::Otherwise => "OTHER",
            Fate::Survived => "SURVIVED",
        };
        println!(
            "{:8} {:38} want {:10} {:22} | {:28} | {:32} | {}",
            fate,
            trial.mutant.id,
            trial.mutant.killer.lane.name(),
            trial.mutant.killer.by,
            cell(Lane::Decisions),
            cell(Lane::Replay),
            cell(Lane::Property)
        );
    });
    println!(
        "{} mutants, {} ok, {:.1} s",
        trials.len(),
        trials.iter().filter(|t| t.fate() == Fate::Killed).count(),
        begun.elapsed().as_secs_f64()
    );
}
