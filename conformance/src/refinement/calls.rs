//! The calls that wait at the gate, as the model's.

use super::{downstream, requests, upstream};
use crate::call::Asked;
use crate::dictionary::Unmapped;
use crate::gate;
use crate::seen::listed;
use crate::who::On;
use crate::wire::Found;
use crate::words::Of;
use crate::world::World;
use bytes::Bytes;
use hopwise_protocol::{Call, Kind, Late, Payload, Poll, Request};
use hopwise_vocab::{Object, Slot, Verb};
use http::{Response, StatusCode};
use serde_json::Value;

/// The poll of a ccm, as far as it is about one Service.
pub(super) fn poll_of(world: &World, on: On) -> Result<Poll, Unmapped> {
    let list = Asked::Protocol(Verb::List, Object::VmService);
    let words = &Of {
        world,
        slot: on.slot,
    };
    world.gate.look(|waiting| {
        let mut calls = waiting.calls().into_iter();
        let is_it = |call: &gate::Call| call.who == on.who && call.asked == list;
        let Some((_, call)) = calls.find(|(_, call)| is_it(call)) else {
            return Ok(Poll::Idle);
        };
        let Some(answer) = call.answer() else {
            return Ok(Poll::Sent);
        };
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        let found = listed(&world.lanes[on.slot].subject, Object::VmService, &body);
        let found = found.map(|found| downstream(words, Kind::VmService, &found));
        Ok(Poll::Answered(found.transpose()?))
    })
}

/// The call that the pass of a process over a Service waits for.
///
/// # Errors
/// When there are two, or one that the model has no word for.
pub(super) fn call_of(world: &World, on: On) -> Result<Option<Call>, Unmapped> {
    let words = &Of {
        world,
        slot: on.slot,
    };
    world.gate.look(|waiting| {
        let calls = waiting.calls().into_iter();
        let mut of_pass = calls.filter(|(id, call)| world.is_of_pass(*id, call, on));
        let Some((_, call)) = of_pass.next() else {
            return Ok(None);
        };
        if let Some((_, other)) = of_pass.next() {
            return Err(Unmapped::new("the second call", other.line()));
        }
        let mapped = match (call.asked, call.answer()) {
            (Asked::NsxRead, _) => Call::Reading {
                upstream: begun(world, on)?,
            },
            (Asked::Protocol(Verb::Read, object), answer) => read(world, on, object, answer)?,
            (Asked::Protocol(verb, object), Some(_)) => Call::Written { verb, object },
            (Asked::Protocol(verb, object), None) => Call::Writing(requests::decode(
                words,
                on.who.hop,
                (verb, object),
                &call.request,
            )?),
            (Asked::Unknown | Asked::Watch(_) | Asked::Sweep | Asked::Beside, _) => {
                return Err(Unmapped::new("the call", call.line()));
            }
        };
        Ok(Some(mapped))
    })
}

/// A call of a pass that is about no Service there is.
///
/// # Errors
/// Names it.
pub(super) fn nobodys(world: &World) -> Result<(), Unmapped> {
    world.gate.look(|waiting| {
        let mut calls = waiting.calls().into_iter();
        match calls.find(|(id, call)| world.is_nobodys(*id, call)) {
            Some((_, call)) => Err(Unmapped::new("the call", call.line())),
            None => Ok(()),
        }
    })
}

fn read(
    world: &World,
    on: On,
    object: Object,
    answer: Option<&Response<Bytes>>,
) -> Result<Call, Unmapped> {
    let upstream = begun(world, on)?;
    let Some(answer) = answer else {
        return Ok(Call::Reading { upstream });
    };
    if answer.status() == StatusCode::NOT_FOUND {
        return Ok(Call::Read {
            upstream,
            answer: None,
        });
    }
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let kind = hopwise_protocol::downstream(on.who.hop)
        .ok_or_else(|| Unmapped::new("a read of", object.name()))?;
    let words = &Of {
        world,
        slot: on.slot,
    };
    let found = downstream(words, kind, &Found::of(object, body))?;
    Ok(Call::Read {
        upstream,
        answer: Some(found),
    })
}

/// The upstream object as it was seen when the pass under way began.
fn begun(world: &World, on: On) -> Result<hopwise_protocol::Upstream, Unmapped> {
    let (hop, slot) = (on.who.hop, on.slot);
    let reads = &world.lanes[slot].reads;
    let found = reads.get(&on.who).and_then(|read| read.as_ref());
    let found = found.ok_or_else(|| Unmapped::new("a read by", hop.name()))?;
    let words = &Of { world, slot };
    upstream(words, hopwise_protocol::upstream(hop), found)
}

/// The model's call without what an unguarded hold has no field for on the wire. A PUT says what
/// it was meant for neither by UID nor by version, and the server ignores its status.
pub(super) fn without_what_is_not_sent(call: Call) -> Call {
    match call {
        Call::Writing(request) => Call::Writing(as_sent(request)),
        Call::Reading { .. } | Call::Read { .. } | Call::Written { .. } => call,
    }
}

/// The same of a request. Nobody annotates a Supervisor Service, so that an update that replaces
/// its annotations is none.
pub(crate) fn as_sent(request: Request) -> Request {
    let payload = match request.payload {
        Payload::Whole(whole) => Payload::Whole(requests::as_sent(request.object, whole)),
        Payload::SpecAndAnnotations(ports) if request.object == Object::SupervisorService => {
            Payload::Spec(ports)
        }
        Payload::Nothing
        | Payload::Status(_)
        | Payload::Spec(_)
        | Payload::SpecAndAnnotations(_)
        | Payload::New { .. }
        | Payload::Tags { .. }
        | Payload::Tree { .. }
        | Payload::Found(_) => request.payload,
    };
    Request { payload, ..request }
}

/// The write about a Service that its caller has given up, if there is one.
pub(super) fn late_of(world: &World, slot: Slot) -> Result<Option<Late>, Unmapped> {
    let Some(late) = &world.lanes[slot].late else {
        return Ok(None);
    };
    let (words, hop) = (&Of { world, slot }, late.who.hop);
    let request = requests::decode(words, hop, late.asked, &late.request)?;
    Ok(Some(Late { hop, request }))
}
