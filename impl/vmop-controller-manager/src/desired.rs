//! What vmop writes: the Service and the Endpoints that a VirtualMachineService asks for, and the
//! status that it gets back.

use hopwise_api::VirtualMachineService;
use hopwise_api::strings::{annotation, condition, reason};
use hopwise_core::{Port, Told, Uid, vmop};
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

/// The Service for a VirtualMachineService. It has no selector: its Endpoints are written by hand.
pub fn service(vm_service: &VirtualMachineService, ports: &[Port]) -> Service {
    let mut metadata = mirrored(vm_service);
    let annotations = vm_service.annotations();
    metadata.annotations = annotations.get(annotation::SERVICE_UID).map(|uid| {
        let key = annotation::SERVICE_UID.to_owned();
        [(key, uid.clone())].into()
    });
    Service {
        metadata,
        spec: Some(ServiceSpec {
            type_: Some("LoadBalancer".into()),
            allocate_load_balancer_node_ports: Some(false),
            ports: Some(ports.iter().map(service_port).collect()),
            ..ServiceSpec::default()
        }),
        status: None,
    }
}

/// Other ports for the Service that still has this UID.
///
/// A merge patch, since the ports of a Service are a map to server-side apply: it would leave
/// those in place that the creating POST owns, however much an apply of other ports is forced.
pub fn ports_patch(uid: &Uid, ports: &[Port]) -> Patch<Value> {
    let ports: Vec<_> = ports.iter().map(service_port).collect();
    Patch::Merge(json!({ "metadata": { "uid": uid.0 }, "spec": { "ports": ports } }))
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
