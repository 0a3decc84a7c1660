//! The Kubernetes types of the chain, and the strings every hop writes.
