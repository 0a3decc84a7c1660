//! Counterexamples: the story in a few lines, the diagram, and every step as a list.

use super::belief;
use super::lane::End;
use super::safeguards::shortest;
use super::spacetime::{MOST_STEPS, Picture};
use super::steps::{Event, events};
use super::words::plural;
use super::{figure, table_box};
use crate::run::{Finding, Run};
use hopwise_vocab::{Deed, Trace};
use maud::{Markup, html};
use std::fmt::Write as _;

/// How many counterexamples are shown unfolded.
const OPEN: usize = 5;

/// The section: every counterexample in a table, and those that no card of a safeguard tells.
pub(super) fn draw_section(run: &Run) -> Markup {
    let findings = run.findings();
    let told: Vec<String> = run
        .ablated()
        .filter_map(|s| shortest(run, s))
        .map(|finding| finding.id())
        .collect();
    let rest: Vec<&Finding> = findings
        .iter()
        .filter(|finding| !told.contains(&finding.id()))
        .collect();
    let unasked = findings
        .iter()
        .filter(|finding| finding.ablated.is_none())
        .count();
    html! {
        @if unasked == 0 {
            p { "No property that was to hold is broken." }
        }
        @if !findings.is_empty() { (table_box("Counterexamples", &table(&findings))) }
        @for (index, finding) in rest.iter().enumerate() {
            @if finding.ablated.is_none() && index < OPEN {
                article.card { (draw(finding)) }
            } @else {
                details.card id=(format!("{}-folded", finding.id())) {
                    summary { (finding.headline()) }
                    (draw(finding))
                }
            }
        }
    }
}

fn table(findings: &[Finding]) -> Markup {
    html! {
        table {
            caption { "Every counterexample: those not asked for, then the others, shortest first" }
            thead {
                tr {
                    th scope="col" { "Property" }
                    th scope="col" { "Scenario" }
                    th scope="col" { "Safeguards" }
                    th.num scope="col" { "Steps" }
                    th scope="col" { "What is false at its end" }
                }
            }
            tbody {
                @for finding in findings {
                    tr {
                        th scope="row" {
                            a href=(format!("#{}", finding.id())) { (finding.property.id) }
                        }
                        td { (finding.scenario.name) }
                        td { (finding.scenario.off) }
                        td.num { (finding.steps) }
                        td.long { (finding.clause) }
                    }
                }
            }
        }
    }
}

/// One counterexample.
fn draw(finding: &Finding) -> Markup {
    let (id, headline) = (finding.id(), finding.headline());
    let trace = Trace::parse(finding.trace);
    html! {
        h3 id=(id) { (headline) }
        p { (finding.property.sentence) }
        @match &trace {
            Ok(trace) => {
                p { (story(trace, finding.clause, finding.cycle)) }
                (diagram(&id, &headline, trace, Some(finding)))
                @if finding.ablated.is_none() { (belief::folded(&id, trace)) }
                details {
                    summary { "The same steps as text" }
                    (list(trace, finding.cycle, Some(finding.clause)))
                }
            }
            Err(error) => {
                p.notice.breaks { "The trace cannot be read: " (error) }
                pre tabindex="0" { (finding.trace) }
            }
        }
    }
}

/// A few sentences: what the user does, what goes wrong, what happens last, what is then false.
pub fn story(trace: &Trace, clause: &str, cycle: bool) -> String {
    let events = events(trace);
    let user: Vec<String> = events
        .iter()
        .enumerate()
        .filter(|(_, event)| matches!(event.action.deed, Deed::User(_)))
        .map(|(at, event)| format!("{} (step {})", event.sentence, at + 1))
        .collect();
    let mut text = String::new();
    if !user.is_empty() {
        write!(text, "The user {}. ", user.join(", then ")).expect("a String takes it");
    }
    let repeats = trace.steps.iter().position(|step| step.cycle);
    text += &gone_wrong(match (repeats, cycle, &events[..]) {
        // The end tells the last step.
        (None, false, [before @ .., _]) => before,
        (_, _, all) => all,
    });
    let end = match (repeats, cycle, events.last()) {
        (Some(start), _, _) => {
            format!(
                "Steps {} to {} then repeat for ever",
                start + 1,
                events.len()
            )
        }
        (None, true, _) => "Then nothing has to happen any more".into(),
        (None, false, Some(last)) => {
            format!("At step {} {}", events.len(), last.clause())
        }
        (None, false, None) => "It is so at the start".into(),
    };
    write!(text, "{end}, and {clause}.").expect("a String takes it");
    text
}

/// What goes wrong or happens behind the chain's back, each in a sentence.
fn gone_wrong(events: &[Event]) -> String {
    let told = events.iter().enumerate().filter(|(_, event)| {
        let is_admin = matches!(event.action.deed, Deed::Admin(_));
        let is_late = matches!(event.action.deed, Deed::Delay(..) | Deed::Land(..));
        let is_hidden = matches!(event.action.deed, Deed::Relist(..) | Deed::Rewrite);
        is_admin || is_late || is_hidden || event.end != End::Arrives
    });
    told.map(|(at, event)| format!("At step {} {}. ", at + 1, event.clause()))
        .collect()
}

/// The diagram of a trace, or why there is none.
pub(super) fn diagram(id: &str, title: &str, trace: &Trace, bad: Option<&Finding>) -> Markup {
    let words = bad.map(|it| format!("✗ {} is broken: {}", it.property.id, it.clause));
    let story = bad.map_or_else(
        || {
            format!(
                "{}, each of which the list beside it tells.",
                plural(count(trace), "step")
            )
        },
        |finding| self::story(trace, finding.clause, finding.cycle),
    );
    let picture = Picture {
        id: &format!("{id}-diagram"),
        title,
        story: &story,
        trace,
        breaks: words.as_deref(),
        cycle: bad.is_some_and(|finding| finding.cycle),
    };
    match picture.inline() {
        Some(svg) => figure(title, &svg),
        None => html! {
            p.notice {
                "No diagram: the trace has " (plural(count(trace), "step")) ", more than "
                (MOST_STEPS) "."
            }
        },
    }
}

fn count(trace: &Trace) -> u64 {
    trace.steps.len() as u64
}

/// The steps as a list, for everybody who does not see the diagram.
pub(super) fn list(trace: &Trace, cycle: bool, bad: Option<&str>) -> Markup {
    let events = events(trace);
    let starts = trace.steps.iter().any(|step| step.cycle);
    html! {
        ol.steps {
            @for (at, (event, step)) in events.iter().zip(&trace.steps).enumerate() {
                @let last = at + 1 == events.len() && bad.is_some();
                li.last[last].cycle[step.cycle] {
                    @if step.cycle { span.again { "From here it repeats for ever. " } }
                    b { (event.who()) } ": " (event.sentence)
                    @if let (true, Some(clause)) = (last, bad) { " – ✗ " (clause) }
                }
            }
        }
        @if cycle && !starts { p.again { "Nothing has to happen any more: it stays so for ever." } }
    }
}

/// The steps of a trace as plain text, one numbered line each: for a terminal, and for snapshots.
pub fn transcript(trace: &Trace) -> String {
    let mut text = String::new();
    for (at, event) in events(trace).iter().enumerate() {
        let Event { sentence, .. } = event;
        if trace.steps[at].cycle {
            text += "     from here it repeats for ever\n";
        }
        writeln!(text, "{:>4} {}: {sentence}", at + 1, event.who()).expect("a String takes it");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_transcript_numbers_the_steps_and_marks_the_cycle() {
        let text = transcript(&fixture::lasso());
        assert!(
            text.starts_with("   1 User → Guest API: creates the Service\n"),
            "{text}"
        );
        let end = "     from here it repeats for ever\n  10 ncp: its timer starts a pass\n";
        assert!(text.contains(end), "{text}");
    }

    #[test]
    fn a_story_tells_what_the_user_did_and_what_is_false() {
        let run = fixture::run();
        let findings = run.findings();
        let finding = findings.iter().find(|finding| !finding.cycle).unwrap();
        let story = story(&fixture::orphan(), finding.clause, finding.cycle);
        assert!(story.starts_with("The user creates the Service (step 1), then deletes"));
        assert!(
            story.ends_with("a VirtualMachineService stands for it."),
            "{story}"
        );
    }
}
