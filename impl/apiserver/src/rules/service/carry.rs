//! What an update inherits: allocated values that the new version does not mention, and fields of
//! the old type that the new type does not have.
use serde_json::{Value, json};

use super::{
    Exposure, exposure, is_externally_accessible, needs_cluster_ip, needs_health_port,
    needs_node_ports, ports,
};
use crate::object::map_mut;

/// Gives a new version what was allocated for the old one.
pub(super) fn carry_allocated(old: &Value, new: &mut Value) {
    if needs_cluster_ip(old) {
        carry_addresses(old, new);
    }
    if needs_node_ports(old) && needs_node_ports(new) {
        carry_node_ports(old, new);
    }
    if needs_health_port(old) && needs_health_port(new) {
        copy_if_absent(old, new, "healthCheckNodePort");
    }
}

fn carry_addresses(old: &Value, new: &mut Value) {
    if needs_cluster_ip(new) {
        let given = new["spec"]["clusterIP"].as_str().unwrap_or_default();
        if given.is_empty() {
            map_mut(&mut new["spec"]).remove("clusterIP");
        }
        copy_if_absent(old, new, "clusterIP");
        copy_if_absent(old, new, "clusterIPs");
    }
    // Who changes the one address means the list of them, too.
    let is_changed = |field: &str| old["spec"].get(field) != new["spec"].get(field);
    let given = new["spec"]["clusterIP"].as_str().unwrap_or_default();
    if !given.is_empty() && is_changed("clusterIP") && !is_changed("clusterIPs") {
        new["spec"]["clusterIPs"] = json!([given]);
    }
}

/// Ports are known by their name, as in Kubernetes: everything else may have changed. What is named
/// anyway is given to nobody else.
fn carry_node_ports(old: &Value, new: &mut Value) {
    let named = node_ports(new);
    let Some(Value::Array(list)) = new["spec"].get_mut("ports") else {
        return;
    };
    for port in list.iter_mut().filter(|port| port["nodePort"].is_null()) {
        let mut before = ports(old).iter().rev();
        let before = before.find(|before| before["name"] == port["name"]);
        let number = before.map(|before| before["nodePort"].clone());
        let number = number.filter(|it| !it.is_null() && !named.contains(it));
        match number {
            Some(number) => map_mut(port).insert("nodePort".into(), number),
            None => map_mut(port).remove("nodePort"),
        };
    }
}

fn node_ports(service: &Value) -> Vec<Value> {
    let all = ports(service).iter().map(|it| it["nodePort"].clone());
    all.filter(|it| !it.is_null()).collect()
}

/// Takes out what the new type has not, where it is as the old one had it.
pub(super) fn drop_unused(old: &Value, new: &mut Value) {
    if needs_cluster_ip(old) && !needs_cluster_ip(new) {
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            drop_if_same(old, new, field);
        }
    }
    let has = |service: &Value| {
        matches!(
            exposure(service),
            Some(Exposure::NodePort | Exposure::LoadBalancer)
        )
    };
    let known = node_ports(old);
    if has(old) && !has(new) && node_ports(new).iter().all(|it| known.contains(it)) {
        let list = new["spec"].get_mut("ports").and_then(Value::as_array_mut);
        for port in list.into_iter().flatten() {
            map_mut(port).remove("nodePort");
        }
    }
    if needs_health_port(old) && !needs_health_port(new) {
        drop_if_same(old, new, "healthCheckNodePort");
    }
    let (was, is) = (exposure(old), exposure(new));
    if was == Some(Exposure::LoadBalancer) && is != Some(Exposure::LoadBalancer) {
        drop_if_same(old, new, "allocateLoadBalancerNodePorts");
        drop_if_same(old, new, "loadBalancerClass");
        new["status"]["loadBalancer"] = json!({});
    }
    if is_externally_accessible(old) && !is_externally_accessible(new) {
        drop_if_same(old, new, "externalTrafficPolicy");
    }
}

fn copy_if_absent(old: &Value, new: &mut Value, field: &str) {
    if let Some(value) = old["spec"].get(field) {
        map_mut(&mut new["spec"])
            .entry(field)
            .or_insert_with(|| value.clone());
    }
}

fn drop_if_same(old: &Value, new: &mut Value, field: &str) {
    if old["spec"].get(field) == new["spec"].get(field) {
        map_mut(&mut new["spec"]).remove(field);
    }
}
