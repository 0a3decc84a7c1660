//! kube-apiserver and etcd, as programs that nobody here wrote.

use crate::exit::Failure;
use anyhow::{Context, anyhow};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// The two programs that a control plane is made of.
#[derive(Clone, Debug)]
pub struct Assets {
    /// The API server.
    pub kube_apiserver: PathBuf,
    /// Where it keeps objects.
    pub etcd: PathBuf,
    /// What both say they are, for people.
    pub versions: String,
}

impl Assets {
    /// Finds them in the folder that is named, or where `tests/real-cluster/run build` puts them.
    ///
    /// # Errors
    /// Ends the program with its own exit code when one of them is not there.
    pub async fn find(named: Option<&Path>) -> Result<Assets, Failure> {
        let folder = named.map(Path::to_owned).or_else(built);
        let folder = folder
            .context("there is neither --assets nor a home directory to look for kube-apiserver in")
            .map_err(Failure::usage)?;
        let (kube_apiserver, etcd) = (folder.join("kube-apiserver"), folder.join("etcd"));
        // "Kubernetes v1.34.4", and "etcd Version: 3.6.16" with more lines below.
        let kubernetes = version(&kube_apiserver).await?;
        let store = version(&etcd).await?.replace("etcd Version:", "etcd");
        Ok(Assets {
            kube_apiserver,
            etcd,
            versions: format!(
                "{} on {store}",
                kubernetes.replace("Kubernetes", "kube-apiserver")
            ),
        })
    }
}

/// Where `tests/real-cluster/run build` puts what it builds.
fn built() -> Option<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|it| it.is_absolute())
    };
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    Some(cache?.join("hopwise/real-cluster"))
}

/// The first line of what a program says its version is.
async fn version(program: &Path) -> Result<String, Failure> {
    let output = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await;
    let said = output.map_err(anyhow::Error::from).and_then(|output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().next().map(|line| line.trim().to_owned());
        line.filter(|_| output.status.success()).ok_or_else(|| {
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            anyhow!("{} {}", output.status, error.trim_end())
        })
    });
    said.with_context(|| {
        format!(
            "run {}: build it with tests/real-cluster/run build, or name the folder that has it \
             with --assets or KUBEBUILDER_ASSETS",
            program.display()
        )
    })
    .map_err(Failure::tool_missing)
}
