//! Judges `spec.ports`.
use serde_json::{Map, Value, json};

use super::{Exposure, exposure, is_headless, ports};
use crate::field_error::FieldError;
use crate::rules::names;

const PORT_RANGE: &str = "must be between 1 and 65535, inclusive";

/// Everything wrong with a Service's ports.
pub(super) fn validate(service: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let list = ports(service);
    let kind = exposure(service);
    if list.is_empty() && !is_headless(service) && kind != Some(Exposure::ExternalName) {
        errors.push(FieldError::required("spec.ports", ""));
    }
    for (index, port) in list.iter().enumerate() {
        let at = format!("spec.ports[{index}]");
        validate_name(port, &list[..index], list.len() > 1, &at, &mut errors);
        validate_numbers(port, &at, &mut errors);
        if kind == Some(Exposure::ClusterIp) && port["nodePort"].is_number() {
            let detail = "may not be used when `type` is 'ClusterIP'";
            errors.push(FieldError::forbidden(format!("{at}.nodePort"), detail));
        }
    }
    find_duplicates(list, "port", "", &mut errors);
    find_duplicates(list, "nodePort", ".nodePort", &mut errors);
    errors
}

fn validate_name(
    port: &Value,
    earlier: &[Value],
    is_needed: bool,
    at: &str,
    errors: &mut Vec<FieldError>,
) {
    let field = format!("{at}.name");
    let name = port["name"].as_str().unwrap_or_default();
    if name.is_empty() {
        if is_needed {
            errors.push(FieldError::required(field, ""));
        }
        return;
    }
    if let Some(fault) = names::label(name) {
        errors.push(FieldError::invalid(field.clone(), name, fault));
    }
    if earlier.iter().any(|other| other["name"] == name) {
        errors.push(FieldError::duplicate(field, name));
    }
}

fn is_port(value: &Value) -> bool {
    value
        .as_i64()
        .is_some_and(|number| (1..=65_535).contains(&number))
}

fn validate_numbers(port: &Value, at: &str, errors: &mut Vec<FieldError>) {
    if !is_port(&port["port"]) {
        let number = port["port"].as_i64().unwrap_or(0);
        errors.push(FieldError::invalid(
            format!("{at}.port"),
            number,
            PORT_RANGE,
        ));
    }
    let protocol = &port["protocol"];
    if !matches!(protocol.as_str(), Some("TCP" | "UDP" | "SCTP")) {
        let supported = [json!("SCTP"), json!("TCP"), json!("UDP")];
        errors.push(FieldError::not_supported(
            format!("{at}.protocol"),
            protocol,
            &supported,
        ));
    }
    if let Some(protocol) = port["appProtocol"].as_str()
        && let Some(fault) = names::qualified(protocol)
    {
        let field = format!("{at}.appProtocol");
        errors.push(FieldError::invalid(field, protocol, fault));
    }
    let target = &port["targetPort"];
    let field = format!("{at}.targetPort");
    match target {
        Value::Number(_) if !is_port(target) => {
            errors.push(FieldError::invalid(field, target.clone(), PORT_RANGE));
        }
        Value::String(name) => {
            if let Some(fault) = port_name_fault(name) {
                errors.push(FieldError::invalid(field, name.as_str(), fault));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {}
    }
}

/// IANA_SVC_NAME: at most 15 characters, at least one letter.
fn port_name_fault(name: &str) -> Option<&'static str> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.len() > 15 {
        Some("must be no more than 15 characters")
    } else if !name.chars().all(allowed) {
        Some("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    } else if !name.chars().any(|c| c.is_ascii_lowercase()) {
        Some("must contain at least one letter (a-z)")
    } else if name.contains("--") {
        Some("must not contain consecutive hyphens")
    } else if name.starts_with('-') || name.ends_with('-') {
        Some("must not begin or end with a hyphen")
    } else {
        None
    }
}

/// Two ports with the same number and protocol.
fn find_duplicates(list: &[Value], number: &str, suffix: &str, errors: &mut Vec<FieldError>) {
    for (index, port) in list
        .iter()
        .enumerate()
        .filter(|(_, port)| is_port(&port[number]))
    {
        let is_same =
            |other: &Value| other[number] == port[number] && other["protocol"] == port["protocol"];
        if list[..index].iter().any(is_same) {
            let mut shown = Map::new();
            shown.insert(number.into(), port[number].clone());
            shown.insert("protocol".into(), port["protocol"].clone());
            let field = format!("spec.ports[{index}]{suffix}");
            errors.push(FieldError::duplicate(field, Value::Object(shown)));
        }
    }
}
