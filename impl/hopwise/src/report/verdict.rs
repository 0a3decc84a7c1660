//! The first thing read: does it hold, within which bounds.

use super::words::{duration, plural, thousands};
use crate::run::{Judgement, Mark, Run, Search, Tally};
use maud::{Markup, html};

/// The most bounds that are told in the verdict itself.
const MOST_BOUNDS: usize = 3;

/// The head of the page.
pub(super) fn draw(run: &Run) -> Markup {
    let (judgement, bounds) = (run.judgement(), bounds(run));
    let class = match judgement {
        Judgement::Holds => "holds",
        Judgement::Breaks => "breaks",
        Judgement::NotDecided | Judgement::Nothing => "open",
    };
    html! {
        p.meta { (meta(run)) }
        h1 { "LoadBalancer chain: " (run.headline()) }
        div class=(format!("verdict {class}")) {
            p { b { "Verdict: " (judgement.words()) "." } " " (run.tally()) ". " (searched(run)) }
            @for (bounds, names) in bounds.iter().take(MOST_BOUNDS) {
                p { "Bounds of " (names.join(", ")) ": " (bounds) "." }
            }
            @if bounds.len() > MOST_BOUNDS {
                p { a href="#searches" { "The bounds of the other searches." } }
            }
            p.muted {
                "Liveness is decided over all infinite behaviours of a complete search, with every \
                 step but the user’s weakly fair. Nothing is said about what lies outside the \
                 bounds."
            }
        }
        (facts(run))
    }
}

fn meta(run: &Run) -> String {
    let commit = match &run.source {
        None => String::new(),
        Some(source) if source.dirty => format!(" · commit {} (dirty)", source.commit),
        Some(source) => format!(" · commit {}", source.commit),
    };
    let date = run.started.strftime("%Y-%m-%d %H:%M UTC");
    let (took, threads) = (duration(run.seconds), plural(run.threads.into(), "thread"));
    format!(
        "Design review · hopwise {}{commit} · {date} · {threads}, {took}",
        run.version
    )
}

fn searched(run: &Run) -> String {
    let stopped: Vec<&str> = run
        .scenarios
        .iter()
        .filter(|scenario| scenario.search != Search::Complete)
        .map(|scenario| scenario.name.as_str())
        .collect();
    match (run.scenarios.len() as u64, stopped.is_empty()) {
        (0, _) => "Nothing was searched.".into(),
        (1, true) => "The search is complete.".into(),
        (count, true) => format!("{} are complete.", plural(count, "search")),
        (_, false) => format!("Stopped before its end: {}.", stopped.join(", ")),
    }
}

/// Scenarios by their bounds, so that equal ones are told once.
fn bounds(run: &Run) -> Vec<(&str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for scenario in &run.scenarios {
        match groups
            .iter_mut()
            .find(|(bounds, _)| *bounds == scenario.bounds)
        {
            Some((_, names)) => names.push(&scenario.name),
            None => groups.push((&scenario.bounds, vec![&scenario.name])),
        }
    }
    groups
}

fn facts(run: &Run) -> Markup {
    let Tally {
        passed,
        failed,
        undecided,
        skipped,
    } = run.tally();
    let states: u64 = run.scenarios.iter().map(|scenario| scenario.states).sum();
    let asked: u64 = run.decisions.iter().map(|lane| lane.asked).sum();
    let together: u64 = run.products.iter().map(|lane| lane.steps).sum();
    let noticed = run
        .ablated()
        .filter(|s| run.ablation_mark(*s) == Mark::Holds)
        .count();
    let caught = run.mutants.len() - run.survivors().count();
    let facts = [
        (
            "Checks passed",
            format!("{passed} of {}", passed + failed + undecided + skipped),
        ),
        ("Distinct states", thousands(states)),
        (
            "Safeguards shown to matter",
            format!("{noticed} of {}", run.ablated().count()),
        ),
        ("Decisions compared", thousands(asked)),
        ("Steps searched together", thousands(together)),
        ("Traces replayed", thousands(run.replays.len() as u64)),
        (
            "Mutants caught",
            format!("{caught} of {}", run.mutants.len()),
        ),
    ];
    html! {
        dl.facts { @for (name, value) in facts { div { dt { (name) } dd { (value) } } } }
    }
}
