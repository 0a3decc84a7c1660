//! The Kubernetes types of the chain, and the strings every hop writes.

pub mod access;
mod cluster;
pub mod names;
pub mod strings;
mod virtual_machine;
mod vm_service;

pub use cluster::{TanzuKubernetesCluster, TanzuKubernetesClusterSpec};
pub use virtual_machine::{
    VirtualMachine, VirtualMachineNetworkStatus, VirtualMachineSpec, VirtualMachineStatus,
};
pub use vm_service::{
    LoadBalancerIngress, LoadBalancerStatus, VirtualMachineService, VirtualMachineServicePort,
    VirtualMachineServiceSpec, VirtualMachineServiceStatus,
};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;

/// The custom resources that the Supervisor has to know, in the order to create them in.
pub fn custom_resources() -> Vec<CustomResourceDefinition> {
    vec![
        TanzuKubernetesCluster::crd(),
        VirtualMachineService::crd(),
        VirtualMachine::crd(),
    ]
}
