//! `hopwise run`: one controller against real API servers; the same code as its own program.

use crate::cli::{Cli, Command, Run};
use crate::exit::{Exit, Failure, Outcome};
use crate::up::wait_for_interrupt;
use clap::Parser;

/// Runs the command until it is interrupted.
///
/// # Errors
/// Says what the controller cannot reach or use.
pub async fn run(controller: Run) -> Outcome {
    execute(controller).await?;
    Ok(Exit::Good)
}

/// Runs the controller that a command line describes, as `hopwise up` does.
///
/// # Errors
/// Says what the controller cannot reach or use.
pub async fn controller(words: Vec<String>) -> anyhow::Result<()> {
    let words = std::iter::once("hopwise".to_owned()).chain(words);
    let Command::Run(controller) = Cli::try_parse_from(words)?.command else {
        anyhow::bail!("the command line is none of a controller");
    };
    execute(controller).await.map_err(|failure| failure.error)
}

async fn execute(controller: Run) -> Result<(), Failure> {
    match controller {
        Run::Ccm(flags) => guest_cluster_cloud_provider::execute(flags, wait_for_interrupt())
            .await
            .map_err(|error| failure(error.exit_code(), error.to_string())),
        Run::Vmop(flags) => vmop_controller_manager::execute(flags, wait_for_interrupt())
            .await
            .map_err(|error| failure(error.exit_code(), error.to_string())),
        Run::Ncp(flags) => ncp::execute(flags, wait_for_interrupt())
            .await
            .map_err(|error| failure(error.exit_code(), hopwise_shell::chain(&error))),
    }
}

/// The controllers' own exit codes mean what the program's do.
fn failure(code: u8, message: String) -> Failure {
    let exit = if code == Exit::Usage as u8 {
        Exit::Usage
    } else {
        Exit::Broken
    };
    Failure {
        exit,
        error: anyhow::Error::msg(message),
    }
}
