//! VirtualMachine: what is read of the machines behind a VirtualMachineService.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// VirtualMachineSpec defines the desired state of a VirtualMachine. Nothing of it is read.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "vmoperator.vmware.com",
    version = "v1alpha2",
    kind = "VirtualMachine",
    shortname = "vm",
    namespaced,
    status = "VirtualMachineStatus",
    derive = "Default",
    derive = "PartialEq",
    printcolumn = r#"{"name": "Primary-IP4", "type": "string",
        "jsonPath": ".status.network.primaryIP4"}"#,
    printcolumn = r#"{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachineSpec {
    /// The name of its VirtualMachineClass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_name: Option<String>,

    /// The name of its VirtualMachineImage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_name: Option<String>,
}

/// VirtualMachineStatus defines the observed state of a VirtualMachine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachineStatus {
    /// What is known of its network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<VirtualMachineNetworkStatus>,

    /// Its conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

/// VirtualMachineNetworkStatus defines the observed state of a VirtualMachine's network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VirtualMachineNetworkStatus {
    /// Its primary IPv4 address.
    #[serde(
        default,
        rename = "primaryIP4",
        skip_serializing_if = "Option::is_none"
    )]
    pub primary_ip4: Option<String>,
}
