//! Runs hop 1 inside a guest cluster.

use clap::Parser;
use guest_cluster_cloud_provider::{Cluster, Ctx, run};
use hopwise_api::VirtualMachineService;
use hopwise_api::strings::credentials;
use hopwise_shell::cli::{self, Common};
use hopwise_shell::{Credentials, SystemClock, check_access, connect};
use k8s_openapi::api::core::v1::Service;
use kube::Api;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Gives the guest cluster's Services of type LoadBalancer an address, by way of the Supervisor.
#[derive(Debug, Parser)]
#[command(name = "guest-cluster-cloud-provider", version)]
struct Args {
    /// The guest cluster's kubeconfig [default: the pod's service account, else ~/.kube/config]
    #[arg(long, value_name = "FILE", env = "KUBECONFIG")]
    kubeconfig: Option<PathBuf>,

    /// The Supervisor's kubeconfig; its context's namespace is the cluster's there
    #[arg(long, value_name = "FILE", env = "SUPERVISOR_KUBECONFIG")]
    supervisor_kubeconfig: Option<PathBuf>,

    /// The Supervisor's credentials: a directory with the files token, ca.crt and namespace
    #[arg(long, value_name = "DIR", env = "SUPERVISOR_CREDS_DIR", default_value = credentials::DIR)]
    #[arg(conflicts_with = "supervisor_kubeconfig")]
    supervisor_creds_dir: PathBuf,

    /// The cluster's name on the Supervisor, at most 41 characters and beginning with a letter
    #[arg(long, value_name = "NAME", env = "CLUSTER_NAME", value_parser = cluster_name)]
    cluster_name: String,

    /// How often the Supervisor is asked for addresses
    #[arg(
        long,
        value_name = "DURATION",
        env = "POLL_INTERVAL",
        default_value = "10s"
    )]
    #[arg(value_parser = cli::duration)]
    poll_interval: Duration,

    #[command(flatten)]
    common: Common,
}

/// A name that still makes a VirtualMachineService's name: 63 characters less a dash and 21 digits,
/// and a DNS label that begins with a letter.
fn cluster_name(name: &str) -> Result<String, String> {
    let is_label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_led = name.starts_with(|c: char| c.is_ascii_lowercase());
    if is_led && name.chars().all(is_label) && name.len() <= 41 {
        return Ok(name.into());
    }
    Err("at most 41 lower-case letters, digits and dashes, beginning with a letter".into())
}

#[tokio::main]
async fn main() -> ExitCode {
    cli::exit(serve(Args::parse()).await)
}

async fn serve(args: Args) -> Result<(), Box<dyn Error>> {
    args.common.log()?;
    let for_guest = Credentials::find(args.kubeconfig.as_deref());
    let for_supervisor = match args.supervisor_kubeconfig {
        Some(paths) => Credentials::find(Some(&paths)),
        None => Credentials::Directory(args.supervisor_creds_dir),
    };
    let guest = connect(&for_guest, "the guest cluster").await?;
    let supervisor = connect(&for_supervisor, "the Supervisor").await?;
    let services = Api::<Service>::all(guest.clone());
    check_access(&services, "the guest cluster", &for_guest).await?;
    let vm_services = Api::<VirtualMachineService>::default_namespaced(supervisor.clone());
    check_access(&vm_services, "the Supervisor", &for_supervisor).await?;
    let cluster = Cluster {
        name: args.cluster_name,
        namespace: supervisor.default_namespace().into(),
    };
    let ctx = Ctx {
        guest,
        supervisor,
        cluster,
        safeguards: args.common.safeguards(),
        clock: Arc::new(SystemClock),
        seed: u64::from(std::process::id()),
    };
    run(ctx, cli::ticks(args.poll_interval), cli::shutdown()).await;
    Ok(())
}
