//! From flags to a running controller.

use crate::{Cluster, Ctx, Tick, run};
use futures::{Stream, StreamExt, stream};
use hopwise_api::VirtualMachineService;
use hopwise_api::strings::{component, credentials, lease, owner, port};
use hopwise_shell::cli::{self, Common};
use hopwise_shell::{
    Credentials, Ended, SystemClock, Telemetry, Unusable, check_access, connect, lead,
};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::{Api, Client};
use std::path::{Path, PathBuf};
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

    /// The Supervisor's object for the cluster: a file with its apiVersion, kind, name and uid as JSON
    #[arg(long, value_name = "FILE", env = "OWNER_REF_FILE", default_value = owner::FILE)]
    pub owner_ref_file: PathBuf,

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

/// Asks both API servers once whether they can be used, waits for the lease if one is wanted, and
/// serves until the first of `asks`. The second ends it at once.
///
/// # Errors
/// Before anything is served: one message that says what cannot be used and what to do. Later: why it
/// ended unasked.
pub async fn execute(
    flags: Flags,
    asks: impl Stream<Item = ()> + Send + 'static,
) -> Result<(), Ended> {
    let safeguards = flags.common.safeguards_aloud();
    let telemetry = Telemetry::of(component::CCM);
    let guest = guest(&flags, &telemetry).await?;
    let supervisor = supervisor(&flags, &telemetry).await?;
    let owner = owner(&flags.owner_ref_file)?;
    let (seed, common) = (cli::seed(&SystemClock), flags.common);
    let candidate = common.candidate(&guest, lease::CCM, seed)?;
    let _serving = common.serve(&telemetry, port::CCM).await?;
    let ctx = Ctx {
        cluster: Cluster {
            name: flags.cluster_name,
            namespace: supervisor.default_namespace().into(),
            owner,
        },
        guest,
        supervisor,
        safeguards,
        decide: hopwise_core::ccm::decide,
        clock: Arc::new(SystemClock),
        seed,
        telemetry: telemetry.clone(),
    };
    let due = |tick| cli::ticks(flags.poll_interval).map(move |()| tick);
    let ticks = stream::select(due(Tick::Poll), due(Tick::Sync));
    let serve = |asked| run(ctx, ticks, asked);
    let grace = common.shutdown_grace_period;
    lead(candidate, grace, &telemetry, asks, serve).await
}

async fn guest(flags: &Flags, telemetry: &Telemetry) -> Result<Client, Unusable> {
    let credentials = Credentials::find(flags.kubeconfig.as_deref());
    let client = connect(&credentials, GUEST, telemetry).await?;
    let services = Api::<Service>::all(client.clone());
    check_access(&services, GUEST, &credentials).await?;
    Ok(client)
}

async fn supervisor(flags: &Flags, telemetry: &Telemetry) -> Result<Client, Unusable> {
    let credentials = match &flags.supervisor_kubeconfig {
        Some(paths) => Credentials::find(Some(paths)),
        None => Credentials::Directory(flags.supervisor_creds_dir.clone()),
    };
    let client = connect(&credentials, SUPERVISOR, telemetry).await?;
    let vm_services = Api::<VirtualMachineService>::default_namespaced(client.clone());
    check_access(&vm_services, SUPERVISOR, &credentials).await?;
    Ok(client)
}

/// Read once: a cluster that is made again has a guest-cluster-cloud-provider of its own.
fn owner(path: &Path) -> Result<OwnerReference, Unusable> {
    let unusable = |reason: String| Unusable::Credentials {
        purpose: "the owner of VirtualMachineServices",
        origin: path.display().to_string(),
        reason,
        advice: "give a file with the cluster's apiVersion, kind, name and uid by --owner-ref-file",
    };
    let text = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let owner: OwnerReference =
        serde_json::from_slice(&text).map_err(|error| unusable(error.to_string()))?;
    if owner.uid.is_empty() {
        return Err(unusable("it has no uid".into()));
    }
    Ok(owner)
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

    fn owner_of(name: &str, text: &str) -> Result<OwnerReference, String> {
        let path = std::env::temp_dir().join(format!("{name}-{}.json", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let owner = owner(&path).map_err(|error| error.to_string());
        std::fs::remove_file(&path).unwrap();
        owner
    }

    #[test]
    fn the_owner_is_what_the_file_says_and_nothing_more() {
        let text = r#"{"apiVersion": "run.tanzu.vmware.com/v1alpha3",
            "kind": "TanzuKubernetesCluster", "name": "guest", "uid": "c1"}"#;
        let owner = owner_of("owner", text).unwrap();
        assert_eq!((&*owner.name, &*owner.uid), ("guest", "c1"));
        assert_eq!((owner.controller, owner.block_owner_deletion), (None, None));
    }

    #[test]
    fn an_owner_without_uid_and_a_missing_file_are_told_by_file_and_flag() {
        let missing = owner(Path::new("/nowhere/ownerref.json")).unwrap_err();
        assert_eq!(missing.exit_code(), 2);
        let nameless = owner_of("nameless", r#"{"kind": "TanzuKubernetesCluster"}"#);
        for message in [missing.to_string(), nameless.unwrap_err()] {
            assert!(message.contains("--owner-ref-file"), "{message}");
        }
    }

    #[test]
    fn a_cluster_name_leaves_room_for_the_digits() {
        assert!(cluster_name("guest-1").is_ok());
        for wrong in ["", "1guest", "Guest", "guest.1", &"g".repeat(42)] {
            assert!(cluster_name(wrong).is_err(), "{wrong}");
        }
    }
}
