//! Endpoints and EndpointSlices: who is behind a Service.
use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::{Value, json};

use super::names;
use crate::field_error::FieldError;
use crate::options::Options;

const ADDRESS: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const PORT: &str = "must be between 1 and 65535, inclusive";

/// Judges Endpoints, if what they say changed.
pub(super) fn judge(old: Option<&Value>, endpoints: &Value, options: &Options) -> Vec<FieldError> {
    let changed = old.is_none_or(|old| old["subsets"] != endpoints["subsets"]);
    let subsets = endpoints["subsets"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let mut errors = Vec::new();
    for (index, subset) in subsets.iter().enumerate().filter(|_| changed) {
        judge_subset(subset, &format!("subsets[{index}]"), options, &mut errors);
    }
    errors
}

fn items<'a>(object: &'a Value, field: &str) -> &'a [Value] {
    object[field].as_array().map_or(&[][..], Vec::as_slice)
}

fn judge_subset(subset: &Value, at: &str, options: &Options, errors: &mut Vec<FieldError>) {
    let lists = ["addresses", "notReadyAddresses"];
    if lists.iter().all(|list| items(subset, list).is_empty()) {
        let detail = "must specify `addresses` or `notReadyAddresses`";
        errors.push(FieldError::required(at, detail));
    }
    for list in lists {
        for (index, address) in items(subset, list).iter().enumerate() {
            let at = format!("{at}.{list}[{index}]");
            let host = address["hostname"].as_str().filter(|it| !it.is_empty());
            if let Some(host) = host
                && let Some(fault) = names::label(host)
            {
                errors.push(FieldError::invalid(format!("{at}.hostname"), host, fault));
            }
            let ip = address["ip"].as_str().unwrap_or_default();
            errors.extend(address_fault(&format!("{at}.ip"), ip, options));
            if ip.parse::<IpAddr>().is_err() {
                // It is judged twice, in different words.
                let detail = "must be a valid IP address";
                errors.push(FieldError::invalid(format!("{at}.ip"), ip, detail));
            }
        }
    }
    let ports = items(subset, "ports");
    for (index, port) in ports.iter().enumerate() {
        judge_port(
            port,
            ports.len() > 1,
            &format!("{at}.ports[{index}]"),
            errors,
        );
    }
}

fn judge_port(port: &Value, needs_name: bool, at: &str, errors: &mut Vec<FieldError>) {
    let name = port["name"].as_str().unwrap_or_default();
    if name.is_empty() {
        if needs_name {
            errors.push(FieldError::required(format!("{at}.name"), ""));
        }
    } else if let Some(fault) = names::label(name) {
        errors.push(FieldError::invalid(format!("{at}.name"), name, fault));
    }
    let number = port["port"].as_i64().unwrap_or(0);
    if !(1..=65_535).contains(&number) {
        errors.push(FieldError::invalid(format!("{at}.port"), number, PORT));
    }
    judge_protocol(port, at, errors);
}

fn judge_protocol(port: &Value, at: &str, errors: &mut Vec<FieldError>) {
    let protocol = &port["protocol"];
    if !matches!(protocol.as_str(), Some("TCP" | "UDP" | "SCTP")) {
        let choices = ["SCTP", "TCP", "UDP"].map(Value::from);
        let field = format!("{at}.protocol");
        errors.push(FieldError::not_supported(field, protocol, &choices));
    }
}

/// What is wrong with the address of an endpoint. Traffic to it leaves the node that sends it, so it
/// is none that means something else there.
fn address_fault(at: &str, text: &str, options: &Options) -> Option<FieldError> {
    let Ok(ip) = text.parse::<IpAddr>() else {
        return Some(FieldError::invalid(at, text, ADDRESS));
    };
    let is_link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    let is_local_multicast = match ip {
        IpAddr::V4(ip) => ip.octets().starts_with(&[224, 0, 0]),
        IpAddr::V6(ip) => ip.segments()[0] == 0xff02,
    };
    let detail = if ip.is_unspecified() {
        match ip {
            IpAddr::V4(_) => "may not be unspecified (0.0.0.0)",
            IpAddr::V6(_) => "may not be unspecified (::)",
        }
    } else if ip.is_loopback() && !options.loopback_endpoints {
        "may not be in the loopback range (127.0.0.0/8, ::1/128)"
    } else if is_link_local {
        "may not be in the link-local range (169.254.0.0/16, fe80::/10)"
    } else if is_local_multicast {
        "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"
    } else {
        return None;
    };
    Some(FieldError::invalid(at, text, detail))
}

/// Judges an EndpointSlice.
pub(super) fn judge_slice(
    old: Option<&Value>,
    slice: &Value,
    options: &Options,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let kind = slice["addressType"].as_str().unwrap_or_default();
    if kind.is_empty() {
        errors.push(FieldError::required("addressType", ""));
    } else if !matches!(kind, "IPv4" | "IPv6" | "FQDN") {
        let choices = ["FQDN", "IPv4", "IPv6"].map(Value::from);
        errors.push(FieldError::not_supported(
            "addressType",
            &json!(kind),
            &choices,
        ));
    }
    if old.is_some_and(|old| old["addressType"] != slice["addressType"]) {
        errors.push(FieldError::invalid(
            "addressType",
            kind,
            "field is immutable",
        ));
    }
    for (index, endpoint) in items(slice, "endpoints").iter().enumerate() {
        let at = format!("endpoints[{index}].addresses");
        let addresses = items(endpoint, "addresses");
        if addresses.is_empty() {
            let detail = "must contain at least 1 address";
            errors.push(FieldError::required(at.clone(), detail));
        }
        for (index, address) in addresses.iter().enumerate() {
            let text = address.as_str().unwrap_or_default();
            if !matches!(kind, "IPv4" | "IPv6") {
                continue;
            }
            let detail = match text.parse::<IpAddr>() {
                Ok(IpAddr::V6(_)) if kind == "IPv4" => Some("must be an IPv4 address"),
                Ok(IpAddr::V4(_)) if kind == "IPv6" => Some("must be an IPv6 address"),
                Ok(_) | Err(_) => None,
            };
            errors.extend(detail.map(|it| FieldError::invalid(at.clone(), text, it)));
            errors.extend(address_fault(&format!("{at}[{index}]"), text, options));
        }
    }
    judge_slice_ports(items(slice, "ports"), &mut errors);
    errors
}

fn judge_slice_ports(ports: &[Value], errors: &mut Vec<FieldError>) {
    let mut known = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        let at = format!("ports[{index}]");
        let name = port["name"].as_str().unwrap_or_default();
        if !known.insert(name) {
            errors.push(FieldError::duplicate(format!("{at}.name"), name));
        } else if !name.is_empty()
            && let Some(fault) = names::label(name)
        {
            errors.push(FieldError::invalid(format!("{at}.name"), name, fault));
        }
        judge_protocol(port, &at, errors);
    }
}
