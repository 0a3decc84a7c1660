//! A link: a walk through the model and a place on it, as the path of an address.
//!
//! ```text
//! /s/SCENARIO/SAFEGUARDS/STEPS/AT
//! /s/SCENARIO/SAFEGUARDS/STEPS/KEPT/AT
//! ```
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
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
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
            at: 0,
        };
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
        format!(
            "/{WALK}/{}/{off}/{}/{}{at}",
            scenario.name,
            written(&self.steps),
            kept.unwrap_or_default()
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
        Some(Link {
            at: common(&self.steps, &kept),
            steps: kept,
            kept: Some(self.steps.clone()),
            ..self.clone()
        })
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
mod tests {
    use super::*;
    use hopwise_vocab::Safeguard;

    fn steps(words: &[&str]) -> Vec<Step> {
        let parsed = words.iter().map(|word| Step {
            action: word.parse().unwrap(),
            cycle: false,
        });
        parsed.collect()
    }

    fn link() -> Link {
        Link {
            steps: steps(&["user create", "deliver ccm service", "ccm poll"]),
            at: 2,
            ..Link::start(
                hopwise_protocol::scenario("two-clusters").unwrap(),
                Safeguards::reference()
                    .without(Safeguard::DeleteByUid)
                    .without(Safeguard::IdentityByUid),
            )
        }
    }

    fn refused(path: &str) -> String {
        Link::parse(path).unwrap_err().to_string()
    }

    #[test]
    fn a_link_is_written_in_the_words_of_a_trace() {
        assert_eq!(
            link().path(),
            "/s/two-clusters/without-identity-by-uid.delete-by-uid/\
             user+create.deliver+ccm+service.ccm+poll/2"
        );
    }

    #[test]
    fn a_link_reads_back_from_its_own_text() {
        let mut all = vec![link(), link().at_end()];
        let mut looping = link();
        looping.steps[1].cycle = true;
        looping.kept = Some(steps(&["user create", "ccm poll of b"]));
        all.push(looping);
        all.push(Link::start(link().scenario, Safeguards::reference()));
        for link in all {
            assert_eq!(Link::parse(&link.path()).as_ref(), Ok(&link));
            let address = format!("http://127.0.0.1:4321{}?is=0a1b2c3d", link.path());
            assert_eq!(Link::parse(&address).as_ref(), Ok(&link));
            let escaped = link.path().replace('+', "%2B").replace('~', "%7E");
            assert_eq!(Link::parse(&escaped).as_ref(), Ok(&link));
        }
    }

    #[test]
    fn a_link_that_is_none_is_told_which_part_is_wrong() {
        let told = [
            "/",
            "/s/recreat/reference/start/0",
            "/s/create/hold-until-gone/start/0",
            "/s/create/without-hold-until/start/0",
            "/s/create/reference/user+create.user+creat/0",
            "/s/create/reference/user+create/2",
            "/s/create/reference/user+create/x",
            "/s/create/reference/~ccm+poll.~ccm+poll/0",
            "/s/create/reference//0",
        ]
        .map(refused);
        insta::assert_snapshot!(told.join("\n"));
        let long = vec!["ccm+poll"; MOST_STEPS + 1].join(".");
        let told = refused(&format!("/s/create/reference/{long}/0"));
        assert!(told.starts_with("the link has 1001 steps"), "{told}");
    }

    #[test]
    fn another_step_on_the_way_keeps_the_walk_that_is_left() {
        let before = link();
        let on = before.then("ccm poll".parse().unwrap());
        assert_eq!((on.at, &on.steps, &on.kept), (3, &before.steps, &None));
        let forked = before.then("user delete".parse().unwrap());
        assert_eq!(forked.kept.as_ref(), Some(&before.steps));
        assert_eq!(forked.steps.len(), 3);
        let back = forked.swapped().unwrap();
        assert_eq!((back.at, &back.steps), (2, &before.steps));
        assert_eq!(back.kept, Some(forked.steps));
        let longer = before.at_end().then("user delete".parse().unwrap());
        assert_eq!((longer.steps.len(), longer.kept), (4, None));
    }
}
