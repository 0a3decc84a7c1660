//! Runs hop 3 on the Supervisor.

use clap::Parser;
use hopwise_shell::{chain, signals};
use ncp::{Flags, execute};
use std::process::ExitCode;

/// Gives Supervisor Services of type LoadBalancer an address and a load balancer in NSX-T.
#[derive(Debug, Parser)]
#[command(name = "ncp", version)]
struct Args {
    #[command(flatten)]
    flags: Flags,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Args { flags } = Args::parse();
    if let Err(reason) = flags.common.log() {
        eprintln!("error: {reason}");
        return ExitCode::from(2);
    }
    match execute(flags, signals()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", chain(&error));
            ExitCode::from(error.exit_code())
        }
    }
}
