//! Why a trace goes wrong, in the order in which one asks.

use super::text::{row, told_change};
use super::{Told, Tree, hazard};
use crate::registry;
use crate::report::words::wrap;
use crate::report::{Event, events, story};
use hopwise_protocol::Hazard;
use hopwise_vocab::Claim;
use std::fmt::Write as _;
use std::path::Path;

const COLUMNS: usize = 100;
/// How many of the last steps are told.
const LAST_STEPS: usize = 5;

/// The property, the clause that is false and since when, the story, the last steps, what would
/// have prevented it, and how to go on.
pub fn why(told: &Told<'_>, path: &Path) -> String {
    let mut text = told.head();
    match (&told.trace.header.claim, hazard::claimed(told.trace)) {
        (Claim::Breaks(id), _) => broken(&mut text, id, told),
        (Claim::Witness(_), Some(hazard)) => shown(&mut text, hazard, told),
        (Claim::Witness(_) | Claim::Walk, _) => return text + &next(path),
    }
    for safeguard in told.trace.header.off.off() {
        text += &row("off", &format!("{safeguard}: {}", safeguard.sentence()));
    }
    text + &next(path)
}

/// What a property says, and how it comes to be false.
fn broken(text: &mut String, id: &str, told: &Told<'_>) {
    let all = registry::properties();
    if let Some(property) = all.iter().find(|it| it.id == id) {
        write!(text, "\n{}", wrap(property.sentence, 0, COLUMNS)).expect("a String takes it");
    }
    if let (Some(clause), Some(step)) = (told.verdict.clause, told.verdict.step) {
        let since = match told.verdict.is_endless {
            true => format!("from step {step} on, for ever"),
            false => format!("after step {step}"),
        };
        writeln!(text, "false {since}: {clause}").expect("a String takes it");
        comes_about(text, &format!("it is false that {clause}"), told, step);
    }
}

/// How a hazard comes to show, and what the reference does about it.
fn shown(text: &mut String, hazard: &Hazard, told: &Told<'_>) {
    if let Some(step) = told.verdict.step {
        comes_about(text, &hazard::clause(hazard), told, step);
    }
    *text += &row("reference", hazard::reference(hazard));
}

/// The story up to what is told of its end, and the last steps before that began.
fn comes_about(text: &mut String, end: &str, told: &Told<'_>, step: usize) {
    let story = story(told.trace, end, told.verdict.is_endless);
    write!(text, "\n{}", wrap(&story, 0, COLUMNS)).expect("a String takes it");
    last_steps(text, told, step);
}

/// The last steps before it is false, and what the very last one changes.
fn last_steps(text: &mut String, told: &Told<'_>, step: usize) {
    text.push('\n');
    let events = events(told.trace);
    let first = step.saturating_sub(LAST_STEPS);
    for (at, event) in events.iter().enumerate().take(step).skip(first) {
        let Event { sentence, .. } = event;
        let line = format!("{:>4} {}: {sentence}\n", at + 1, event.who());
        *text += &line;
    }
    let states = &told.walked.states;
    if let (Some(before), Some(after)) = (
        step.checked_sub(1).and_then(|it| states.get(it)),
        states.get(step),
    ) {
        for change in Tree::of(before).changes(&Tree::of(after)) {
            *text += &told_change(&change);
        }
    }
    text.push('\n');
}

fn next(path: &Path) -> String {
    let path = path.display();
    let commands = [
        format!("trace {path} --format diff"),
        format!("explore {path}"),
        format!("replay {path}"),
    ];
    format!(
        "next      hopwise {}\n",
        commands.join("\n          hopwise ")
    )
}

#[cfg(test)]
mod tests {
    use super::super::{Walked, verdict};
    use super::*;
    use hopwise_vocab::Trace;

    fn explained(name: &str) -> String {
        let mut all = hopwise_conformance::traces::committed().into_iter();
        told(&all.find(|trace| trace.header.name == name).unwrap())
    }

    fn told(trace: &Trace) -> String {
        let walked = Walked::of(trace).unwrap();
        let verdict = verdict(trace, &walked).unwrap();
        let told = Told {
            trace,
            walked: &walked,
            verdict: &verdict,
        };
        why(&told, Path::new("it.ndjson"))
    }

    #[test]
    fn a_broken_invariant_is_explained_with_its_clause_and_step() {
        insta::assert_snapshot!(explained("hop-order-without-hold-until-gone"));
    }

    #[test]
    fn a_lasso_is_explained_with_what_never_comes() {
        insta::assert_snapshot!(explained("freed-served-without-wake-on-release"));
    }

    #[test]
    fn a_hazard_is_explained_with_its_sign_and_what_the_reference_does() {
        let text = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../conformance/traces/as-built/",
            "h09-a-late-delete-hits-the-successor.ndjson"
        ));
        insta::assert_snapshot!(told(&Trace::parse(text).unwrap()));
    }

    #[test]
    fn a_witness_is_told_to_be_one() {
        assert!(explained("create").contains("its end is as claimed"));
    }
}
