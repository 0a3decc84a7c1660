//! What a hop asks: of its pass, or of a sweep beside it.

use super::calls::Call;
use super::guard::{Stop, waits};
use super::node::{Node, Way};
use super::search::Search;
use crate::call::Asked;
use crate::dictionary::Unmapped;
use crate::refinement::{calls::as_sent, requests};
use crate::wire::Found;
use hopwise_protocol::{self as model, Request, Seen};
use hopwise_vocab::{Deed, Hop, Object, Replica, Verb};
use serde_json::Value;

impl Search<'_> {
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
        let seen = lane.upstream_seen(hop, Replica::First);
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
}
