//! From flags to a running controller.

use crate::{Cluster, Ctx, run};
use hopwise_api::VirtualMachineService;
use hopwise_api::strings::credentials;
use hopwise_shell::cli::{self, Common};
use hopwise_shell::{Credentials, SystemClock, Unusable, check_access, connect};
use k8s_openapi::api::core::v1::Service;
use kube::{Api, Client};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const GUEST: &str = "the guest cluster";
const SUPERVISOR: &str = "the Supervisor";

/// The longest name that still makes a VirtualMachineService's: 63 characters less a dash and 21
/// digits.
const LONGEST_NAME: usize = 41;

/// What guest-cluster-cloud-provider is told when it starts.
#[derive(Clone, Debug, clap::Args)]
pub struct Flags {
    /// The guest cluster's kubeconfig [default: the pod's service account, else ~/.kube/config]
    #[arg(long, value_name = "FILE", env = "KUBECONFIG")]
    pub kubeconfig: Option<PathBuf>,

    /// The Supervisor's kubeconfig; its context's namespace is the cluster's there
    #[arg(long, value_name = "FILE", env = "SUPERVISOR_KUBECONFIG")]
    pub supervisor_kubeconfig: Option<PathBuf>,

    /// The Supervisor's credentials, unless it has a kubeconfig: a directory with the files token,
    /// ca.crt and namespace
    #[arg(long, value_name = "DIR", env = "SUPERVISOR_CREDS_DIR", default_value = credentials::DIR)]
    pub supervisor_creds_dir: PathBuf,

    /// The cluster's name on the Supervisor, at most 41 characters and beginning with a letter
    #[arg(long, value_name = "NAME", env = "CLUSTER_NAME", value_parser = cluster_name)]
    pub cluster_name: String,

    /// How often the Supervisor is asked for addresses
    #[arg(
        long,
        value_name = "DURATION",
        env = "POLL_INTERVAL",
        default_value = "10s"
    )]
    #[arg(value_parser = cli::duration)]
    pub poll_interval: Duration,

    /// What every controller has.
    #[command(flatten)]
    pub common: Common,
}

/// Asks both API servers once whether they can be used, then serves until `shutdown`.
///
/// # Errors
/// Before anything is served: one message that says what cannot be used and what to do.
pub async fn execute(
    flags: Flags,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Unusable> {
    let safeguards = flags.common.safeguards_aloud();
    let guest = guest(&flags).await?;
    let supervisor = supervisor(&flags).await?;
    let ticks = cli::ticks(flags.poll_interval);
    let ctx = Ctx {
        cluster: Cluster {
            name: flags.cluster_name,
            namespace: supervisor.default_namespace().into(),
        },
        guest,
        supervisor,
        safeguards,
        clock: Arc::new(SystemClock),
        seed: cli::seed(&SystemClock),
    };
    run(ctx, ticks, shutdown).await;
    Ok(())
}

async fn guest(flags: &Flags) -> Result<Client, Unusable> {
    let credentials = Credentials::find(flags.kubeconfig.as_deref());
    let client = connect(&credentials, GUEST).await?;
    let services = Api::<Service>::all(client.clone());
    check_access(&services, GUEST, &credentials).await?;
    Ok(client)
}

async fn supervisor(flags: &Flags) -> Result<Client, Unusable> {
    let credentials = match &flags.supervisor_kubeconfig {
        Some(paths) => Credentials::find(Some(paths)),
        None => Credentials::Directory(flags.supervisor_creds_dir.clone()),
    };
    let client = connect(&credentials, SUPERVISOR).await?;
    let vm_services = Api::<VirtualMachineService>::default_namespaced(client.clone());
    check_access(&vm_services, SUPERVISOR, &credentials).await?;
    Ok(client)
}

/// A name that makes a DNS label with the digits that follow it.
fn cluster_name(name: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_led = name.starts_with(|c: char| c.is_ascii_lowercase());
    if is_led && name.chars().all(fits) && name.len() <= LONGEST_NAME {
        return Ok(name.into());
    }
    Err(format!(
        "give at most {LONGEST_NAME} lower-case letters, digits and dashes, beginning with a letter"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_name_leaves_room_for_the_digits() {
        assert!(cluster_name("guest-1").is_ok());
        for wrong in ["", "1guest", "Guest", "guest.1", &"g".repeat(42)] {
            assert!(cluster_name(wrong).is_err(), "{wrong}");
        }
    }
}
