//! Hop 1: mirrors guest Services as VirtualMachineServices and polls for their address.
