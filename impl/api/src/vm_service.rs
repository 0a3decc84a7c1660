//! VirtualMachineService: what the guest asks of the Supervisor.
//!
//! Fields and names as in vm-operator's `api/v1alpha2/virtualmachineservice_types.go`; v1alpha2 is
//! the version that cloud-provider-vsphere speaks by default. `status.conditions` came with
//! v1alpha6; here the field is in the one version there is.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// VirtualMachineServiceSpec defines the desired state of VirtualMachineService.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "vmoperator.vmware.com",
    version = "v1alpha2",
    kind = "VirtualMachineService",
    shortname = "vmservice",
    namespaced,
    status = "VirtualMachineServiceStatus",
    derive = "Default",
    derive = "PartialEq",
    printcolumn = r#"{"name": "Type", "type": "string", "jsonPath": ".spec.type"}"#,
    printcolumn = r#"{"name": "Address", "type": "string",
        "jsonPath": ".status.loadBalancer.ingress[0].ip"}"#,
    printcolumn = r#"{"name": "Programmed", "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"LoadBalancerProgrammed\")].status"}"#,
    printcolumn = r#"{"name": "Service", "type": "string",
        "jsonPath": ".metadata.labels.run\\.tanzu\\.vmware\\.com/service\\.name"}"#,
    printcolumn = r#"{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachineServiceSpec {
    /// The kind of the service: ClusterIP, LoadBalancer or ExternalName. Immutable.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["ClusterIP", "LoadBalancer", "ExternalName"]))]
    pub type_: String,

    /// The ports it exposes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<VirtualMachineServicePort>,

    /// The labels of the VirtualMachines behind it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub selector: BTreeMap<String, String>,

    /// The address asked for. Deprecated.
    #[serde(
        default,
        rename = "loadBalancerIP",
        skip_serializing_if = "Option::is_none"
    )]
    pub load_balancer_ip: Option<String>,

    /// The client networks that are let in, as CIDRs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub load_balancer_source_ranges: Vec<String>,

    /// The address inside the cluster. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_ip: Option<String>,

    /// The name that an ExternalName service stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_name: Option<String>,
}

/// One port of a VirtualMachineService.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachineServicePort {
    /// Its name. Required if there is more than one port.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,

    /// TCP, UDP or SCTP.
    #[schemars(extend("enum" = ["TCP", "UDP", "SCTP"]))]
    pub protocol: String,

    /// What clients connect to.
    #[schemars(range(min = 1, max = 65535))]
    pub port: i32,

    /// Where the VirtualMachines listen.
    #[schemars(range(min = 1, max = 65535))]
    pub target_port: i32,
}

/// VirtualMachineServiceStatus defines the observed state of VirtualMachineService.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachineServiceStatus {
    /// Its addresses.
    #[serde(default)]
    pub load_balancer: LoadBalancerStatus,

    /// Its conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

/// LoadBalancerStatus represents the status of a load balancer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoadBalancerStatus {
    /// The points through which traffic comes in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ingress: Vec<LoadBalancerIngress>,
}

/// LoadBalancerIngress represents one point through which traffic comes in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoadBalancerIngress {
    /// Its address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ip: String,

    /// Its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hostname: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use kube::CustomResourceExt;
    use serde_json::json;

    #[test]
    fn the_fields_are_spelled_as_vm_operator_spells_them() {
        let spec: VirtualMachineServiceSpec = serde_json::from_value(json!({
            "type": "LoadBalancer",
            "ports": [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": 30080}],
            "selector": {"capv.vmware.com/cluster.role": "node"},
            "loadBalancerIP": "192.0.2.1",
            "loadBalancerSourceRanges": ["198.51.100.0/24"],
            "clusterIp": "10.0.0.1",
            "externalName": "example.com",
        }))
        .unwrap();
        assert_eq!(spec.ports[0].target_port, 30_080);
        assert_eq!(spec.cluster_ip.as_deref(), Some("10.0.0.1"));
        assert_eq!(spec.load_balancer_ip.as_deref(), Some("192.0.2.1"));
    }

    #[test]
    fn the_definition_has_the_group_the_short_name_and_a_status_of_its_own() {
        let crd = VirtualMachineService::crd();
        assert_eq!(
            crd.metadata.name.as_deref(),
            Some("virtualmachineservices.vmoperator.vmware.com")
        );
        assert_eq!(crd.spec.names.short_names, Some(vec!["vmservice".into()]));
        let subresources = crd.spec.versions[0].subresources.as_ref();
        assert!(subresources.is_some_and(|sub| sub.status.is_some()));
    }

    #[test]
    fn the_list_of_ports_is_replaced_as_a_whole() {
        // Without a list type the API server treats a list of a custom resource as atomic, so a
        // forced apply of new ports leaves no old one behind.
        let crd = serde_json::to_value(VirtualMachineService::crd()).unwrap();
        let spec = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
        let ports = &spec["properties"]["ports"];
        assert_eq!(ports["type"], "array");
        assert_eq!(ports.get("x-kubernetes-list-type"), None);
    }
}
