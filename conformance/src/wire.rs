//! Kubernetes objects as they travel: narrowed to the fields that the protocol speaks of.

use crate::call::{finalizer, upstream};
use hopwise_vocab::{Hop, Object};
use serde_json::Value;
use std::net::IpAddr;
use std::sync::Arc;

/// The annotation with the guest Service's UID (`docs/protocol.md` §2).
pub const ORIGIN: &str = "run.tanzu.vmware.com/service.uid";

/// An object on the wire. What it means in the model is for the refinement to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.resourceVersion`.
    pub version: String,
    /// The UID of the upstream object that it says it stands for.
    pub stands_for: Option<String>,
    /// The UIDs of its owners.
    pub owners: Vec<String>,
    /// The guest Service's UID that it says it goes back to.
    pub origin: Option<String>,
    /// Whether it has a `deletionTimestamp`.
    pub is_deleting: bool,
    /// Whether it carries the finalizer of the hop whose upstream object it is.
    pub is_held: bool,
    /// The ports it asks for.
    pub ports: Vec<Port>,
    /// What its status tells.
    pub told: Told,
    /// Whether it is of type LoadBalancer.
    pub is_balanced: bool,
    /// Whether it carries an annotation that is not the chain's.
    pub is_annotated: bool,
    /// All of it.
    pub whole: Arc<Value>,
}

/// What a status tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing.
    Nothing,
    /// An address.
    Address(IpAddr),
    /// That there is none left.
    Exhausted,
}

/// A port as every object of the chain has it, whatever it calls its target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Its protocol.
    pub protocol: String,
    /// What clients connect to.
    pub port: u64,
    /// The guest's nodePort, which the guest Service calls `nodePort` and the others `targetPort`.
    pub target: u64,
}

impl Found {
    /// Narrows an object of this kind.
    pub fn of(object: Object, whole: impl Into<Arc<Value>>) -> Found {
        let whole = whole.into();
        let value = &*whole;
        let metadata = &value["metadata"];
        let uid = text(&metadata["uid"]);
        let origin = match object {
            Object::Service => Some(uid.clone()),
            Object::VmService
            | Object::SupervisorService
            | Object::Allocation
            | Object::LoadBalancer
            | Object::Nsx => metadata["annotations"][ORIGIN].as_str().map(String::from),
        };
        let stands_for = if object == Object::SupervisorService {
            controller(metadata)
        } else {
            origin.clone()
        };
        let finalizers = metadata["finalizers"].as_array();
        let holder = Hop::ALL.iter().find(|hop| upstream(**hop).1 == object);
        let is_held = holder.is_some_and(|hop| {
            finalizers.is_some_and(|all| all.iter().any(|one| one == finalizer(*hop)))
        });
        Found {
            version: text(&metadata["resourceVersion"]),
            stands_for,
            owners: owners(metadata),
            origin,
            is_deleting: metadata["deletionTimestamp"].is_string(),
            is_held,
            ports: ports(&value["spec"]["ports"]),
            told: told(&value["status"]),
            is_balanced: value["spec"]["type"] == "LoadBalancer",
            is_annotated: is_annotated(metadata),
            uid,
            whole,
        }
    }
}

/// The ports of a spec, in an order of their own.
pub fn ports(list: &Value) -> Vec<Port> {
    let mut ports: Vec<Port> = list.as_array().into_iter().flatten().map(port).collect();
    ports.sort();
    ports
}

fn port(value: &Value) -> Port {
    let target = value["nodePort"]
        .as_u64()
        .or_else(|| value["targetPort"].as_u64());
    Port {
        name: text(&value["name"]),
        protocol: value["protocol"].as_str().unwrap_or("TCP").into(),
        port: value["port"].as_u64().unwrap_or_default(),
        target: target.unwrap_or_default(),
    }
}

/// The address in a status.
pub fn address(status: &Value) -> Option<IpAddr> {
    status["loadBalancer"]["ingress"][0]["ip"]
        .as_str()?
        .parse()
        .ok()
}

/// What a status tells: an address goes before a condition that was left behind.
pub fn told(status: &Value) -> Told {
    let is_exhaustion = |condition: &Value| {
        condition["type"] == "vmoperator.vmware.com/AddressPoolExhausted"
            && condition["status"] == "True"
            && condition["reason"] == "IP_POOL_EXHAUSTED"
    };
    let conditions = status["conditions"].as_array();
    match address(status) {
        Some(ip) => Told::Address(ip),
        None if conditions.is_some_and(|all| all.iter().any(is_exhaustion)) => Told::Exhausted,
        None => Told::Nothing,
    }
}

fn is_annotated(metadata: &Value) -> bool {
    let annotations = metadata["annotations"].as_object();
    annotations.is_some_and(|all| all.keys().any(|key| key != ORIGIN))
}

fn owners(metadata: &Value) -> Vec<String> {
    let owners = metadata["ownerReferences"].as_array();
    let owners = owners.into_iter().flatten();
    owners.map(|owner| text(&owner["uid"])).collect()
}

fn controller(metadata: &Value) -> Option<String> {
    let owners = metadata["ownerReferences"].as_array()?;
    let controller = owners.iter().find(|owner| owner["controller"] == true)?;
    controller["uid"].as_str().map(String::from)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_supervisor_service_stands_for_its_controller_and_not_for_any_owner() {
        let owners = json!([{"uid": "a"}, {"uid": "b", "controller": true}]);
        let annotations = json!({ORIGIN: "guest"});
        let metadata = json!({"uid": "u", "ownerReferences": owners, "annotations": annotations});
        let found = Found::of(Object::SupervisorService, json!({"metadata": metadata}));
        assert_eq!(found.stands_for.as_deref(), Some("b"));
        assert_eq!(found.origin.as_deref(), Some("guest"));
    }

    #[test]
    fn only_the_finalizer_of_the_hop_that_serves_the_kind_holds_it() {
        let with = |hop| json!({"metadata": {"finalizers": [finalizer(hop)]}});
        assert!(Found::of(Object::VmService, with(Hop::Vmop)).is_held);
        assert!(!Found::of(Object::VmService, with(Hop::Ccm)).is_held);
    }

    #[test]
    fn the_nodeport_of_the_guest_is_the_targetport_of_the_others() {
        let guest = json!([{"name": "http", "port": 80, "targetPort": 8080, "nodePort": 30080}]);
        let supervisor =
            json!([{"name": "http", "protocol": "TCP", "port": 80, "targetPort": 30080}]);
        assert_eq!(ports(&guest), ports(&supervisor));
    }

    #[test]
    fn an_empty_status_has_no_address() {
        assert_eq!(address(&json!({"loadBalancer": {}})), None);
        let status = json!({"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}});
        assert_eq!(address(&status), Some([10, 0, 0, 1].into()));
    }
}
