//! The calls that wait at the gate, as the model's.

use super::{downstream, requests, upstream};
use crate::call::Asked;
use crate::dictionary::Unmapped;
use crate::seen::listed;
use crate::wire::Found;
use crate::world::World;
use bytes::Bytes;
use hopwise_protocol::{Call, Kind, Late, Payload, Poll, Request};
use hopwise_vocab::{Hop, Object, Verb};
use http::{Response, StatusCode};
use serde_json::Value;

/// ccm's poll.
pub(super) fn poll_of(world: &World) -> Result<Poll, Unmapped> {
    let list = Asked::Protocol(Verb::List, Object::VmService);
    world.gate.look(|waiting| {
        let calls = waiting.calls();
        let Some((_, call)) = calls.into_iter().find(|(_, call)| call.asked == list) else {
            return Ok(Poll::Idle);
        };
        let Some(answer) = call.answer() else {
            return Ok(Poll::Sent);
        };
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        let found = listed(&world.subject, Object::VmService, &body);
        let found = found.map(|found| downstream(world, Kind::VmService, &found));
        Ok(Poll::Answered(found.transpose()?))
    })
}

/// The call that a hop's pass waits for.
///
/// # Errors
/// When there are two, or one that the model has no word for.
pub(super) fn call_of(world: &World, hop: Hop) -> Result<Option<Call>, Unmapped> {
    world.gate.look(|waiting| {
        let calls = waiting.calls();
        let mut of_pass = calls
            .into_iter()
            .filter(|(id, call)| call.hop == hop && world.is_of_pass(*id, call));
        let Some((_, call)) = of_pass.next() else {
            return Ok(None);
        };
        if let Some((_, other)) = of_pass.next() {
            return Err(Unmapped::new("the second call", other.line()));
        }
        let mapped = match (call.asked, call.answer()) {
            (Asked::NsxRead, _) => Call::Reading {
                upstream: begun(world, hop)?,
            },
            (Asked::Protocol(Verb::Read, object), answer) => read(world, hop, object, answer)?,
            (Asked::Protocol(verb, object), Some(_)) => Call::Written { verb, object },
            (Asked::Protocol(verb, object), None) => {
                Call::Writing(requests::decode(world, hop, (verb, object), &call.request)?)
            }
            (Asked::Unknown | Asked::Watch(_) | Asked::Sweep | Asked::Beside, _) => {
                return Err(Unmapped::new("the call", call.line()));
            }
        };
        Ok(Some(mapped))
    })
}

fn read(
    world: &World,
    hop: Hop,
    object: Object,
    answer: Option<&Response<Bytes>>,
) -> Result<Call, Unmapped> {
    let upstream = begun(world, hop)?;
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
    let kind = hopwise_protocol::downstream(hop)
        .ok_or_else(|| Unmapped::new("a read of", object.name()))?;
    let found = downstream(world, kind, &Found::of(object, body))?;
    Ok(Call::Read {
        upstream,
        answer: Some(found),
    })
}

/// The upstream object as it was seen when the pass under way began.
fn begun(world: &World, hop: Hop) -> Result<hopwise_protocol::Upstream, Unmapped> {
    let found = world.reads.get(&hop).and_then(|read| read.as_ref());
    let found = found.ok_or_else(|| Unmapped::new("a read by", hop.name()))?;
    upstream(world, hopwise_protocol::upstream(hop), found)
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
        | Payload::Tree { .. } => request.payload,
    };
    Request { payload, ..request }
}

/// The write that its caller has given up, if there is one.
pub(super) fn late_of(world: &World) -> Result<Option<Late>, Unmapped> {
    let Some(late) = &world.late else {
        return Ok(None);
    };
    let hop = late.hop;
    let request = requests::decode(world, hop, late.asked, &late.request)?;
    Ok(Some(Late { hop, request }))
}
