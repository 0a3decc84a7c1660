//! What a hop does and hears.

use super::calls::{Call, kind};
use super::guard::{Stop, is_watched, waits};
use super::node::{Node, Side, Way};
use super::search::Search;
use crate::call::Asked;
use crate::dictionary::Unmapped;
use crate::recording::Line;
use crate::refinement;
use crate::wire::Found;
use crate::words::Words;
use hopwise_protocol::{self as model, Lane, View};
use hopwise_vocab::{Deed, Hop, Object, Verb};
use serde_json::Value;

/// After so many passes in a row ncp waits for its next tick (`docs/protocol.md` §3).
const IN_A_ROW: u8 = 8;

impl Search<'_> {
    /// A call that a line is about, if the line is the one that it should be.
    pub(super) fn call(
        &self,
        number: u64,
        line: usize,
        of: fn(&Call) -> Option<usize>,
    ) -> Result<&Call, Stop> {
        let call = self.index.calls.get(&number);
        let call =
            call.ok_or_else(|| Stop::no_action(format!("nobody has asked call {number}")))?;
        if of(call) == Some(line) {
            Ok(call)
        } else {
            Err(Stop::no_action(format!(
                "this is said of call {number} twice"
            )))
        }
    }

    /// A hop has asked what the model's hop asks.
    pub(super) fn owes(&self, node: &Node, hop: Hop) -> Result<(), Stop> {
        let Some(owed) = node.owed(hop) else {
            return Ok(());
        };
        let deed = owed.next_deed(hop);
        let (verb, object) = owed.name(hop);
        let text = format!("{hop} is to ask `{verb} {object}` before anything else, and does not");
        Err(Stop::of(deed, text))
    }

    pub(super) fn starts(&self, at: &Vec<usize>, node: &Node, hop: Hop) -> Result<Vec<Way>, Stop> {
        let mut way = Way::from(node);
        if node.side(hop).has_started {
            let lost = node.side(hop).call.and_then(|number| {
                let call = self.index.calls.get(&number)?;
                let acts = call.acts.filter(|acts| !self.is_past(at, *acts));
                acts.map(|_| (number, call))
            });
            if let Some((number, call)) = lost
                && let Asked::Protocol(verb, object) = call.asked
            {
                self.take(&mut way, Deed::Delay(hop, verb, object))?;
                way.node.late = Some(number);
            }
            self.take(&mut way, Deed::Crash(hop))?;
        }
        *way.node.side_mut(hop) = Side {
            has_started: true,
            ..Side::default()
        };
        Ok(vec![way])
    }

    pub(super) fn hears(
        &self,
        at: &Vec<usize>,
        node: &Node,
        (line, number): (usize, u64),
        hop: Hop,
    ) -> Result<Vec<Way>, Stop> {
        let call = self.call(number, line, |call| call.hears)?;
        let acts = call.acts.filter(|acts| self.is_past(at, *acts));
        let acts = acts.ok_or_else(|| Stop::no_action("no server has answered"))?;
        self.owes(node, hop)?;
        let mut way = Way::from(node);
        if node.sweeps.contains(&number) {
            way.node.sweeps.retain(|sweep| *sweep != number);
            return Ok(vec![way]);
        }
        match call.asked {
            Asked::Watch(object) => {
                let Some(found) = self.listed(acts, object)? else {
                    return Ok(vec![way]);
                };
                return self.deliver(node, (hop, object), Some(&found));
            }
            Asked::Sweep | Asked::Beside => {}
            Asked::Unknown => return Err(Stop::no_action("the protocol knows no such request")),
            Asked::Protocol(Verb::List, object) => {
                self.take(&mut way, Deed::Hear(hop, Verb::List, object))?;
            }
            Asked::NsxRead => {
                if call.part.last && node.side(hop).call.is_some() {
                    self.take(&mut way, Deed::Serve(hop, Verb::Read, Object::Nsx))?;
                    way.node.side_mut(hop).call = None;
                }
                way.node.side_mut(hop).is_reading &= !call.part.last;
            }
            Asked::Protocol(verb, object) => {
                let deed = Deed::Hear(hop, verb, object);
                if node.side(hop).call != Some(number) {
                    let text = format!("{hop}'s pass does not wait for call {number}");
                    return Err(Stop::of(deed, text));
                }
                self.take(&mut way, deed)?;
                let side = way.node.side_mut(hop);
                side.call = None;
                side.run = if kind(object).is_none() {
                    side.run + 1
                } else {
                    0
                };
                side.may_idle = side.run >= IN_A_ROW;
                side.run %= IN_A_ROW;
            }
        }
        Ok(vec![way])
    }

    pub(super) fn fails(
        &self,
        at: &Vec<usize>,
        node: &Node,
        (line, number): (usize, u64),
        hop: Hop,
    ) -> Result<Vec<Way>, Stop> {
        let call = self.call(number, line, |call| call.fails)?;
        if !self.is_past(at, call.asks) {
            return Err(Stop::no_action(format!("nobody has asked call {number}")));
        }
        self.owes(node, hop)?;
        let mut way = Way::from(node);
        let has_acted = call.acts.is_some_and(|acts| self.is_past(at, acts));
        if node.sweeps.contains(&number) {
            way.node
                .sweeps
                .retain(|sweep| *sweep != number || call.acts.is_some());
            return Ok(vec![way]);
        }
        let (verb, object) = match call.asked {
            Asked::Watch(_) | Asked::Sweep | Asked::Beside | Asked::Protocol(Verb::List, _) => {
                return Ok(vec![way]);
            }
            Asked::Unknown => return Err(Stop::no_action("the protocol knows no such request")),
            Asked::NsxRead => (Verb::Read, Object::Nsx),
            Asked::Protocol(verb, object) => (verb, object),
        };
        if !has_acted || verb == Verb::Read {
            let is_late = call.acts.is_some() && !has_acted && verb != Verb::Read;
            let deed = if is_late {
                Deed::Delay(hop, verb, object)
            } else {
                Deed::Lose(hop, verb, object)
            };
            if node.side(hop).call.is_none() {
                return Err(Stop::of(deed, waits(node.call(hop), hop)));
            }
            self.take(&mut way, deed)?;
            if is_late {
                way.node.late = Some(number);
            }
        }
        let side = way.node.side_mut(hop);
        side.call = None;
        side.may_idle = true;
        side.run = 0;
        Ok(vec![way])
    }

    pub(super) fn delivers(
        &self,
        node: &Node,
        (hop, object): (Hop, Object),
        (event, found): (&str, &Value),
    ) -> Result<Vec<Way>, Stop> {
        self.owes(node, hop)?;
        if !is_watched(hop, object) {
            return Err(Stop::no_action(format!("{hop} does not watch {object}")));
        }
        match event {
            "ADDED" | "MODIFIED" => {
                let found = Found::of(object, found.clone());
                self.deliver(node, (hop, object), Some(&found))
            }
            "DELETED" => self.deliver(node, (hop, object), None),
            _ => Err(Stop::no_action(format!("a watch has no event {event:?}"))),
        }
    }

    /// The next event of a watch is this.
    fn deliver(
        &self,
        node: &Node,
        (hop, object): (Hop, Object),
        found: Option<&Found>,
    ) -> Result<Vec<Way>, Stop> {
        let deed = Deed::Deliver(hop, object);
        let recorded = view(&node.words(&self.index), (hop, object), found);
        let recorded = recorded.map_err(|unmapped| Stop::of(deed, unmapped.to_string()))?;
        let mut way = Way::from(node);
        self.take(&mut way, deed)?;
        if let Some(next) = events(node.lane(), hop, object).first() {
            Stop::differs(deed, "event", (next, &recorded))?;
        }
        Ok(vec![way])
    }

    /// The object that a list tells of.
    pub(super) fn listed(&self, acts: usize, object: Object) -> Result<Option<Found>, Stop> {
        let Line::Acts { answer, .. } = &self.recording.lines[acts] else {
            return Ok(None);
        };
        let items = answer["items"].as_array().map_or(&[][..], Vec::as_slice);
        match items {
            [] => Ok(None),
            [item] => Ok(Some(Found::of(object, item.clone()))),
            _ => Err(Stop::no_action("a recording is of one Service")),
        }
    }
}

/// What a hop is told of an object, in the words of the model.
pub(super) fn view(
    words: &dyn Words,
    (hop, object): (Hop, Object),
    found: Option<&Found>,
) -> Result<View, Unmapped> {
    let kind = kind(object).ok_or_else(|| Unmapped::new("a watch of", object.name()))?;
    if kind == model::upstream(hop) {
        let seen = found.map(|found| refinement::upstream(words, kind, found));
        return Ok(View::Upstream(hop, seen.transpose()?));
    }
    let seen = found.map(|found| refinement::downstream(words, kind, found));
    Ok(View::Downstream(seen.transpose()?))
}

/// The events that a watch has not delivered, oldest first.
pub(super) fn events(lane: &Lane, hop: Hop, object: Object) -> Vec<View> {
    let upstream = |event| View::Upstream(hop, event);
    match (hop, object) {
        (Hop::Ccm, _) => lane.ccm.service.events.iter().map(upstream).collect(),
        (Hop::Vmop, Object::VmService) => {
            lane.vmop.vm_service.events.iter().map(upstream).collect()
        }
        (Hop::Vmop, _) => {
            let events = lane.vmop.supervisor_service.events.iter();
            events.map(View::Downstream).collect()
        }
        (Hop::Ncp, _) => {
            let events = lane.ncp.supervisor_service.events.iter();
            events.map(upstream).collect()
        }
    }
}
