//! A trace as a sequence diagram in the languages of pages that draw it.

use crate::report::{End, Event, Lane, Stroke, events};
use hopwise_vocab::{Claim, Trace};

/// A language of sequence diagrams.
struct Language {
    begins: &'static [&'static str],
    ends: &'static [&'static str],
    /// What a line starts with, the first ones aside.
    indent: &'static str,
    participant: fn(Lane) -> String,
    /// The arrow of a step that is lost, of one that tells, and of every other.
    arrows: [&'static str; 3],
    note: fn(Lane, &str) -> String,
}

/// <https://mermaid.js.org/syntax/sequenceDiagram.html>
const MERMAID: Language = Language {
    begins: &["sequenceDiagram", "    autonumber"],
    ends: &[],
    indent: "    ",
    participant: |lane| format!("participant {} as {}", id(lane), lane.name()),
    arrows: ["-x", "-->>", "->>"],
    note: |lane, text| format!("Note over {}: {text}", id(lane)),
};

/// <https://plantuml.com/sequence-diagram>
const PLANTUML: Language = Language {
    begins: &["@startuml", "autonumber"],
    ends: &["@enduml"],
    indent: "",
    participant: |lane| format!("participant \"{}\" as {}", lane.name(), id(lane)),
    arrows: ["->x", "-->", "->"],
    note: |lane, text| format!("note over {}: {text}", id(lane)),
};

/// The diagram in Mermaid's language. Its lanes are those that something happens on.
pub fn mermaid(trace: &Trace) -> String {
    MERMAID.draw(trace)
}

/// The same diagram in PlantUML's language.
pub fn plantuml(trace: &Trace) -> String {
    PLANTUML.draw(trace)
}

impl Language {
    fn draw(&self, trace: &Trace) -> String {
        let events = events(trace);
        let is_used = |lane: &&Lane| events.iter().any(|it| it.from == **lane || it.to == **lane);
        let used = Lane::ALL.iter().filter(is_used);
        let mut lines: Vec<String> = used.map(|lane| (self.participant)(*lane)).collect();
        let cycle = trace.steps.iter().position(|step| step.cycle);
        for (at, event) in events.iter().enumerate() {
            if cycle == Some(at) {
                lines.push("loop for ever".into());
            }
            lines.push(self.step(event));
        }
        if cycle.is_some() {
            lines.push("end".into());
        }
        if let (Claim::Breaks(broken), Some(last)) = (&trace.header.claim, events.last()) {
            lines.push((self.note)(last.to, &format!("✗ {broken} is broken")));
        }
        // What begins a comment or ends a line in either language is no part of a label.
        let safe = |line: &String| format!("{}{}", self.indent, line.replace(['#', ';'], ","));
        let begins = self.begins.iter().map(|it| (*it).to_owned());
        let ends = self.ends.iter().map(|it| (*it).to_owned());
        let all = begins.chain(lines.iter().map(safe)).chain(ends);
        all.map(|line| line + "\n").collect()
    }

    fn step(&self, event: &Event) -> String {
        let [lost, tells, other] = self.arrows;
        let arrow = match (event.end, event.stroke) {
            (End::Lost | End::Broken, _) => lost,
            (_, Stroke::Watch | Stroke::Answer) => tells,
            (_, Stroke::Write | Stroke::Read | Stroke::NsxWrite | Stroke::NsxRead) => other,
            (_, Stroke::Local) => other,
        };
        format!("{}{arrow}{}: {}", id(event.from), id(event.to), event.label)
    }
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
        insta::assert_snapshot!("mermaid", mermaid(&fixture::lasso()));
        insta::assert_snapshot!("plantuml", plantuml(&fixture::lasso()));
    }
}
