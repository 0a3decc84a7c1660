//! A trace as a sequence diagram in Mermaid's language, for pages that draw it.

use crate::report::{End, Event, Lane, Stroke, events};
use hopwise_vocab::{Claim, Trace};
use std::fmt::Write as _;

/// The diagram. Its lanes are those that something happens on.
pub fn mermaid(trace: &Trace) -> String {
    let events = events(trace);
    let mut text = "sequenceDiagram\n    autonumber\n".to_owned();
    let is_used = |lane: &&Lane| events.iter().any(|it| it.from == **lane || it.to == **lane);
    for lane in Lane::ALL.iter().filter(is_used) {
        line(
            &mut text,
            &format!("participant {} as {}", id(*lane), lane.name()),
        );
    }
    let cycle = trace.steps.iter().position(|step| step.cycle);
    for (at, event) in events.iter().enumerate() {
        if cycle == Some(at) {
            line(&mut text, "loop for ever");
        }
        line(&mut text, &step(event));
    }
    if cycle.is_some() {
        line(&mut text, "end");
    }
    if let (Claim::Breaks(id_of_it), Some(last)) = (&trace.header.claim, events.last()) {
        line(
            &mut text,
            &format!("Note over {}: ✗ {id_of_it} is broken", id(last.to)),
        );
    }
    text
}

fn line(text: &mut String, what: &str) {
    writeln!(text, "    {}", what.replace(['#', ';'], ",")).expect("a String takes it");
}

fn step(event: &Event) -> String {
    let arrow = match (event.end, event.stroke) {
        (End::Lost | End::Broken, _) => "-x",
        (_, Stroke::Watch | Stroke::Answer) => "-->>",
        (_, Stroke::Write | Stroke::Read | Stroke::NsxWrite | Stroke::NsxRead) => "->>",
        (_, Stroke::Local) => "->>",
    };
    format!("{}{arrow}{}: {}", id(event.from), id(event.to), event.label)
}

/// A name without spaces.
const fn id(lane: Lane) -> &'static str {
    match lane {
        Lane::User => "user",
        Lane::Guest => "guest",
        Lane::Ccm => "ccm",
        Lane::Supervisor => "supervisor",
        Lane::Vmop => "vmop",
        Lane::Ncp => "ncp",
        Lane::Nsx => "nsx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_lasso_is_a_diagram_with_a_loop() {
        insta::assert_snapshot!(mermaid(&fixture::lasso()));
    }
}
