//! Why a trace goes wrong, in the order in which one asks.

use super::matter::{Matter, changed};
use super::text::row;
use super::{Told, hazard};
use crate::registry;
use crate::report::words::wrap;
use crate::report::{events, prevented, story};
use hopwise_protocol::Hazard;
use hopwise_vocab::Claim;
use std::fmt::Write as _;
use std::path::Path;

const COLUMNS: usize = 100;
/// How far the text of a step is from the left.
const INDENT: usize = 5;

/// The property, the clause that is false and since when, the story, the steps that matter with
/// what was believed and not so, what would have prevented it, and how to go on.
pub fn why(told: &Told<'_>, path: &Path) -> String {
    let mut text = told.head();
    match (&told.trace.header.claim, hazard::claimed(told.trace)) {
        (Claim::Breaks(id), _) => broken(&mut text, id, told),
        (Claim::Witness(_), Some(hazard)) => shown(&mut text, hazard, told),
        (Claim::Witness(_) | Claim::Walk, _) => return text + &next(path),
    }
    let off: Vec<_> = told.trace.header.off.off().collect();
    for safeguard in &off {
        text += &row("off", &format!("{safeguard}: {}", safeguard.sentence()));
    }
    if let ([safeguard], Claim::Breaks(_)) = (&off[..], &told.trace.header.claim)
        && let Some(sentence) = prevented(told.trace, *safeguard)
    {
        text += &row("with it", sentence.trim_start_matches("With it "));
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

/// The story up to what is told of its end, the steps that matter, and what was believed wrongly.
fn comes_about(text: &mut String, end: &str, told: &Told<'_>, step: usize) {
    let story = story(told.trace, end, told.verdict.is_endless);
    write!(text, "\n{}", wrap(&story, 0, COLUMNS)).expect("a String takes it");
    let events = events(told.trace);
    let matter = Matter::of(told.walked, &events, step, told.verdict.is_endless);
    text.push_str("\nThe steps that matter, each with what it changes:\n");
    for number in &matter.steps {
        let event = &events[number - 1];
        let sentence = format!("{}: {}", event.who(), event.sentence);
        let lines = wrap(&sentence, INDENT, COLUMNS);
        write!(text, "{number:>4} {}", lines.trim_start()).expect("a String takes it");
        let changed = changed(told.walked, number - 1, event);
        if !changed.is_empty() {
            text.push_str(&wrap(&format!("→ {changed}"), INDENT, COLUMNS));
        }
    }
    text.push('\n');
    if !matter.wrong.is_empty() {
        text.push_str(
            "What was believed then, and is not so (a number before a colon is the incarnation):\n",
        );
        let lines = matter.wrong.iter().map(|it| wrap(it, INDENT, COLUMNS));
        text.extend(lines);
        text.push('\n');
    }
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
    fn what_an_old_poll_brought_is_told_with_the_step_that_brought_it() {
        let text = explained("status-true-without-identity-by-uid");
        assert!(!text.contains("Uid"), "{text}");
        insta::assert_snapshot!(text);
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
