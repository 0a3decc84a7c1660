//! Kubernetes objects of the model as they travel: what a pass sees, and what a server answers.

use crate::call::{finalizer, upstream as upstream_of};
use crate::dictionary::{self, Unmapped, direct_ports, guest_ports};
use crate::gate::Place;
use crate::servers::{CLUSTER, NAMESPACE};
use crate::wire::ORIGIN;
use crate::words::Words;
use hopwise_api::names::vm_service_name;
use hopwise_protocol::{
    Downstream, Kind, Lifecycle, Ports, Stored, Told, Topology, Uid, Version, upstream,
};
use hopwise_vocab::{Hop, Object, Slot};
use serde_json::{Map, Value, json};

/// The Service's name in the guest cluster, and its namespace there.
const NAME: &str = "a";
const GUEST_NAMESPACE: &str = "default";

/// A time of the past.
const THEN: &str = "2026-01-01T00:00:00Z";

/// The resourceVersion of the upstream object that a pass begins with.
const SEEN: &str = "1001";
/// That of every other object.
const OTHER: &str = "2002";

/// What is read out of requests: the names given here.
pub(super) struct Rendered;

impl Words for Rendered {
    fn uid(&self, kind: Kind, text: &str) -> Result<Uid, Unmapped> {
        let mut known = (1..=Uid::MOST).map(Uid::nth);
        let found = known.find(|&known| uid(kind, known) == text);
        found.ok_or_else(|| Unmapped::new("the UID", text))
    }

    /// `Current` is the version that the pass began with. Whether the server still has it is not
    /// known here.
    fn version(&self, _: Kind, version: &str) -> Version {
        if version == SEEN {
            Version::Current
        } else {
            Version::Old
        }
    }

    fn topology(&self) -> Topology {
        Topology::Hops
    }
}

/// The UID of an incarnation.
pub(super) fn uid(kind: Kind, uid: Uid) -> String {
    format!(
        "00000000-0000-4000-8000-0000000{}{:04}",
        kind as u8 + 1,
        uid.number()
    )
}

/// The name of the object of a kind.
pub(super) fn name(kind: Kind) -> String {
    match kind {
        Kind::Service => NAME.into(),
        Kind::VmService | Kind::SupervisorService => {
            vm_service_name(CLUSTER, NAME, GUEST_NAMESPACE)
        }
    }
}

/// A hop's upstream object as a pass sees it.
pub(super) fn seen_above(hop: Hop, object: &Stored) -> Value {
    let kind = upstream(hop);
    let mut rendered = rendered(kind, SEEN, &Fields::of(object));
    if kind != Kind::Service {
        rendered["metadata"]["annotations"][ORIGIN] = json!(uid(Kind::Service, object.origin));
    }
    rendered
}

/// A hop's downstream object, as a pass sees it or a server answers it.
pub(super) fn below(kind: Kind, object: &Downstream) -> Value {
    let mut rendered = rendered(kind, OTHER, &Fields::of_below(object));
    if kind == Kind::VmService {
        rendered["metadata"]["annotations"][ORIGIN] = json!(uid(Kind::Service, object.stands_for));
    }
    rendered
}

/// What all hops see of an object.
struct Fields {
    uid: Uid,
    stands_for: Uid,
    lifecycle: Lifecycle,
    held: bool,
    ports: Ports,
    told: Told,
    balanced: bool,
    annotated: bool,
}

impl Fields {
    fn of(object: &Stored) -> Fields {
        let Stored {
            uid,
            stands_for,
            lifecycle,
            held,
            ports,
            told,
            balanced,
            annotated,
            ..
        } = *object;
        Fields {
            uid,
            stands_for,
            lifecycle,
            held,
            ports,
            told,
            balanced,
            annotated,
        }
    }

    /// The hop above does not look at who holds it. What is being deleted is held, or it were gone.
    fn of_below(object: &Downstream) -> Fields {
        let Downstream {
            uid,
            stands_for,
            lifecycle,
            ports,
            told,
            annotated,
        } = *object;
        Fields {
            uid,
            stands_for,
            lifecycle,
            held: true,
            ports,
            told,
            balanced: true,
            annotated,
        }
    }
}

fn rendered(kind: Kind, version: &str, fields: &Fields) -> Value {
    let (api_version, name_of_kind, namespace) = match kind {
        Kind::Service => ("v1", "Service", GUEST_NAMESPACE),
        Kind::VmService => (
            "vmoperator.vmware.com/v1alpha2",
            "VirtualMachineService",
            NAMESPACE,
        ),
        Kind::SupervisorService => ("v1", "Service", NAMESPACE),
    };
    let mut metadata = json!({
        "name": name(kind),
        "namespace": namespace,
        "uid": uid(kind, fields.uid),
        "resourceVersion": version,
        "generation": 1,
        "creationTimestamp": THEN,
        "finalizers": finalizers(kind, fields.held),
        "ownerReferences": owners(kind, fields.stands_for),
        "annotations": annotations(fields.annotated),
    });
    if fields.lifecycle == Lifecycle::Deleting {
        metadata["deletionTimestamp"] = json!(THEN);
    }
    json!({
        "apiVersion": api_version,
        "kind": name_of_kind,
        "metadata": metadata,
        "spec": spec(kind, fields),
        "status": status(fields.told),
    })
}

fn finalizers(kind: Kind, held: bool) -> Vec<&'static str> {
    let holder = Hop::ALL
        .iter()
        .find(|hop| upstream_of(**hop).1 == Object::from(kind));
    holder
        .filter(|_| held)
        .map(|hop| finalizer(*hop))
        .into_iter()
        .collect()
}

fn owners(kind: Kind, stands_for: Uid) -> Value {
    match kind {
        Kind::Service => json!([]),
        Kind::VmService => json!([{
            "apiVersion": "run.tanzu.vmware.com/v1alpha3",
            "kind": "TanzuKubernetesCluster",
            "name": CLUSTER,
            "uid": CLUSTER_UID,
        }]),
        Kind::SupervisorService => json!([{
            "apiVersion": "vmoperator.vmware.com/v1alpha2",
            "kind": "VirtualMachineService",
            "name": name(Kind::VmService),
            "uid": uid(Kind::VmService, stands_for),
            "controller": true,
            "blockOwnerDeletion": true,
        }]),
    }
}

/// The UID of the Supervisor's object for the guest cluster.
pub(super) const CLUSTER_UID: &str = "00000000-0000-4000-8000-000000000001";

fn annotations(annotated: bool) -> Map<String, Value> {
    let foreign = annotated.then(|| ("example.com/note".to_owned(), json!("somebody's")));
    foreign.into_iter().collect()
}

/// A Service that is not of type LoadBalancer has no nodePort.
fn spec(kind: Kind, fields: &Fields) -> Value {
    let type_ = if fields.balanced {
        "LoadBalancer"
    } else {
        "ClusterIP"
    };
    let ports = if kind == Kind::Service && fields.balanced {
        guest_ports(Slot::A, fields.ports)
    } else {
        direct_ports(Slot::A, fields.ports)
    };
    let mut spec = json!({ "type": type_, "ports": ports });
    match kind {
        Kind::Service => {}
        Kind::VmService => {
            spec["selector"] = json!({
                "capv.vmware.com/cluster.name": CLUSTER,
                "capv.vmware.com/cluster.role": "node",
            });
        }
        Kind::SupervisorService => spec["allocateLoadBalancerNodePorts"] = json!(false),
    }
    spec
}

fn status(told: Told) -> Value {
    match told {
        Told::Nothing => json!({ "loadBalancer": {} }),
        Told::Address(address) => {
            let ip = dictionary::ip(address.index());
            json!({ "loadBalancer": { "ingress": [{ "ip": ip }] } })
        }
        Told::Exhausted => json!({
            "loadBalancer": {},
            "conditions": [{
                "type": "vmoperator.vmware.com/AddressPoolExhausted",
                "status": "True",
                "reason": "IP_POOL_EXHAUSTED",
                "message": "",
                "lastTransitionTime": THEN,
            }],
        }),
    }
}

/// Whether a target at an API server is about the one Service there is: of its name, or of all.
///
/// # Errors
/// Names the target that is about another.
pub(super) fn about_the_service(server: Place, path: &str) -> Result<(), Unmapped> {
    let (namespace, name) = match server {
        Place::Nsx => return Ok(()),
        Place::Guest => (GUEST_NAMESPACE, name(Kind::Service)),
        Place::Supervisor => (NAMESPACE, name(Kind::VmService)),
    };
    let mut parts = path
        .split('/')
        .skip_while(|part| *part != "namespaces")
        .skip(1);
    let is_there = parts.next() == Some(namespace);
    let is_it = parts.nth(1).is_none_or(|named| named == name);
    if is_there && is_it {
        Ok(())
    } else {
        Err(Unmapped::new("the target", path))
    }
}

/// Whether a new object will be found again: by its name, and what ccm makes by the label that it polls
/// for, and by whoever collects what a cluster leaves behind.
///
/// # Errors
/// Names what is wrong in it.
pub(super) fn is_found(hop: Hop, new: &Value) -> Result<(), Unmapped> {
    let metadata = &new["metadata"];
    if metadata["name"] != name(Kind::VmService) {
        return Err(Unmapped::new("the name", metadata["name"].to_string()));
    }
    if hop != Hop::Ccm {
        return Ok(());
    }
    let label = &metadata["labels"]["run.tanzu.vmware.com/cluster.name"];
    if label != CLUSTER {
        return Err(Unmapped::new("the label", label.to_string()));
    }
    let owner = &metadata["ownerReferences"][0]["uid"];
    if owner != CLUSTER_UID {
        return Err(Unmapped::new("the owner", owner.to_string()));
    }
    Ok(())
}
