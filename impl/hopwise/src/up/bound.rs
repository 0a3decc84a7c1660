//! Programs that end with the one that started them, however that ends: who is killed with SIGKILL
//! ends nothing any more.
//!
//! The kernel kills a child when its parent has ended, if the child has asked for that. So this
//! program is started first, asks, and becomes the one that is meant.

use anyhow::Context;
use std::ffi::OsString;
use std::path::Path;
use tokio::process::Command;

/// The word by which this program is told to become another.
const WORD: &str = "end-with-parent";

/// The command of a program that ends with this one, where the system is Linux.
///
/// # Errors
/// When this program's own file is not to be found.
pub fn bound(program: &Path) -> anyhow::Result<Command> {
    if !cfg!(target_os = "linux") {
        return Ok(Command::new(program));
    }
    let myself = std::env::current_exe().context("find this program's own file")?;
    let mut command = Command::new(myself);
    command
        .arg(WORD)
        .arg(std::process::id().to_string())
        .arg(program);
    Ok(command)
}

/// Becomes another program where the command line says so. To be called before anything else.
///
/// # Errors
/// When that program cannot be started, or the one that it is to end with has ended.
pub fn become_bound() -> anyhow::Result<()> {
    let mut words = std::env::args_os().skip(1);
    match words.next() {
        Some(word) if word == WORD => become_other(&words.collect::<Vec<_>>()),
        Some(_) | None => Ok(()),
    }
}

#[cfg(target_os = "linux")]
fn become_other(words: &[OsString]) -> anyhow::Result<()> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    use std::os::unix::process::CommandExt;
    let [parent, program, arguments @ ..] = words else {
        anyhow::bail!("{WORD} takes the id of a process, a program and its arguments");
    };
    set_parent_process_death_signal(Some(Signal::KILL)).context("ask to end with the parent")?;
    // It may have ended before that was asked for.
    let now = getppid().map(|id| id.as_raw_nonzero().to_string());
    anyhow::ensure!(
        now.as_deref() == parent.to_str(),
        "the program that started this one has ended"
    );
    let error = std::process::Command::new(program).args(arguments).exec();
    Err(error).with_context(|| format!("start {}", program.display()))
}

#[cfg(not(target_os = "linux"))]
fn become_other(_: &[OsString]) -> anyhow::Result<()> {
    anyhow::bail!("{WORD} is of Linux alone")
}
