//! A trace as text: as a story, as columns, with what every step changes, and as JSON.

use super::{Change, Tree, Verdict, Walked, hazard};
use crate::report::words::{claim, plural, wrap};
use crate::report::{Event, events, transcript};
use hopwise_protocol::{Beginning, Scenario};
use hopwise_vocab::{Action, Claim, Header, Hop, Trace};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What the letters before changes say.
pub(super) const LETTERS: &str =
    "A added, M changed, D removed; the values are those of the model's state";
/// The columns that text is broken to.
const COLUMNS: usize = 100;

/// A trace, taken on the model and judged.
pub struct Told<'a> {
    /// The trace.
    pub trace: &'a Trace,
    /// Its states.
    pub walked: &'a Walked,
    /// Whether its claim is true.
    pub verdict: &'a Verdict,
}

/// What an action is, in one sentence.
pub fn sentence(action: Action) -> String {
    let alone = Trace::new(Header::new("", "", Claim::Walk), [action]);
    let clause = events(&alone)
        .first()
        .map(Event::clause)
        .unwrap_or_default();
    let is_a_name = Hop::ALL.iter().any(|hop| clause.starts_with(hop.name()));
    let mut letters = clause.chars();
    match letters.next() {
        Some(first) if !is_a_name => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        Some(_) | None => format!("{clause}."),
    }
}

/// A name, and what there is to say about it in lines of at most 100 columns.
pub fn row(name: &str, content: &str) -> String {
    format!("{name:<10}{}", wrap(content, 10, COLUMNS).trim_start())
}

/// A change in lines of at most 100 columns.
pub fn told_change(change: &Change) -> String {
    format!(
        "     {}",
        wrap(&change.to_string(), 9, COLUMNS).trim_start()
    )
}

/// Where a scenario begins, in words.
const fn beginning(scenario: &Scenario) -> &'static str {
    match scenario.begins {
        Beginning::Empty => "with nothing",
        Beginning::Settled => "with a Service that shows its address",
    }
}

impl Told<'_> {
    /// What it is, what it claims, and whether that is true.
    pub fn head(&self) -> String {
        let header = &self.trace.header;
        let steps = plural(self.trace.steps.len() as u64, "step");
        let begins = beginning(&self.walked.chain.scenario);
        let verdict = match (&self.walked.refused, self.verdict.is_true) {
            (Some(_), _) => "invalid",
            (None, true) => "true",
            (None, false) => "not true",
        };
        let sign = hazard::claimed(self.trace)
            .map(|it| row("sign", &hazard::sign(it)))
            .unwrap_or_default();
        format!(
            "{}\n{}{}{}{sign}{}",
            header.name,
            row(
                "walks",
                &format!("{steps} of {} ({})", header.scenario, header.off)
            ),
            row("begins", begins),
            row("claims", &claim(&header.claim)),
            row(verdict, &self.verdict.why)
        )
    }

    /// The story, a sentence per step.
    pub fn to_text(&self) -> String {
        format!("{}\n{}", self.head(), transcript(self.trace))
    }

    /// Columns: the step, from whom, to whom, its label.
    pub fn to_table(&self) -> String {
        let mut text = format!(
            "{}\n{:>4}  {:<14}  {:<14}  action\n",
            self.head(),
            "step",
            "from",
            "to"
        );
        for (at, event) in events(self.trace).iter().enumerate() {
            let Event {
                from, to, action, ..
            } = event;
            let (from, to) = (from.name(), to.name());
            let again = if self.trace.steps[at].cycle {
                "  (from here for ever)"
            } else {
                ""
            };
            let line = format!("{:>4}  {from:<14}  {to:<14}  {action}{again}", at + 1);
            writeln!(text, "{line}").expect("a String takes it");
        }
        text
    }

    /// Every step with what it changes.
    pub fn to_diff(&self) -> String {
        let mut text = format!("{}\n{LETTERS}\n\n", self.head());
        for (at, (step, changes)) in self.trace.steps.iter().zip(self.changes()).enumerate() {
            if step.cycle {
                text += "     from here it repeats for ever\n";
            }
            writeln!(text, "{:>4} {}", at + 1, step.action).expect("a String takes it");
            for change in changes {
                text += &told_change(&change);
            }
        }
        text
    }

    /// One document with everything.
    pub fn to_json(&self) -> String {
        let steps = events(self.trace);
        let steps = steps.iter().zip(self.changes()).enumerate();
        let steps: Vec<Value> = steps
            .map(|(at, (event, changes))| {
                json!({
                    "n": at + 1,
                    "do": event.action,
                    "who": event.who(),
                    "says": event.sentence,
                    "cycle": self.trace.steps[at].cycle,
                    "changes": changes,
                })
            })
            .collect();
        let document = json!({
            "schema": "hopwise/told/1",
            "header": self.trace.header,
            "claim": {
                "true": self.verdict.is_true,
                "why": self.verdict.why,
                "sign": hazard::claimed(self.trace).map(hazard::sign),
            },
            "steps": steps,
        });
        format!("{document:#}\n")
    }

    /// What every step that was taken changes.
    pub(super) fn changes(&self) -> Vec<Vec<Change>> {
        let trees: Vec<Tree> = self.walked.states.iter().map(Tree::of).collect();
        let steps = trees.iter().zip(trees.iter().skip(1));
        steps.map(|(before, after)| before.changes(after)).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::verdict;
    use super::*;
    use crate::report::fixture;

    pub fn told(trace: &Trace, tell: impl Fn(&Told<'_>) -> String) -> String {
        let walked = Walked::of(trace).unwrap();
        let verdict = verdict(trace, &walked).unwrap();
        tell(&Told {
            trace,
            walked: &walked,
            verdict: &verdict,
        })
    }

    pub fn kept(name: &str) -> Trace {
        let mut all = hopwise_conformance::traces::committed().into_iter();
        all.find(|trace| trace.header.name == name).unwrap()
    }

    #[test]
    fn a_counterexample_is_told_with_its_claim() {
        let trace = kept("hop-order-without-finalizer-before-create");
        insta::assert_snapshot!(told(&trace, |it| it.to_text()));
    }

    #[test]
    fn a_lasso_is_told_in_columns() {
        let trace = kept("edited-realized-without-regular-poll");
        insta::assert_snapshot!(told(&trace, |it| it.to_table()));
    }

    #[test]
    fn every_step_is_told_with_what_it_changes() {
        let trace = fixture::trace("walk", &["user create", "deliver ccm service", "ccm poll"]);
        insta::assert_snapshot!(told(&trace, |it| it.to_diff()));
    }

    #[test]
    fn a_program_reads_the_same() {
        let trace = fixture::trace("walk", &["user create"]);
        let document: Value = serde_json::from_str(&told(&trace, |it| it.to_json())).unwrap();
        assert_eq!(document["claim"]["true"], true);
        assert_eq!(document["steps"][0]["do"], "user create");
        assert!(
            document["steps"][0]["changes"]
                .as_array()
                .is_some_and(|it| !it.is_empty())
        );
    }
}
