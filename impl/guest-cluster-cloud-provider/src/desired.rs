//! What ccm writes: the VirtualMachineService that a guest Service asks for, and the status that
//! it gets back.

use crate::Cluster;
use hopwise_api::names::vm_service_name;
use hopwise_api::strings::{annotation, condition, label, reason, traffic_policy};
use hopwise_api::{VirtualMachineService, VirtualMachineServicePort, VirtualMachineServiceSpec};
use hopwise_core::{Port, Terms, Told, Uid};
use hopwise_shell::narrow;
use hopwise_shell::status::{self, Condition, Holds};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Service;
use kube::ResourceExt;
use kube::api::{ObjectMeta, Patch};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The VirtualMachineService for a guest Service.
pub fn vm_service(
    cluster: &Cluster,
    service: &Service,
    stands_for: &Uid,
    ports: &[Port],
    terms: &Terms,
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
    let stands_for = (annotation::SERVICE_UID, Some(stands_for.0.clone()));
    let annotations = [stands_for].into_iter().chain(policy(terms));
    let annotations = annotations.filter_map(|(key, value)| Some((key.to_owned(), value?)));
    VirtualMachineService {
        metadata: ObjectMeta {
            name: Some(vm_service_name(&cluster.name, &name, &namespace)),
            namespace: Some(cluster.namespace.clone()),
            labels: Some(owned(labels)),
            annotations: Some(annotations.collect()),
            owner_references: Some(vec![cluster.owner.clone()]),
            ..ObjectMeta::default()
        },
        spec: VirtualMachineServiceSpec {
            type_: "LoadBalancer".into(),
            ports: ports.iter().map(port).collect(),
            selector: owned(selector),
            load_balancer_ip: terms.address.map(|address| address.to_string()),
            load_balancer_source_ranges: narrow::ranges(&terms.clients).unwrap_or_default(),
            ..VirtualMachineServiceSpec::default()
        },
        status: None,
    }
}

/// Other ports and terms for the VirtualMachineService that still has this UID.
///
/// A merge patch, since an apply takes away only what an apply has written: a term that the
/// creating POST brought would stay for good (docs/decisions/0001).
pub fn patch(uid: &Uid, ports: &[Port], terms: &Terms) -> Patch<Value> {
    let annotations: Map<_, _> = policy(terms)
        .into_iter()
        .map(|(key, value)| (key.to_owned(), json!(value)))
        .collect();
    Patch::Merge(json!({
        "metadata": { "uid": uid.0, "annotations": annotations },
        "spec": spec(ports, terms),
    }))
}

/// The same, with all annotations replaced by the chain's own: own-keys-only is off.
///
/// A JSON patch, since neither an apply nor a merge takes away what others wrote unseen.
pub fn whole_patch(
    old: &VirtualMachineService,
    uid: &Uid,
    ports: &[Port],
    terms: &Terms,
) -> Patch<Value> {
    let mut annotations = old.annotations().clone();
    annotations.retain(|key, _| key == annotation::SERVICE_UID);
    let ours = policy(terms).into_iter();
    annotations.extend(ours.filter_map(|(key, value)| Some((key.to_owned(), value?))));
    let mut operations = vec![
        json!({ "op": "replace", "path": "/metadata/uid", "value": uid.0 }),
        json!({ "op": "add", "path": "/metadata/annotations", "value": annotations }),
    ];
    for (field, value) in spec(ports, terms) {
        let path = format!("/spec/{field}");
        if !value.is_null() {
            operations.push(json!({ "op": "add", "path": path, "value": value }));
        } else if is_in_spec(old, &field) {
            operations.push(json!({ "op": "remove", "path": path }));
        }
    }
    let operations = Value::from(operations);
    Patch::Json(serde_json::from_value(operations).expect("these are operations of RFC 6902"))
}

fn is_in_spec(old: &VirtualMachineService, field: &str) -> bool {
    let spec = serde_json::to_value(&old.spec).expect("a spec has only text for keys");
    !spec[field].is_null()
}

/// What a spec has of a Service; null where it is to have nothing.
fn spec(ports: &[Port], terms: &Terms) -> Map<String, Value> {
    let ports: Vec<_> = ports.iter().map(port).collect();
    let fields = [
        ("ports", json!(ports)),
        ("loadBalancerIP", json!(terms.address)),
        (
            "loadBalancerSourceRanges",
            json!(narrow::ranges(&terms.clients)),
        ),
    ];
    fields
        .map(|(field, value)| (field.to_owned(), value))
        .into_iter()
        .collect()
}

/// The annotations that say where traffic goes; nothing where they are not to be.
fn policy(terms: &Terms) -> [(&'static str, Option<String>); 2] {
    let policy = terms.health_port.map(|_| traffic_policy::LOCAL.to_owned());
    let port = terms.health_port.map(|port| port.to_string());
    [
        (annotation::TRAFFIC_POLICY, policy),
        (annotation::HEALTH_PORT, port),
    ]
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
