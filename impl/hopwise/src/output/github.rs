//! A run as annotations of GitHub Actions, and as the summary of the step.
//!
//! A step shows ten annotations of a kind and takes a summary of 1,024 KiB; what is beyond that
//! would be dropped in silence, so it is counted here.

use super::markdown;
use crate::run::{Mark, Run};
use std::fmt::Write as _;
use std::io::Write as _;

const MOST_ANNOTATIONS: usize = 10;
const MOST_SUMMARY: usize = 1_000_000;

/// The annotations; the last line is that of every format. The summary goes where the runner says.
pub fn text(run: &Run) -> String {
    if let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY") {
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(path);
        let written = file.and_then(|mut file| file.write_all(summary(run).as_bytes()));
        if let Err(error) = written {
            eprintln!("warning: the summary of the step is not written: {error}");
        }
    }
    let mut text = annotations("error", &errors(run));
    text += &annotations("warning", &warnings(run));
    writeln!(text, "{}", run.tally()).expect("a String takes it");
    text
}

fn summary(run: &Run) -> String {
    let text = markdown::text(run);
    match text.len() <= MOST_SUMMARY {
        true => text,
        false => format!("### {}\n\n{}\n", run.headline(), run.tally()),
    }
}

fn errors(run: &Run) -> Vec<(String, String)> {
    let unasked = run.findings();
    let unasked = unasked.iter().filter(|finding| finding.ablated.is_none());
    let mut errors: Vec<_> = unasked.map(|it| (it.headline(), it.told())).collect();
    let missed = run
        .ablated()
        .filter(|it| run.ablation_mark(*it) == Mark::Breaks);
    errors.extend(missed.map(|it| (format!("{it} off"), "its removal breaks nothing".into())));
    let changed = run.baseline.iter().filter(|it| it.mark() == Mark::Breaks);
    errors.extend(changed.map(|it| (format!("the size of {}", it.scenario), it.to_string())));
    for lane in &run.decisions {
        let title = || format!("decisions in {}", lane.scenario);
        errors.extend(lane.divergences.iter().map(|it| (title(), it.clone())));
    }
    let apart = run.products.iter().filter(|it| it.divergence.is_some());
    errors.extend(apart.map(|it| (format!("the controllers in {}", it.title()), it.reason())));
    for replay in &run.replays {
        if let crate::run::Outcome::Diverged {
            step,
            action,
            difference,
        } = &replay.outcome
        {
            let title = format!("{} diverged at step {step}, {action}", replay.name);
            errors.push((title, difference.clone()));
        }
    }
    let survivors = run.survivors();
    errors.extend(survivors.map(|it| (format!("mutant {}", it.name), it.fate())));
    errors
}

fn warnings(run: &Run) -> Vec<(String, String)> {
    let mut warnings = Vec::new();
    for scenario in &run.scenarios {
        let open = scenario.properties.iter();
        let open = open.filter(|it| scenario.mark(it) == Mark::NotDecided);
        let ids: Vec<&str> = open.map(|it| it.id.as_str()).collect();
        if !ids.is_empty() {
            warnings.push((
                format!("{} is not decided", scenario.title()),
                ids.join(", "),
            ));
        }
    }
    let unsearched = run.unsearched.iter();
    warnings.extend(unsearched.map(|it| (format!("{it} is not searched"), "interrupted".into())));
    warnings
}

fn annotations(kind: &str, all: &[(String, String)]) -> String {
    let mut text = String::new();
    let shown = match all.len() > MOST_ANNOTATIONS {
        true => MOST_ANNOTATIONS - 1,
        false => all.len(),
    };
    for (title, message) in &all[..shown] {
        let (title, message) = (in_property(title), in_message(message));
        writeln!(text, "::{kind} title={title}::{message}").expect("a String takes it");
    }
    if shown < all.len() {
        let more = all.len() - shown;
        writeln!(text, "::{kind} title=and {more} more::see the log").expect("a String takes it");
    }
    text
}

fn in_message(text: &str) -> String {
    let text = text.trim().replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

fn in_property(text: &str) -> String {
    in_message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn what_broke_is_an_error_and_what_is_open_a_warning() {
        let run = fixture::mixed();
        let text = annotations("error", &errors(&run)) + &annotations("warning", &warnings(&run));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn what_is_beyond_ten_annotations_is_counted() {
        let many = vec![("title".to_owned(), "message".to_owned()); 14];
        let text = annotations("error", &many);
        assert_eq!(text.lines().count(), 10);
        assert!(text.contains("and 5 more"), "{text}");
    }

    #[test]
    fn a_message_of_many_lines_stays_one_annotation() {
        assert_eq!(in_message("100 %\nand more"), "100 %25%0Aand more");
        assert_eq!(in_property("a: b, c"), "a%3A b%2C c");
    }
}
