//! Who acts, on what, and how.

crate::names! {
    /// A controller of the chain, in hop order from the user to NSX-T.
    Hop ("hop") {
        /// guest-cluster-cloud-provider, a cloud controller manager.
        Ccm = "ccm",
        /// vmop-controller-manager.
        Vmop = "vmop",
        /// The NSX-T container plug-in.
        Ncp = "ncp",
    }
}

crate::names! {
    /// A thing that a hop reads or writes.
    Object ("object") {
        /// The user's Service in the guest cluster.
        Service = "service",
        /// The VirtualMachineService on the Supervisor.
        VmService = "vm-service",
        /// The Service on the Supervisor.
        SupervisorService = "supervisor-service",
        /// The IP allocation in NSX-T.
        Allocation = "allocation",
        /// The LBPools and LBVirtualServers of one Service in NSX-T.
        LoadBalancer = "load-balancer",
        /// Allocation and load balancer together, as ncp reads them.
        Nsx = "nsx",
    }
}

crate::names! {
    /// What a request asks of a server (`docs/protocol.md` §5).
    Verb ("verb") {
        /// Take the hop's finalizer on its upstream object.
        Hold = "hold",
        /// Create the downstream object.
        Create = "create",
        /// Bring the downstream object's spec to the upstream's.
        Update = "update",
        /// Write the downstream's address into the upstream's status.
        Publish = "publish",
        /// Delete the downstream object.
        Delete = "delete",
        /// Read the downstream object at its server.
        Read = "read",
        /// Give up the hop's finalizer on its upstream object.
        Release = "release",
        /// Read all of the cluster's VirtualMachineServices: the poll.
        List = "list",
        /// Ask NSX-T for an address.
        Allocate = "allocate",
        /// Give an address, or the request for one, back to NSX-T.
        Withdraw = "withdraw",
        /// Write pools and virtual servers.
        Program = "program",
        /// Remove pools and virtual servers.
        Unprogram = "unprogram",
    }
}
