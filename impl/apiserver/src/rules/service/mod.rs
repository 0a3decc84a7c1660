//! Services as Kubernetes 1.34 completes and judges them (`pkg/apis/core/v1/defaults.go`,
//! `pkg/apis/core/validation`, `pkg/registry/core/service`).
mod allocate;
mod carry;
mod defaults;
mod ports;
mod validate;

use serde_json::{Value, json};

use crate::field_error::FieldError;
use crate::object::map_mut;
use crate::verbs::{Effect, State};

/// Fills in what a Service has when it is decoded.
pub(super) fn fill_defaults(service: &mut Value) {
    let map = map_mut(service);
    map_mut(map.entry("spec").or_insert_with(|| json!({})));
    let status = map_mut(map.entry("status").or_insert_with(|| json!({})));
    status.entry("loadBalancer").or_insert_with(|| json!({}));
    defaults::fill(service);
}

/// Gives a Service that is created, or that replaces `old`, its addresses. Where they cannot be
/// given nothing else is judged.
pub(super) fn allocate(
    old: Option<&Value>,
    service: &mut Value,
    state: &State,
    effect: Effect,
) -> Vec<FieldError> {
    match old {
        Some(old) => carry::carry_allocated(old, service),
        None => list_address(service),
    }
    let (addresses, options) = (&state.store.addresses, &state.options);
    allocate::allocate(old, service, addresses, options, effect)
}

/// Fills in and judges a Service that has its addresses.
pub(super) fn complete(old: Option<&Value>, service: &mut Value) -> Vec<FieldError> {
    if let Some(old) = old {
        carry::drop_unused(old, service);
    }
    let mut errors = validate::validate(service);
    errors.extend(
        old.into_iter()
            .flat_map(|old| validate::validate_change(old, service)),
    );
    list_address(service);
    errors
}

/// Judges a Service that a write of its status makes. It gets no addresses.
pub(super) fn complete_without_address(service: &Value) -> Vec<FieldError> {
    validate::validate(service)
}

/// Who names one address means the list of them.
fn list_address(service: &mut Value) {
    let one = service["spec"]["clusterIP"].clone();
    if one.as_str().is_some_and(|it| !it.is_empty()) {
        let spec = map_mut(&mut service["spec"]);
        spec.entry("clusterIPs").or_insert_with(|| json!([one]));
    }
}

/// What is not wrong with a Service, and does not do what it seems to.
pub(super) fn warnings(service: &Value) -> Vec<String> {
    let spec = &service["spec"];
    let exposure = exposure(service);
    let is_set = |field: &str| match &spec[field] {
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    };
    let mut warnings = Vec::new();
    if exposure == Some(Exposure::ClusterIp) && spec["clusterIP"] == "None" {
        let ignored = [
            ("loadBalancerIP", is_set("loadBalancerIP")),
            ("externalIPs", is_set("externalIPs")),
            // Kubernetes spells it so here.
            ("SessionAffinity", spec["sessionAffinity"] != "None"),
        ];
        let ignored = ignored.into_iter().filter(|(_, is_ignored)| *is_ignored);
        let told = ignored.map(|it| format!("spec.{} is ignored for headless services", it.0));
        warnings.extend(told);
    }
    let is_name = exposure == Some(Exposure::ExternalName);
    if is_name && is_set("externalIPs") {
        warnings.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".into());
    }
    if !is_name && is_set("externalName") {
        let told = "spec.externalName is ignored when spec.type is not \"ExternalName\"";
        warnings.push(told.into());
    }
    warnings
}

/// Fills in and judges a change of the status.
pub(super) fn complete_status(service: &mut Value) -> Vec<FieldError> {
    validate::validate_ingress(service)
}

/// How a Service is exposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exposure {
    ClusterIp,
    NodePort,
    LoadBalancer,
    ExternalName,
}

fn exposure(service: &Value) -> Option<Exposure> {
    match service["spec"]["type"].as_str()? {
        "ClusterIP" => Some(Exposure::ClusterIp),
        "NodePort" => Some(Exposure::NodePort),
        "LoadBalancer" => Some(Exposure::LoadBalancer),
        "ExternalName" => Some(Exposure::ExternalName),
        _ => None,
    }
}

fn needs_cluster_ip(service: &Value) -> bool {
    exposure(service).is_some_and(|exposure| exposure != Exposure::ExternalName)
}

/// Whether every port gets a node port.
pub(super) fn needs_node_ports(service: &Value) -> bool {
    match exposure(service) {
        Some(Exposure::NodePort) => true,
        Some(Exposure::LoadBalancer) => {
            service["spec"]["allocateLoadBalancerNodePorts"] != Value::Bool(false)
        }
        Some(Exposure::ClusterIp | Exposure::ExternalName) | None => false,
    }
}

fn needs_health_port(service: &Value) -> bool {
    exposure(service) == Some(Exposure::LoadBalancer)
        && service["spec"]["externalTrafficPolicy"] == "Local"
}

fn is_externally_accessible(service: &Value) -> bool {
    match exposure(service) {
        Some(Exposure::NodePort | Exposure::LoadBalancer) => true,
        Some(Exposure::ClusterIp) => service["spec"]["externalIPs"]
            .as_array()
            .is_some_and(|list| !list.is_empty()),
        Some(Exposure::ExternalName) | None => false,
    }
}

fn is_headless(service: &Value) -> bool {
    service["spec"]["clusterIPs"] == json!(["None"])
}

fn ports(service: &Value) -> &[Value] {
    service["spec"]["ports"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
}
