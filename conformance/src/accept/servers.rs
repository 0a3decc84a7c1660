//! What the API servers do for the hops.

use super::calls::{Call, kind};
use super::guard::Stop;
use super::hops::{events, view};
use super::node::{Node, Way};
use super::search::Search;
use crate::call::Asked;
use crate::refinement;
use crate::wire::Found;
use hopwise_protocol::{self as model, Kind, Poll, State};
use hopwise_vocab::{Deed, Hop, Object, Replica, Slot, Verb};
use http::Method;
use serde_json::Value;

/// The answer of a server: its status, and what of it matters.
pub(super) type Answer<'a> = (u16, &'a Value);

impl Search<'_> {
    pub(super) fn acts(
        &self,
        at: &Vec<usize>,
        node: &Node,
        (line, number): (usize, u64),
        answer: Answer<'_>,
    ) -> Result<Vec<Way>, Stop> {
        let call = self.call(number, line, |call| call.acts)?;
        if !self.is_past(at, call.asks) {
            return Err(Stop::no_action(format!("nobody has asked call {number}")));
        }
        match call.asked {
            Asked::Sweep | Asked::Beside => Ok(vec![Way::from(node)]),
            Asked::Unknown => Err(Stop::no_action("the protocol knows no such request")),
            Asked::Watch(object) => self.lists(node, line, (call.hop, object)),
            Asked::Protocol(Verb::List, object) => self.polls(node, line, (call, object)),
            Asked::NsxRead => self.reads_nsx(node, number, call, answer),
            Asked::Protocol(Verb::Read, object) => self.reads(node, (number, call), object, answer),
            Asked::Protocol(verb, object) => {
                let will_fail = call.fails.is_some_and(|fails| !self.is_past(at, fails));
                self.writes(node, (number, call), (verb, object, will_fail), answer)
            }
        }
    }

    /// A watch begins with a list: what it had not delivered is replaced by what there is.
    fn lists(
        &self,
        node: &Node,
        line: usize,
        (hop, object): (Hop, Object),
    ) -> Result<Vec<Way>, Stop> {
        let deed = Deed::Relist(hop, object);
        let found = self.listed(line, object)?;
        let unmapped = |it: crate::dictionary::Unmapped| Stop::of(deed, it.to_string());
        let recorded = view(&node.words(&self.index), (hop, object), found.as_ref());
        let recorded = recorded.map_err(unmapped)?;
        let told: Vec<_> = found.iter().map(|_| recorded).collect();
        let is_told = |node: &Node| {
            let is_seen = match (hop, object) {
                (Hop::Vmop, Object::SupervisorService) => {
                    node.lane().vmop.supervisor_service.seen().is_some()
                }
                _ => node.lane().upstream_seen(hop, Replica::First).is_some(),
            };
            events(node.lane(), hop, object) == told && (found.is_some() || !is_seen)
        };
        let mut way = Way::from(node);
        if !is_told(node) {
            self.take(&mut way, deed)?;
            let events = events(way.node.lane(), hop, object);
            Stop::differs(deed, "list", (&events, &told))?;
        }
        Ok(vec![way])
    }

    /// ccm's poll. One that fails, or is never heard, is forgotten.
    fn polls(
        &self,
        node: &Node,
        line: usize,
        (call, object): (&Call, Object),
    ) -> Result<Vec<Way>, Stop> {
        let mut way = Way::from(node);
        if call.hears.is_none() {
            return Ok(vec![way]);
        }
        let deed = Deed::Serve(Hop::Ccm, Verb::List, object);
        let found = self.listed(line, object)?;
        let words = node.words(&self.index);
        let found = found.map(|found| refinement::downstream(&words, Kind::VmService, &found));
        let found = found.transpose();
        let found = found.map_err(|unmapped| Stop::of(deed, unmapped.to_string()))?;
        self.take(&mut way, Deed::Poll)?;
        self.take(&mut way, deed)?;
        let answered = way.node.lane().ccm.poll;
        Stop::differs(deed, "answer", (&answered, &Poll::Answered(found)))?;
        Ok(vec![way])
    }

    /// A live read of a downstream object.
    fn reads(
        &self,
        node: &Node,
        (number, call): (u64, &Call),
        object: Object,
        (status, answer): Answer<'_>,
    ) -> Result<Vec<Way>, Stop> {
        let hop = call.hop;
        let deed = Deed::Serve(hop, Verb::Read, object);
        let mut way = Way::from(node);
        if node.side(hop).call != Some(number) {
            return Err(gone(deed, number));
        }
        if call.fails.is_some() {
            return Ok(vec![way]);
        }
        self.take(&mut way, deed)?;
        let words = node.words(&self.index);
        let found = (status < 300).then(|| Found::of(object, answer.clone()));
        let found = found.zip(kind(object));
        let found = found.map(|(found, kind)| refinement::downstream(&words, kind, &found));
        let found = found.transpose();
        let found = found.map_err(|unmapped| Stop::of(deed, unmapped.to_string()))?;
        if let Some(model::Call::Read { answer, .. }) = way.node.call(hop) {
            Stop::differs(deed, "answer", (&answer, &found))?;
        }
        Ok(vec![way])
    }

    /// A write, of a pass, of a sweep, or one that was given up.
    fn writes(
        &self,
        node: &Node,
        (number, call): (u64, &Call),
        (verb, object, will_fail): (Verb, Object, bool),
        answer: Answer<'_>,
    ) -> Result<Vec<Way>, Stop> {
        let hop = call.hop;
        let mut befores = vec![Way::from(node)];
        if kind(object).is_none() {
            befores = self.hidden(node);
        }
        let is_sweep = node.sweeps.contains(&number);
        let mut ways = Vec::new();
        let mut why = None;
        for mut way in befores {
            let deed = if is_sweep {
                Deed::Sweep(hop)
            } else if node.late == Some(number) {
                Deed::Land(hop, verb, object)
            } else if node.side(hop).call != Some(number) {
                return Err(gone(Deed::Serve(hop, verb, object), number));
            } else if will_fail {
                Deed::LoseReply(hop, verb, object)
            } else {
                Deed::Serve(hop, verb, object)
            };
            let before = way.node.state.clone();
            let acted = if is_sweep {
                self.sweeps(&mut way, call, object, answer)
            } else {
                self.take(&mut way, deed)
            };
            let acted = acted.and_then(|()| {
                let method = call.request.method();
                self.compare(&mut way, &before, (deed, kind(object)), (method, answer))
            });
            match acted {
                Err(stop) => why = why.or(Some(stop)),
                Ok(()) => {
                    if node.late == Some(number) {
                        way.node.late = None;
                    } else if will_fail && !is_sweep {
                        let side = way.node.side_mut(hop);
                        (side.call, side.may_idle, side.run) = (None, true, 0);
                    }
                    ways.push(way);
                }
            }
        }
        match why {
            Some(why) if ways.is_empty() => Err(why),
            Some(_) | None => Ok(ways),
        }
    }

    /// A write of a sweep: it removes what stands for nobody, or finds nothing.
    fn sweeps(
        &self,
        way: &mut Way,
        call: &Call,
        object: Object,
        (status, answer): Answer<'_>,
    ) -> Result<(), Stop> {
        let finds = match kind(object) {
            Some(kind) => {
                let version = answer["metadata"]["resourceVersion"].as_str();
                let current = way.node.current[kind as usize].as_deref();
                status < 300 && (version.is_none() || version != current)
            }
            None => self.is_held(&way.node, call, object),
        };
        if finds {
            self.take(way, Deed::Sweep(call.hop))?;
        }
        Ok(())
    }

    /// What an API server has after a write is what the model says.
    pub(super) fn compare(
        &self,
        way: &mut Way,
        before: &State,
        (deed, kind): (Deed, Option<Kind>),
        (method, (status, answer)): (&Method, Answer<'_>),
    ) -> Result<(), Stop> {
        let Some(kind) = kind else {
            // What is not there cannot be taken away.
            let unchanged = before.lane(Slot::A).places == way.node.lane().places;
            return if status < 300 || unchanged {
                Ok(())
            } else {
                Err(Stop::of(deed, format!("NSX-T refused it with {status}")))
            };
        };
        let model = way.node.lane().store(kind).object();
        if status >= 300 {
            let unchanged = before.lane(Slot::A).store(kind).object();
            let text = "object after a refusal";
            return Stop::differs(deed, text, (&model, &unchanged));
        }
        let object = Object::from(kind);
        let found = Found::of(object, answer.clone());
        let there = (!is_gone(method, answer)).then_some(&found);
        let words = way.node.words(&self.index);
        let recorded = there.map(|found| refinement::stored(&words, kind, found));
        let recorded = recorded.transpose();
        let recorded = recorded.map_err(|unmapped| Stop::of(deed, unmapped.to_string()))?;
        Stop::differs(deed, "object after it", (&model, &recorded))?;
        way.node.current[kind as usize] = there.map(|found| found.version.as_str().into());
        Ok(())
    }
}

/// Whether the object that a write is answered with is gone by it: nobody holds it, and it is to go. A
/// kube-apiserver answers with the version that it had.
pub(super) fn is_gone(method: &Method, answer: &Value) -> bool {
    let metadata = &answer["metadata"];
    let finalizers = metadata["finalizers"].as_array();
    let is_held = finalizers.is_some_and(|all| !all.is_empty());
    !is_held && (metadata["deletionTimestamp"].is_string() || method == Method::DELETE)
}

/// The call of a hop that does not wait for it any more.
fn gone(deed: Deed, number: u64) -> Stop {
    Stop::of(
        deed,
        format!("call {number} is none that anybody waits for, and was not given up"),
    )
}
