//! What a hop does and hears.

use super::calls::{Call, kind};
use super::guard::{Stop, is_watched, waits};
use super::node::{Node, Side, Way};
use super::search::Search;
use crate::call::Asked;
use crate::dictionary::Unmapped;
use crate::recording::Line;
use crate::refinement::{self, calls::as_sent, requests};
use crate::wire::Found;
use crate::words::Words;
use hopwise_protocol::{self as model, Lane, Request, Seen, View};
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

    pub(super) fn asks(
        &self,
        node: &Node,
        line: usize,
        (hop, number): (Hop, u64),
    ) -> Result<Vec<Way>, Stop> {
        let call = self.call(number, line, |call| Some(call.asks))?;
        match call.asked {
            Asked::Watch(_) | Asked::Sweep | Asked::Beside | Asked::Protocol(Verb::List, _) => {
                Ok(vec![Way::from(node)])
            }
            Asked::Unknown => Err(Stop::no_action("the protocol knows no such request")),
            Asked::NsxRead if !call.part.first => {
                let is_under_way = node.side(hop).is_reading || node.side(hop).call.is_some();
                let no_read = || Stop::no_action("no read of NSX-T is under way");
                is_under_way
                    .then(|| vec![Way::from(node)])
                    .ok_or_else(no_read)
            }
            Asked::NsxRead => self.begins(node, hop, number, (Verb::Read, Object::Nsx)),
            Asked::Protocol(verb, object) => self.begins(node, hop, number, (verb, object)),
        }
    }

    /// A pass asks, or a sweep does.
    fn begins(
        &self,
        node: &Node,
        hop: Hop,
        number: u64,
        name: (Verb, Object),
    ) -> Result<Vec<Way>, Stop> {
        let side = node.side(hop);
        let deed = Deed::Serve(hop, name.0, name.1);
        let mut ways = Vec::new();
        let waits_for = match side.call {
            Some(other) => format!("{hop}'s pass still waits for call {other}"),
            None => waits(node.call(hop), hop),
        };
        let mut why = Stop::of(deed, waits_for);
        if side.call.is_none() && !side.is_reading {
            // The call of the pass, or of one that begins later: after a back-off, or at a tick.
            let refreshed = node.call(hop).filter(|_| side.may_idle).map(|call| {
                let (verb, object) = call.name(hop);
                Deed::Lose(hop, verb, object)
            });
            let ticks = node.call(hop).is_none() && hop != Hop::Ccm;
            let tick = ticks.then_some(Deed::Tick(hop));
            let firsts = match refreshed {
                Some(_) => [refreshed, None],
                None => [None, tick],
            };
            for first in firsts {
                match self.sends(node, first, (hop, number)) {
                    Ok(way) => {
                        ways.push(way);
                        break;
                    }
                    Err(stop) => why = stop,
                }
            }
        }
        if ways.is_empty()
            && let Ok(true) = self.is_sweep(node, (hop, number), name)
        {
            let mut way = Way::from(node);
            way.node.sweeps.push(number);
            ways.push(way);
        }
        if ways.is_empty() { Err(why) } else { Ok(ways) }
    }

    /// The model's pass sends this call, after an action that nobody records.
    fn sends(
        &self,
        node: &Node,
        first: Option<Deed>,
        (hop, number): (Hop, u64),
    ) -> Result<Way, Stop> {
        let mut way = Way::from(node);
        if let Some(deed) = first {
            self.take(&mut way, deed)?;
        }
        self.is_asked(&way.node, (hop, number))?;
        let side = way.node.side_mut(hop);
        side.call = Some(number);
        side.may_idle = false;
        Ok(way)
    }

    /// Whether the model's pass of a hop asks just what the call does.
    fn is_asked(&self, node: &Node, (hop, number): (Hop, u64)) -> Result<(), Stop> {
        let recorded = self.index.calls.get(&number);
        let recorded = recorded.map(|call| (call.asked, self.decoded(node, call)));
        let Some((asked, decoded)) = recorded else {
            return Err(Stop::no_action("nobody has asked"));
        };
        let deed = match asked {
            Asked::Protocol(verb, object) => Deed::Serve(hop, verb, object),
            Asked::NsxRead | Asked::Watch(_) | Asked::Sweep | Asked::Beside | Asked::Unknown => {
                Deed::Serve(hop, Verb::Read, Object::Nsx)
            }
        };
        let unmapped = |unmapped: Unmapped| Stop::of(deed, unmapped.to_string());
        let decoded = decoded.map_err(unmapped)?;
        match node.call(hop) {
            None => Err(Stop::of(deed, waits(None, hop))),
            Some(call) if call.is_answered() => Err(Stop::of(deed, waits(Some(call), hop))),
            Some(model::Call::Writing(request)) => {
                Stop::differs(deed, "request", (&as_sent(request), &decoded))
            }
            Some(call) => {
                let name = call.name(hop);
                let uid = decoded.uid.filter(|_| name.1 == Object::Nsx);
                let upstream = match call {
                    model::Call::Reading { upstream } => Some(upstream.object.uid),
                    model::Call::Read { .. }
                    | model::Call::Writing(_)
                    | model::Call::Written { .. } => None,
                };
                Stop::differs(deed, "call", (&name, &(decoded.verb, decoded.object)))?;
                let expected = upstream.filter(|_| name.1 == Object::Nsx);
                Stop::differs(deed, "uid", (&expected, &uid))
            }
        }
    }

    /// What a call asks, in the words of the model.
    pub(super) fn decoded(&self, node: &Node, call: &Call) -> Result<Request, Unmapped> {
        let words = node.words(&self.index);
        let Asked::Protocol(verb, object) = call.asked else {
            let uid = super::nsx::owner(call.request.uri().path(), &words)?;
            return Ok(Request {
                verb: Verb::Read,
                object: Object::Nsx,
                uid: Some(uid),
                version: None,
                payload: model::Payload::Nothing,
            });
        };
        let request = requests::decode(&words, call.hop, (verb, object), &call.request)?;
        if (verb, object) == (Verb::Create, Object::VmService) {
            let body: Value = serde_json::from_slice(call.request.body()).unwrap_or_default();
            if Found::of(object, body).owners.is_empty() {
                return Err(Unmapped::new("an object of", "no cluster"));
            }
        }
        Ok(request)
    }

    /// Whether a sweep may ask this: it names what its hop does not see any more.
    fn is_sweep(
        &self,
        node: &Node,
        (hop, number): (Hop, u64),
        name: (Verb, Object),
    ) -> Result<bool, Unmapped> {
        let Some(call) = self.index.calls.get(&number) else {
            return Ok(false);
        };
        let lane = node.lane();
        let seen = lane.upstream_seen(hop, hopwise_vocab::Replica::First);
        let seen = seen.map(|seen| seen.object.uid);
        let uid = self.decoded(node, call)?.uid;
        Ok(match (hop, name) {
            (Hop::Ccm, (Verb::Delete, Object::VmService)) => match lane.ccm.vm_service {
                Seen::There(found) => uid == Some(found.uid) && seen != Some(found.stands_for),
                Seen::NotPolled | Seen::Absent => false,
            },
            (Hop::Ncp, (Verb::Unprogram | Verb::Withdraw, _)) => uid.is_some() && uid != seen,
            _ => false,
        })
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
