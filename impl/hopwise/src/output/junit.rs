//! A run as a JUnit report: a suite per search and per lane, a case per verdict.
//!
//! Readers of JUnit take *skipped* for good enough, so what is not decided is an error here, and
//! only what was never put to the test is skipped.

use super::xml;
use crate::run::{Ablation, Mark, Outcome, Run, ScenarioRun};
use std::fmt::Write as _;

struct Case {
    name: String,
    mark: Mark,
    message: String,
    details: String,
}

struct Suite {
    name: String,
    seconds: f64,
    cases: Vec<Case>,
}

/// The report.
pub fn text(run: &Run) -> String {
    let suites = suites(run);
    let count = |wanted: Mark| -> usize {
        let marks = suites.iter().flat_map(|suite| &suite.cases);
        marks.filter(|case| case.mark == wanted).count()
    };
    let all: usize = suites.iter().map(|suite| suite.cases.len()).sum();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"hopwise\" tests=\"{all}\" \
         failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3}\">\n",
        count(Mark::Breaks),
        count(Mark::NotDecided),
        count(Mark::NotAsked) + count(Mark::Exempt),
        run.seconds
    );
    suites
        .iter()
        .for_each(|suite| write_suite(&mut text, suite));
    text + "</testsuites>\n"
}

fn write_suite(text: &mut String, suite: &Suite) {
    let count = |wanted| {
        suite
            .cases
            .iter()
            .filter(|case| case.mark == wanted)
            .count()
    };
    let suite_line = format!(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" \
         time=\"{:.3}\">\n",
        xml(&suite.name),
        suite.cases.len(),
        count(Mark::Breaks),
        count(Mark::NotDecided),
        count(Mark::NotAsked) + count(Mark::Exempt),
        suite.seconds
    );
    *text += &suite_line;
    for case in &suite.cases {
        write_case(text, &suite.name, case);
    }
    *text += "  </testsuite>\n";
}

fn write_case(text: &mut String, suite: &str, case: &Case) {
    let (name, message) = (xml(&case.name), xml(&case.message));
    let head = format!("    <testcase classname=\"{}\" name=\"{name}\"", xml(suite));
    let inner = match case.mark {
        Mark::Holds => return *text += &format!("{head}/>\n"),
        Mark::Breaks => {
            let details = xml(&case.details);
            format!("<failure message=\"{message}\">{details}</failure>")
        }
        Mark::NotDecided => format!("<error type=\"not decided\" message=\"{message}\"/>"),
        Mark::NotAsked | Mark::Exempt => format!("<skipped message=\"{message}\"/>"),
    };
    writeln!(text, "{head}>{inner}</testcase>").expect("a String takes it");
}

fn suites(run: &Run) -> Vec<Suite> {
    let mut suites: Vec<Suite> = run.scenarios.iter().map(of_scenario).collect();
    let mut more = |name: &str, seconds, cases: Vec<Case>| {
        if !cases.is_empty() {
            suites.push(Suite {
                name: name.into(),
                seconds,
                cases,
            });
        }
    };
    let seconds = |searches: &[Ablation]| searches.iter().map(|it| it.run.seconds).sum();
    more("safeguards", seconds(&run.ablations), of_safeguards(run));
    more("baseline", 0.0, of_baseline(run));
    more("unsearched", 0.0, of_unsearched(run));
    more(
        "decisions",
        run.decisions.iter().map(|it| it.seconds).sum(),
        of_decisions(run),
    );
    more(
        "product",
        run.products.iter().map(|it| it.seconds).sum(),
        of_products(run),
    );
    more(
        "replays",
        run.replays.iter().map(|it| it.seconds).sum(),
        of_replays(run),
    );
    let lanes = run.mutants.iter().flat_map(|it| &it.lanes);
    more("mutants", lanes.map(|it| it.seconds).sum(), of_mutants(run));
    suites
}

fn of_scenario(run: &ScenarioRun) -> Suite {
    let findings = run.findings(None);
    let case = |property: &crate::run::PropertyRun| {
        let finding = findings.iter().find(|it| it.property.id == property.id);
        Case {
            name: property.id.clone(),
            mark: run.mark(property),
            message: match run.mark(property) {
                Mark::NotAsked => format!("vacuous: {}", run.reason(property)),
                Mark::Holds | Mark::NotDecided | Mark::Exempt | Mark::Breaks => {
                    run.reason(property)
                }
            },
            details: finding.map(|it| it.told()).unwrap_or_default(),
        }
    };
    Suite {
        name: run.title(),
        seconds: run.seconds,
        cases: run.properties.iter().map(case).collect(),
    }
}

fn of_safeguards(run: &Run) -> Vec<Case> {
    let case = |safeguard| Case {
        name: format!("without {safeguard}"),
        mark: run.ablation_mark(safeguard),
        message: match run.ablation_mark(safeguard) {
            Mark::Breaks => "its removal breaks nothing".into(),
            Mark::Holds | Mark::NotDecided | Mark::NotAsked | Mark::Exempt => {
                "its searches were cut".into()
            }
        },
        details: String::new(),
    };
    run.ablated().map(case).collect()
}

fn of_baseline(run: &Run) -> Vec<Case> {
    let case = |pinned: &crate::run::Pinned| Case {
        name: pinned.scenario.clone(),
        mark: pinned.mark(),
        message: pinned.to_string(),
        details: String::new(),
    };
    run.baseline.iter().map(case).collect()
}

fn of_unsearched(run: &Run) -> Vec<Case> {
    let case = |name: &String| Case {
        name: name.clone(),
        mark: Mark::NotDecided,
        message: "not searched: the run was interrupted".into(),
        details: String::new(),
    };
    run.unsearched.iter().map(case).collect()
}

fn of_decisions(run: &Run) -> Vec<Case> {
    let case = |lane: &crate::run::DecisionsRun| Case {
        name: format!("{} ({})", lane.scenario, lane.off),
        mark: match (lane.divergences.is_empty(), lane.asked) {
            (false, _) => Mark::Breaks,
            (true, 0) => Mark::NotAsked,
            (true, _) => Mark::Holds,
        },
        message: lane.divergences.first().cloned().unwrap_or_default(),
        details: lane.divergences.join("\n"),
    };
    run.decisions.iter().map(case).collect()
}

fn of_products(run: &Run) -> Vec<Case> {
    let case = |lane: &crate::run::ProductRun| Case {
        name: lane.title(),
        mark: lane.mark(),
        message: lane.reason(),
        details: lane
            .divergence
            .as_ref()
            .map(|it| it.trace.clone())
            .unwrap_or_default(),
    };
    run.products.iter().map(case).collect()
}

fn of_replays(run: &Run) -> Vec<Case> {
    let case = |replay: &crate::run::ReplayRun| {
        let (mark, message, details) = match &replay.outcome {
            Outcome::Followed if replay.steps == 0 => {
                (Mark::NotAsked, "the trace has no steps".into(), "")
            }
            Outcome::NotReplayed(why) => (Mark::NotAsked, why.clone(), ""),
            Outcome::Followed => (Mark::Holds, String::new(), ""),
            Outcome::Diverged {
                step,
                action,
                difference,
            } => {
                let message = format!("diverged at step {step}, {action}");
                (Mark::Breaks, message, difference.as_str())
            }
        };
        Case {
            name: replay.name.clone(),
            mark,
            message,
            details: details.into(),
        }
    };
    run.replays.iter().map(case).collect()
}

fn of_mutants(run: &Run) -> Vec<Case> {
    let case = |mutant: &crate::run::MutantRun| Case {
        name: mutant.name.clone(),
        mark: mutant.mark(),
        message: mutant.fate(),
        details: mutant.sentence.clone(),
    };
    run.mutants.iter().map(case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::run::Search;

    #[test]
    fn a_run_is_a_report_that_parsers_read() {
        let text = text(&fixture::mixed());
        let document = roxmltree::Document::parse(&text).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute("failures"), Some("3"));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn what_is_not_decided_is_an_error_and_no_pass() {
        let mut run = fixture::run();
        run.scenarios[0].search = Search::Stopped("stopped at --states 10".into());
        assert!(text(&run).contains("<error type=\"not decided\""));
    }
}
