//! What an update inherits: allocated values that the new version does not mention, and fields of
//! the old type that the new type does not have.
use serde_json::{Value, json};

use super::{
    Exposure, exposure, is_externally_accessible, needs_cluster_ip, needs_health_port,
    needs_node_ports, ports,
};
use crate::object::map_mut;

/// Brings a new version in line with the old one before it is judged.
pub(super) fn carry_over(old: &Value, new: &mut Value) {
    carry_addresses(old, new);
    carry_node_ports(old, new);
    if needs_health_port(old) && needs_health_port(new) {
        copy_if_absent(old, new, "healthCheckNodePort");
    } else if needs_health_port(old) {
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

fn carry_addresses(old: &Value, new: &mut Value) {
    if !needs_cluster_ip(old) {
        return;
    }
    // Who changes the one address means the list of them, too.
    let is_changed = |field: &str| old["spec"].get(field) != new["spec"].get(field);
    let given = new["spec"]["clusterIP"].as_str().unwrap_or_default();
    if !given.is_empty() && is_changed("clusterIP") && !is_changed("clusterIPs") {
        new["spec"]["clusterIPs"] = json!([given]);
    }
    if needs_cluster_ip(new) {
        let given = new["spec"]["clusterIP"]
            .as_str()
            .unwrap_or_default()
            .to_string();
        if given.is_empty() {
            copy_if_absent(old, new, "clusterIP");
        }
        if new["spec"]["clusterIP"] == old["spec"]["clusterIP"] {
            copy_if_absent(old, new, "clusterIPs");
        }
        copy_if_absent(old, new, "ipFamilies");
        copy_if_absent(old, new, "ipFamilyPolicy");
    } else {
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            drop_if_same(old, new, field);
        }
        drop_if_same(old, new, "internalTrafficPolicy");
    }
}

/// Ports are known by their name, as in Kubernetes: everything else may have changed.
fn carry_node_ports(old: &Value, new: &mut Value) {
    let allocated = |port: &Value| {
        let before = ports(old)
            .iter()
            .find(|before| before["name"] == port["name"]);
        before
            .map(|before| before["nodePort"].clone())
            .filter(|port| !port.is_null())
    };
    let needs = (needs_node_ports(old), needs_node_ports(new));
    let may_keep = exposure(new) == Some(Exposure::LoadBalancer);
    let Some(Value::Array(list)) = new["spec"].get_mut("ports") else {
        return;
    };
    match needs {
        (true, true) => {
            for port in list.iter_mut().filter(|port| port["nodePort"].is_null()) {
                if let Some(allocated) = allocated(port) {
                    map_mut(port).insert("nodePort".into(), allocated);
                } else {
                    map_mut(port).remove("nodePort");
                }
            }
        }
        (true, false) if !may_keep => {
            for port in list.iter_mut() {
                if allocated(port).is_some_and(|allocated| allocated == port["nodePort"]) {
                    map_mut(port).remove("nodePort");
                }
            }
        }
        (true | false, _) => {}
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
