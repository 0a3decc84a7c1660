//! Which cluster was asked, and what it is that it does not answer.

use super::{Access, Unseen};
use crate::up::chain::{DIRECTORY, GUEST_KUBECONFIG, SUPERVISOR_KUBECONFIG};
use anyhow::Context;
use std::fmt;
use std::path::Path;

/// One of the two, with the kubeconfig that names it.
#[derive(Clone, Copy)]
pub(super) enum Cluster<'a> {
    /// The guest cluster; none where kubectl's own configuration names it.
    Guest(Option<&'a Path>),
    /// The Supervisor.
    Supervisor(&'a Path),
}

impl<'a> Cluster<'a> {
    /// The guest cluster.
    pub fn guest(access: &'a Access) -> Self {
        Cluster::Guest(access.guest.as_deref())
    }

    /// What it said, or that it does not answer, and what to do.
    pub fn said<T>(
        self,
        answer: kube::Result<T>,
        asked: impl FnOnce() -> String,
    ) -> Result<T, Unseen> {
        let is_refusal = matches!(answer, Err(kube::Error::Api(_)));
        let said = match is_refusal {
            true => answer.with_context(|| format!("{}: {self} refuses", asked())),
            false => answer.with_context(|| format!("{self} does not answer{}", self.advice())),
        };
        said.map_err(Unseen::Silent)
    }

    fn advice(self) -> &'static str {
        let ours = match self {
            Cluster::Guest(Some(path)) => {
                path.ends_with(Path::new(DIRECTORY).join(GUEST_KUBECONFIG))
            }
            Cluster::Guest(None) => false,
            Cluster::Supervisor(path) => {
                path.ends_with(Path::new(DIRECTORY).join(SUPERVISOR_KUBECONFIG))
            }
        };
        if ours {
            " (is `hopwise up` still running there?)"
        } else {
            ""
        }
    }
}

impl fmt::Display for Cluster<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cluster::Guest(None) => to.write_str("the guest cluster"),
            Cluster::Guest(Some(path)) => write!(to, "the guest cluster of {}", path.display()),
            Cluster::Supervisor(path) => write!(to, "the Supervisor of {}", path.display()),
        }
    }
}
