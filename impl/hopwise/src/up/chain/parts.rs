//! Parts of the chain that should run for ever, here or in a process of their own.

use crate::up::bound::bound;
use anyhow::{Context, anyhow};
use std::future::Future;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;
use tokio::task::JoinSet;

/// A part that should run for ever: its end is an error.
pub(super) async fn part(
    name: &'static str,
    work: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Error {
    let ended = work.await.err().unwrap_or_else(|| anyhow!("it returned"));
    ended.context(format!("{name} ended"))
}

/// Starts this program once more; it is killed when its handle is dropped.
pub(super) fn program(words: &[String]) -> anyhow::Result<Child> {
    let myself = std::env::current_exe().context("find this program's own file")?;
    bound(&myself)?
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("start hopwise {}", words.join(" ")))
}

/// Starts a part and waits for the one line that it prints when it is ready.
pub(super) async fn spawn(
    parts: &mut JoinSet<anyhow::Error>,
    name: &'static str,
    words: Vec<String>,
) -> anyhow::Result<String> {
    let mut child = program(&words)?;
    let output = child
        .stdout
        .take()
        .context("the output of a part is a pipe")?;
    let line = BufReader::new(output).lines().next_line().await?;
    let line = line.with_context(|| format!("the {name} ended before it was ready"))?;
    parts.spawn(outlive(name, child));
    Ok(line)
}

pub(super) async fn outlive(name: &'static str, mut child: Child) -> anyhow::Error {
    match child.wait().await {
        Ok(status) => anyhow!("{name} ended: {status}"),
        Err(error) => anyhow!(error).context(format!("wait for {name}")),
    }
}
