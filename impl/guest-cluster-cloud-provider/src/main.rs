//! Runs hop 1 inside a guest cluster.

use clap::Parser;
use guest_cluster_cloud_provider::{Flags, execute};
use hopwise_shell::{cli, signals};
use std::process::ExitCode;

/// Gives the guest cluster's Services of type LoadBalancer an address, by way of the Supervisor.
#[derive(Debug, Parser)]
#[command(name = "guest-cluster-cloud-provider", version)]
struct Args {
    #[command(flatten)]
    flags: Flags,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Args { flags } = Args::parse();
    let common = flags.common.clone();
    cli::run(&common, execute(flags, signals())).await
}
