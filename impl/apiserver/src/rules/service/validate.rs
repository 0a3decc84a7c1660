//! Judges a Service, and a change of one.
use std::net::IpAddr;

use serde_json::{Value, json};

use super::{
    Exposure, exposure, is_externally_accessible, is_headless, needs_cluster_ip, needs_health_port,
    ports,
};
use crate::field_error::FieldError;
use crate::rules::names;

const ADDRESS: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

/// Everything wrong with a Service as it stands.
pub(super) fn validate(service: &Value) -> Vec<FieldError> {
    let mut errors = ports::validate(service);
    let spec = &service["spec"];
    validate_choice(
        spec,
        "type",
        &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
        &mut errors,
    );
    validate_choice(spec, "sessionAffinity", &["ClientIP", "None"], &mut errors);
    validate_choice(
        spec,
        "internalTrafficPolicy",
        &["Cluster", "Local"],
        &mut errors,
    );
    validate_external_traffic(service, &mut errors);
    validate_exposure(service, &mut errors);
    validate_load_balancer_fields(service, &mut errors);
    errors.extend(invalid_addresses(spec, "externalIPs"));
    if exposure(service) != Some(Exposure::ExternalName) {
        errors.extend(address_faults(spec));
    }
    for (key, value) in spec["selector"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        for fault in [names::qualified(key), names::label_value(value)]
            .into_iter()
            .flatten()
        {
            errors.push(FieldError::invalid("spec.selector", key.as_str(), fault));
        }
    }
    errors.extend(validate_ingress(service));
    errors
}

fn validate_choice(spec: &Value, field: &str, choices: &[&str], errors: &mut Vec<FieldError>) {
    let Some(value) = spec.get(field) else { return };
    if choices.iter().all(|choice| value != choice) {
        let choices: Vec<Value> = choices.iter().map(|choice| json!(choice)).collect();
        errors.push(FieldError::not_supported(
            format!("spec.{field}"),
            value,
            &choices,
        ));
    }
}

fn validate_external_traffic(service: &Value, errors: &mut Vec<FieldError>) {
    let spec = &service["spec"];
    if let Some(policy) = spec.get("externalTrafficPolicy") {
        if is_externally_accessible(service) {
            validate_choice(spec, "externalTrafficPolicy", &["Cluster", "Local"], errors);
        } else {
            let detail = "may only be set for externally-accessible services";
            let field = "spec.externalTrafficPolicy";
            errors.push(FieldError::invalid(field, policy.clone(), detail));
        }
    }
    if needs_health_port(service) && spec["healthCheckNodePort"].as_i64().unwrap_or(0) == 0 {
        errors.push(FieldError::required("spec.healthCheckNodePort", ""));
    }
    if let Some(port) = spec.get("healthCheckNodePort").filter(|p| **p != json!(0))
        && !needs_health_port(service)
    {
        let detail = "may only be set when `type` is 'LoadBalancer' and \
                      `externalTrafficPolicy` is 'Local'";
        errors.push(FieldError::invalid(
            "spec.healthCheckNodePort",
            port.clone(),
            detail,
        ));
    }
}

fn validate_exposure(service: &Value, errors: &mut Vec<FieldError>) {
    let spec = &service["spec"];
    let none = "None";
    match exposure(service) {
        Some(Exposure::LoadBalancer) if is_headless(service) => {
            let detail = "may not be set to 'None' for LoadBalancer services";
            errors.push(FieldError::invalid("spec.clusterIPs[0]", none, detail));
        }
        Some(Exposure::NodePort) if is_headless(service) => {
            let detail = "may not be set to 'None' for NodePort services";
            errors.push(FieldError::invalid("spec.clusterIPs[0]", none, detail));
        }
        Some(Exposure::ExternalName) => {
            for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                if spec.get(field).is_some() {
                    let detail = "may not be set for ExternalName services";
                    errors.push(FieldError::forbidden(format!("spec.{field}"), detail));
                }
            }
            match spec["externalName"].as_str() {
                None | Some("") => errors.push(FieldError::required("spec.externalName", "")),
                Some(name) => {
                    if let Some(fault) = names::subdomain(name.trim_end_matches('.')) {
                        errors.push(FieldError::invalid("spec.externalName", name, fault));
                    }
                }
            }
        }
        Some(Exposure::LoadBalancer | Exposure::NodePort | Exposure::ClusterIp) | None => {}
    }
}

fn validate_load_balancer_fields(service: &Value, errors: &mut Vec<FieldError>) {
    let spec = &service["spec"];
    let ranges = spec["loadBalancerSourceRanges"].as_array();
    for (index, range) in ranges.into_iter().flatten().enumerate() {
        let text = range.as_str().unwrap_or_default();
        if text.trim().parse::<ipnet::IpNet>().is_err() {
            let detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
            let field = format!("spec.LoadBalancerSourceRanges[{index}]");
            errors.push(FieldError::invalid(field, text, detail));
        }
    }
    if exposure(service) == Some(Exposure::LoadBalancer) {
        if let Some(fault) = spec["loadBalancerClass"]
            .as_str()
            .and_then(names::qualified)
        {
            let class = spec["loadBalancerClass"].clone();
            errors.push(FieldError::invalid("spec.loadBalancerClass", class, fault));
        }
        return;
    }
    let fields = [
        "allocateLoadBalancerNodePorts",
        "loadBalancerClass",
        "loadBalancerSourceRanges",
    ];
    for field in fields.into_iter().filter(|field| spec.get(field).is_some()) {
        let detail = "may only be used when `type` is 'LoadBalancer'";
        let shown = match field {
            // Kubernetes spells it so here.
            "loadBalancerSourceRanges" => "LoadBalancerSourceRanges",
            field => field,
        };
        errors.push(FieldError::forbidden(format!("spec.{shown}"), detail));
    }
}

/// Everything wrong with the cluster addresses.
pub(super) fn address_faults(spec: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let single = spec["clusterIP"].as_str().unwrap_or_default();
    let listed = spec["clusterIPs"].as_array().map_or(&[][..], Vec::as_slice);
    let first = listed.first().and_then(Value::as_str);
    let field = "spec.clusterIPs";
    if !single.is_empty() && first != Some(single) {
        errors.push(match first {
            None => FieldError::required(field, ""),
            Some(_) => {
                let detail = "first value must match `clusterIP`";
                FieldError::invalid(field, spec["clusterIPs"].clone(), detail)
            }
        });
    }
    if single.is_empty() && first.is_some() {
        let detail = "must be empty when `clusterIP` is not specified";
        errors.push(FieldError::invalid(
            field,
            spec["clusterIPs"].clone(),
            detail,
        ));
    }
    let policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
    validate_choice(spec, "ipFamilyPolicy", &policies, &mut errors);
    errors.extend(invalid_addresses(spec, "clusterIPs"));
    errors
}

fn invalid_addresses(spec: &Value, field: &str) -> Vec<FieldError> {
    let listed = spec[field].as_array().into_iter().flatten().enumerate();
    let texts = listed.map(|(index, ip)| (index, ip.as_str().unwrap_or_default()));
    let is_wrong = |index: usize, text: &str| {
        let is_none = field == "clusterIPs" && index == 0 && text == "None";
        !is_none && text.parse::<IpAddr>().is_err()
    };
    texts
        .filter(|(index, text)| is_wrong(*index, text))
        .map(|(index, text)| FieldError::invalid(format!("spec.{field}[{index}]"), text, ADDRESS))
        .collect()
}

/// Everything wrong with the reported addresses.
pub(super) fn validate_ingress(service: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let ingress = service["status"]["loadBalancer"]["ingress"].as_array();
    let ingress = ingress.map_or(&[][..], Vec::as_slice);
    let at = "status.loadBalancer.ingress";
    if !ingress.is_empty() && exposure(service) != Some(Exposure::LoadBalancer) {
        let detail = "may only be used when `spec.type` is 'LoadBalancer'";
        errors.push(FieldError::forbidden(at, detail));
        return errors;
    }
    for (index, address) in ingress.iter().enumerate() {
        if let Some(ip) = address["ip"]
            .as_str()
            .filter(|ip| ip.parse::<IpAddr>().is_err())
        {
            errors.push(FieldError::invalid(
                format!("{at}[{index}].ip"),
                ip,
                ADDRESS,
            ));
        }
        if let Some(host) = address["hostname"].as_str().filter(|host| !host.is_empty()) {
            if let Some(fault) = names::subdomain(host) {
                errors.push(FieldError::invalid(
                    format!("{at}[{index}].hostname"),
                    host,
                    fault,
                ));
            }
            if host.parse::<IpAddr>().is_ok() {
                let detail = "must be a DNS name, not an IP address";
                errors.push(FieldError::invalid(
                    format!("{at}[{index}].hostname"),
                    host,
                    detail,
                ));
            }
        }
        errors.extend(mode_fault(address, format!("{at}[{index}].ipMode")));
    }
    errors
}

fn mode_fault(address: &Value, field: String) -> Option<FieldError> {
    let mode = &address["ipMode"];
    let has_ip = address["ip"].as_str().is_some_and(|it| !it.is_empty());
    match mode.as_str() {
        None if has_ip => {
            let detail = "must be specified when `ip` is set";
            Some(FieldError::required(field, detail))
        }
        Some(_) if !has_ip => {
            let detail = "may not be specified when `ip` is not set";
            Some(FieldError::forbidden(field, detail))
        }
        None | Some("VIP" | "Proxy") => None,
        Some(_) => {
            let supported = [json!("Proxy"), json!("VIP")];
            Some(FieldError::not_supported(field, mode, &supported))
        }
    }
}

/// Everything wrong with a change.
pub(super) fn validate_change(old: &Value, new: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if needs_cluster_ip(old) && needs_cluster_ip(new) {
        let field = "clusterIPs";
        let (before, after) = (&old["spec"][field], &new["spec"][field]);
        let is_changed = !before.is_null() && before[0] != after[0];
        if is_changed && !(is_headless(old) && is_headless(new)) {
            let detail = "may not change once set";
            let field = format!("spec.{field}[0]");
            errors.push(FieldError::invalid(field, after.clone(), detail));
        }
    }
    let class = "loadBalancerClass";
    let both = [old, new]
        .iter()
        .all(|s| exposure(s) == Some(Exposure::LoadBalancer));
    if both && old["spec"].get(class) != new["spec"].get(class) {
        let value = new["spec"][class].clone();
        let detail = "may not change once set";
        errors.push(FieldError::invalid("spec.loadBalancerClass", value, detail));
    }
    let port = "healthCheckNodePort";
    if needs_health_port(old)
        && needs_health_port(new)
        && old["spec"].get(port) != new["spec"].get(port)
    {
        let detail = "field is immutable";
        let value = new["spec"][port].clone();
        errors.push(FieldError::invalid(
            "spec.healthCheckNodePort",
            value,
            detail,
        ));
    }
    errors
}
