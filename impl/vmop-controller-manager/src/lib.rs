//! Hop 2: mirrors VirtualMachineServices as Supervisor Services.
