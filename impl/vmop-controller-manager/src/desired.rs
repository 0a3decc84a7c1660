//! What vmop writes: the Service and the Endpoints that a VirtualMachineService asks for, and the
//! status that it gets back.

use hopwise_api::VirtualMachineService;
use hopwise_api::strings::{annotation, condition, label, reason, traffic_policy};
use hopwise_core::{Port, Terms, Told, Uid, vmop};
use hopwise_shell::narrow;
use hopwise_shell::status::{self, Condition, Holds};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    EndpointAddress, EndpointPort, EndpointSubset, Endpoints, Service, ServicePort, ServiceSpec,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::api::{ObjectMeta, Patch};
use kube::{Resource, ResourceExt};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The Service for a VirtualMachineService. It has no selector: its Endpoints are written by hand.
pub fn service(vm_service: &VirtualMachineService, ports: &[Port], terms: &Terms) -> Service {
    let mut metadata = mirrored(vm_service);
    let guest = vm_service.annotations().get(annotation::SERVICE_UID);
    let annotations: BTreeMap<_, _> = guest
        .map(|uid| (annotation::SERVICE_UID.to_owned(), uid.clone()))
        .into_iter()
        .chain(health_port(terms).map(|port| (annotation::NCP_HEALTH_PORT.to_owned(), port)))
        .collect();
    metadata.annotations = (!annotations.is_empty()).then_some(annotations);
    if let Some(proxy) = proxy(terms) {
        let labels = metadata.labels.get_or_insert_default();
        labels.insert(label::SERVICE_PROXY_NAME.into(), proxy.into());
    }
    Service {
        metadata,
        spec: Some(ServiceSpec {
            type_: Some("LoadBalancer".into()),
            allocate_load_balancer_node_ports: Some(false),
            ports: Some(ports.iter().map(service_port).collect()),
            load_balancer_ip: terms.address.map(|address| address.to_string()),
            load_balancer_source_ranges: narrow::ranges(&terms.clients),
            external_traffic_policy: terms.health_port.map(|_| policy(terms).into()),
            ..ServiceSpec::default()
        }),
        status: None,
    }
}

/// Other ports and terms for the Service that still has this UID.
///
/// A merge patch, since the ports of a Service are a map to server-side apply: it would leave
/// those in place that the creating POST owns, however much an apply of other ports is forced.
pub fn patch(uid: &Uid, ports: &[Port], terms: &Terms) -> Patch<Value> {
    let ports: Vec<_> = ports.iter().map(service_port).collect();
    Patch::Merge(json!({
        "metadata": {
            "uid": uid.0,
            "annotations": { (annotation::NCP_HEALTH_PORT): health_port(terms) },
            "labels": { (label::SERVICE_PROXY_NAME): proxy(terms) },
        },
        "spec": {
            "ports": ports,
            "loadBalancerIP": terms.address,
            "loadBalancerSourceRanges": narrow::ranges(&terms.clients),
            "externalTrafficPolicy": policy(terms),
        },
    }))
}

fn policy(terms: &Terms) -> &'static str {
    match terms.health_port {
        Some(_) => traffic_policy::LOCAL,
        None => traffic_policy::CLUSTER,
    }
}

/// Where nodes without a backend get no traffic, kube-proxy leaves the Service alone.
fn proxy(terms: &Terms) -> Option<&'static str> {
    terms.health_port.map(|_| label::SERVICE_PROXY_NSX)
}

fn health_port(terms: &Terms) -> Option<String> {
    terms.health_port.map(|port| port.to_string())
}

/// The Endpoints for a VirtualMachineService, beside its Service.
pub fn endpoints(vm_service: &VirtualMachineService, wanted: &vmop::Endpoints) -> Endpoints {
    Endpoints {
        metadata: mirrored(vm_service),
        subsets: Some(wanted.subsets.iter().map(subset).collect()),
    }
}

/// The VirtualMachineService's status with what it is told, and with what is known of the hops
/// below.
pub fn status(
    vm_service: &VirtualMachineService,
    service: Option<&Service>,
    told: Told,
    now: Timestamp,
) -> Value {
    let seen = narrow::vm_service_conditions(vm_service);
    let below = service.map_or(&[][..], narrow::service_conditions);
    let mut ours = conditions(service, told);
    let words = status::words_of_exhaustion(below);
    ours.extend(status::exhaustion(told, seen, words));
    let generation = vm_service.metadata.generation;
    json!({
        "loadBalancer": status::load_balancer(told),
        "conditions": status::with_conditions(seen, &ours, generation, now),
    })
}

fn conditions(service: Option<&Service>, told: Told) -> Vec<Condition> {
    let (holds, why, place) = match told {
        Told::Address(ip) => {
            let place = format!("NSX-T serves the Service at {ip}");
            (Holds::True, reason::REALIZED, place)
        }
        Told::Nothing => {
            let place = "The Supervisor Service has no address".into();
            (Holds::False, reason::NO_ADDRESS, place)
        }
        Told::Exhausted => {
            let place = "NSX-T has no address for the Supervisor Service".into();
            (Holds::False, reason::POOL_EXHAUSTED, place)
        }
    };
    let created = service.map(|service| Condition {
        type_: condition::SUPERVISOR_SERVICE_CREATED,
        holds: Holds::True,
        reason: reason::CREATE_K8S_SERVICE,
        message: format!("Created the Supervisor Service {}", service.name_any()),
    });
    let both = [
        condition::LOAD_BALANCER_PROGRAMMED,
        condition::SERVICE_READY,
    ];
    let programmed = both.map(|type_| Condition {
        type_,
        holds,
        reason: why,
        message: place.clone(),
    });
    created.into_iter().chain(programmed).collect()
}

/// The name, namespace, labels and owner of whatever stands for a VirtualMachineService.
fn mirrored(vm_service: &VirtualMachineService) -> ObjectMeta {
    ObjectMeta {
        name: Some(vm_service.name_any()),
        namespace: vm_service.namespace(),
        labels: vm_service.metadata.labels.clone(),
        owner_references: vm_service
            .controller_owner_ref(&())
            .map(|owner| vec![owner]),
        ..ObjectMeta::default()
    }
}

fn service_port(port: &Port) -> ServicePort {
    ServicePort {
        name: some(&port.name),
        protocol: Some(port.protocol.name().into()),
        port: port.port.into(),
        target_port: Some(IntOrString::Int(port.target.into())),
        ..ServicePort::default()
    }
}

fn subset(subset: &vmop::Subset) -> EndpointSubset {
    let addresses = subset.addresses.iter().map(|ip| EndpointAddress {
        ip: ip.to_string(),
        ..EndpointAddress::default()
    });
    let ports = subset.ports.iter().map(|port| EndpointPort {
        name: some(&port.name),
        protocol: Some(port.protocol.name().into()),
        port: port.port.into(),
        ..EndpointPort::default()
    });
    EndpointSubset {
        addresses: Some(addresses.collect()),
        ports: Some(ports.collect()),
        not_ready_addresses: None,
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.into())
}
