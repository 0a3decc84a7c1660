//! From flags to a running controller.

use crate::{Ctx, run};
use hopwise_api::{VirtualMachine, VirtualMachineService};
use hopwise_shell::cli::{self, Common};
use hopwise_shell::{Credentials, SystemClock, Unusable, check_access, connect};
use k8s_openapi::api::core::v1::{Endpoints, Service};
use kube::Api;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const SUPERVISOR: &str = "the Supervisor";

/// Every VirtualMachineService is looked at again after so long, as vm-operator does.
const RESYNC: Duration = Duration::from_secs(30 * 60);

/// What vmop-controller-manager is told when it starts.
#[derive(Clone, Debug, clap::Args)]
pub struct Flags {
    /// The Supervisor's kubeconfig [default: the pod's service account, else ~/.kube/config]
    #[arg(long, value_name = "FILE", env = "KUBECONFIG")]
    pub kubeconfig: Option<PathBuf>,

    /// What every controller has.
    #[command(flatten)]
    pub common: Common,
}

/// Asks the API server once whether it can be used, then serves until `shutdown`.
///
/// # Errors
/// Before anything is served: one message that says what cannot be used and what to do.
pub async fn execute(
    flags: Flags,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Unusable> {
    let credentials = Credentials::find(flags.kubeconfig.as_deref());
    let client = connect(&credentials, SUPERVISOR).await?;
    let vm_services = Api::<VirtualMachineService>::all(client.clone());
    check_access(&vm_services, SUPERVISOR, &credentials).await?;
    let machines = Api::<VirtualMachine>::all(client.clone());
    check_access(&machines, SUPERVISOR, &credentials).await?;
    let services = Api::<Service>::all(client.clone());
    check_access(&services, SUPERVISOR, &credentials).await?;
    let endpoints = Api::<Endpoints>::all(client.clone());
    check_access(&endpoints, SUPERVISOR, &credentials).await?;
    let ctx = Ctx {
        supervisor: client,
        safeguards: flags.common.safeguards(),
        clock: Arc::new(SystemClock),
        seed: u64::from(std::process::id()),
    };
    run(ctx, cli::ticks(RESYNC), shutdown).await;
    Ok(())
}
