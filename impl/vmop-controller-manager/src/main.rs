//! Runs hop 2 on the Supervisor.

use clap::Parser;
use hopwise_shell::{cli, signals};
use std::process::ExitCode;
use vmop_controller_manager::{Flags, execute};

/// Gives VirtualMachineServices a Service and Endpoints on the Supervisor.
#[derive(Debug, Parser)]
#[command(name = "vmop-controller-manager", version)]
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
