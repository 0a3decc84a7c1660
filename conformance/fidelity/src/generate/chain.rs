//! Objects of the kinds that the chain defines.

use super::bodies::{Field, list, one_of, some};
use proptest::prelude::*;
use serde_json::{Value, json};

fn port() -> BoxedStrategy<Value> {
    some(vec![
        ("name", 0.8, one_of(&[json!("http"), json!("https")])),
        ("protocol", 1.0, one_of(&[json!("TCP"), json!("UDP")])),
        ("port", 1.0, one_of(&[json!(80), json!(443)])),
        ("targetPort", 1.0, one_of(&[json!(8080), json!(8443)])),
    ])
}

fn conditions() -> BoxedStrategy<Value> {
    let condition = some(vec![
        (
            "type",
            1.0,
            one_of(&[json!("Ready"), json!("LoadBalancerProgrammed")]),
        ),
        ("status", 1.0, one_of(&[json!("True"), json!("False")])),
        ("reason", 1.0, one_of(&[json!("Because"), json!("Other")])),
        ("message", 1.0, one_of(&[json!(""), json!("said")])),
        (
            "lastTransitionTime",
            1.0,
            one_of(&[json!("2026-01-01T00:00:00Z"), json!("2026-01-01T00:00:05Z")]),
        ),
        ("observedGeneration", 0.4, one_of(&[json!(1), json!(2)])),
    ]);
    list(condition, 0..=2)
}

/// The fields of a VirtualMachineService, besides its metadata.
pub fn vm_service() -> Vec<Field> {
    let types = ["LoadBalancer", "ClusterIP", "LoadBalancer"].map(Value::from);
    let spec = some(vec![
        ("type", 1.0, one_of(&types)),
        ("ports", 0.8, list(port(), 0..=2)),
        (
            "selector",
            0.4,
            one_of(&[json!({"app": "a"}), json!({"app": "b"}), json!({})]),
        ),
        ("loadBalancerIP", 0.1, one_of(&[json!("192.0.2.1")])),
        (
            "loadBalancerSourceRanges",
            0.1,
            one_of(&[json!(["198.51.100.0/24"]), json!([])]),
        ),
    ]);
    let status = some(vec![
        (
            "loadBalancer",
            1.0,
            one_of(&[
                json!({"ingress": [{"ip": "192.0.2.1"}]}),
                json!({"ingress": [{"ip": "192.0.2.2"}]}),
                json!({}),
            ]),
        ),
        ("conditions", 0.5, conditions()),
    ]);
    vec![("spec", 1.0, spec), ("status", 0.3, status)]
}

/// The fields of a VirtualMachine, besides its metadata.
pub fn vm() -> Vec<Field> {
    let spec = some(vec![
        ("className", 1.0, one_of(&[json!("small"), json!("large")])),
        ("imageName", 0.3, one_of(&[json!("linux")])),
    ]);
    let status = some(vec![
        (
            "network",
            0.7,
            one_of(&[
                json!({"primaryIP4": "192.0.2.1"}),
                json!({"primaryIP4": "192.0.2.2"}),
                json!({"primaryIP4": null}),
            ]),
        ),
        ("conditions", 0.4, conditions()),
    ]);
    vec![("spec", 1.0, spec), ("status", 0.3, status)]
}
