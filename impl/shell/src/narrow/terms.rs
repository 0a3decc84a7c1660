//! What is asked for besides ports.

use hopwise_api::VirtualMachineService;
use hopwise_api::strings::{annotation, traffic_policy};
use hopwise_core::{Clients, Terms};
use ipnet::IpNet;
use k8s_openapi::api::core::v1::{Service, ServiceSpec};
use kube::ResourceExt;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

/// Those of a guest Service.
pub(super) fn of_guest_service(service: &Service) -> Terms {
    of_service(service, given_health_port)
}

/// Those of a Service that ncp serves. What stands for a guest Service names the guest's port in an
/// annotation, and its own goes unused.
pub(super) fn of_supervisor_service(service: &Service) -> Terms {
    let named = service.annotations().get(annotation::NCP_HEALTH_PORT);
    of_service(service, |spec| match named {
        Some(port) => port_of(port),
        None => given_health_port(spec),
    })
}

/// Those of a VirtualMachineService.
pub(super) fn of_vm_service(vm_service: &VirtualMachineService) -> Terms {
    let (annotations, spec) = (vm_service.annotations(), &vm_service.spec);
    let policy = annotations.get(annotation::TRAFFIC_POLICY);
    let health_port = policy.filter(|policy| *policy == traffic_policy::LOCAL);
    let health_port = health_port.and_then(|_| annotations.get(annotation::HEALTH_PORT));
    Terms {
        clients: clients(&spec.load_balancer_source_ranges),
        address: spec.load_balancer_ip.as_deref().and_then(address),
        health_port: health_port.and_then(|port| port_of(port)),
    }
}

fn of_service(service: &Service, health_port: impl Fn(&ServiceSpec) -> Option<u16>) -> Terms {
    let Some(spec) = &service.spec else {
        return Terms::default();
    };
    let is_local = spec.external_traffic_policy.as_deref() == Some(traffic_policy::LOCAL);
    Terms {
        clients: clients(&ranges_of(service, spec)),
        address: spec.load_balancer_ip.as_deref().and_then(address),
        health_port: if is_local { health_port(spec) } else { None },
    }
}

fn given_health_port(spec: &ServiceSpec) -> Option<u16> {
    let port = spec.health_check_node_port?;
    u16::try_from(port).ok().filter(|port| *port != 0)
}

/// What the spec says, or else the annotation that is older than the field. Source: `GetSourceRanges`
/// of k8s.io/cloud-provider, `service/helpers/helper.go`.
fn ranges_of(service: &Service, spec: &ServiceSpec) -> Vec<String> {
    let said = spec.load_balancer_source_ranges.clone().unwrap_or_default();
    let annotated = service.annotations().get(annotation::SOURCE_RANGES);
    match annotated.map(|it| it.trim()) {
        Some(text) if said.is_empty() && !text.is_empty() => {
            text.split(',').map(str::to_owned).collect()
        }
        Some(_) | None => said,
    }
}

/// Of a range that is no network nobody is let in, nor by the next hop, which reads what is written
/// here: a list of nobody has an address that no client has.
fn clients(ranges: &[String]) -> Clients {
    if ranges.is_empty() {
        return Clients::All;
    }
    let mut networks: BTreeSet<IpNet> = ranges.iter().filter_map(|text| network(text)).collect();
    if networks.is_empty() {
        networks.insert(IpAddr::from(Ipv4Addr::BROADCAST).into());
    }
    Clients::Of(networks)
}

/// Numbers may begin with zeros: kube-apiserver warns of them and admits them.
fn network(text: &str) -> Option<IpNet> {
    let (address, length) = text.trim().split_once('/')?;
    let address = address.parse().ok().or_else(|| padded(address))?;
    let network = IpNet::new(address, length.parse().ok()?).ok()?;
    Some(network.trunc())
}

fn padded(address: &str) -> Option<IpAddr> {
    let numbers: Result<Vec<u8>, _> = address.split('.').map(str::parse).collect();
    let numbers: [u8; 4] = numbers.ok()?.try_into().ok()?;
    Some(numbers.into())
}

/// The networks of those who are served, as CIDRs; none where everybody is.
pub fn ranges(clients: &Clients) -> Option<Vec<String>> {
    match clients {
        Clients::All => None,
        Clients::Of(networks) => Some(networks.iter().map(ToString::to_string).collect()),
    }
}

/// NCP also takes the name of a pool here. Ours has one pool, and a name asks for nothing.
fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

fn port_of(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn service(annotations: &serde_json::Value, spec: &serde_json::Value) -> Service {
        let it = json!({ "metadata": { "annotations": annotations }, "spec": spec });
        serde_json::from_value(it).unwrap()
    }

    #[test]
    fn networks_lose_their_host_bits_and_what_is_none_lets_nobody_in() {
        let of = |ranges: &[&str]| {
            let spec = json!({ "loadBalancerSourceRanges": ranges });
            of_guest_service(&service(&json!({}), &spec)).clients
        };
        assert_eq!(of(&[]), Clients::All);
        let both = ["198.51.100.0/24", "2001:db8::/32"].map(|it| it.parse().unwrap());
        assert_eq!(
            of(&["2001:db8::7/32", " 198.51.100.9/24"]),
            Clients::Of(both.into())
        );
        assert_eq!(
            of(&["198.051.100.0/024"]),
            Clients::Of(["198.51.100.0/24".parse().unwrap()].into())
        );
        let nobody = of(&["everybody"]);
        assert_eq!(
            nobody,
            Clients::Of(["255.255.255.255/32".parse().unwrap()].into())
        );
        let written = ranges(&nobody).unwrap();
        let written: Vec<&str> = written.iter().map(String::as_str).collect();
        assert_eq!(of(&written), nobody, "the next hop reads it so, too");
    }

    #[test]
    fn the_annotation_counts_where_the_spec_says_nothing() {
        let annotated = json!({ "service.beta.kubernetes.io/load-balancer-source-ranges":
            " 198.51.100.0/24, 203.0.113.0/24 " });
        let of = |spec: serde_json::Value| of_guest_service(&service(&annotated, &spec)).clients;
        let both = ["198.51.100.0/24", "203.0.113.0/24"].map(|it| it.parse().unwrap());
        assert_eq!(of(json!({})), Clients::Of(both.into()));
        assert_eq!(
            of(json!({ "loadBalancerSourceRanges": ["192.0.2.0/24"] })),
            Clients::Of(["192.0.2.0/24".parse().unwrap()].into())
        );
    }

    #[test]
    fn a_health_port_is_asked_for_by_the_local_policy_only() {
        let local = json!({ "externalTrafficPolicy": "Local", "healthCheckNodePort": 30100 });
        let cluster = json!({ "externalTrafficPolicy": "Cluster", "healthCheckNodePort": 30100 });
        let none = json!({});
        assert_eq!(
            of_guest_service(&service(&none, &local)).health_port,
            Some(30100)
        );
        assert_eq!(
            of_guest_service(&service(&none, &cluster)).health_port,
            None
        );
        let named = json!({ "ncp/healthCheckNodePort": "30200" });
        assert_eq!(
            of_supervisor_service(&service(&named, &local)).health_port,
            Some(30200)
        );
        assert_eq!(
            of_supervisor_service(&service(&none, &local)).health_port,
            Some(30100)
        );
        assert_eq!(
            of_supervisor_service(&service(&named, &cluster)).health_port,
            None
        );
    }

    #[test]
    fn only_an_address_asks_for_one() {
        let of =
            |text: &str| of_guest_service(&service(&json!({}), &json!({ "loadBalancerIP": text })));
        assert_eq!(of("192.0.2.7").address, Some("192.0.2.7".parse().unwrap()));
        assert_eq!(of("gold-pool").address, None);
    }
}
