//! Which steps of a trace matter for its end, and what each changes in words.

use super::Walked;
use crate::explore::of_place;
use crate::report::{Belief, Event, Stroke, beliefs, hop, is_told};
use hopwise_vocab::{Action, Deed, Hop, Replica, Slot};
use std::collections::BTreeSet;

/// Fewer steps than these are filled up with the last ones that do something.
const LEAST: usize = 5;

/// The steps that matter, counted from 1, and what is believed and not so.
#[derive(Default)]
pub(super) struct Matter {
    pub steps: BTreeSet<usize>,
    pub wrong: Vec<String>,
}

impl Matter {
    /// What matters for what is so after a step: what users and faults do, what whoever takes the
    /// step goes by, and what made that wrong. Where it stays so for ever nobody takes the step
    /// that is missing: what every hop goes by matters.
    pub fn of(walked: &Walked, events: &[Event], step: usize, is_endless: bool) -> Matter {
        let mut matter = Matter::default();
        let before = &events[..step.min(events.len())];
        let told = before.iter().enumerate().filter(|(_, it)| is_told(it));
        matter.steps.extend(told.map(|(at, _)| at + 1));
        matter.steps.extend((step > 0).then_some(step));
        if is_endless {
            matter.add_all(walked, events);
        } else if let Some(last) = before.last() {
            matter.add_of(walked, events, (last, step));
        }
        let doing = before
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, it)| !it.is_quiet);
        for (at, _) in doing {
            if matter.steps.len() >= LEAST {
                break;
            }
            matter.steps.insert(at + 1);
        }
        matter
    }

    /// What is wrong for ever in what any hop goes by: at the end, when every event has arrived.
    fn add_all(&mut self, walked: &Walked, events: &[Event]) {
        let end = walked.states.len() - 1;
        for slot in walked.chain.slots() {
            for hop in Hop::ALL {
                for replica in [Replica::First, Replica::Rival] {
                    let all = beliefs(walked, (slot, *hop, replica), (end, end));
                    all.into_iter()
                        .filter(|it| it.wrong.is_some())
                        .for_each(|it| self.add(events, it));
                }
            }
        }
    }

    /// What whoever takes a step goes by.
    fn add_of(&mut self, walked: &Walked, events: &[Event], (event, step): (&Event, usize)) {
        let Action { deed, at } = event.action;
        let Some(hop) = hop(deed) else { return };
        let who = (at.service, hop, at.replica);
        let then = match deed {
            // What was sent long ago was decided then.
            Deed::Land(..) => decided(walked, who, event.sent),
            Deed::Serve(..) | Deed::Lose(..) | Deed::LoseReply(..) | Deed::Delay(..) => {
                decided(walked, who, step - 1)
            }
            Deed::User(_) | Deed::Admin(_) | Deed::Deliver(..) | Deed::Hear(..) | Deed::Poll => {
                step
            }
            Deed::Tick(_) | Deed::Realize(_) | Deed::Free | Deed::Sweep(_) | Deed::Collect(_) => {
                step
            }
            Deed::Remember | Deed::Rewrite | Deed::Crash(_) | Deed::Relist(..) | Deed::Cut => step,
            Deed::Mend | Deed::Fail(_) | Deed::Lag(..) | Deed::Rewind(..) => step,
        };
        self.steps.extend((then > 0 && then < step).then_some(then));
        // The step itself is no reason for what it goes by being wrong.
        for belief in beliefs(walked, who, (then, then.max(step - 1))) {
            self.add(events, belief);
        }
    }

    fn add(&mut self, events: &[Event], belief: Belief) {
        let Belief { since, wrong } = belief;
        let brought = since.checked_sub(1).and_then(|at| events.get(at));
        self.steps.extend(brought.map(|_| since));
        if let Some((told, changed)) = wrong {
            self.steps.extend(brought.map(|it| it.sent + 1));
            self.steps.extend((changed > 0).then_some(changed));
            self.wrong.push(told);
        }
    }
}

/// After which step a hop had decided what it is about to do in the state after `step`.
fn decided(walked: &Walked, (slot, hop, replica): (Slot, Hop, Replica), step: usize) -> usize {
    let call = |at: usize| {
        let lane = walked.states.get(at)?.lane(slot);
        lane.pass(hop, replica)?.call
    };
    let same = (0..=step).rev().take_while(|at| call(*at) == call(step));
    same.last().unwrap_or(step)
}

/// What a step changes where it ends, in the words of the explorer.
pub(super) fn changed(walked: &Walked, at: usize, event: &Event) -> String {
    let (Some(before), Some(after)) = (walked.states.get(at), walked.states.get(at + 1)) else {
        return String::new();
    };
    // What is read changes who reads.
    let place = match event.stroke {
        Stroke::Read | Stroke::NsxRead => event.from,
        Stroke::Write | Stroke::NsxWrite | Stroke::Watch | Stroke::Answer | Stroke::Local => {
            event.to
        }
    };
    let slot = event.action.at.service;
    let lines = |state| {
        let mut lines = of_place(&walked.chain, state, slot, place);
        lines.retain(|line| !line.ends_with(" to come"));
        lines
    };
    let (mut gone, mut new) = (lines(before), lines(after));
    // Two objects of a server may be told in the same words.
    new.retain(|line| {
        let known = gone.iter().position(|it| it == line);
        known.is_none_or(|at| {
            gone.remove(at);
            false
        })
    });
    match (new.is_empty(), gone.is_empty()) {
        (true, false) => format!("no longer {}", gone.join(", ")),
        (true, true) | (false, _) => new.join(", "),
    }
}
