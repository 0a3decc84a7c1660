//! `hopwise run`: one controller against real API servers; the same code as its own program.

use crate::cli::{Cli, Command, Run};
use crate::exit::{Exit, Outcome};
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
    match Cli::try_parse_from(words)?.command {
        Command::Run(controller) => execute(controller).await,
        other => anyhow::bail!("{other:?} is no controller"),
    }
}

async fn execute(controller: Run) -> anyhow::Result<()> {
    match controller {
        Run::Ccm(flags) => Ok(guest_cluster_cloud_provider::execute(flags, wait_for_interrupt()).await?),
        Run::Vmop(flags) => Ok(vmop_controller_manager::execute(flags, wait_for_interrupt()).await?),
        Run::Ncp(flags) => Ok(ncp::execute(flags, wait_for_interrupt()).await?),
    }
}
