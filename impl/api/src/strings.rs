//! Every string that crosses a hop, byte for byte, with its source.
//!
//! *Ours* marks what the real system does not have, or does not show.

/// What holds an upstream object until its hop lets go.
pub mod finalizer {
    /// On the guest Service. Source: k8s.io/cloud-provider, `service/helpers/helper.go`.
    pub const CCM: &str = "service.kubernetes.io/load-balancer-cleanup";
    /// On the VirtualMachineService. Source: vm-operator, `virtualmachineservice_controller.go`.
    pub const VMOP: &str = "vmoperator.vmware.com/virtualmachineservice";
    /// On the Supervisor Service. *Ours*: NCP is closed and not known to use one.
    pub const NCP: &str = "ncp.vmware.com/load-balancer";
}

/// Labels of VirtualMachineServices and VirtualMachines.
pub mod label {
    /// The guest cluster. Source: cloud-provider-vsphere, `vmservice.go`.
    pub const CLUSTER_NAME: &str = "run.tanzu.vmware.com/cluster.name";
    /// The guest Service's name. Source: as above.
    pub const SERVICE_NAME: &str = "run.tanzu.vmware.com/service.name";
    /// The guest Service's namespace. Source: as above.
    pub const SERVICE_NAMESPACE: &str = "run.tanzu.vmware.com/service.namespace";
    /// The cluster that a VirtualMachine is a node of. Source: cluster-api-provider-vsphere.
    pub const NODE_CLUSTER: &str = "capv.vmware.com/cluster.name";
    /// What a VirtualMachine is in its cluster. Source: as above.
    pub const NODE_ROLE: &str = "capv.vmware.com/cluster.role";
    /// The role of a node that serves. Source: as above.
    pub const NODE_ROLE_NODE: &str = "node";
    /// On a Supervisor Service: who serves it, if not kube-proxy. Source: Kubernetes, KEP-2447.
    pub const SERVICE_PROXY_NAME: &str = "service.kubernetes.io/service-proxy-name";
    /// NSX-T serves it. Source: vm-operator, `loadbalancer_provider.go`.
    pub const SERVICE_PROXY_NSX: &str = "nsx-t";
}

/// Annotations.
pub mod annotation {
    /// The UID of the guest Service that an object stands for. *Ours*.
    pub const SERVICE_UID: &str = "run.tanzu.vmware.com/service.uid";
    /// On a VirtualMachineService: the guest Service's `externalTrafficPolicy`, if it is Local.
    /// Source: cloud-provider-vsphere, `vmservice.go`.
    pub const TRAFFIC_POLICY: &str =
        "virtualmachineservice.vmoperator.vmware.com/service.externalTrafficPolicy";
    /// Beside it: the guest Service's `healthCheckNodePort`. Source: as above.
    pub const HEALTH_PORT: &str =
        "virtualmachineservice.vmoperator.vmware.com/service.healthCheckNodePort";
    /// The same on a Supervisor Service. Source: vm-operator, `loadbalancer_provider.go`.
    pub const NCP_HEALTH_PORT: &str = "ncp/healthCheckNodePort";
    /// On a guest Service: networks whose clients are served, with commas between them, where its spec
    /// names none. Source: Kubernetes, `core/v1`, `annotation_key_constants.go`.
    pub const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
}

/// The value of `externalTrafficPolicy`. Source: Kubernetes, `core/v1`.
pub mod traffic_policy {
    /// Every node serves, and passes on what it has no backend for.
    pub const CLUSTER: &str = "Cluster";
    /// A node serves if it has a backend of its own.
    pub const LOCAL: &str = "Local";
}

/// Who writes: field managers, and components of Events.
pub mod component {
    /// Hop 1 as a writer.
    pub const CCM: &str = "guest-cluster-cloud-provider";
    /// Hop 2 as a writer.
    pub const VMOP: &str = "vmop-controller-manager";
    /// Hop 3 as a writer.
    pub const NCP: &str = "ncp";
    /// Hop 1 in Events. Source: k8s.io/cloud-provider, `controllers/service/controller.go`.
    pub const SERVICE_CONTROLLER: &str = "service-controller";
}

/// Types of conditions.
pub mod condition {
    /// On a VirtualMachineService: its Service's `Ready`. Source: vm-operator.
    pub const SERVICE_READY: &str = "VirtualMachineServiceServiceReady";
    /// On a Supervisor Service: NSX-T serves it. vm-operator reads it; that ncp writes it is *ours*.
    pub const READY: &str = "Ready";
    /// On a VirtualMachineService: its Service exists. *Ours*.
    pub const SUPERVISOR_SERVICE_CREATED: &str = "SupervisorServiceCreated";
    /// On a VirtualMachineService: NSX-T serves its Service. *Ours*.
    pub const LOAD_BALANCER_PROGRAMMED: &str = "LoadBalancerProgrammed";
    /// On every object that is told an address: there is none to be had. *Ours*.
    pub const POOL_EXHAUSTED: &str = "vmoperator.vmware.com/AddressPoolExhausted";
    /// On a guest Service: its address is served. The name is that of KEP-4631; Kubernetes keeps
    /// names without a prefix to itself.
    pub const SERVING: &str = "vmoperator.vmware.com/LoadBalancerServing";
}

/// Reasons of Events and of conditions.
pub mod reason {
    /// ccm took the Service on. Source: k8s.io/cloud-provider.
    pub const ENSURING: &str = "EnsuringLoadBalancer";
    /// The Service shows its address. Source: as above.
    pub const ENSURED: &str = "EnsuredLoadBalancer";
    /// A pass failed and is tried again. Source: as above.
    pub const SYNC_FAILED: &str = "SyncLoadBalancerFailed";
    /// ccm leaves a Service alone: it asks for an address of a family that NSX-T is not asked for.
    /// *Ours*.
    pub const UNSUPPORTED_FAMILY: &str = "UnsupportedIPFamily";
    /// The VirtualMachineService is on its way out. Source: as above.
    pub const DELETING: &str = "DeletingLoadBalancer";
    /// Nothing of it is left. Source: as above.
    pub const DELETED: &str = "DeletedLoadBalancer";
    /// ccm created the VirtualMachineService. *Ours*.
    pub const VM_SERVICE_CREATED: &str = "VirtualMachineServiceCreated";
    /// ccm changed the VirtualMachineService. *Ours*.
    pub const VM_SERVICE_UPDATED: &str = "VirtualMachineServiceUpdated";
    /// vmop created the Service. Source: vm-operator.
    pub const CREATE_K8S_SERVICE: &str = "CreateK8sServiceSuccess";
    /// vmop changed the Service. Source: vm-operator.
    pub const UPDATE_K8S_SERVICE: &str = "UpdateK8sServiceSuccess";
    /// vmop deleted the Service. Source: vm-operator.
    pub const DELETE_K8S_SERVICE: &str = "DeleteK8sServiceSuccess";
    /// A pass of vmop failed and is tried again. *Ours*.
    pub const RECONCILE_FAILED: &str = "ReconcileFailed";
    /// The Service has no address yet. *Ours*.
    pub const NO_ADDRESS: &str = "NoAddress";
    /// ncp asked for an address. *Ours*.
    pub const ADDRESS_REQUESTED: &str = "AddressRequested";
    /// NSX-T had no free address; also the reason of the condition that says so on every hop.
    /// Source: NCP's annotation `ncp/error.loadbalancer` has the word.
    pub const POOL_EXHAUSTED: &str = "IP_POOL_EXHAUSTED";
    /// ncp wrote pools and virtual servers. *Ours*.
    pub const PROGRAMMED: &str = "LoadBalancerProgrammed";
    /// NSX-T serves the Service. *Ours*.
    pub const REALIZED: &str = "LoadBalancerRealized";
    /// NSX-T has failed to realize a virtual server or a pool. *Ours*.
    pub const UNREALIZABLE: &str = "LoadBalancerRealizationFailed";
    /// ncp removed pools and virtual servers. *Ours*.
    pub const UNPROGRAMMED: &str = "LoadBalancerRemoved";
    /// ncp gave the address back. *Ours*.
    pub const ADDRESS_RELEASED: &str = "AddressReleased";
}

/// Tags that tie NSX-T objects to their owner. Source of `ncp/cluster`: NSX-T's NCP clean-up
/// script; the other two are *ours*.
pub mod tag {
    /// The cluster whose ncp wrote the object.
    pub const CLUSTER: &str = "ncp/cluster";
    /// The Supervisor Service's UID.
    pub const SERVICE_UID: &str = "ncp/service_uid";
    /// The guest Service's UID.
    pub const GUEST_SERVICE_UID: &str = "ncp/guest_service_uid";
}

/// The Supervisor's credentials in a guest cluster. Source: cloud-provider-vsphere,
/// `vsphereparavirtual/config/config.go`.
pub mod credentials {
    /// Where the secret `cloud-provider-creds` is mounted.
    pub const DIR: &str = "/etc/cloud/ccm-provider";
    /// The bearer token in it.
    pub const TOKEN: &str = "token";
    /// The certificate authority in it.
    pub const CA: &str = "ca.crt";
    /// The Supervisor namespace in it.
    pub const NAMESPACE: &str = "namespace";
    /// The Supervisor's name inside the guest cluster.
    pub const HOST: &str = "supervisor.default.svc";
    /// The variable that names its port.
    pub const PORT_VARIABLE: &str = "SUPERVISOR_APISERVER_PORT";
    /// The port when the variable is not set.
    pub const PORT: u16 = 6443;
}

/// The owner of what a guest cluster asks of the Supervisor. Source: cloud-provider-vsphere,
/// `vsphereparavirtual/config/config.go`.
pub mod owner {
    /// Where it is named, as JSON with apiVersion, kind, name and uid.
    pub const FILE: &str = "/etc/kubernetes/guestclusters/cluster/ownerref.json";
}

/// The leases that tell which replica of a component leads.
pub mod lease {
    /// Where a lease is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Lease {
        /// Its namespace.
        pub namespace: &'static str,
        /// Its name.
        pub name: &'static str,
    }

    /// Hop 1's, in the guest cluster. Source: k8s.io/cloud-provider, `options/options.go`.
    pub const CCM: Lease = Lease {
        namespace: "kube-system",
        name: "cloud-controller-manager",
    };
    /// Hop 2's, on the Supervisor. Source: vm-operator, `LeaderElectionID` in
    /// `pkg/config/default.go`; the namespace is that of its other objects on a Supervisor.
    pub const VMOP: Lease = Lease {
        namespace: "vmware-system-vmop",
        name: "vmoperator-controller-manager-runtime",
    };
    /// Hop 3's, on the Supervisor. *Ours*: NCP has a lock of its own kind instead, `nsxlocks`.
    pub const NCP: Lease = Lease {
        namespace: "vmware-system-nsx",
        name: "nsx-ncp",
    };
}

/// Where each component serves its health and its metrics, on the loopback interface.
pub mod port {
    /// Hop 1. Source: k8s.io/cloud-provider, `ports.go`.
    pub const CCM: u16 = 10258;
    /// Hop 2. *Ours*.
    pub const VMOP: u16 = 8083;
    /// Hop 3. *Ours*.
    pub const NCP: u16 = 8084;
}
