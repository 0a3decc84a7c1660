//! Mistakes in an object, one at a time: what a server refuses, drops or warns of.

use super::bodies::{STRANGER, one_of};
use crate::step::Kind;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A mistake, as what is merged into an object.
pub fn of(kind: Kind) -> BoxedStrategy<Value> {
    let own = match kind {
        Kind::Service => service(),
        Kind::Endpoints => endpoints(),
        Kind::EndpointSlice => endpoint_slice(),
        Kind::ConfigMap | Kind::Secret => maps(kind),
        Kind::Event => event(),
        Kind::Lease => lease(),
        Kind::VirtualMachineService => vm_service(),
        Kind::VirtualMachine => vm(),
        Kind::Namespace => Vec::new(),
    };
    let mut anywhere = anywhere();
    if !kind.is_custom() {
        anywhere.extend([
            json!({"kind": "Strange"}),
            json!({"apiVersion": "strange/v1"}),
        ]);
    }
    match own.is_empty() {
        true => one_of(&anywhere),
        false => prop_oneof![1 => one_of(&anywhere), 2 => one_of(&own)].boxed(),
    }
}

fn anywhere() -> Vec<Value> {
    let owner = |name: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "name": name,
            "uid": format!("{STRANGER}{name}"), "controller": true})
    };
    vec![
        json!({"metadata": {"labels": {"app": "not right"}}}),
        json!({"metadata": {"labels": {"app": 1}}}),
        json!({"metadata": {"labels": {"-bad": "a"}}}),
        json!({"metadata": {"annotations": {"no te": "1"}}}),
        json!({"metadata": {"finalizers": ["hold"]}}),
        json!({"metadata": {"finalizers": ["not right/x"]}}),
        json!({"metadata": {"ownerReferences": [owner("a"), owner("b")]}}),
        json!({"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "K", "name": "a"}]}}),
        json!({"metadata": {"name": "another"}}),
        json!({"metadata": {"namespace": "elsewhere"}}),
        json!({"metadata": {"strange": "x"}}),
        json!({"metadata": {"creationTimestamp": "2001-01-01T00:00:00Z", "generation": 7}}),
        json!({"strange": 1}),
    ]
}

fn service() -> Vec<Value> {
    let ports = [
        json!([]),
        json!([{"port": 0}]),
        json!([{"port": 70_000}]),
        json!([{"port": "80"}]),
        json!([{"name": "http"}]),
        json!([{"port": 80, "name": "Http"}]),
        json!([{"port": 80, "protocol": "HTTP"}]),
        json!([{"port": 80, "targetPort": "not a name"}]),
        json!([{"port": 80, "targetPort": 70_000}]),
        json!([{"port": 80}, {"port": 443, "name": "https"}]),
        json!([{"port": 80, "name": "x"}, {"port": 443, "name": "x"}]),
        json!([{"port": 80, "name": "a"}, {"port": 80, "name": "b"}]),
        json!([{"port": 80, "appProtocol": "a b"}]),
        json!([{"port": 80, "nodePort": 99}]),
    ];
    let rest = [
        json!({"type": "Other"}),
        json!({"selector": {"a b": "c"}}),
        json!({"clusterIP": "nonsense"}),
        json!({"clusterIP": "192.0.2.1"}),
        json!({"externalTrafficPolicy": "Other"}),
        json!({"internalTrafficPolicy": "Other"}),
        json!({"sessionAffinity": "Other"}),
        json!({"type": "LoadBalancer", "loadBalancerClass": "not right"}),
        json!({"type": "LoadBalancer", "loadBalancerSourceRanges": ["nonsense"]}),
        json!({"type": "ClusterIP", "externalIPs": ["nonsense"]}),
        json!({"type": "ExternalName", "externalName": "Not Right", "clusterIP": null}),
        json!({"strange": 1}),
    ];
    let ports = ports.into_iter().map(|it| json!({"spec": {"ports": it}}));
    let rest = rest.into_iter().map(|it| json!({"spec": it}));
    let status = json!({"status": {"loadBalancer": {"ingress": [{"ip": "nonsense"}]}}});
    ports.chain(rest).chain([status]).collect()
}

fn endpoints() -> Vec<Value> {
    let addresses = [
        json!({"ip": "127.0.0.1"}),
        json!({"ip": "nonsense"}),
        json!({"ip": "169.254.1.1"}),
        json!({"ip": "224.0.0.1"}),
        json!({"ip": ""}),
        json!({"ip": "0.0.0.0"}),
        json!({"ip": "192.0.2.1", "hostname": "Not Right"}),
    ];
    let ports = [
        json!([{"port": 80}, {"port": 443}]),
        json!([{"port": 0}]),
        json!([{"name": "Not Right", "port": 80}]),
        json!([{"port": 80, "protocol": "HTTP"}]),
    ];
    let addresses = addresses
        .into_iter()
        .map(|it| json!({"addresses": [it], "ports": [{"port": 80}]}));
    let ports = ports
        .into_iter()
        .map(|it| json!({"addresses": [{"ip": "192.0.2.1"}], "ports": it}));
    let subsets = addresses
        .chain(ports)
        .chain([json!({"ports": [{"port": 80}]})]);
    subsets.map(|it| json!({"subsets": [it]})).collect()
}

fn endpoint_slice() -> Vec<Value> {
    let endpoints = ["nonsense", "127.0.0.1", "169.254.1.1"]
        .map(|it| json!({"endpoints": [{"addresses": [it]}]}));
    let rest = [
        json!({"addressType": "Other"}),
        json!({"addressType": null}),
        json!({"endpoints": [{"addresses": []}]}),
        json!({"ports": [{"name": "a", "port": 80}, {"name": "a", "port": 81}]}),
        json!({"ports": [{"name": "Not Right"}]}),
    ];
    endpoints.into_iter().chain(rest).collect()
}

fn maps(kind: Kind) -> Vec<Value> {
    let mut faults = vec![
        json!({"data": {"not right": "aGk="}}),
        json!({"data": {"k": 1}}),
        json!({"immutable": 1}),
    ];
    match kind == Kind::Secret {
        true => faults.extend([
            json!({"data": {"k": "%"}}),
            json!({"type": "kubernetes.io/tls"}),
        ]),
        false => faults.extend([
            json!({"binaryData": {"b": "%"}}),
            json!({"binaryData": {"k": "aGk="}, "data": {"k": "1"}}),
        ]),
    }
    faults
}

fn event() -> Vec<Value> {
    vec![
        json!({"involvedObject": {"kind": "Service", "name": "a", "namespace": "elsewhere"}}),
        json!({"count": "1"}),
    ]
}

fn lease() -> Vec<Value> {
    let specs = [
        json!({"leaseDurationSeconds": 0}),
        json!({"leaseDurationSeconds": "15"}),
        json!({"leaseTransitions": -1}),
        json!({"renewTime": "2026-01-01T00:00:05Z"}),
        json!({"renewTime": "noon"}),
    ];
    specs.map(|it| json!({"spec": it})).into()
}

fn vm_service() -> Vec<Value> {
    let port = |field: &str, value: Value| {
        let mut port = json!({"name": "http", "protocol": "TCP", "port": 80, "targetPort": 8080});
        port[field] = value;
        json!({"spec": {"ports": [port]}})
    };
    vec![
        json!({"spec": null}),
        json!({"spec": {"type": null}}),
        json!({"spec": {"type": "NodePort"}}),
        json!({"spec": {"type": 1}}),
        json!({"spec": {"selector": {"app": 1}}}),
        json!({"spec": {"loadBalancerIP": 1}}),
        json!({"spec": {"loadBalancerSourceRanges": "198.51.100.0/24"}}),
        json!({"spec": {"ports": [{"port": 80}]}}),
        json!({"spec": {"strange": {"a": 1}}}),
        port("protocol", json!("tcp")),
        port("port", json!(0)),
        port("port", json!(70_000)),
        port("port", json!("80")),
        port("port", json!(80.5)),
        port("targetPort", json!(0)),
        port("name", json!(1)),
        port("strange", json!("x")),
        json!({"status": {"conditions": [{"type": "Ready"}]}}),
        json!({"status": {"strange": 1}}),
    ]
}

fn vm() -> Vec<Value> {
    vec![
        json!({"spec": null}),
        json!({"spec": {"className": 1}}),
        json!({"spec": {"strange": 1}}),
        json!({"status": {"conditions": [{"type": "Ready"}]}}),
    ]
}
