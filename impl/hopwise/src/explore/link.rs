//! A link: a walk through the model and a place on it, as the path of an address.
//!
//! ```text
//! /s/SCENARIO/SAFEGUARDS/STEPS/AT
//! /s/SCENARIO/SAFEGUARDS/STEPS/KEPT/AT
//! ```
//!
//! with `pin-STEP/` before the last part where a step is pinned.
//!
//! Every step is named by its action as a trace writes it, never by a number among those that are
//! enabled, so that a link outlives a change of their order. A link to another step of the same
//! walk differs in its last part alone, which is what the links in the page consist of.

use crate::selection::{safeguards_named, scenario_named};
use hopwise_protocol::Scenario;
use hopwise_vocab::{Action, Safeguards, Step};
use percent_encoding::percent_decode_str;

/// The longest walk that a link has, in steps: each page takes all of them anew.
pub(super) const MOST_STEPS: usize = 1_000;
/// What begins the path of every walk.
const WALK: &str = "s";
/// A walk without steps.
const START: &str = "start";
/// Every safeguard is on.
const REFERENCE: &str = "reference";
/// What is written before safeguards that are off.
const WITHOUT: &str = "without-";
/// What is written before the step at which a cycle begins.
const CYCLE: char = '~';
/// What is written before the step that is pinned.
const PIN: &str = "pin-";

/// A walk, a place on it, and perhaps another walk that is kept beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The bounds.
    pub scenario: Scenario,
    /// The safeguards that are on.
    pub safeguards: Safeguards,
    /// The steps of the walk.
    pub steps: Vec<Step>,
    /// The steps of the walk that was left when another step was taken on the way.
    pub kept: Option<Vec<Step>>,
    /// The step of the walk that is pinned: what is looked at is compared with the state after it.
    pub pinned: Option<usize>,
    /// After how many steps the walk is looked at; at most as many as there are.
    pub at: usize,
}

/// What the last part of a path asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The state after so many steps.
    At,
    /// Both walks side by side.
    Compare,
    /// The walk as the text of a trace.
    Save,
}

/// Why a text is no link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadLink(pub String);

impl Link {
    /// The beginning of a scenario.
    pub fn start(scenario: Scenario, safeguards: Safeguards) -> Link {
        Link {
            scenario,
            safeguards,
            steps: Vec::new(),
            kept: None,
            pinned: None,
            at: 0,
        }
    }

    /// Reads a link: its path, or the whole address that it was copied as.
    ///
    /// # Errors
    /// Names the part that is wrong, and what is known instead.
    pub fn parse(text: &str) -> Result<Link, BadLink> {
        let path = text.split(['?', '#']).next().unwrap_or(text);
        let path = match path.split_once("://") {
            None => path,
            Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        };
        Ok(Link::read(path)?.0)
    }

    /// Reads the path of a request.
    pub(super) fn read(path: &str) -> Result<(Link, Asked), BadLink> {
        let parts: Vec<String> = path
            .trim_start_matches('/')
            .split('/')
            .map(decoded)
            .collect();
        let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let before_last = parts.len().saturating_sub(2);
        let pin = parts.get(before_last).and_then(|it| it.strip_prefix(PIN));
        if pin.is_some() {
            parts.remove(before_last);
        }
        let (scenario, off, steps, kept, last) = match parts[..] {
            [WALK, scenario, off, steps, last] => (scenario, off, steps, None, last),
            [WALK, scenario, off, steps, kept, last] => (scenario, off, steps, Some(kept), last),
            _ => {
                let form = "/s/SCENARIO/SAFEGUARDS/STEPS/AT";
                return Err(BadLink(format!("{path:?} is no link of the form {form}")));
            }
        };
        let mut link = Link {
            scenario: scenario_named(scenario).map_err(|it| BadLink(it.error.to_string()))?,
            safeguards: safeguards_written(off)?,
            steps: steps_written(steps)?,
            kept: kept.map(steps_written).transpose()?,
            pinned: None,
            at: 0,
        };
        link.pinned = pin.map(|it| link.place_written(it)).transpose()?;
        let asked = match last {
            "compare" => Asked::Compare,
            "save" => Asked::Save,
            number => {
                link.at = link.place_written(number)?;
                Asked::At
            }
        };
        Ok((link, asked))
    }

    fn place_written(&self, number: &str) -> Result<usize, BadLink> {
        let last = self.steps.len();
        let place = number.parse().ok().filter(|at| *at <= last);
        place.ok_or_else(|| {
            BadLink(format!(
                "{number:?} is no step of this walk: it has those from 0, the start, to {last}"
            ))
        })
    }

    /// The path that this is read from.
    pub fn path(&self) -> String {
        let Link { scenario, at, .. } = self;
        let off: Vec<&str> = self.safeguards.off().map(|it| it.name()).collect();
        let off = match off.is_empty() {
            true => REFERENCE.to_owned(),
            false => format!("{WITHOUT}{}", off.join(".")),
        };
        let kept = self
            .kept
            .as_deref()
            .map(|kept| format!("{}/", written(kept)));
        let pin = self.pinned.map(|step| format!("{PIN}{step}/"));
        format!(
            "/{WALK}/{}/{off}/{}/{}{}{at}",
            scenario.name,
            written(&self.steps),
            kept.unwrap_or_default(),
            pin.unwrap_or_default()
        )
    }

    /// The same walk, looked at after its last step.
    #[must_use]
    pub fn at_end(mut self) -> Link {
        self.at = self.steps.len();
        self
    }

    /// What becomes of the walk when an action is taken where it is looked at: it goes on, or
    /// another begins there and this one is kept. A cycle ends with that.
    #[must_use]
    pub fn then(&self, action: Action) -> Link {
        let mut next = self.clone();
        next.at += 1;
        if self
            .steps
            .get(self.at)
            .is_some_and(|it| it.action == action)
        {
            return next;
        }
        if self.at < self.steps.len() {
            next.kept = Some(self.steps.clone());
        }
        next.steps.truncate(self.at);
        next.pinned = self.pinned.filter(|step| *step <= self.at);
        next.steps.push(Step {
            action,
            cycle: false,
        });
        next.steps.iter_mut().for_each(|step| step.cycle = false);
        next
    }

    /// The kept walk in the place of this one, looked at where both part.
    pub fn swapped(&self) -> Option<Link> {
        let kept = self.kept.clone()?;
        let at = common(&self.steps, &kept);
        Some(Link {
            at,
            pinned: self.pinned.filter(|step| *step <= at),
            steps: kept,
            kept: Some(self.steps.clone()),
            ..self.clone()
        })
    }

    /// The same with a step pinned, or with none.
    #[must_use]
    pub fn pinning(&self, pinned: Option<usize>) -> Link {
        Link {
            pinned,
            ..self.clone()
        }
    }

    /// The same without the walk that is kept.
    #[must_use]
    pub fn alone(&self) -> Link {
        Link {
            kept: None,
            ..self.clone()
        }
    }
}

/// How many steps two walks have in common at their beginning.
pub(super) fn common(one: &[Step], other: &[Step]) -> usize {
    let pairs = one.iter().zip(other);
    pairs.take_while(|(a, b)| a.action == b.action).count()
}

/// A part of a path with what mail programs and chats escape in it.
fn decoded(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

fn written(steps: &[Step]) -> String {
    let each = steps.iter().map(|step| {
        let action = step.action.to_string().replace(' ', "+");
        match step.cycle {
            true => format!("{CYCLE}{action}"),
            false => action,
        }
    });
    let all: Vec<String> = each.collect();
    if all.is_empty() {
        START.into()
    } else {
        all.join(".")
    }
}

fn steps_written(text: &str) -> Result<Vec<Step>, BadLink> {
    if text == START {
        return Ok(Vec::new());
    }
    let words: Vec<&str> = text.split('.').collect();
    if words.len() > MOST_STEPS {
        let count = words.len();
        return Err(BadLink(format!(
            "the link has {count} steps, and at most {MOST_STEPS} are taken: open the trace's file \
             with `hopwise trace` instead"
        )));
    }
    let steps: Result<Vec<Step>, BadLink> = words.iter().enumerate().map(step_written).collect();
    let steps = steps?;
    if steps.iter().filter(|step| step.cycle).count() > 1 {
        return Err(BadLink(
            "the link has more than one step with a ~: a cycle begins once".into(),
        ));
    }
    Ok(steps)
}

fn step_written((index, word): (usize, &&str)) -> Result<Step, BadLink> {
    let (cycle, word) = match word.strip_prefix(CYCLE) {
        Some(rest) => (true, rest),
        None => (false, *word),
    };
    let text = word.replace('+', " ");
    let action = text
        .parse()
        .map_err(|error| BadLink(format!("step {} of the link, {text:?}: {error}", index + 1)))?;
    Ok(Step { action, cycle })
}

fn safeguards_written(text: &str) -> Result<Safeguards, BadLink> {
    if text == REFERENCE {
        return Ok(Safeguards::reference());
    }
    let Some(names) = text.strip_prefix(WITHOUT) else {
        return Err(BadLink(format!(
            "{text:?} says nothing about safeguards: write {REFERENCE}, or {WITHOUT} and the names \
             of those that are off with a dot between them"
        )));
    };
    let names: Vec<String> = names.split('.').map(str::to_owned).collect();
    let off = safeguards_named(&names).map_err(|it| BadLink(it.error.to_string()))?;
    Ok(off
        .into_iter()
        .fold(Safeguards::reference(), Safeguards::without))
}

#[cfg(test)]
mod tests;
