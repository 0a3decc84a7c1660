//! Objects of the built-in kinds.

use super::bodies::{Field, list, one_of, some};
use proptest::prelude::*;
use serde_json::{Value, json};

fn service_ports() -> BoxedStrategy<Value> {
    let number = one_of(&[
        json!([{"port": 80, "nodePort": "$node-port"}]),
        json!([{"port": 80, "nodePort": 0}]),
    ]);
    let ports = one_of(&[
        json!([{"port": 80}]),
        json!([{"port": 80, "targetPort": 8080}]),
        json!([{"port": 443, "name": "https"}]),
        json!([{"port": 80, "name": "http", "protocol": "TCP"}]),
        json!([{"port": 80, "name": "http"}, {"port": 443, "name": "https"}]),
        json!([{"port": 443, "name": "https"}, {"port": 80, "name": "http"}]),
        json!([{"port": 53, "name": "dns"}, {"port": 53, "name": "dns-udp", "protocol": "UDP"}]),
        json!([{"port": 80, "targetPort": "web", "appProtocol": "http"}]),
    ]);
    prop_oneof![12 => ports, 1 => number].boxed()
}

/// The fields of a Service, besides its metadata.
pub fn service() -> Vec<Field> {
    let types = [
        "ClusterIP",
        "LoadBalancer",
        "LoadBalancer",
        "NodePort",
        "ExternalName",
    ];
    let choice = |values: &[&str]| one_of(&values.iter().map(|it| json!(it)).collect::<Vec<_>>());
    let spec = some(vec![
        ("type", 0.6, choice(&types)),
        ("ports", 0.9, service_ports()),
        (
            "selector",
            0.4,
            one_of(&[json!({"app": "web"}), json!({"app": "db"})]),
        ),
        (
            "clusterIP",
            0.2,
            one_of(&[
                json!("$cluster-ip"),
                json!("$cluster-ip"),
                json!("None"),
                json!(""),
            ]),
        ),
        ("externalTrafficPolicy", 0.12, choice(&["Cluster", "Local"])),
        ("internalTrafficPolicy", 0.06, choice(&["Cluster", "Local"])),
        ("sessionAffinity", 0.1, choice(&["None", "ClientIP"])),
        (
            "loadBalancerClass",
            0.1,
            choice(&["example.com/lb", "example.com/other"]),
        ),
        (
            "allocateLoadBalancerNodePorts",
            0.12,
            one_of(&[json!(false), json!(true)]),
        ),
        ("loadBalancerIP", 0.06, choice(&["192.0.2.9"])),
        (
            "loadBalancerSourceRanges",
            0.06,
            one_of(&[json!(["198.51.100.0/24"]), json!([])]),
        ),
        ("externalName", 0.08, choice(&["example.com"])),
        ("externalIPs", 0.04, one_of(&[json!(["192.0.2.7"])])),
        (
            "ipFamilyPolicy",
            0.05,
            choice(&["SingleStack", "PreferDualStack"]),
        ),
        ("publishNotReadyAddresses", 0.05, one_of(&[json!(true)])),
    ]);
    vec![("spec", 0.95, spec), ("status", 0.25, service_status())]
}

fn service_status() -> BoxedStrategy<Value> {
    let ingress = one_of(&[
        json!([{"ip": "192.0.2.1"}]),
        json!([{"ip": "192.0.2.2"}]),
        json!([{"ip": "192.0.2.1", "ipMode": "Proxy"}]),
        json!([{"hostname": "example.com"}]),
        json!([]),
    ]);
    let condition = |status: &str, generation: Option<i64>| {
        let mut condition = json!({"type": "Ready", "status": status, "reason": "Because",
            "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"});
        if let Some(generation) = generation {
            condition["observedGeneration"] = generation.into();
        }
        condition
    };
    let conditions = one_of(&[
        json!([condition("True", None)]),
        json!([condition("False", Some(1))]),
        json!([]),
    ]);
    some(vec![
        ("loadBalancer", 0.8, some(vec![("ingress", 0.9, ingress)])),
        ("conditions", 0.3, conditions),
    ])
}

/// The fields of Endpoints, besides their metadata.
pub fn endpoints() -> Vec<Field> {
    let address = one_of(&[
        json!({"ip": "192.0.2.1"}),
        json!({"ip": "192.0.2.2"}),
        json!({"ip": "192.0.2.3", "nodeName": "n1"}),
    ]);
    let addresses = list(address, 1..=2);
    let ports = one_of(&[
        json!([{"port": 80}]),
        json!([{"name": "http", "port": 80}, {"name": "https", "port": 443}]),
        json!([{"port": 80, "protocol": "UDP"}]),
        json!([]),
    ]);
    let subset = some(vec![
        ("addresses", 1.0, addresses.clone()),
        ("notReadyAddresses", 0.1, addresses),
        ("ports", 0.8, ports),
    ]);
    vec![("subsets", 0.8, list(subset, 0..=2))]
}

/// The fields of an EndpointSlice, besides its metadata.
pub fn endpoint_slice() -> Vec<Field> {
    let endpoint = one_of(&[
        json!({"addresses": ["192.0.2.1"]}),
        json!({"addresses": ["192.0.2.2"], "conditions": {"ready": true}}),
        json!({"addresses": ["192.0.2.1"], "nodeName": "n1"}),
    ]);
    let ports = one_of(&[
        json!([{"port": 80}]),
        json!([{"name": "http", "port": 80, "protocol": "TCP"}]),
    ]);
    vec![
        ("addressType", 1.0, one_of(&[json!("IPv4")])),
        ("endpoints", 0.85, list(endpoint, 1..=2)),
        ("ports", 0.7, ports),
    ]
}

/// The fields of a ConfigMap, besides its metadata.
pub fn config_map() -> Vec<Field> {
    let data = one_of(&[
        json!({"k": "1"}),
        json!({"k": "2"}),
        json!({"k": "1", "l": "x"}),
        json!({"k": "1"}),
        json!({"k": "2"}),
        json!({"l": "y"}),
        json!({"k": null}),
        json!({}),
    ]);
    vec![
        ("data", 0.8, data),
        ("binaryData", 0.05, one_of(&[json!({"b": "aGk="})])),
        ("immutable", 0.06, one_of(&[json!(true), json!(false)])),
    ]
}

/// The fields of a Secret, besides its metadata.
pub fn secret() -> Vec<Field> {
    let data = one_of(&[
        json!({"k": "aGk="}),
        json!({"k": "aG8="}),
        json!({"k": null}),
    ]);
    let texts = one_of(&[json!({"k": "hi"}), json!({"l": "ho"}), json!({})]);
    vec![
        ("data", 0.5, data),
        ("stringData", 0.4, texts),
        (
            "type",
            0.3,
            one_of(&[json!("Opaque"), json!("example.com/kind")]),
        ),
        ("immutable", 0.06, one_of(&[json!(true)])),
    ]
}

/// The fields of an Event, besides its metadata.
pub fn event() -> Vec<Field> {
    let about = one_of(&[
        json!({"kind": "Service", "name": "a", "namespace": "$namespace"}),
        json!({"kind": "Service", "name": "b", "namespace": "$namespace", "apiVersion": "v1"}),
    ]);
    vec![
        ("involvedObject", 1.0, about),
        ("reason", 0.7, one_of(&[json!("Because"), json!("Other")])),
        ("message", 0.6, one_of(&[json!("said"), json!("done")])),
        (
            "type",
            0.6,
            one_of(&[json!("Normal"), json!("Warning"), json!("Other")]),
        ),
        ("count", 0.4, one_of(&[json!(1), json!(2)])),
    ]
}

/// The fields of a Lease, besides its metadata.
pub fn lease() -> Vec<Field> {
    let spec = some(vec![
        (
            "holderIdentity",
            0.7,
            one_of(&[json!("x"), json!("y"), json!("")]),
        ),
        (
            "leaseDurationSeconds",
            0.6,
            one_of(&[json!(15), json!(30), json!(15), json!(30)]),
        ),
        ("leaseTransitions", 0.3, one_of(&[json!(0), json!(1)])),
        (
            "renewTime",
            0.4,
            one_of(&[
                json!("2026-01-01T00:00:00.000000Z"),
                json!("2026-01-01T00:00:05.000000Z"),
            ]),
        ),
    ]);
    vec![("spec", 0.9, spec)]
}
