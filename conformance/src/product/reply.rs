//! What becomes of one request of a pass, and how that reads on the wire.

use super::nsx::Held;
use super::objects;
use crate::gate::Place as Server;
use bytes::Bytes;
use hopwise_protocol::{
    Downstream, Kind, Lifecycle, Place, Request, Stored, Uid, Version, downstream, upstream,
};
use hopwise_vocab::{Hop, Object, Verb};
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    /// The write is taken.
    Taken,
    /// The object has another version or another UID than the write names.
    Stale,
    /// A patch names another UID, which reads as a change of an immutable field.
    OtherUid,
    /// A finalizer is not added to what is being deleted.
    NotWhileDeleting,
    /// There is no such object.
    Gone,
    /// The name is taken.
    NameTaken,
    /// A live read found this.
    Found(Option<Downstream>),
    /// A read of NSX-T that holds this for a Supervisor Service.
    Holds(Uid, Place),
    /// No answer comes.
    Broken,
}

/// A request as far as an answer needs it.
pub(super) struct Sent<'a> {
    pub hop: Hop,
    pub server: Server,
    pub request: &'a http::Request<Bytes>,
    /// The upstream object as the pass sees it.
    pub seen: &'a Value,
}

impl Reply {
    /// The answer on the wire; none where the connection breaks.
    pub(super) fn answer(self, sent: &Sent<'_>) -> Option<Response<Bytes>> {
        let conflict = StatusCode::CONFLICT;
        let invalid = StatusCode::UNPROCESSABLE_ENTITY;
        Some(match self {
            Reply::Taken => taken(sent),
            Reply::Stale => failure(sent, conflict, "Conflict", &[]),
            Reply::NameTaken => failure(sent, conflict, "AlreadyExists", &[]),
            Reply::OtherUid => failure(sent, invalid, "Invalid", &["metadata.uid"]),
            Reply::NotWhileDeleting => failure(sent, invalid, "Invalid", &["metadata.finalizers"]),
            Reply::Gone | Reply::Found(None) => {
                failure(sent, StatusCode::NOT_FOUND, "NotFound", &[])
            }
            Reply::Found(Some(found)) => {
                let kind = downstream(sent.hop).unwrap_or(Kind::SupervisorService);
                whole(StatusCode::OK, &objects::below(kind, &found))
            }
            Reply::Holds(uid, place) => held(sent, uid, &place),
            Reply::Broken => return None,
        })
    }
}

fn taken(sent: &Sent<'_>) -> Response<Bytes> {
    let is_delete = sent.request.method() == Method::DELETE;
    let is_create = sent.request.method() == Method::POST;
    if sent.server == Server::Nsx {
        return whole(StatusCode::OK, &json!({}));
    }
    if is_delete {
        let status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
        });
        return whole(StatusCode::OK, &status);
    }
    if is_create {
        let body: Value = serde_json::from_slice(sent.request.body()).unwrap_or_default();
        return whole(StatusCode::CREATED, &body);
    }
    // Nobody looks at what an accepted patch answers beyond that it is an object of the kind.
    let target = sent.request.uri().path();
    let kind = if target.contains("/virtualmachineservices/") {
        "VirtualMachineService"
    } else if target.contains("/endpoints/") {
        "Endpoints"
    } else {
        "Service"
    };
    let mut object = sent.seen.clone();
    if object["kind"] != kind {
        object = serde_json::from_slice(sent.request.body()).unwrap_or_default();
        without_nulls(&mut object);
        object["kind"] = json!(kind);
    }
    if object["spec"]["type"].is_null() && kind == "VirtualMachineService" {
        object["spec"]["type"] = json!("LoadBalancer");
    }
    whole(StatusCode::OK, &object)
}

/// What a merge patch takes away is in no answer.
fn without_nulls(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.retain(|_, field| !field.is_null());
        fields.values_mut().for_each(without_nulls);
    }
}

fn held(sent: &Sent<'_>, uid: Uid, place: &Place) -> Response<Bytes> {
    let target = sent.request.uri().path_and_query();
    let target = target.map_or("", |target| target.as_str());
    match (Held { uid, place }).answer(target) {
        Some(found) => whole(StatusCode::OK, &found),
        None => whole(
            StatusCode::NOT_FOUND,
            &json!({
                "httpStatus": "NOT_FOUND", "error_code": 600, "module_name": "common-services",
                "error_message": "The requested object could not be found.",
            }),
        ),
    }
}

fn failure(sent: &Sent<'_>, status: StatusCode, reason: &str, fields: &[&str]) -> Response<Bytes> {
    let path = sent.request.uri().path().trim_end_matches("/status");
    let name = path.rsplit('/').next().unwrap_or_default();
    let cause = |field: &&str| json!({ "reason": "FieldValueInvalid", "field": field });
    let causes: Vec<_> = fields.iter().map(cause).collect();
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "reason": reason, "message": reason, "code": status.as_u16(),
        "details": { "name": name, "causes": causes },
    });
    whole(status, &body)
}

fn whole(status: StatusCode, body: &Value) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .expect("the header is valid")
}

/// What an API server says to a write (`docs/protocol.md` §5), given the object of the kind that it
/// has. NSX-T takes every write.
pub(super) fn to_write(hop: Hop, request: &Request, there: Option<&Stored>) -> Reply {
    if kind_of(hop, request.object).is_none() {
        return Reply::Taken;
    }
    let verb = request.verb;
    match there {
        None if verb == Verb::Create => Reply::Taken,
        None => Reply::Gone,
        Some(_) if verb == Verb::Create => Reply::NameTaken,
        Some(there) => {
            let is_other = request.uid.is_some_and(|uid| uid != there.uid);
            let is_old = request.version == Some(Version::Old);
            if is_other && verb == Verb::Update {
                Reply::OtherUid
            } else if is_other || is_old {
                Reply::Stale
            } else if verb == Verb::Hold && there.lifecycle == Lifecycle::Deleting {
                Reply::NotWhileDeleting
            } else {
                Reply::Taken
            }
        }
    }
}

/// The kind at an API server that a hop writes under this name; none in NSX-T.
pub(super) fn kind_of(hop: Hop, object: Object) -> Option<Kind> {
    let kinds = [Some(upstream(hop)), downstream(hop)];
    let mut kinds = kinds.into_iter().flatten();
    kinds.find(|&kind| Object::from(kind) == object)
}
