//! Recorded sequences with what a kube-apiserver said, one a line, so that the comparison needs none.

use crate::clause::clauses_of;
use crate::compare::{Compared, compare_answers, embedded_answers};
use crate::embedded::Embedded;
use crate::flaw::{Flaw, Flawed};
use crate::server::{Said, Server};
use crate::step::{Ask, Step};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A sequence and its answers in the normal form.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recorded {
    /// What was asked.
    pub steps: Vec<Step>,
    /// What kube-apiserver said.
    pub answers: Vec<Said>,
}

/// The committed corpus.
pub const CORPUS: &str = include_str!("../corpus.ndjson");

/// The size that a corpus may have, in bytes.
pub const SIZE: usize = 900_000;

/// Reads a corpus.
///
/// # Errors
/// Names the line that is none.
pub fn read(text: &str) -> Result<Vec<Recorded>, String> {
    let lines = text.lines().enumerate();
    lines
        .map(|(at, line)| serde_json::from_str(line).map_err(|e| format!("line {}: {e}", at + 1)))
        .collect()
}

/// Compares what a server says now with what was recorded.
pub fn replay<S: Server>(server: &S, recorded: &Recorded) -> Compared {
    let said = embedded_answers(server, &recorded.steps);
    compare_answers(&recorded.steps, &said, &recorded.answers)
}

/// What a sequence shows: which kinds of answers to which kinds of questions, and what the corpus must
/// have: clauses, allowed differences, seeded mistakes.
pub fn shown(embedded: &Embedded, recorded: &Recorded) -> BTreeSet<String> {
    let mut shown = BTreeSet::new();
    for (step, said) in recorded.steps.iter().zip(&recorded.answers) {
        let asked = format!("{:?} {:?} {:?}", step.ask, step.kind, step.part);
        let reason = said.body["reason"].as_str().unwrap_or_default();
        shown.insert(format!("{asked} {} {reason}", said.code));
        for (key, value) in &step.query {
            shown.insert(format!("{:?} {key}={value} {}", step.ask, said.code));
        }
        for cause in said.body["details"]["causes"]
            .as_object()
            .into_iter()
            .flatten()
        {
            shown.insert(format!("{:?} {}", step.kind, cause.0));
        }
        if step.ask == Ask::Watch {
            let events = said.body.as_array().into_iter().flatten();
            let kinds = events.map(|it| it["type"].to_string());
            let kinds: Vec<String> = kinds.collect();
            shown.insert(format!("{:?} {}", step.kind, kinds.join(" ")));
        }
        shown.insert(format!("{:?} {:?} {}", step.ask, step.view, said.code));
    }
    let clauses = clauses_of(recorded);
    shown.extend(clauses.into_iter().map(|it| format!("must {it}")));
    let allowed = replay(&embedded.copy(), recorded).allowed;
    shown.extend(allowed.into_iter().map(|it| format!("must {it}")));
    for flaw in Flaw::ALL {
        if !replay(&Flawed::of(embedded, flaw), recorded)
            .open
            .is_empty()
        {
            shown.insert(format!("must {flaw:?}"));
        }
    }
    shown
}

/// Those of some sequences that together show the most and fit the size: whoever shows most that is
/// new for its length comes first.
///
/// # Panics
/// Never: what is recorded is JSON.
pub fn choose(recorded: &[Recorded]) -> Vec<Recorded> {
    let embedded = Embedded::new();
    let mut left: Vec<(usize, BTreeSet<String>, &Recorded)> = recorded
        .iter()
        .map(|it| {
            let text = serde_json::to_string(it).expect("it is JSON");
            (text.len() + 1, shown(&embedded, it), it)
        })
        .collect();
    let mut room = SIZE;
    let mut known = BTreeSet::new();
    let mut chosen = Vec::new();
    loop {
        left.retain(|(size, shown, _)| *size <= room && !shown.is_subset(&known));
        // Some things have to be shown; the rest makes it likelier that a mistake is seen.
        let weight = |it: &String| if it.starts_with("must ") { 100 } else { 1 };
        let worth = |it: &(usize, BTreeSet<String>, &Recorded)| {
            it.1.difference(&known).map(weight).sum::<usize>() * 1_000_000 / it.0
        };
        let Some(best) = (0..left.len()).max_by_key(|at| worth(&left[*at])) else {
            return chosen;
        };
        let (size, shown, best) = left.swap_remove(best);
        room -= size;
        known.extend(shown);
        chosen.push(best.clone());
    }
}

/// A corpus as it is written.
///
/// # Panics
/// Never: what is recorded is JSON.
pub fn write(recorded: &[Recorded]) -> String {
    let lines = recorded.iter().map(|it| {
        let text = serde_json::to_string(it).expect("it is JSON");
        text + "\n"
    });
    lines.collect()
}
