//! A server that is another program: its log, its end, and how it is asked to end.

use super::bound::bound;
use anyhow::{Context, anyhow};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Child;

/// How long a program may take to end when it is asked to.
const FAREWELL: Duration = Duration::from_secs(10);
/// How much of a log is shown when its program ends by itself.
const LINES: usize = 5;

/// A running program; it is killed when it is dropped.
pub struct Program {
    name: String,
    log: PathBuf,
    child: Child,
}

impl Program {
    /// Starts it in a folder, where its log goes.
    ///
    /// # Errors
    /// Says which program cannot be started, or which log cannot be written.
    pub fn start(
        name: &str,
        program: &Path,
        arguments: &[String],
        folder: &Path,
    ) -> anyhow::Result<Program> {
        let log = folder.join(format!("{name}.log"));
        let into = File::create(&log).with_context(|| format!("write {}", log.display()))?;
        let copy = into
            .try_clone()
            .context("share a log between two streams")?;
        let child = bound(program)?
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(into)
            .stderr(copy)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {}", program.display()))?;
        Ok(Program {
            name: name.into(),
            log,
            child,
        })
    }

    /// Returns when it ends, with the end of its log.
    pub async fn ended(&mut self) -> anyhow::Error {
        let name = &self.name;
        match self.child.wait().await {
            Ok(status) => anyhow!("{name} ended: {status}; {}", self.last_words()),
            Err(error) => anyhow!(error).context(format!("wait for {name}")),
        }
    }

    /// Asks it to end, waits until it did, and kills it if it takes too long.
    pub async fn stop(&mut self) {
        #[cfg(unix)]
        if let Some(id) = self.child.id().and_then(|id| i32::try_from(id).ok()) {
            let id = rustix::process::Pid::from_raw(id).expect("a child's id is not zero");
            let _gone_already = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
        if tokio::time::timeout(FAREWELL, self.child.wait())
            .await
            .is_err()
        {
            tracing::warn!(name = self.name, "kill what does not end");
            let _gone_already = self.child.kill().await;
        }
    }

    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        let last = &lines[lines.len().saturating_sub(LINES)..];
        format!("the end of {}:\n{}", self.log.display(), last.join("\n"))
    }
}
