//! What a kube-apiserver has written down of who asked for what.

use super::rights::Right;
use crate::live::Live;
use anyhow::Context as _;
use hopwise::manifests::Cluster;
use serde_json::Value;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

/// An audit log from some moment on.
pub struct Audit {
    cluster: Cluster,
    log: PathBuf,
    from: u64,
}

impl Audit {
    /// From now on.
    pub fn from_now(live: &Live, cluster: Cluster) -> anyhow::Result<Audit> {
        let log = live.audit_log(super::rights::name_of(cluster));
        let metadata = std::fs::metadata(&log);
        let from = metadata
            .with_context(|| format!("look at {}", log.display()))?
            .len();
        Ok(Audit { cluster, log, from })
    }

    /// What ServiceAccounts were refused with 403 since: of what this right is to, or of anything.
    pub fn refused(&self, of: Option<&Right>) -> anyhow::Result<Vec<String>> {
        let mut file = std::fs::File::open(&self.log)?;
        file.seek(SeekFrom::Start(self.from))?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let events = text.lines().filter_map(|it| serde_json::from_str(it).ok());
        let refused = events.filter(|event: &Value| {
            let user = event["user"]["username"].as_str().unwrap_or_default();
            let is_account = user.starts_with("system:serviceaccount:");
            let is_its = of.is_none_or(|right| right.is_asked_by(self.cluster, event));
            event["responseStatus"]["code"] == 403 && is_account && is_its
        });
        let told = refused.map(|event| {
            let (user, verb) = (&event["user"]["username"], &event["verb"]);
            format!("{user} {verb} {}", event["requestURI"])
        });
        Ok(told.collect())
    }
}
