//! What ccm writes: the VirtualMachineService that a guest Service asks for, and the status that
//! it gets back.

use crate::Cluster;
use hopwise_api::names::vm_service_name;
use hopwise_api::strings::{annotation, condition, label, reason};
use hopwise_api::{VirtualMachineService, VirtualMachineServicePort, VirtualMachineServiceSpec};
use hopwise_core::{Port, Told, Uid};
use hopwise_shell::narrow;
use hopwise_shell::status::{self, Condition, Holds};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Service;
use kube::api::{ObjectMeta, Patch};
use kube::{Resource, ResourceExt};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The VirtualMachineService for a guest Service.
pub fn vm_service(
    cluster: &Cluster,
    service: &Service,
    stands_for: &Uid,
    ports: &[Port],
) -> VirtualMachineService {
    let name = service.name_any();
    let namespace = service.namespace().unwrap_or_default();
    let labels = [
        (label::CLUSTER_NAME, cluster.name.clone()),
        (label::SERVICE_NAME, name.clone()),
        (label::SERVICE_NAMESPACE, namespace.clone()),
    ];
    let selector = [
        (label::NODE_CLUSTER, cluster.name.clone()),
        (label::NODE_ROLE, label::NODE_ROLE_NODE.into()),
    ];
    VirtualMachineService {
        metadata: ObjectMeta {
            name: Some(vm_service_name(&cluster.name, &name, &namespace)),
            namespace: Some(cluster.namespace.clone()),
            labels: Some(owned(labels)),
            annotations: Some(owned([(annotation::SERVICE_UID, stands_for.0.clone())])),
            owner_references: Some(vec![cluster.owner.clone()]),
            ..ObjectMeta::default()
        },
        spec: VirtualMachineServiceSpec {
            type_: "LoadBalancer".into(),
            ports: ports.iter().map(port).collect(),
            selector: owned(selector),
            ..VirtualMachineServiceSpec::default()
        },
        status: None,
    }
}

/// Other ports for the VirtualMachineService that still has this UID.
///
/// Its list of ports is atomic, so a forced apply replaces all of them.
pub fn ports_patch(old: &VirtualMachineService, uid: &Uid, ports: &[Port]) -> Patch<Value> {
    let ports: Vec<_> = ports.iter().map(port).collect();
    Patch::Apply(json!({
        "apiVersion": VirtualMachineService::api_version(&()),
        "kind": VirtualMachineService::kind(&()),
        "metadata": { "name": old.name_any(), "uid": uid.0 },
        "spec": { "ports": ports },
    }))
}

/// The same, with all annotations replaced by the chain's own: own-keys-only is off.
///
/// A JSON patch, since neither an apply nor a merge takes away what others wrote unseen.
pub fn whole_patch(old: &VirtualMachineService, uid: &Uid, ports: &[Port]) -> Patch<Value> {
    let ports: Vec<_> = ports.iter().map(port).collect();
    let mut annotations = old.annotations().clone();
    annotations.retain(|key, _| key == annotation::SERVICE_UID);
    let operations = json!([
        { "op": "replace", "path": "/metadata/uid", "value": uid.0 },
        { "op": "add", "path": "/metadata/annotations", "value": annotations },
        { "op": "add", "path": "/spec/ports", "value": ports },
    ]);
    Patch::Json(serde_json::from_value(operations).expect("these are operations of RFC 6902"))
}

/// The guest Service's status with what it is told, in the words of the hops below.
///
/// Kubernetes counts no generation of a Service. Where there is none, no condition claims one, and
/// `kubectl wait` takes the condition as it is.
pub fn status(service: &Service, told: Told, words: &str, now: Timestamp) -> Value {
    let seen = narrow::service_conditions(service);
    let ours: Vec<_> = [serving(told, words)]
        .into_iter()
        .chain(status::exhaustion(told, seen, words))
        .collect();
    let generation = service.metadata.generation;
    json!({
        "loadBalancer": status::load_balancer(told),
        "conditions": status::with_conditions(seen, &ours, generation, now),
    })
}

/// What a user waits for.
fn serving(told: Told, words: &str) -> Condition {
    let (holds, reason, message) = match told {
        Told::Address(ip) => {
            let message = format!("The load balancer serves at {ip}");
            (Holds::True, reason::REALIZED, message)
        }
        Told::Exhausted => (Holds::False, reason::POOL_EXHAUSTED, words.to_owned()),
        Told::Nothing => {
            let message = "The load balancer has no address".to_owned();
            (Holds::False, reason::NO_ADDRESS, message)
        }
    };
    Condition {
        type_: condition::SERVING,
        holds,
        reason,
        message,
    }
}

fn port(port: &Port) -> VirtualMachineServicePort {
    VirtualMachineServicePort {
        name: port.name.clone(),
        protocol: port.protocol.name().into(),
        port: port.port.into(),
        target_port: port.target.into(),
    }
}

fn owned<const N: usize>(pairs: [(&str, String); N]) -> BTreeMap<String, String> {
    pairs.map(|(key, value)| (key.to_owned(), value)).into()
}
