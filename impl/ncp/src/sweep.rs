//! What NSX-T holds for a Service that is nobody: found by tags, proved by a live read, removed.

use crate::{Error, Hop};
use hopwise_api::strings::tag;
use hopwise_core::sweep::{Nobody, suspect};
use hopwise_core::{Live, Uid};
use hopwise_nsx_client::{Found, HttpMonitor, Tag, Tree};
use hopwise_shell::{chain, list, narrow};
use hopwise_vocab::Safeguard;
use k8s_openapi::api::core::v1::Service;
use kube::Api;
use kube::api::ListParams;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tracing::{info, warn};

const ALLOCATION: &str = "IpAddressAllocation";
const SERVER: &str = "LBVirtualServer";
const POOL: &str = "LBPool";
const GROUP: &str = "Group";
const ALL: [&str; 5] = [ALLOCATION, SERVER, POOL, GROUP, HttpMonitor::TYPE];

/// Sweeps once after every tick, beside the passes. Ticks during a sweep are one.
pub async fn sweeping(hop: Arc<Hop>) {
    let mut failed = None;
    loop {
        hop.ticked.notified().await;
        if !hop.ctx.safeguards.has(Safeguard::SweepOrphans) {
            continue;
        }
        if let Err(error) = hop.sweep(&mut failed).await {
            let reason = chain(&error);
            warn!(reason, "the sweep failed; the next tick tries again");
        }
    }
}

impl Hop {
    /// Removes what stands for the first Service that turns out to be nobody. Which one it was stays
    /// in `failed` if that fails.
    async fn sweep(&self, failed: &mut Option<Uid>) -> Result<(), Error> {
        let held = self.held().await?;
        let owners: BTreeSet<Uid> = held.keys().cloned().collect();
        let services = self.services.state();
        let seen = services.iter().map(|one| narrow::uid(&one.metadata));
        let last = failed.take();
        let safeguards = &self.ctx.safeguards;
        let Some(suspect) = suspect(&owners, &seen.collect(), last.as_ref(), safeguards) else {
            return Ok(());
        };
        *failed = Some(suspect.clone());
        let live = self.read_owner(&suspect).await?;
        if let Some(nobody) = Nobody::proven(suspect, &live) {
            let things = held.get(nobody.uid()).map_or(&[][..], Vec::as_slice);
            self.remove(&nobody, things).await?;
        }
        *failed = None;
        Ok(())
    }

    /// What the cluster's ncp wrote, by the Service that it stands for.
    async fn held(&self) -> Result<BTreeMap<Uid, Vec<Found>>, Error> {
        let ours = Tag::new(tag::CLUSTER, &self.ctx.cluster);
        let all = self.ctx.nsx.tagged(&ALL, &ours);
        let mut held: BTreeMap<Uid, Vec<Found>> = BTreeMap::new();
        for found in all.await? {
            if let Some(uid) = Tag::value(&found.tags, tag::SERVICE_UID) {
                held.entry(Uid(uid.into())).or_default().push(found);
            }
        }
        Ok(held)
    }

    /// Looks for the Service of a UID. Tags do not tell its name, so that all are listed.
    async fn read_owner(&self, uid: &Uid) -> Result<Live<Uid>, Error> {
        let services = Api::<Service>::all(self.ctx.supervisor.clone());
        let all = list(&services, &ListParams::default()).await?;
        let mut uids = all.iter().map(|one| narrow::uid(&one.metadata));
        Ok(Live::answered(uids.find(|one| one == uid)))
    }

    /// Unprograms, then withdraws: an address is given back only when nothing serves it.
    async fn remove(&self, nobody: &Nobody, things: &[Found]) -> Result<(), Error> {
        let of = |kind: &'static str| things.iter().filter(move |one| one.resource_type == kind);
        let tree = of(SERVER).fold(Tree::default(), |tree, one| {
            tree.delete_virtual_server(&one.id)
        });
        let tree = of(POOL).fold(tree, |tree, one| tree.delete_lb_pool(&one.id));
        let tree = of(GROUP).fold(tree, |tree, one| tree.delete_group(&one.id));
        let tree = of(HttpMonitor::TYPE).fold(tree, |tree, one| tree.delete_http_monitor(&one.id));
        if !tree.is_empty() {
            self.ctx.nsx.patch_infra(&tree).await?;
        }
        for allocation in of(ALLOCATION) {
            let Some(pool) = pool_of(&allocation.path) else {
                continue;
            };
            self.ctx.nsx.delete_allocation(pool, &allocation.id).await?;
        }
        self.memory.forget(nobody.uid());
        let (service, things) = (nobody.uid().0.as_str(), things.len());
        info!(
            service,
            things, "swept what stood for a Service that is gone"
        );
        Ok(())
    }
}

/// The pool of an allocation: `/infra/ip-pools/POOL/ip-allocations/ID`.
fn pool_of(path: &str) -> Option<&str> {
    let pool = path.strip_prefix("/infra/ip-pools/")?;
    pool.split_once('/').map(|(pool, _)| pool)
}
