//! What a pass decides on: what the watches delivered, and what NSX-T answers.

use crate::desired::Desired;
use crate::parts::{AllParts, Parts};
use crate::{Error, Hop, Lists};
use futures::{Stream, StreamExt, stream};
use hopwise_api::strings::tag;
use hopwise_core::ncp::{Allocation, Listener, Nsx, Observed, Realization, Server};
use hopwise_core::{Clients, Live, Uid};
use hopwise_nsx_client::{IpAllocation, Realized, Tag};
use hopwise_shell::{Heard, narrow};
use hopwise_vocab::Safeguard;
use k8s_openapi::api::core::v1::{Endpoints, Service};
use kube::runtime::reflector::ObjectRef;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why NSX-T gives no address, or does not serve one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The platform's code.
    pub code: i64,
    /// The platform's words.
    pub message: String,
}

/// What NSX-T answered.
pub struct Answer {
    /// What it holds for the Service.
    pub live: Live<Nsx>,
    /// What it holds of addresses, in its own terms.
    pub address: Address,
    /// Why it cannot serve some port, if it said so.
    pub obstacle: Option<Refusal>,
}

/// The Service's allocation as NSX-T knows it.
#[derive(Debug, Default)]
pub struct Address {
    /// Its id, if there is one.
    pub id: Option<String>,
    /// Why it gives no address, if NSX-T said so.
    pub refusal: Option<Refusal>,
}

impl Hop {
    /// Everything that has been seen about a Service.
    pub fn snapshot(&self, service: &Service) -> Observed {
        let (namespace, name) = narrow::key(service);
        let endpoints = ObjectRef::new(&name).within(&namespace);
        let endpoints = self.endpoints.get(&endpoints);
        Observed {
            upstream: Some(narrow::supervisor_service(service)),
            backends: endpoints.map_or_else(Default::default, |found| narrow::backends(&found)),
            live: None,
        }
    }

    /// Reads all that NSX-T holds for a Service, one GET after another. The lists among them are
    /// shared with passes that need them at the same time.
    pub async fn read(&self, desired: &Desired<'_>) -> Result<Answer, Error> {
        let (allocation, address) = self.read_allocation(desired).await?;
        let (servers, obstacle) = self.read_servers(desired).await?;
        Ok(Answer {
            live: Nsx::answered(allocation, servers),
            address,
            obstacle,
        })
    }

    async fn read_allocation(
        &self,
        desired: &Desired<'_>,
    ) -> Result<(Option<Allocation>, Address), Error> {
        let (nsx, pool) = (&self.ctx.nsx, &self.ctx.ip_pool);
        let nothing = (None, Address::default());
        let Some(id) = self.allocation_id(desired).await? else {
            return Ok(nothing);
        };
        if nsx.allocation(pool, &id).await?.is_none() {
            return Ok(nothing);
        }
        let (allocation, refusal) = match nsx.realized_ip(pool, &id).await? {
            Realized::Pending => (Allocation::Pending, None),
            Realized::Done(address) => (Allocation::Realized(address), None),
            Realized::Failed { code, message } => {
                (Allocation::Failed, Some(Refusal { code, message }))
            }
        };
        let id = Some(id);
        Ok((Some(allocation), Address { id, refusal }))
    }

    /// The id to look an allocation up by. Without allocation-by-identity only memory has it, and
    /// without load-before-allocate memory has nothing from before the start.
    async fn allocation_id(&self, desired: &Desired<'_>) -> Result<Option<String>, Error> {
        let on = &self.ctx.safeguards;
        let is_known = on.has(Safeguard::AllocationByIdentity);
        let is_loaded = on.has(Safeguard::LoadBeforeAllocate);
        match (is_known, is_loaded, self.memory.recall(&desired.uid)) {
            (true, true, _) => Ok(Some(desired.ids.allocation().into())),
            (_, _, Some(remembered)) => Ok(remembered),
            (_, false, None) => Ok(None),
            (false, true, None) => {
                let loaded = self.load(&desired.uid).await?;
                self.memory.learn(&desired.uid, loaded.clone());
                Ok(loaded)
            }
        }
    }

    /// The id of an allocation that the Service's tags are on.
    async fn load(&self, service: &Uid) -> Result<Option<String>, Error> {
        let all = self.ctx.nsx.allocations(&self.ctx.ip_pool).await?;
        let is_its = |one: &IpAllocation| {
            Tag::value(&one.tags, tag::CLUSTER) == Some(&self.ctx.cluster)
                && Tag::value(&one.tags, tag::SERVICE_UID) == Some(&service.0)
        };
        Ok(all.into_iter().find(is_its).map(|one| one.id))
    }

    async fn read_servers(
        &self,
        desired: &Desired<'_>,
    ) -> Result<(BTreeMap<Listener, Server>, Option<Refusal>), Error> {
        let nsx = self.ctx.nsx.clone();
        let all = match self.ctx.lists {
            Lists::Shared => self.parts.ask(move || AllParts::read(nsx)).await?,
            Lists::OfEachPass => AllParts::read(nsx).await?.into(),
        };
        let its = all.of(&desired.ids);
        let clients = self.read_clients(&its, desired).await?;
        let (mut servers, mut obstacle) = (BTreeMap::new(), None);
        for (listener, parts) in its {
            let (realization, refusal) = self.read_realization(&parts).await?;
            obstacle = obstacle.or(refusal);
            let server = parts.narrowed(desired, listener, &clients, realization);
            servers.insert(listener, server);
        }
        Ok((servers, obstacle))
    }

    /// Whom the group of clients lets in; it is read if a virtual server asks it. One that is gone, or
    /// that was changed by hand to more than networks, lets nobody in: it is written again.
    async fn read_clients(
        &self,
        its: &BTreeMap<Listener, Parts<'_>>,
        desired: &Desired<'_>,
    ) -> Result<Clients, Error> {
        if !its.values().any(|parts| parts.is_limited(&desired.ids)) {
            return Ok(Clients::All);
        }
        let group = self.ctx.nsx.group(desired.ids.clients()).await?;
        let networks = group.and_then(|group| group.networks());
        Ok(Clients::Of(networks.unwrap_or_default()))
    }

    /// How far a virtual server and its pool have come together. An error whose code NSX-T has not
    /// told yet is no failure: [`Realized`] has it pending.
    async fn read_realization(
        &self,
        parts: &Parts<'_>,
    ) -> Result<(Realization, Option<Refusal>), Error> {
        let (Some(server), Some(pool)) = (&parts.server, &parts.pool) else {
            return Ok((Realization::Unrealized, None));
        };
        let nsx = &self.ctx.nsx;
        let both = [
            nsx.realized_virtual_server(&server.id).await?,
            nsx.realized_lb_pool(&pool.id).await?,
        ];
        let is_done = both.iter().all(|one| *one == Realized::Done(()));
        let refusal = both.into_iter().find_map(|one| match one {
            Realized::Failed { code, message } => Some(Refusal { code, message }),
            Realized::Pending | Realized::Done(()) => None,
        });
        let realization = match &refusal {
            Some(_) => Realization::Failed,
            None if is_done => Realization::Realized,
            None => Realization::Unrealized,
        };
        Ok((realization, refusal))
    }
}

/// Endpoints concern the Service of their name.
pub fn by_name(
    hop: Arc<Hop>,
    heard: impl Stream<Item = Heard<Endpoints>> + Send + 'static,
) -> impl Stream<Item = ObjectRef<Service>> + Send + 'static {
    heard.flat_map(move |heard| {
        stream::iter(match heard {
            Heard::Touched(endpoints) => {
                let (namespace, name) = narrow::key(&endpoints);
                vec![ObjectRef::new(&name).within(&namespace)]
            }
            Heard::Listed => {
                let known = hop.services.state();
                known
                    .iter()
                    .map(|one| ObjectRef::from_obj(&**one))
                    .collect()
            }
        })
    })
}
