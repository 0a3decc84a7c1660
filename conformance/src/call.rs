//! What a request asks, in the words of the protocol: decoded from who asks whom, the method, the
//! path and the body, and from nothing else.

use crate::gate::Place;
use bytes::Bytes;
use hopwise_vocab::{Hop, Object, Verb};
use http::{Method, Request};
use serde_json::Value;

/// What a request asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asked {
    /// A call that `docs/protocol.md` §5 names.
    Protocol(Verb, Object),
    /// One of the GETs that ncp's read of NSX-T consists of.
    NsxRead,
    /// A watch of an object of the model, or the list that it begins with.
    Watch(Object),
    /// A read of a sweep: of what there is, or of whom it stands for.
    Sweep,
    /// What the model does not have: Events, Endpoints, VirtualMachines, leases, sessions.
    Beside,
    /// Nothing that the protocol knows. A controller that sends it diverges.
    Unknown,
}

impl Asked {
    /// Whether it is served and heard as a stuttering step, which changes nothing in the model.
    pub fn stutters(self) -> bool {
        match self {
            Asked::Watch(_) | Asked::Beside => true,
            Asked::Protocol(..) | Asked::NsxRead | Asked::Sweep | Asked::Unknown => false,
        }
    }
}

/// Whether a call of this sort is the list that a watch begins with.
pub fn is_list(request: &Request<Bytes>) -> bool {
    let query = request.uri().query().unwrap_or_default();
    request.method() == Method::GET && !query.contains("watch=true")
}

/// The finalizer by which a hop holds its upstream object (`docs/protocol.md` §2).
pub const fn finalizer(hop: Hop) -> &'static str {
    match hop {
        Hop::Ccm => "service.kubernetes.io/load-balancer-cleanup",
        Hop::Vmop => "vmoperator.vmware.com/virtualmachineservice",
        Hop::Ncp => "ncp.vmware.com/load-balancer",
    }
}

/// The object a hop serves, and where it lives.
pub const fn upstream(hop: Hop) -> (Place, Object) {
    match hop {
        Hop::Ccm => (Place::Guest, Object::Service),
        Hop::Vmop => (Place::Supervisor, Object::VmService),
        Hop::Ncp => (Place::Supervisor, Object::SupervisorService),
    }
}

/// The Kubernetes object a hop writes for it; ncp writes to NSX-T.
const fn downstream(hop: Hop) -> Option<Object> {
    match hop {
        Hop::Ccm => Some(Object::VmService),
        Hop::Vmop => Some(Object::SupervisorService),
        Hop::Ncp => None,
    }
}

/// Says what a request asks.
pub fn recognise(hop: Hop, place: Place, request: &Request<Bytes>) -> Asked {
    match place {
        Place::Nsx => nsx_call(request),
        Place::Guest | Place::Supervisor => kubernetes_call(hop, place, request),
    }
}

fn nsx_call(request: &Request<Bytes>) -> Asked {
    let path = request.uri().path();
    if path.starts_with("/api/") {
        return Asked::Beside;
    }
    let Some(path) = path.strip_prefix("/policy/api/v1/") else {
        return Asked::Unknown;
    };
    let is_allocation = path.contains("/ip-allocations/");
    match *request.method() {
        Method::GET if path == "search/query" => Asked::Sweep,
        Method::GET => Asked::NsxRead,
        Method::PATCH if is_allocation => Asked::Protocol(Verb::Allocate, Object::Allocation),
        Method::DELETE if is_allocation => Asked::Protocol(Verb::Withdraw, Object::Allocation),
        Method::PATCH if path == "infra" && only_deletes(&json(request)) => {
            Asked::Protocol(Verb::Unprogram, Object::LoadBalancer)
        }
        Method::PATCH if path == "infra" => Asked::Protocol(Verb::Program, Object::LoadBalancer),
        _ => Asked::Unknown,
    }
}

/// Whether a hierarchical body only takes away. One that writes and takes away what is stale is
/// part of a `program`.
fn only_deletes(tree: &Value) -> bool {
    let children = tree["children"].as_array();
    let deletes = |child: &Value| {
        child["marked_for_delete"] == true
            || (child["resource_type"] == "ChildResourceReference" && only_deletes(child))
    };
    children.is_some_and(|children| children.iter().all(deletes))
}

/// How far in ncp's read of NSX-T a GET is. It goes on from one to the next; what it has no need of
/// it leaves out, also at its beginning, and only the last is asked more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The list of allocations, in which it looks for the id.
    Ids,
    /// The allocation.
    Allocation,
    /// What has become of it.
    Address,
    /// The list of virtual servers.
    Servers,
    /// The list of pools.
    Pools,
    /// The group of the clients that are served.
    Clients,
    /// What has become of a virtual server or a pool.
    Parts,
}

impl Stage {
    /// That of a GET.
    pub fn of(request: &Request<Bytes>) -> Stage {
        let (path, query) = (request.uri().path(), request.uri().query());
        let is_realized = query.is_some_and(|query| query.contains("intent_path="));
        match is_realized {
            true if query.is_some_and(|query| query.contains("ip-allocations")) => Stage::Address,
            true => Stage::Parts,
            false if path.ends_with("/ip-allocations") => Stage::Ids,
            false if path.ends_with("/lb-virtual-servers") => Stage::Servers,
            false if path.ends_with("/lb-pools") => Stage::Pools,
            false if path.contains("/groups/") => Stage::Clients,
            false => Stage::Allocation,
        }
    }

    /// Whether it is of another read than the one before it.
    pub fn begins_after(self, before: Stage) -> bool {
        self < before || (self == before && self != Stage::Parts)
    }
}

/// Whether this is the GET that ncp's read of NSX-T begins with while ids follow from UIDs: that of
/// the allocation.
pub fn begins_nsx_read(request: &Request<Bytes>) -> bool {
    let mut parts = request.uri().path().rsplit('/').skip(1);
    parts.next() == Some("ip-allocations")
}

fn kubernetes_call(hop: Hop, place: Place, request: &Request<Bytes>) -> Asked {
    // A list that any cache may answer goes back in time, and no hop of the protocol does.
    let query = request.uri().query().unwrap_or_default();
    if is_list(request) && query.split('&').any(|it| it == "resourceVersion=0") {
        return Asked::Unknown;
    }
    let Some(target) = Target::of(request.uri().path()) else {
        return Asked::Unknown;
    };
    let Some(object) = target.object(place) else {
        return if target.is_beside() {
            Asked::Beside
        } else {
            Asked::Unknown
        };
    };
    let verb = if (place, object) == upstream(hop) {
        upstream_verb(hop, &target, request)
    } else if downstream(hop) == Some(object) {
        downstream_verb(hop, &target, request.method())
    } else {
        return Asked::Unknown;
    };
    match verb {
        Some(verb) => Asked::Protocol(verb, object),
        None if is_owner_read(hop, &target, request) => Asked::Sweep,
        None if target.name.is_none() && request.method() == Method::GET => Asked::Watch(object),
        None => Asked::Unknown,
    }
}

/// Whether a sweep reads its owner: ccm the one Service by its name, ncp all of them, of which
/// watches list one page at a time.
fn is_owner_read(hop: Hop, target: &Target, request: &Request<Bytes>) -> bool {
    let query = request.uri().query().unwrap_or_default();
    let is_get = request.method() == Method::GET && target.subresource.is_none();
    is_get
        && match hop {
            Hop::Ccm => target.resource == "services" && target.name.is_some(),
            Hop::Vmop => false,
            Hop::Ncp => {
                let is_watch = query.contains("watch=true") || query.contains("limit=");
                target.resource == "services" && target.name.is_none() && !is_watch
            }
        }
}

fn upstream_verb(hop: Hop, target: &Target, request: &Request<Bytes>) -> Option<Verb> {
    target.name?;
    match (request.method(), target.subresource) {
        (&Method::PATCH, Some("status")) => Some(Verb::Publish),
        (&Method::PATCH | &Method::PUT, None) => {
            let body = json(request);
            let finalizers = body["metadata"]["finalizers"].as_array();
            let holds = finalizers.is_some_and(|all| all.iter().any(|one| one == finalizer(hop)));
            Some(if holds { Verb::Hold } else { Verb::Release })
        }
        _ => None,
    }
}

fn downstream_verb(hop: Hop, target: &Target, method: &Method) -> Option<Verb> {
    match (method, target.name, target.subresource) {
        (&Method::POST, None, None) => Some(Verb::Create),
        (&Method::GET, None, None) if hop == Hop::Ccm => Some(Verb::List),
        (&Method::GET, Some(_), None) => Some(Verb::Read),
        (&Method::PATCH, Some(_), None) => Some(Verb::Update),
        (&Method::DELETE, Some(_), None) => Some(Verb::Delete),
        _ => None,
    }
}

/// The body as JSON; null if it is none.
pub(crate) fn json(request: &Request<Bytes>) -> Value {
    serde_json::from_slice(request.body()).unwrap_or_default()
}

/// The parts of a Kubernetes path.
struct Target<'a> {
    resource: &'a str,
    name: Option<&'a str>,
    subresource: Option<&'a str>,
}

impl<'a> Target<'a> {
    fn of(path: &'a str) -> Option<Self> {
        let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let group = match *parts.first()? {
            "api" => 2,
            "apis" => 3,
            _ => return None,
        };
        parts.drain(..group.min(parts.len()));
        if parts.len() > 2 && parts[0] == "namespaces" {
            parts.drain(..2);
        }
        let mut parts = parts.into_iter();
        Some(Target {
            resource: parts.next()?,
            name: parts.next(),
            subresource: parts.next(),
        })
    }

    fn object(&self, place: Place) -> Option<Object> {
        match (place, self.resource) {
            (Place::Guest, "services") => Some(Object::Service),
            (Place::Supervisor, "services") => Some(Object::SupervisorService),
            (Place::Supervisor, "virtualmachineservices") => Some(Object::VmService),
            _ => None,
        }
    }

    fn is_beside(&self) -> bool {
        [
            "events",
            "endpoints",
            "endpointslices",
            "virtualmachines",
            "leases",
        ]
        .contains(&self.resource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const GUEST: &str = "/api/v1/namespaces/default/services";
    const VMS: &str = "/apis/vmoperator.vmware.com/v1alpha5/namespaces/ns/virtualmachineservices";
    const SERVICES: &str = "/api/v1/namespaces/ns/services";
    const INFRA: &str = "/policy/api/v1/infra";

    fn asked(hop: Hop, place: Place, line: &str, body: &Value) -> Asked {
        let (method, target) = line.split_once(' ').unwrap();
        let body = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        let request = Request::builder()
            .method(method)
            .uri(target)
            .body(body)
            .unwrap();
        recognise(hop, place, &request)
    }

    #[test]
    fn a_patch_of_the_finalizers_holds_if_it_names_the_hops_own_and_releases_if_not() {
        let line = format!("PATCH {GUEST}/web");
        let patch = |finalizers: Value| json!({"metadata": {"finalizers": finalizers}});
        let hold = patch(json!(["other", finalizer(Hop::Ccm)]));
        let release = patch(json!(["other"]));
        let asked = |body| asked(Hop::Ccm, Place::Guest, &line, body);
        assert_eq!(asked(&hold), Asked::Protocol(Verb::Hold, Object::Service));
        assert_eq!(
            asked(&release),
            Asked::Protocol(Verb::Release, Object::Service)
        );
    }

    #[test]
    fn the_same_list_is_a_poll_of_ccm_and_the_start_of_a_watch_of_vmop() {
        let line = format!("GET {VMS}?labelSelector=x");
        let poll = asked(Hop::Ccm, Place::Supervisor, &line, &Value::Null);
        let watch = asked(Hop::Vmop, Place::Supervisor, &line, &Value::Null);
        assert_eq!(poll, Asked::Protocol(Verb::List, Object::VmService));
        assert_eq!(watch, Asked::Watch(Object::VmService));
    }

    #[test]
    fn every_verb_on_a_kubernetes_object_is_recognised() {
        let cases = [
            (
                Hop::Ccm,
                format!("POST {VMS}"),
                Verb::Create,
                Object::VmService,
            ),
            (
                Hop::Ccm,
                format!("PATCH {VMS}/a"),
                Verb::Update,
                Object::VmService,
            ),
            (
                Hop::Ccm,
                format!("DELETE {VMS}/a"),
                Verb::Delete,
                Object::VmService,
            ),
            (
                Hop::Ccm,
                format!("GET {VMS}/a"),
                Verb::Read,
                Object::VmService,
            ),
            (
                Hop::Vmop,
                format!("PATCH {VMS}/a/status"),
                Verb::Publish,
                Object::VmService,
            ),
            (
                Hop::Vmop,
                format!("POST {SERVICES}"),
                Verb::Create,
                Object::SupervisorService,
            ),
            (
                Hop::Ncp,
                format!("PATCH {SERVICES}/a/status"),
                Verb::Publish,
                Object::SupervisorService,
            ),
            (
                Hop::Ncp,
                format!("PUT {SERVICES}/a"),
                Verb::Release,
                Object::SupervisorService,
            ),
        ];
        for (hop, line, verb, object) in cases {
            let found = asked(hop, Place::Supervisor, &line, &json!({}));
            assert_eq!(found, Asked::Protocol(verb, object), "{line}");
        }
    }

    #[test]
    fn every_verb_on_nsx_is_recognised() {
        let allocation = format!("{INFRA}/ip-pools/vips/ip-allocations/a");
        let pool = json!({"resource_type": "ChildLBPool", "LBPool": {"id": "p"}});
        let marked = json!({"marked_for_delete": true, "LBPool": {"id": "p"}});
        let cases = [
            (
                format!("PATCH {allocation}"),
                json!({}),
                Asked::Protocol(Verb::Allocate, Object::Allocation),
            ),
            (
                format!("DELETE {allocation}"),
                Value::Null,
                Asked::Protocol(Verb::Withdraw, Object::Allocation),
            ),
            (
                format!("PATCH {INFRA}"),
                json!({"children": [pool]}),
                Asked::Protocol(Verb::Program, Object::LoadBalancer),
            ),
            (
                format!("PATCH {INFRA}"),
                json!({"children": [marked]}),
                Asked::Protocol(Verb::Unprogram, Object::LoadBalancer),
            ),
            (
                format!("GET {INFRA}/lb-virtual-servers/v"),
                Value::Null,
                Asked::NsxRead,
            ),
            (
                "POST /api/session/create".into(),
                Value::Null,
                Asked::Beside,
            ),
        ];
        for (line, body, expected) in cases {
            assert_eq!(
                asked(Hop::Ncp, Place::Nsx, &line, &body),
                expected,
                "{line}"
            );
        }
    }

    #[test]
    fn what_the_model_does_not_have_stutters_and_what_nobody_knows_does_not() {
        let event = asked(
            Hop::Ccm,
            Place::Guest,
            "POST /api/v1/namespaces/default/events",
            &json!({}),
        );
        let endpoints = asked(
            Hop::Vmop,
            Place::Supervisor,
            "PATCH /api/v1/namespaces/ns/endpoints/a",
            &json!({}),
        );
        assert!(event.stutters() && endpoints.stutters());
        let secret = asked(
            Hop::Ccm,
            Place::Guest,
            "GET /api/v1/namespaces/default/secrets/a",
            &Value::Null,
        );
        let foreign = asked(
            Hop::Ccm,
            Place::Supervisor,
            "DELETE /api/v1/namespaces/ns/services/a",
            &Value::Null,
        );
        assert_eq!((secret, foreign), (Asked::Unknown, Asked::Unknown));
    }
}
