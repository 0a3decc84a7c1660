//! What users, administrators and the garbage collector do.

use super::guard::Stop;
use super::node::{Node, Way};
use super::search::Search;
use super::servers::{Answer, is_gone};
use crate::gate::Place;
use crate::recording::Party;
use hopwise_protocol::Kind;
use hopwise_vocab::{AdminStep, Deed, UserStep};
use http::Method;
use serde_json::Value;

/// The kind of object that a target at a server is.
pub(super) fn kind_of(server: Place, path: &str) -> Option<Kind> {
    let is_of = |resource: &str| path.split(['/', '?']).any(|part| part == resource);
    match server {
        Place::Guest if is_of("services") => Some(Kind::Service),
        Place::Supervisor if is_of("virtualmachineservices") => Some(Kind::VmService),
        Place::Supervisor if is_of("services") => Some(Kind::SupervisorService),
        Place::Guest | Place::Supervisor | Place::Nsx => None,
    }
}

impl Search<'_> {
    /// A request that changes nothing, because it is refused or because it is as it should be
    /// already, is no step.
    pub(super) fn requests(
        &self,
        node: &Node,
        (by, server): (Party, Place),
        (method, path, body): (&str, &str, &Value),
        (status, answer): Answer<'_>,
    ) -> Result<Vec<Way>, Stop> {
        let unknown = || Stop::no_action("the protocol knows no such request of anybody");
        let kind = kind_of(server, path).ok_or_else(unknown)?;
        let method: Method = method.parse().map_err(|_| unknown())?;
        let mut way = Way::from(node);
        let version = answer["metadata"]["resourceVersion"].as_str();
        let current = node.current[kind as usize].as_deref();
        let is_same = version.is_some() && version == current;
        let is_as_before = is_same && !is_gone(&method, answer);
        if status >= 300 || is_as_before {
            return Ok(vec![way]);
        }
        let deed = deed(by, kind, &method, body).ok_or_else(unknown)?;
        self.take(&mut way, deed)?;
        let asked = (&method, (status, answer));
        self.compare(&mut way, &node.state, (deed, Some(kind)), asked)?;
        Ok(vec![way])
    }
}

/// The step that a request is.
fn deed(by: Party, kind: Kind, method: &Method, body: &Value) -> Option<Deed> {
    let step = |step| Some(Deed::User(step));
    match (by, kind, method) {
        (Party::User, Kind::Service, &Method::POST) => step(UserStep::Create),
        (Party::User, Kind::Service, &Method::DELETE) => step(UserStep::Delete),
        (Party::User, Kind::Service, &Method::PATCH) => {
            let finalizers = body["metadata"].get("finalizers");
            if body["spec"]["type"].is_string() {
                step(UserStep::Retype)
            } else if body["spec"]["ports"].is_array() {
                step(UserStep::Edit)
            } else {
                finalizers.and_then(|_| step(UserStep::Strip))
            }
        }
        (Party::Admin, Kind::VmService, &Method::DELETE) => {
            Some(Deed::Admin(AdminStep::DeleteVmService))
        }
        (Party::Admin, Kind::SupervisorService, &Method::DELETE) => {
            Some(Deed::Admin(AdminStep::DeleteSupervisorService))
        }
        (Party::Admin, Kind::VmService, &Method::PATCH) => Some(Deed::Admin(AdminStep::Annotate)),
        (Party::Collector, _, &Method::DELETE) => Some(Deed::Collect(kind.into())),
        _ => None,
    }
}
