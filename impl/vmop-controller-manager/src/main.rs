//! Runs hop 2 on the Supervisor.

use clap::Parser;
use hopwise_api::{VirtualMachine, VirtualMachineService};
use hopwise_shell::cli::{self, Common};
use hopwise_shell::{Credentials, SystemClock, check_access, connect};
use k8s_openapi::api::core::v1::Service;
use kube::Api;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use vmop_controller_manager::{Ctx, run};

/// Every VirtualMachineService is looked at again after so long, as vm-operator does.
const RESYNC: Duration = Duration::from_secs(30 * 60);

/// Gives VirtualMachineServices a Service and Endpoints on the Supervisor.
#[derive(Debug, Parser)]
#[command(name = "vmop-controller-manager", version)]
struct Args {
    /// The Supervisor's kubeconfig [default: the pod's service account, else ~/.kube/config]
    #[arg(long, value_name = "FILE", env = "KUBECONFIG")]
    kubeconfig: Option<PathBuf>,

    #[command(flatten)]
    common: Common,
}

#[tokio::main]
async fn main() -> ExitCode {
    cli::exit(serve(Args::parse()).await)
}

async fn serve(args: Args) -> Result<(), Box<dyn Error>> {
    args.common.log()?;
    let credentials = Credentials::find(args.kubeconfig.as_deref());
    let supervisor = connect(&credentials, "the Supervisor").await?;
    let vm_services = Api::<VirtualMachineService>::all(supervisor.clone());
    check_access(&vm_services, "the Supervisor", &credentials).await?;
    let machines = Api::<VirtualMachine>::all(supervisor.clone());
    check_access(&machines, "the Supervisor", &credentials).await?;
    let services = Api::<Service>::all(supervisor.clone());
    check_access(&services, "the Supervisor", &credentials).await?;
    let ctx = Ctx {
        supervisor,
        safeguards: args.common.safeguards(),
        clock: Arc::new(SystemClock),
        seed: u64::from(std::process::id()),
    };
    run(ctx, cli::ticks(RESYNC), cli::shutdown()).await;
    Ok(())
}
