//! Names that follow from other names, so that no hop has to remember one.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// How many digits of the digest a name takes: 63 characters of a label, less the longest cluster
/// name (41) and the dash.
const DIGITS: usize = 21;

/// The name of the VirtualMachineService of a guest Service.
///
/// Source: cloud-provider-vsphere, `vsphereparavirtual/vmservice/vmservice.go`. Neither a Service's
/// name nor a namespace's has a dot, so `name.namespace` names one Service only.
pub fn vm_service_name(cluster: &str, name: &str, namespace: &str) -> String {
    format!(
        "{cluster}-{}",
        digest(&format!("{name}.{namespace}"), DIGITS)
    )
}

/// The first `digits` hex digits of a text's SHA-256.
pub fn digest(text: &str, digits: usize) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(text) {
        write!(hex, "{byte:02x}").expect("a String takes every write");
    }
    hex.truncate(digits);
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_one_that_cloud_provider_vsphere_computes() {
        let name = vm_service_name("guest", "web", "default");
        assert_eq!(name, "guest-f8baa80a04b55ffc319a4");
    }

    #[test]
    fn the_longest_cluster_name_still_makes_a_label() {
        let name = vm_service_name(&"c".repeat(41), "web", "default");
        assert_eq!(name.len(), 63);
    }
}
