//! Controllers as processes of their own: started again whenever they end, and killed.

use super::Record;
use crate::up::bound::bound;
use anyhow::Context;
use hopwise_vocab::Hop;
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Child;
use tokio::sync::mpsc::UnboundedReceiver;

/// How long until a controller that ended is started again, as a kubelet does.
const RESTART: Duration = Duration::from_millis(100);

/// A controller and how to start it.
pub struct Controller {
    /// Which.
    pub hop: Hop,
    /// Its arguments.
    pub words: Vec<String>,
    /// Where its log goes.
    pub log: PathBuf,
    /// Where it is written down when it ends.
    pub record: Record,
}

impl Controller {
    /// Keeps it running; each item of `kills` kills it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn keep(self, mut kills: UnboundedReceiver<()>) -> anyhow::Result<()> {
        loop {
            let mut child = self.start()?;
            let hop = self.hop.name();
            tokio::select! {
                ended = child.wait() => {
                    let code = ended.context("wait for a controller")?.code();
                    self.record.add("ended", json!({"hop": hop, "code": code}));
                }
                Some(()) = kills.recv() => {
                    child.kill().await.with_context(|| format!("kill {hop}"))?;
                    self.record.add("kill", json!({"hop": hop}));
                }
            }
            tokio::time::sleep(RESTART).await;
        }
    }

    fn start(&self) -> anyhow::Result<Child> {
        let myself = std::env::current_exe().context("find this program's own file")?;
        bound(&myself)?
            .args(&self.words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(appended(&self.log)?)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {}", self.hop.name()))
    }
}

fn appended(path: &Path) -> anyhow::Result<File> {
    let mut options = File::options();
    let opened = options.create(true).append(true).open(path);
    opened.with_context(|| format!("write {}", path.display()))
}
