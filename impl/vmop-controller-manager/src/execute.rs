//! From flags to a running controller.

use crate::{Ctx, run};
use futures::Stream;
use hopwise_api::strings::{component, lease, port};
use hopwise_api::{VirtualMachine, VirtualMachineService};
use hopwise_shell::cli::{self, Common};
use hopwise_shell::{Credentials, Ended, SystemClock, Telemetry, check_access, connect, lead};
use k8s_openapi::api::core::v1::{Endpoints, Service};
use kube::Api;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const SUPERVISOR: &str = "the Supervisor";

/// What vmop-controller-manager is told when it starts.
#[derive(Clone, Debug, clap::Args)]
pub struct Flags {
    /// The Supervisor's kubeconfig [default: the pod's service account, else ~/.kube/config]
    #[arg(long, value_name = "FILE", env = "KUBECONFIG")]
    pub kubeconfig: Option<PathBuf>,

    /// How often every VirtualMachineService is looked at again; vm-operator does so every 30m
    ///
    /// A watch that breaks does not tell of what went meanwhile.
    #[arg(long, value_name = "DURATION", env = "RESYNC", default_value = "30m")]
    #[arg(value_parser = cli::duration)]
    pub resync: Duration,

    /// What every controller has.
    #[command(flatten)]
    pub common: Common,
}

/// Asks the API server once whether it can be used, waits for the lease if one is wanted, and
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
    let credentials = Credentials::find(flags.kubeconfig.as_deref());
    let telemetry = Telemetry::of(component::VMOP);
    let client = connect(&credentials, SUPERVISOR, &telemetry).await?;
    let vm_services = Api::<VirtualMachineService>::all(client.clone());
    check_access(&vm_services, SUPERVISOR, &credentials).await?;
    let machines = Api::<VirtualMachine>::all(client.clone());
    check_access(&machines, SUPERVISOR, &credentials).await?;
    let services = Api::<Service>::all(client.clone());
    check_access(&services, SUPERVISOR, &credentials).await?;
    let endpoints = Api::<Endpoints>::all(client.clone());
    check_access(&endpoints, SUPERVISOR, &credentials).await?;
    let (seed, common) = (cli::seed(&SystemClock), flags.common);
    let candidate = common.candidate(&client, lease::VMOP, seed)?;
    let _serving = common.serve(&telemetry, port::VMOP).await?;
    let ctx = Ctx {
        supervisor: client,
        safeguards,
        decide: hopwise_core::vmop::decide,
        clock: Arc::new(SystemClock),
        seed,
        telemetry: telemetry.clone(),
    };
    let serve = |asked| run(ctx, cli::ticks(flags.resync), asked);
    let grace = common.shutdown_grace_period;
    lead(candidate, grace, &telemetry, asks, serve).await
}
