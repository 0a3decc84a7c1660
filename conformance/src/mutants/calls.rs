//! Mistakes on the way between a controller and its servers: what the shells would send and hear if
//! they were wrong.

/// A hop whose requests of a verb are edited.
macro_rules! sends {
    ($hop:expr, $verb:expr, $edit:expr) => {
        ($hop, || {
            Box::new(crate::mutants::calls::Sends {
                hop: $hop,
                verb: $verb,
                edit: $edit,
            })
        })
    };
}

/// A hop that misreads it when its call of a verb breaks.
macro_rules! misreads {
    ($hop:expr, $verb:expr, $broken:expr) => {
        ($hop, || {
            Box::new(crate::mutants::calls::Misreads {
                hop: $hop,
                verb: $verb,
                broken: $broken,
            })
        })
    };
}

mod ccm;
mod ncp;
mod vmop;

use super::{Cue, Killer, Mutant, Patch};
use crate::call::{Asked, json, recognise};
use crate::gate::{Asks, Heard, Mistake, Place, Seed};
use bytes::Bytes;
use hopwise_vocab::{Deed, Hop, Object, Verb};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

/// The mutants, in hop order.
pub(super) fn all() -> impl Iterator<Item = &'static Mutant> {
    ccm::MUTANTS.iter().chain(vmop::MUTANTS).chain(ncp::MUTANTS)
}

/// A mutant that the replays are to catch.
const fn of(
    id: &'static str,
    sentence: &'static str,
    stands_for: &'static str,
    (scenario, cue): (&'static str, Cue),
    seed: Seed,
    by: &'static str,
) -> Mutant {
    Mutant {
        id,
        sentence,
        stands_for,
        scenario,
        cue,
        patch: Patch::Calls(seed),
        killer: Killer::replay(by),
    }
}

/// A call of a hop is lost.
const fn lost(hop: Hop, verb: Verb, object: Object) -> Cue {
    Cue::Deed(Deed::Lose(hop, verb, object))
}

/// A hop's request of one verb is sent otherwise.
struct Sends {
    hop: Hop,
    verb: Verb,
    edit: fn(&mut Value),
}

impl Mistake for Sends {
    fn asks(&mut self, request: Request<Bytes>) -> Asks {
        Asks::Sends(if asks_to(self.hop, self.verb, &request) {
            edited(request, self.edit)
        } else {
            request
        })
    }
}

/// A hop takes it for this when a call of one verb breaks.
struct Misreads {
    hop: Hop,
    verb: Verb,
    broken: fn(&Request<Bytes>) -> Response<Bytes>,
}

impl Mistake for Misreads {
    fn hears(&mut self, request: &Request<Bytes>, heard: Heard) -> Heard {
        match heard {
            Heard::Broken if asks_to(self.hop, self.verb, request) => {
                Heard::Answer((self.broken)(request))
            }
            Heard::Broken | Heard::Answer(_) => heard,
        }
    }
}

/// What a request of a hop asks.
fn asked(hop: Hop, request: &Request<Bytes>) -> Asked {
    let path = request.uri().path();
    let place = if path.starts_with("/policy/") || path.starts_with("/api/session") {
        Place::Nsx
    } else if hop == Hop::Ccm && !path.contains("/virtualmachineservices") {
        Place::Guest
    } else {
        Place::Supervisor
    };
    recognise(hop, place, request)
}

/// Whether a request of a hop is of this verb; every GET of ncp's read of NSX-T is.
fn asks_to(hop: Hop, verb: Verb, request: &Request<Bytes>) -> bool {
    match asked(hop, request) {
        Asked::Protocol(asked, _) => asked == verb,
        Asked::NsxRead => verb == Verb::Read,
        Asked::Watch(_) | Asked::Sweep | Asked::Beside | Asked::Unknown => false,
    }
}

fn edited(request: Request<Bytes>, edit: impl FnOnce(&mut Value)) -> Request<Bytes> {
    let mut body = json(&request);
    edit(&mut body);
    request.map(|_| Bytes::from(body.to_string()))
}

/// A request with other words in its target.
fn retargeted(request: Request<Bytes>, edit: impl FnOnce(String) -> String) -> Request<Bytes> {
    let (mut head, body) = request.into_parts();
    head.uri = edit(head.uri.to_string())
        .parse()
        .expect("a target stays one");
    Request::from_parts(head, body)
}

fn answer(status: StatusCode, body: &Value) -> Response<Bytes> {
    let answer = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    let body = Bytes::from(body.to_string());
    answer.body(body).expect("the header is valid")
}

/// As an API server says it.
fn status(code: StatusCode, reason: &str, request: &Request<Bytes>) -> Response<Bytes> {
    let name = request.uri().path().rsplit('/').next().unwrap_or_default();
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {},
        "status": "Failure", "message": reason, "reason": reason, "code": code.as_u16(),
        "details": {"name": name}});
    answer(code, &status)
}

/// That somebody else was quicker.
fn conflict(request: &Request<Bytes>) -> Response<Bytes> {
    status(StatusCode::CONFLICT, "Conflict", request)
}

/// That there is nothing.
fn not_found(request: &Request<Bytes>) -> Response<Bytes> {
    status(StatusCode::NOT_FOUND, "NotFound", request)
}

/// Takes the precondition off a patch.
fn unguard(body: &mut Value) {
    if let Some(metadata) = body["metadata"].as_object_mut() {
        metadata.remove("uid");
        metadata.remove("resourceVersion");
    }
}
