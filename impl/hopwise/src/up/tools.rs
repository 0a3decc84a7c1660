//! kubectl and curl, as programs that nobody here wrote.

use crate::exit::Failure;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// The clients that the story is told with.
#[derive(Clone, Debug)]
pub struct Tools {
    kubectl: PathBuf,
    /// What kubectl says its version is.
    pub version: String,
}

impl Tools {
    /// Finds them.
    ///
    /// # Errors
    /// Ends the program with its own exit code when one of them is not on this machine.
    pub async fn find(kubectl: &Path) -> Result<Tools, Failure> {
        let version = run(Command::new(kubectl).args(["version", "--client"])).await;
        let version = version.with_context(|| {
            format!(
                "run {}: install kubectl, or name one with --kubectl or KUBECTL",
                kubectl.display()
            )
        });
        let version = version.map_err(Failure::tool_missing)?;
        run(Command::new("curl").arg("--version"))
            .await
            .context("run curl: install it")
            .map_err(Failure::tool_missing)?;
        let first = version.lines().next().unwrap_or_default().to_owned();
        Ok(Tools {
            kubectl: kubectl.into(),
            version: first,
        })
    }

    /// Runs kubectl against a cluster and returns what it prints.
    ///
    /// # Errors
    /// What kubectl wrote to its standard error.
    pub async fn kubectl(&self, kubeconfig: &Path, arguments: &[&str]) -> anyhow::Result<String> {
        run(Command::new(&self.kubectl)
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .args(arguments))
        .await
    }

    /// Fetches a page, within two seconds.
    ///
    /// # Errors
    /// What curl wrote to its standard error.
    pub async fn curl(&self, url: &str) -> anyhow::Result<String> {
        run(Command::new("curl").args(["-sS", "--noproxy", "*", "--max-time", "2", "-f", url]))
            .await
    }
}

async fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
