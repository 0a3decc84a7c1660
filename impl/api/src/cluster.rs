//! TanzuKubernetesCluster: the guest cluster as the Supervisor has it, the owner of what the guest
//! asks for.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// TanzuKubernetesClusterSpec defines the desired state of a guest cluster. Nothing of it is read.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "run.tanzu.vmware.com",
    version = "v1alpha3",
    kind = "TanzuKubernetesCluster",
    shortname = "tkc",
    namespaced,
    derive = "Default",
    derive = "PartialEq",
    printcolumn = r#"{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}"#
)]
pub struct TanzuKubernetesClusterSpec {}
