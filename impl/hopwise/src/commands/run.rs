//! `hopwise run`: one controller against real API servers; the same code as its own program.

use crate::cli::{Cli, Command, Run};
use crate::exit::{Exit, Failure, Outcome};
use clap::Parser;
use futures::{Stream, stream};
use hopwise_shell::{chain, signals};

/// Runs the command until it is interrupted.
///
/// # Errors
/// Says what the controller cannot reach or use, or why it ended unasked.
pub async fn run(controller: Run) -> Outcome {
    execute(controller, signals()).await?;
    Ok(Exit::Good)
}

/// Runs the controller that a command line describes, as `hopwise up` does, for ever: an interrupt
/// ends all of `hopwise up` at once.
///
/// # Errors
/// Says what the controller cannot reach or use, or why it ended.
pub async fn controller(words: Vec<String>) -> anyhow::Result<()> {
    let words = std::iter::once("hopwise".to_owned()).chain(words);
    let Command::Run(controller) = Cli::try_parse_from(words)?.command else {
        anyhow::bail!("the command line is none of a controller");
    };
    let ended = execute(*controller, stream::pending()).await;
    ended.map_err(|failure| failure.error)
}

async fn execute(
    controller: Run,
    asks: impl Stream<Item = ()> + Send + 'static,
) -> Result<(), Failure> {
    match controller {
        Run::Ccm(flags) => guest_cluster_cloud_provider::execute(flags, asks)
            .await
            .map_err(|error| failure(error.exit_code(), chain(&error))),
        Run::Vmop(flags) => vmop_controller_manager::execute(flags, asks)
            .await
            .map_err(|error| failure(error.exit_code(), chain(&error))),
        Run::Ncp(flags) => ncp::execute(flags, asks)
            .await
            .map_err(|error| failure(error.exit_code(), chain(&error))),
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
