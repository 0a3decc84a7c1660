//! Gives a Service its cluster address, its node ports and its address family.
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};

use super::{needs_cluster_ip, needs_health_port, needs_node_ports, ports};
use crate::field_error::FieldError;
use crate::object::map_mut;
use crate::options::Options;
use crate::store::{Addresses, ports_of};

/// Allocates what is missing and checks what was asked for. Nothing is taken until the Service is
/// stored.
pub(super) fn allocate(
    old: Option<&Value>,
    service: &mut Value,
    addresses: &Addresses,
    options: &Options,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if needs_cluster_ip(service) {
        errors.extend(allocate_family(service));
        if errors.is_empty() {
            errors.extend(allocate_address(old, service, addresses, options));
        }
    }
    errors.extend(allocate_ports(old, service, addresses, options));
    errors
}

fn allocate_family(service: &mut Value) -> Option<FieldError> {
    let headless = service["spec"]["clusterIP"] == "None";
    let selects = service["spec"]["selector"]
        .as_object()
        .is_some_and(|map| !map.is_empty());
    let spec = map_mut(&mut service["spec"]);
    if headless && !selects && !spec.contains_key("ipFamilyPolicy") {
        // Endpoints that somebody else writes may be of any family.
        spec.insert("ipFamilyPolicy".into(), json!("RequireDualStack"));
        spec.entry("ipFamilies")
            .or_insert_with(|| json!(["IPv4", "IPv6"]));
        return None;
    }
    let policy = spec
        .entry("ipFamilyPolicy")
        .or_insert_with(|| json!("SingleStack"))
        .clone();
    let families = spec.entry("ipFamilies").or_insert_with(|| json!(["IPv4"]));
    if headless && !selects {
        let only = families.as_array().filter(|it| it.len() == 1);
        if let Some(only) = only.map(|it| it[0].clone())
            && policy != "SingleStack"
        {
            let other = if only == "IPv4" { "IPv6" } else { "IPv4" };
            *families = json!([only, other]);
        }
        return None;
    }
    let families = families.clone();
    if policy == "RequireDualStack" {
        let detail = "this cluster is not configured for dual-stack services";
        return Some(FieldError::invalid("spec.ipFamilyPolicy", policy, detail));
    }
    let foreign = families
        .as_array()?
        .iter()
        .position(|family| family != "IPv4")?;
    let detail = "not configured on this cluster";
    let field = format!("spec.ipFamilies[{foreign}]");
    Some(FieldError::invalid(
        field,
        families[foreign].clone(),
        detail,
    ))
}

fn allocate_address(
    old: Option<&Value>,
    service: &mut Value,
    addresses: &Addresses,
    options: &Options,
) -> Option<FieldError> {
    let range = options.service_ip_range;
    let refuse = |shown: &str, why: String| {
        let detail = format!("failed to allocate IP {shown}: {why}");
        Some(FieldError::invalid(
            "spec.clusterIPs",
            json!([shown]),
            detail,
        ))
    };
    let given = service["spec"]["clusterIP"]
        .as_str()
        .unwrap_or_default()
        .to_string();
    let is_kept = old.is_some_and(|old| old["spec"]["clusterIP"] == given.as_str());
    let address: Ipv4Addr = match given.as_str() {
        "None" => {
            map_mut(&mut service["spec"]).insert("clusterIPs".into(), json!(["None"]));
            return None;
        }
        "" => match addresses.free_address(range) {
            Some(free) => free,
            None => return refuse("", "range is full".into()),
        },
        text => match text.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => address,
            Err(_) => {
                let field = "spec.clusterIPs[0]";
                return Some(FieldError::invalid(field, text, super::validate::ADDRESS));
            }
            Ok(IpAddr::V6(_)) => {
                return refuse(
                    text,
                    "the provided IP is of a family this cluster lacks".into(),
                );
            }
        },
    };
    if !given.is_empty() && !is_kept {
        if !range.contains(&address) {
            let why = "the provided network does not match the current range";
            return refuse(&given, why.into());
        }
        if addresses.has_address(address) {
            return refuse(&given, "provided IP is already allocated".into());
        }
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
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let range = &options.node_port_range;
    let held = old.map(ports_of).unwrap_or_default();
    let mut wanted = ports_of(service);
    let each = needs_node_ports(service);
    for (index, port) in ports(service).iter().enumerate().filter(|_| each) {
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
                // One number serves TCP and UDP of the same port.
                let twin = shared.iter().find(|(number, _)| *number == port["port"]);
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
