//! A request on the wire, as the model's.

use super::above;
use crate::call::json;
use crate::dictionary::{self, Unmapped};
use crate::nsx::{is_fresh, uid_in};
use crate::wire::{self, Found};
use crate::words::Words;
use bytes::Bytes;
use hopwise_protocol::{
    AllocationId, Kind, Lifecycle, Payload, Ports, Request, Stored, Told, Topology, Uid,
};
use hopwise_vocab::{Hop, Object, Verb};
use serde_json::Value;

/// Decodes a write of a hop.
///
/// # Errors
/// Names what the model has no word for.
pub(crate) fn decode(
    words: &dyn Words,
    hop: Hop,
    (verb, object): (Verb, Object),
    request: &http::Request<Bytes>,
) -> Result<Request, Unmapped> {
    let body = json(request);
    let bare = Request {
        verb,
        object,
        uid: None,
        version: None,
        payload: Payload::Nothing,
    };
    match verb {
        Verb::Hold | Verb::Release | Verb::Publish => {
            let payload = if verb == Verb::Publish {
                Payload::Status(published(&body)?)
            } else if body["spec"].is_object() {
                Payload::Whole(whole(words, hop, object, &body)?)
            } else {
                Payload::Nothing
            };
            guarded(
                words,
                hopwise_protocol::upstream(hop),
                &body,
                Request { payload, ..bare },
            )
        }
        Verb::Create => Ok(Request {
            payload: new(words, hop, object, &body)?,
            ..bare
        }),
        Verb::Update => {
            let update = Update::of(&body);
            let ports = dictionary::ports(words.slot(), &wire::ports(update.ports))?;
            Ok(Request {
                uid: below(words, hop, update.uid)?,
                payload: if update.annotations.is_null() {
                    Payload::Spec(ports)
                } else {
                    Payload::SpecAndAnnotations(ports)
                },
                ..bare
            })
        }
        Verb::Delete => {
            let uid = below(words, hop, &body["preconditions"]["uid"])?;
            Ok(Request { uid, ..bare })
        }
        Verb::Allocate | Verb::Withdraw | Verb::Program | Verb::Unprogram => {
            nsx_write(words, bare, request.uri().path(), &body)
        }
        Verb::Read | Verb::List => Ok(bare),
    }
}

/// The object of an unguarded hold as far as it is sent, and heeded: a server ignores status and
/// deletionTimestamp of a PUT. The guest Service's own UID is not sent, nor what stands for it.
pub(super) fn as_sent(object: Object, whole: Stored) -> Stored {
    let any = Uid::nth(1);
    let is_service = object == Object::Service;
    Stored {
        uid: any,
        stands_for: if is_service { any } else { whole.stands_for },
        origin: if is_service { any } else { whole.origin },
        lifecycle: Lifecycle::Live,
        told: Told::Nothing,
        ..whole
    }
}

fn whole(words: &dyn Words, hop: Hop, object: Object, body: &Value) -> Result<Stored, Unmapped> {
    let found = Found::of(object, body.clone());
    let named = |kind, uid: &Option<String>| match uid.as_deref() {
        Some(uid) if object != Object::Service => words.uid(kind, uid),
        _ => Ok(Uid::nth(1)),
    };
    let whole = Stored {
        uid: Uid::nth(1),
        stands_for: named(above(hopwise_protocol::upstream(hop)), &found.stands_for)?,
        origin: named(Kind::Service, &found.origin)?,
        lifecycle: Lifecycle::Live,
        held: found.is_held,
        ports: dictionary::ports_of(words.slot(), &found)?,
        told: Told::Nothing,
        balanced: found.is_balanced,
        annotated: found.is_annotated,
    };
    Ok(as_sent(object, whole))
}

fn published(body: &Value) -> Result<Told, Unmapped> {
    dictionary::told(wire::told(&body["status"]))
}

/// What an update says, as a merge or an apply patch or as a JSON patch.
struct Update<'a> {
    uid: &'a Value,
    ports: &'a Value,
    annotations: &'a Value,
}

impl Update<'_> {
    fn of(body: &Value) -> Update<'_> {
        if body.is_array() {
            let at = |path: &str| {
                let mut steps = body.as_array().into_iter().flatten();
                let step = steps.find(|step| step["path"] == path);
                step.map_or(&Value::Null, |step| &step["value"])
            };
            return Update {
                uid: at("/metadata/uid"),
                ports: at("/spec/ports"),
                annotations: at("/metadata/annotations"),
            };
        }
        Update {
            uid: &body["metadata"]["uid"],
            ports: &body["spec"]["ports"],
            annotations: &Value::Null,
        }
    }
}

fn guarded(
    words: &dyn Words,
    kind: Kind,
    body: &Value,
    bare: Request,
) -> Result<Request, Unmapped> {
    let metadata = &body["metadata"];
    let uid = metadata["uid"]
        .as_str()
        .map(|uid| words.uid(kind, uid))
        .transpose()?;
    let named = metadata["resourceVersion"].as_str();
    Ok(Request {
        uid,
        version: named.map(|named| words.version(kind, named)),
        ..bare
    })
}

fn below(words: &dyn Words, hop: Hop, uid: &Value) -> Result<Option<Uid>, Unmapped> {
    let kind = hopwise_protocol::downstream(hop);
    let named = uid.as_str().zip(kind);
    named.map(|(uid, kind)| words.uid(kind, uid)).transpose()
}

fn new(words: &dyn Words, hop: Hop, object: Object, body: &Value) -> Result<Payload, Unmapped> {
    let found = Found::of(object, body.clone());
    let missing = || Unmapped::new("a new object that stands for", "nobody");
    let stands_for = found.stands_for.as_deref().ok_or_else(missing)?;
    let origin = found.origin.as_deref().ok_or_else(missing)?;
    Ok(Payload::New {
        ports: dictionary::ports(words.slot(), &found.ports)?,
        stands_for: words.uid(hopwise_protocol::upstream(hop), stands_for)?,
        origin: words.uid(Kind::Service, origin)?,
    })
}

fn nsx_write(
    words: &dyn Words,
    bare: Request,
    path: &str,
    body: &Value,
) -> Result<Request, Unmapped> {
    let owner = |id: &str| {
        let uid = uid_in(id).ok_or_else(|| Unmapped::new("the id", id))?;
        words.uid(Kind::SupervisorService, uid)
    };
    let last = path.rsplit('/').next().unwrap_or_default();
    let tree = Tree::of(body);
    let id = if bare.object == Object::Allocation {
        Some(last)
    } else {
        tree.id.as_deref()
    };
    let of = owner(id.unwrap_or_default())?;
    let uid = Some(of);
    let origin = |tags: &Value| {
        if words.topology() == Topology::Direct {
            return Ok(of);
        }
        let mut tags = tags.as_array().into_iter().flatten();
        let tag = tags.find(|tag| tag["scope"] == "ncp/guest_service_uid");
        let tag = tag.and_then(|tag| tag["tag"].as_str()).unwrap_or_default();
        words.uid(Kind::Service, tag)
    };
    let payload = if bare.verb == Verb::Allocate {
        Payload::Tags {
            origin: origin(&body["tags"])?,
            id: if is_fresh(last) {
                AllocationId::Fresh
            } else {
                AllocationId::Identity
            },
        }
    } else if bare.verb == Verb::Program {
        Payload::Tree {
            vip: tree.vip()?,
            ports: dictionary::listeners(&tree.listeners)?,
            origin: origin(&tree.tags)?,
            stale: tree.gone()?,
        }
    } else if let Some(gone) = tree.gone()? {
        Payload::Found(gone)
    } else {
        Payload::Nothing
    };
    Ok(Request {
        uid,
        payload,
        ..bare
    })
}

/// What a hierarchical body says of virtual servers.
#[derive(Default)]
struct Tree {
    id: Option<String>,
    tags: Value,
    ip: Option<String>,
    listeners: Vec<(String, u64)>,
    /// Those that are taken away.
    gone: Vec<(String, u64)>,
}

impl Tree {
    fn of(body: &Value) -> Tree {
        let mut tree = Tree::default();
        tree.read(body);
        tree
    }

    fn read(&mut self, node: &Value) {
        for child in node["children"].as_array().into_iter().flatten() {
            let is_gone = child["marked_for_delete"] == true;
            if let Some(server) = child.get("LBVirtualServer") {
                self.read_server(server, is_gone || server["marked_for_delete"] == true);
            }
            for inner in child
                .as_object()
                .into_iter()
                .flat_map(|fields| fields.values())
            {
                self.read(inner);
            }
            self.read(child);
        }
    }

    fn read_server(&mut self, server: &Value, is_gone: bool) {
        let text = |key: &str| server[key].as_str().map(String::from);
        let id = text("id");
        self.id = self.id.take().or_else(|| id.clone());
        if is_gone {
            // Of what is taken away only the id is written.
            let mut parts = id.iter().flat_map(|id| id.rsplit('-'));
            let port = parts.next().and_then(|port| port.parse().ok());
            let protocol = parts.next().map(str::to_uppercase);
            self.gone.extend(protocol.zip(port));
            return;
        }
        self.tags = server["tags"].clone();
        self.ip = text("ip_address");
        let profile = text("application_profile_path").unwrap_or_default();
        let protocol = if profile.contains("udp") {
            "UDP"
        } else {
            "TCP"
        };
        let ports = server["ports"].as_array().into_iter().flatten();
        let ports = ports.filter_map(|port| port.as_str()?.parse().ok());
        self.listeners
            .extend(ports.map(|port| (protocol.into(), port)));
    }

    fn gone(&self) -> Result<Option<Ports>, Unmapped> {
        let gone = Some(&self.gone).filter(|gone| !gone.is_empty());
        gone.map(|gone| dictionary::listeners(gone)).transpose()
    }

    fn vip(&self) -> Result<hopwise_protocol::Address, Unmapped> {
        let ip = self.ip.as_deref().and_then(|ip| ip.parse().ok());
        dictionary::address(ip.ok_or_else(|| Unmapped::new("the virtual IP", "nothing"))?)
    }
}
