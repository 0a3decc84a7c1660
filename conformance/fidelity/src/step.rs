//! The alphabet: what a client asks, with placeholders for what it was told before.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One request. Texts that begin with `$` stand for what the server said earlier
/// ([`crate::memory::Memory`]), so that one sequence can be sent to two servers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What is asked.
    pub ask: Ask,
    /// Of which resource.
    pub kind: Kind,
    /// Of which object; empty for a collection.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The object as a whole, or its status.
    #[serde(default, skip_serializing_if = "Part::is_whole")]
    pub part: Part,
    /// The form of the answer.
    #[serde(default, skip_serializing_if = "View::is_object")]
    pub view: View,
    /// Parameters of the query, before they are escaped.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, String>,
    /// The object, the patch, or the options of a delete.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Ask {
    /// POST.
    Create,
    /// GET of one object.
    Get,
    /// GET of a collection.
    List,
    /// GET of a collection with `watch=true`. It is read when all steps are done.
    Watch,
    /// PUT of the body.
    Replace,
    /// PUT of the object as it was last seen, with the body merged into it.
    Edit,
    /// PATCH by RFC 7386.
    Merge,
    /// PATCH by RFC 6902.
    JsonPatch,
    /// PATCH as kubectl patches built-in kinds.
    Strategic,
    /// Server-side apply.
    Apply,
    /// DELETE of one object.
    Delete,
    /// DELETE of a collection.
    DeleteCollection,
}

/// The resources that are asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// The namespace that the sequence is in.
    Namespace,
    /// `v1`.
    Service,
    /// `v1`.
    Endpoints,
    /// `discovery.k8s.io/v1`.
    EndpointSlice,
    /// `v1`.
    ConfigMap,
    /// `v1`.
    Secret,
    /// `v1`.
    Event,
    /// `coordination.k8s.io/v1`.
    Lease,
    /// `vmoperator.vmware.com/v1alpha2`.
    VirtualMachineService,
    /// `vmoperator.vmware.com/v1alpha2`.
    VirtualMachine,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 10] = [
        Kind::Namespace,
        Kind::Service,
        Kind::Endpoints,
        Kind::EndpointSlice,
        Kind::ConfigMap,
        Kind::Secret,
        Kind::Event,
        Kind::Lease,
        Kind::VirtualMachineService,
        Kind::VirtualMachine,
    ];

    /// `apiVersion`, `kind` and the word in the path.
    pub fn names(self) -> (&'static str, &'static str, &'static str) {
        let operator = "vmoperator.vmware.com/v1alpha2";
        match self {
            Kind::Namespace => ("v1", "Namespace", "namespaces"),
            Kind::Service => ("v1", "Service", "services"),
            Kind::Endpoints => ("v1", "Endpoints", "endpoints"),
            Kind::EndpointSlice => ("discovery.k8s.io/v1", "EndpointSlice", "endpointslices"),
            Kind::ConfigMap => ("v1", "ConfigMap", "configmaps"),
            Kind::Secret => ("v1", "Secret", "secrets"),
            Kind::Event => ("v1", "Event", "events"),
            Kind::Lease => ("coordination.k8s.io/v1", "Lease", "leases"),
            Kind::VirtualMachineService => {
                (operator, "VirtualMachineService", "virtualmachineservices")
            }
            Kind::VirtualMachine => (operator, "VirtualMachine", "virtualmachines"),
        }
    }

    /// Whether a definition made it.
    pub fn is_custom(self) -> bool {
        matches!(self, Kind::VirtualMachineService | Kind::VirtualMachine)
    }

    /// Whether its status is a subresource.
    pub fn has_status(self) -> bool {
        self.is_custom() || self == Kind::Service
    }

    /// The path of the collection in `namespace`, or of all namespaces.
    pub fn path(self, namespace: &str) -> String {
        let (version, _, plural) = self.names();
        let root = match version.contains('/') {
            true => "/apis",
            false => "/api",
        };
        match self {
            Kind::Namespace => format!("{root}/{version}/{plural}"),
            Kind::Service
            | Kind::Endpoints
            | Kind::EndpointSlice
            | Kind::ConfigMap
            | Kind::Secret
            | Kind::Event
            | Kind::Lease
            | Kind::VirtualMachineService
            | Kind::VirtualMachine => format!("{root}/{version}/namespaces/{namespace}/{plural}"),
        }
    }
}

/// The part of an object that a request is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Part {
    /// All of it.
    #[default]
    Whole,
    /// The subresource `status`.
    Status,
}

impl Part {
    fn is_whole(&self) -> bool {
        *self == Part::Whole
    }
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum View {
    /// The object.
    #[default]
    Object,
    /// Its metadata, as a watch of what an object owns asks for.
    Metadata,
    /// A table, as kubectl asks for.
    Table,
}

impl View {
    fn is_object(&self) -> bool {
        *self == View::Object
    }

    /// What is sent as `Accept`.
    pub fn accept(self, ask: Ask) -> &'static str {
        match self {
            View::Object => "application/json",
            View::Metadata if ask == Ask::List => {
                "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
            }
            View::Metadata => "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
            View::Table => "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
        }
    }
}
