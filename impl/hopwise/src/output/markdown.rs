//! A run for a pull request: the verdict, the properties, the matrix, and the first
//! counterexamples as diagrams.

use crate::report::words::{duration, plural};
use crate::run::mutants;
use crate::run::{Finding, Run, ScenarioRun, Search, Verdict};
use crate::telling;
use hopwise_vocab::Trace;
use std::fmt::Write as _;

/// How many counterexamples are drawn.
const MOST_DRAWN: usize = 3;
/// How large a diagram may be that is drawn; GitHub refuses larger ones.
const MOST_BYTES: usize = 20_000;

/// The run. Headings begin at the third level, since it is a part of something.
pub fn text(run: &Run) -> String {
    let mut text = format!("### {}\n\n", run.headline());
    write_properties(&mut text, run);
    if !run.ablations.is_empty() {
        text += &format!(
            "#### What breaks without what\n\n{}\n",
            run.matrix().to_markdown()
        );
    }
    if !run.baseline.is_empty() {
        text += "#### Pinned sizes\n\n";
        for pinned in &run.baseline {
            text += &format!("- {} {}: {pinned}\n", pinned.mark().sign(), pinned.scenario);
        }
        text.push('\n');
    }
    if !run.mutants.is_empty() {
        text += &format!("#### Mutants\n\n{}\n", mutants::to_markdown(run));
    }
    for name in &run.unsearched {
        text += &format!("- – {name}: not searched, the run was interrupted\n\n");
    }
    for finding in run
        .findings()
        .iter()
        .filter(|it| it.ablated.is_none())
        .take(MOST_DRAWN)
    {
        write_finding(&mut text, finding);
    }
    text += &format!("`{}`\n\n{}\n", run.command, run.tally());
    text
}

fn write_properties(text: &mut String, run: &Run) {
    if run.scenarios.is_empty() {
        return;
    }
    *text += "| scenario | property | verdict | |\n|---|---|---|---|\n";
    for scenario in &run.scenarios {
        for property in &scenario.properties {
            let mark = scenario.mark(property);
            let steps = match (&property.verdict, &property.exempt) {
                (Verdict::Breaks { steps, .. }, None) => {
                    format!(" in {}", plural(*steps, "step"))
                }
                (Verdict::Breaks { .. } | Verdict::Holds | Verdict::NotDecided { .. }, _) => {
                    String::new()
                }
            };
            let row = format!(
                "| {} | {} | {} {}{steps} | {} |\n",
                cell(&scenario.title()),
                cell(&property.id),
                mark.sign(),
                mark.words(),
                cell(&scenario.reason(property))
            );
            *text += &row;
        }
    }
    text.push('\n');
    run.scenarios.iter().for_each(|it| write_size(text, it));
    text.push('\n');
}

fn write_size(text: &mut String, run: &ScenarioRun) {
    let end = match &run.search {
        Search::Complete => "complete".into(),
        Search::Stopped(why) => why.clone(),
    };
    let size = format!(
        "- {}: {}, depth {}, {end}, {}; {}\n",
        run.title(),
        plural(run.states, "state"),
        run.depth,
        duration(run.seconds),
        run.bounds
    );
    *text += &size;
}

fn write_finding(text: &mut String, finding: &Finding<'_>) {
    write!(text, "#### {}\n\n{}\n", finding.headline(), finding.told()).expect("a String takes it");
    let Ok(trace) = Trace::parse(finding.trace) else {
        return text.push('\n');
    };
    let diagram = telling::mermaid(&trace);
    if diagram.len() <= MOST_BYTES {
        let steps = plural(trace.steps.len() as u64, "step");
        write!(
            text,
            "\n<details><summary>{steps}</summary>\n\n```mermaid\n{diagram}```\n\n</details>\n"
        )
        .expect("a String takes it");
    }
    text.push('\n');
}

/// Text inside a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_run_is_told_for_a_pull_request() {
        insta::assert_snapshot!(text(&fixture::mixed()));
    }
}
