//! Defaults of a Service.
use serde_json::{Value, json};

use super::{Exposure, exposure, is_externally_accessible};
use crate::object::map_mut;

/// Fills in what the user left open and the server does not allocate.
pub(super) fn fill(service: &mut Value) {
    let spec = map_mut(&mut service["spec"]);
    spec.entry("type").or_insert_with(|| json!("ClusterIP"));
    let affinity = spec
        .entry("sessionAffinity")
        .or_insert_with(|| json!("None"))
        .clone();
    if affinity == "ClientIP" {
        // Three hours.
        spec.entry("sessionAffinityConfig")
            .or_insert_with(|| json!({"clientIP": {"timeoutSeconds": 10_800}}));
    } else if affinity == "None" {
        spec.remove("sessionAffinityConfig");
    }
    if let Some(Value::Array(ports)) = spec.get_mut("ports") {
        for port in ports {
            fill_port(port);
        }
    }
    let kind = exposure(service);
    if is_externally_accessible(service) {
        set_default(service, "externalTrafficPolicy", json!("Cluster"));
    }
    if kind.is_some_and(|kind| kind != Exposure::ExternalName) {
        set_default(service, "internalTrafficPolicy", json!("Cluster"));
    }
    if kind == Some(Exposure::LoadBalancer) {
        set_default(service, "allocateLoadBalancerNodePorts", json!(true));
    }
    fill_ingress(service);
}

fn set_default(service: &mut Value, field: &str, value: Value) {
    map_mut(&mut service["spec"]).entry(field).or_insert(value);
}

fn fill_port(port: &mut Value) {
    let map = map_mut(port);
    map.entry("protocol").or_insert_with(|| json!("TCP"));
    let target = map.get("targetPort").cloned().unwrap_or(Value::Null);
    if target.is_null() || target == json!(0) || target == json!("") {
        let port = map.get("port").cloned().unwrap_or_else(|| json!(0));
        map.insert("targetPort".into(), port);
    }
    if map.get("nodePort") == Some(&json!(0)) {
        map.remove("nodePort");
    }
}

/// An address of a load balancer is a VIP unless it says otherwise.
pub(super) fn fill_ingress(service: &mut Value) {
    if exposure(service) != Some(Exposure::LoadBalancer) {
        return;
    }
    let ingress = service["status"]["loadBalancer"].get_mut("ingress");
    for address in ingress.and_then(Value::as_array_mut).into_iter().flatten() {
        if address["ip"].is_string() {
            map_mut(address)
                .entry("ipMode")
                .or_insert_with(|| json!("VIP"));
        }
    }
}
