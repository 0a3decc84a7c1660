//! Gives a Service its cluster address, its node ports and its address family.
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};

use super::{
    Exposure, exposure, needs_cluster_ip, needs_health_port, needs_node_ports, ports, validate,
};
use crate::field_error::FieldError;
use crate::object::map_mut;
use crate::options::Options;
use crate::store::{Addresses, ports_of};
use crate::verbs::Effect;

/// Allocates what is missing and checks what was asked for. Nothing is taken until the Service is
/// stored, and of a dry run not even what others have is looked at.
pub(super) fn allocate(
    old: Option<&Value>,
    service: &mut Value,
    addresses: &Addresses,
    options: &Options,
    effect: Effect,
) -> Vec<FieldError> {
    if needs_cluster_ip(service) {
        let mut errors = Vec::new();
        if !prefers_as_before(old, service) {
            default_policy(old, service);
            errors = validate::address_faults(&service["spec"]);
            if errors.is_empty() {
                errors = allocate_families(service);
            }
        }
        if errors.is_empty() {
            errors.extend(allocate_address(old, service, addresses, options, effect));
        }
        if !errors.is_empty() {
            return errors;
        }
    }
    allocate_ports(old, service, addresses, options, effect)
}

/// A Service that prefers two families keeps what it has got, whatever the cluster has.
fn prefers_as_before(old: Option<&Value>, service: &Value) -> bool {
    let Some(old) = old else { return false };
    let is_same = |field: &str| old["spec"].get(field) == service["spec"].get(field);
    let policy = |service: &Value| service["spec"]["ipFamilyPolicy"].clone();
    policy(service) == "PreferDualStack"
        && (policy(old).is_null() || is_same("ipFamilyPolicy"))
        && ["type", "clusterIPs", "ipFamilies"]
            .into_iter()
            .all(is_same)
}

fn is_open(service: &Value) -> bool {
    let selector = service["spec"]["selector"].as_object();
    service["spec"]["clusterIP"] == "None" && selector.is_none_or(|it| it.is_empty())
}

fn default_policy(old: Option<&Value>, service: &mut Value) {
    let before = old
        .and_then(|old| old["spec"].get("ipFamilyPolicy"))
        .cloned();
    let policy = before.unwrap_or_else(|| match is_open(service) {
        // Endpoints that somebody else writes may be of any family.
        true => json!("RequireDualStack"),
        false => json!("SingleStack"),
    });
    let spec = map_mut(&mut service["spec"]);
    spec.entry("ipFamilyPolicy").or_insert(policy);
}

fn allocate_families(service: &mut Value) -> Vec<FieldError> {
    let is_open = is_open(service);
    let spec = map_mut(&mut service["spec"]);
    let policy = spec["ipFamilyPolicy"].clone();
    let families = spec.entry("ipFamilies").or_insert_with(|| json!(["IPv4"]));
    let list = families.as_array().cloned().unwrap_or_default();
    if is_open {
        if let [only] = list.as_slice()
            && policy != "SingleStack"
        {
            let other = if only == "IPv4" { "IPv6" } else { "IPv4" };
            *families = json!([only, other]);
        }
        return Vec::new();
    }
    let mut errors = Vec::new();
    if policy == "RequireDualStack" {
        let detail = "this cluster is not configured for dual-stack services";
        errors.push(FieldError::invalid("spec.ipFamilyPolicy", policy, detail));
    }
    for (index, family) in list.into_iter().enumerate().filter(|it| it.1 != "IPv4") {
        let field = format!("spec.ipFamilies[{index}]");
        errors.push(FieldError::invalid(
            field,
            family,
            "not configured on this cluster",
        ));
    }
    errors
}

fn allocate_address(
    old: Option<&Value>,
    service: &mut Value,
    addresses: &Addresses,
    options: &Options,
    effect: Effect,
) -> Option<FieldError> {
    if old.is_some_and(needs_cluster_ip) {
        // It does not change any more.
        return None;
    }
    let range = options.service_ip_range;
    let refuse = |shown: &str, why: String| {
        let detail = format!("failed to allocate IP {shown}: {why}");
        let field = "spec.clusterIPs";
        Some(FieldError::invalid(field, json!([shown]), detail))
    };
    let given = service["spec"]["clusterIP"].as_str().unwrap_or_default();
    let given = given.to_string();
    let address: Ipv4Addr = match given.as_str() {
        "None" => return None,
        "" => match addresses.free_address(range) {
            Some(free) => free,
            None => return refuse("", "range is full".into()),
        },
        text => match text.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => address,
            Ok(IpAddr::V6(_)) | Err(_) => {
                return refuse(
                    text,
                    "the provided IP is of a family this cluster lacks".into(),
                );
            }
        },
    };
    match effect {
        Effect::DryRun if !given.is_empty() && !range.contains(&address) => {
            let why = format!(
                "the provided IP ({given}) is not in the valid range. The range of valid IPs is \
                 {range}"
            );
            return refuse(&given, why);
        }
        Effect::Persisted if !given.is_empty() && !range.contains(&address) => {
            let why = "the provided network does not match the current range";
            return refuse(&given, why.into());
        }
        Effect::Persisted if !given.is_empty() && addresses.has_address(address) => {
            return refuse(&given, "provided IP is already allocated".into());
        }
        Effect::DryRun | Effect::Persisted => {}
    }
    let spec = map_mut(&mut service["spec"]);
    spec.insert("clusterIP".into(), json!(address.to_string()));
    spec.insert("clusterIPs".into(), json!([address.to_string()]));
    None
}

fn allocate_ports(
    old: Option<&Value>,
    service: &mut Value,
    addresses: &Addresses,
    options: &Options,
    effect: Effect,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let range = &options.node_port_range;
    let held = old.map(ports_of).unwrap_or_default();
    let mut wanted = ports_of(service);
    let each = needs_node_ports(service);
    let has = matches!(
        exposure(service),
        Some(Exposure::NodePort | Exposure::LoadBalancer)
    );
    let is_checked = has && effect == Effect::Persisted;
    for (index, port) in ports(service).iter().enumerate().filter(|_| is_checked) {
        let Some(number) = port["nodePort"].as_i64().filter(|number| *number != 0) else {
            continue;
        };
        let detail = match u16::try_from(number) {
            Ok(number) if held.contains(&number) => continue,
            Ok(number) if !range.contains(&number) => out_of_range(options),
            Ok(number) if addresses.has_port(number) => "provided port is already allocated".into(),
            Ok(_) => continue,
            Err(_) => out_of_range(options),
        };
        let field = format!("spec.ports[{index}].nodePort");
        errors.push(FieldError::invalid(field, number, detail));
    }
    let health = needs_health_port(service);
    if let (true, Some(Value::Array(list))) = (each, service["spec"].get_mut("ports")) {
        let mut shared: Vec<(Value, Value)> = Vec::new();
        for port in list.iter_mut() {
            if port["nodePort"].is_null() {
                // One number serves TCP and UDP of the same port, of a new Service.
                let mut shared = shared.iter().filter(|_| old.is_none());
                let twin = shared.find(|(number, _)| *number == port["port"]);
                let number = twin.map(|(_, node_port)| node_port.clone());
                let number = number.or_else(|| Some(take(addresses, range, &mut wanted)?.into()));
                let Some(number) = number else {
                    errors.push(FieldError::invalid("spec.ports", "", "range is full"));
                    break;
                };
                map_mut(port).insert("nodePort".into(), number);
            }
            shared.push((port["port"].clone(), port["nodePort"].clone()));
        }
    }
    if health && service["spec"]["healthCheckNodePort"].is_null() {
        match take(addresses, range, &mut wanted) {
            Some(number) => {
                map_mut(&mut service["spec"]).insert("healthCheckNodePort".into(), number.into());
            }
            None => errors.push(FieldError::invalid(
                "spec.healthCheckNodePort",
                0,
                "range is full",
            )),
        }
    }
    errors
}

fn take(
    addresses: &Addresses,
    range: &std::ops::RangeInclusive<u16>,
    wanted: &mut BTreeSet<u16>,
) -> Option<u16> {
    let port = addresses.free_port(range, wanted)?;
    wanted.insert(port);
    Some(port)
}

fn out_of_range(options: &Options) -> String {
    let range = &options.node_port_range;
    format!(
        "provided port is not in the valid range. The range of valid ports is {}-{}",
        range.start(),
        range.end()
    )
}
