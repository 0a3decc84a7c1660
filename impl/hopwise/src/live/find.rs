//! Which Service of which chain is meant.

use super::Access;
use crate::cli::Clusters;
use crate::up::chain::{DIRECTORY, GUEST_KUBECONFIG, SUPERVISOR_KUBECONFIG};
use std::path::{Path, PathBuf};

/// The name of a Service, as kubectl reads it.
pub fn service_named(what: &str) -> Option<&str> {
    let (kind, name) = what.split_once('/')?;
    ["svc", "service", "services"]
        .contains(&kind)
        .then_some(name)
}

/// What is named is taken, else the chain of `hopwise up` in this directory. Its Supervisor is the
/// one whose kubeconfig is beside the guest cluster's.
pub fn access(named: &Clusters) -> Access {
    let files = |path: PathBuf| Some(path).filter(|it| it.is_file());
    let usual = match std::env::var_os("KUBECONFIG") {
        // A list of files is read as kubectl reads it.
        Some(path) => files(path.into()),
        None => files(Path::new(DIRECTORY).join(GUEST_KUBECONFIG)),
    };
    let guest = named.kubeconfig.clone().or(usual);
    let beside = guest
        .as_ref()
        .map(|it| it.with_file_name(SUPERVISOR_KUBECONFIG));
    Access {
        supervisor: named
            .supervisor_kubeconfig
            .clone()
            .or(beside.and_then(files)),
        guest,
    }
}
