//! Kubernetes objects narrowed to what decisions need. The core cannot name Kubernetes, so this is
//! where the two meet.

mod terms;

pub use terms::ranges;

use crate::status;
use hopwise_api::strings::{annotation, finalizer};
use hopwise_api::{VirtualMachine, VirtualMachineService, VirtualMachineServicePort};
use hopwise_core::mirror::{Downstream, ForeignKeys};
use hopwise_core::vmop::{self, EndpointPort, Subset};
use hopwise_core::{Hold, Lifecycle, Port, Protocol, ResourceVersion, Serving, Told};
use hopwise_core::{Uid, Upstream};
use k8s_openapi::api::core::v1::{EndpointSubset, Endpoints, Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::ResourceExt;
use kube::api::ObjectMeta;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Which port of a Service its nodes are reached at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetIs {
    /// The nodePort: a guest Service.
    NodePort,
    /// The targetPort: a Supervisor Service.
    TargetPort,
}

/// A guest Service as ccm's upstream object.
pub fn guest_service(service: &Service) -> Upstream {
    Upstream {
        terms: terms::of_guest_service(service),
        ..service_as_upstream(service, finalizer::CCM, TargetIs::NodePort)
    }
}

/// A Supervisor Service as ncp's upstream object.
pub fn supervisor_service(service: &Service) -> Upstream {
    service_as_upstream(service, finalizer::NCP, TargetIs::TargetPort)
}

/// A VirtualMachineService as vmop's upstream object.
pub fn vm_service(vm_service: &VirtualMachineService) -> Upstream {
    let meta = &vm_service.metadata;
    Upstream {
        uid: uid(meta),
        resource_version: resource_version(meta),
        lifecycle: lifecycle(meta),
        hold: hold(meta, finalizer::VMOP),
        serving: serving(vm_service.spec.type_ == "LoadBalancer"),
        ports: vm_service.spec.ports.iter().map(vm_service_port).collect(),
        terms: terms::of_vm_service(vm_service),
        told: told_to_vm_service(vm_service),
    }
}

/// A VirtualMachineService as ccm's downstream object.
pub fn vm_service_below(vm_service: &VirtualMachineService) -> Downstream {
    let meta = &vm_service.metadata;
    Downstream {
        uid: uid(meta),
        lifecycle: lifecycle(meta),
        stands_for: guest_service_uid(meta),
        ports: vm_service.spec.ports.iter().map(vm_service_port).collect(),
        terms: terms::of_vm_service(vm_service),
        told: told_to_vm_service(vm_service),
        foreign_keys: foreign_keys(meta),
    }
}

/// A Supervisor Service as vmop's downstream object.
pub fn supervisor_service_below(service: &Service) -> Downstream {
    let meta = &service.metadata;
    Downstream {
        uid: uid(meta),
        lifecycle: lifecycle(meta),
        stands_for: controller_uid(meta),
        ports: service_ports(service, TargetIs::TargetPort),
        terms: terms::of_supervisor_service(service),
        told: told_to_service(service),
        foreign_keys: foreign_keys(meta),
    }
}

/// The Endpoints as vmop compares them.
pub fn endpoints(endpoints: &Endpoints) -> vmop::Endpoints {
    vmop::Endpoints {
        stands_for: controller_uid(&endpoints.metadata),
        subsets: backends(endpoints),
    }
}

/// The ready backends of Endpoints.
pub fn backends(endpoints: &Endpoints) -> BTreeSet<Subset> {
    let subsets = endpoints.subsets.iter().flatten().map(subset);
    subsets.filter(|one| !one.addresses.is_empty()).collect()
}

/// Where a VirtualMachine serves, if it has an address and is to stay.
pub fn machine_address(machine: &VirtualMachine) -> Option<IpAddr> {
    if machine.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let network = machine.status.as_ref()?.network.as_ref()?;
    network.primary_ip4.as_deref()?.parse().ok()
}

/// The guest Service that an object says it stands for.
pub fn guest_service_uid(meta: &ObjectMeta) -> Option<Uid> {
    let annotations = meta.annotations.as_ref()?;
    annotations.get(annotation::SERVICE_UID).cloned().map(Uid)
}

fn service_as_upstream(service: &Service, finalizer: &str, target: TargetIs) -> Upstream {
    let meta = &service.metadata;
    let spec = service.spec.as_ref();
    Upstream {
        uid: uid(meta),
        resource_version: resource_version(meta),
        lifecycle: lifecycle(meta),
        hold: hold(meta, finalizer),
        serving: serving(spec.is_some_and(|spec| asks(spec) && !wants_ipv6(spec))),
        ports: service_ports(service, target),
        terms: terms::of_supervisor_service(service),
        told: told_to_service(service),
    }
}

/// Whether a Service asks for a load balancer, and of no other implementation.
fn asks(spec: &ServiceSpec) -> bool {
    spec.type_.as_deref() == Some("LoadBalancer") && spec.load_balancer_class.is_none()
}

/// The first family is for good, and the chain serves IPv4 only.
fn wants_ipv6(spec: &ServiceSpec) -> bool {
    let families = spec.ip_families.as_deref().unwrap_or_default();
    families.first().is_some_and(|family| family == "IPv6")
}

/// Whether a Service would be served if it did not ask for IPv6.
pub fn is_of_unsupported_family(service: &Service) -> bool {
    let spec = service.spec.as_ref();
    spec.is_some_and(|spec| asks(spec) && wants_ipv6(spec))
}

fn foreign_keys(meta: &ObjectMeta) -> ForeignKeys {
    let ours = [
        annotation::SERVICE_UID,
        annotation::TRAFFIC_POLICY,
        annotation::HEALTH_PORT,
    ];
    let mut keys = meta.annotations.iter().flat_map(|all| all.keys());
    if keys.any(|key| !ours.contains(&key.as_str())) {
        ForeignKeys::Present
    } else {
        ForeignKeys::Absent
    }
}

/// The UID of an object that a server gave one.
pub fn uid(meta: &ObjectMeta) -> Uid {
    Uid(meta.uid.clone().unwrap_or_default())
}

fn resource_version(meta: &ObjectMeta) -> ResourceVersion {
    ResourceVersion(meta.resource_version.clone().unwrap_or_default())
}

fn lifecycle(meta: &ObjectMeta) -> Lifecycle {
    match meta.deletion_timestamp {
        Some(_) => Lifecycle::Deleting,
        None => Lifecycle::Live,
    }
}

fn hold(meta: &ObjectMeta, finalizer: &str) -> Hold {
    let is_held = meta.finalizers.iter().flatten().any(|key| key == finalizer);
    if is_held { Hold::Held } else { Hold::NotHeld }
}

fn serving(is_ours: bool) -> Serving {
    if is_ours {
        Serving::Ours
    } else {
        Serving::NotOurs
    }
}

fn controller_uid(meta: &ObjectMeta) -> Option<Uid> {
    let mut owners = meta.owner_references.iter().flatten();
    let controller = owners.find(|owner| owner.controller == Some(true))?;
    Some(Uid(controller.uid.clone()))
}

fn service_ports(service: &Service, target: TargetIs) -> Vec<Port> {
    let ports = service.spec.as_ref().and_then(|spec| spec.ports.as_ref());
    let narrowed = ports.into_iter().flatten().map(|port| Port {
        port: number(port.port),
        protocol: protocol(port.protocol.as_deref()),
        name: port.name.clone().unwrap_or_default(),
        target: target_of(port, target),
    });
    narrowed.collect()
}

fn target_of(port: &ServicePort, target: TargetIs) -> u16 {
    match (target, &port.target_port) {
        (TargetIs::NodePort, _) => port.node_port.map_or(0, number),
        (TargetIs::TargetPort, Some(IntOrString::Int(target))) => number(*target),
        // A name is resolved by the Endpoints, which say where the backends listen.
        (TargetIs::TargetPort, Some(IntOrString::String(_))) => 0,
        (TargetIs::TargetPort, None) => number(port.port),
    }
}

fn vm_service_port(port: &VirtualMachineServicePort) -> Port {
    Port {
        port: number(port.port),
        protocol: protocol(Some(&port.protocol)),
        name: port.name.clone(),
        target: number(port.target_port),
    }
}

fn subset(subset: &EndpointSubset) -> Subset {
    let addresses = subset.addresses.iter().flatten();
    let ports = subset.ports.iter().flatten().map(|port| EndpointPort {
        name: port.name.clone().unwrap_or_default(),
        protocol: protocol(port.protocol.as_deref()),
        port: number(port.port),
    });
    Subset {
        addresses: addresses.filter_map(|one| one.ip.parse().ok()).collect(),
        ports: ports.collect(),
    }
}

fn told_to_service(service: &Service) -> Told {
    status::told(service_address(service), service_conditions(service))
}

/// The conditions of a Service.
pub fn service_conditions(service: &Service) -> &[Condition] {
    let status = service.status.as_ref();
    let conditions = status.and_then(|status| status.conditions.as_deref());
    conditions.unwrap_or_default()
}

fn told_to_vm_service(vm_service: &VirtualMachineService) -> Told {
    let conditions = vm_service_conditions(vm_service);
    status::told(vm_service_address(vm_service), conditions)
}

/// The conditions of a VirtualMachineService.
pub fn vm_service_conditions(vm_service: &VirtualMachineService) -> &[Condition] {
    let status = vm_service.status.as_ref();
    status.map_or(&[], |status| &status.conditions)
}

fn service_address(service: &Service) -> Option<IpAddr> {
    let ingress = service
        .status
        .as_ref()?
        .load_balancer
        .as_ref()?
        .ingress
        .as_ref()?;
    ingress.first()?.ip.as_deref()?.parse().ok()
}

fn vm_service_address(vm_service: &VirtualMachineService) -> Option<IpAddr> {
    let ingress = &vm_service.status.as_ref()?.load_balancer.ingress;
    ingress.first()?.ip.parse().ok()
}

/// API servers admit 1 to 65535 only. Zero stands for a port that is not given.
fn number(port: i32) -> u16 {
    u16::try_from(port).unwrap_or(0)
}

/// Kubernetes admits three protocols and defaults to the first.
fn protocol(name: Option<&str>) -> Protocol {
    match name {
        Some("UDP") => Protocol::Udp,
        Some("SCTP") => Protocol::Sctp,
        Some(_) | None => Protocol::Tcp,
    }
}

/// The name of a Service of the namespace and name that a VirtualMachineService has, and the
/// other way round: on the Supervisor the two share theirs.
pub fn key(object: &impl ResourceExt) -> (String, String) {
    (object.namespace().unwrap_or_default(), object.name_any())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_the_first_family_decides_whether_a_service_is_served() {
        let of = |families: &[&str]| {
            let spec = json!({ "type": "LoadBalancer", "ipFamilies": families });
            let service = serde_json::from_value(json!({ "metadata": {}, "spec": spec })).unwrap();
            let upstream = guest_service(&service);
            (upstream.serving, is_of_unsupported_family(&service))
        };
        for served in [&[][..], &["IPv4"], &["IPv4", "IPv6"]] {
            assert_eq!(of(served), (Serving::Ours, false), "{served:?}");
        }
        assert_eq!(of(&["IPv6", "IPv4"]), (Serving::NotOurs, true));
    }
}
