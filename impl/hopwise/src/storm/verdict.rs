//! Whether all is right: what the user wanted, what every server has, and what was left behind.

use anyhow::Context;
use hopwise_api::VirtualMachineService;
use hopwise_api::strings::{annotation, tag};
use hopwise_nsx_client::{NsxClient, Realized, Tag};
use k8s_openapi::api::core::v1::{Endpoints, Service};
use kube::api::ListParams;
use kube::{Api, Client, ResourceExt};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Where to look, as administrators do.
pub struct Witness {
    /// The guest cluster.
    pub guest: Client,
    /// The Supervisor.
    pub supervisor: Client,
    /// The guest cluster's namespace there.
    pub namespace: &'static str,
    /// NSX-T.
    pub nsx: NsxClient,
    /// The pool that addresses come from.
    pub pool: &'static str,
}

/// A Service as its user sees it.
struct Shown {
    name: String,
    address: Option<IpAddr>,
    ports: BTreeSet<u16>,
}

impl Witness {
    /// Everything that is wrong, in sentences.
    ///
    /// # Errors
    /// Says what could not be read.
    pub async fn complaints(
        &self,
        wanted: &BTreeMap<String, Vec<u16>>,
    ) -> anyhow::Result<Vec<String>> {
        let mut wrong = Vec::new();
        let shown = self.shown().await?;
        self.on_the_guest(wanted, &shown, &mut wrong);
        self.on_the_supervisor(&shown, &mut wrong).await?;
        self.in_the_pool(&shown, &mut wrong).await?;
        self.in_the_load_balancer(&shown, &mut wrong).await?;
        Ok(wrong)
    }

    async fn shown(&self) -> anyhow::Result<BTreeMap<String, Shown>> {
        let api = Api::<Service>::namespaced(self.guest.clone(), "default");
        let services = api.list(&ListParams::default()).await;
        let services = services.context("list guest Services")?;
        // A kube-apiserver makes a Service for itself, which asks the chain for nothing.
        let asks = |service: &Service| {
            let spec = service.spec.as_ref();
            spec.and_then(|it| it.type_.as_deref()) == Some("LoadBalancer")
        };
        let shown = services.into_iter().filter(asks).map(|service| {
            let name = service.name_any();
            let spec = service.spec.unwrap_or_default();
            let ports = spec.ports.into_iter().flatten();
            let status = service.status.and_then(|status| status.load_balancer);
            let ingress = status.and_then(|status| status.ingress).unwrap_or_default();
            let address = ingress
                .first()
                .and_then(|one| one.ip.as_deref()?.parse().ok());
            let ports = ports
                .filter_map(|port| u16::try_from(port.port).ok())
                .collect();
            let shown = Shown {
                name,
                address,
                ports,
            };
            (service.metadata.uid.unwrap_or_default(), shown)
        });
        Ok(shown.collect())
    }

    fn on_the_guest(
        &self,
        wanted: &BTreeMap<String, Vec<u16>>,
        shown: &BTreeMap<String, Shown>,
        wrong: &mut Vec<String>,
    ) {
        let mut by_name: BTreeMap<_, _> = shown.values().map(|it| (&it.name, it)).collect();
        for (name, ports) in wanted {
            match by_name.remove(name) {
                None => wrong.push(format!("Service {name} is not there")),
                Some(one) if one.ports != ports.iter().copied().collect() => {
                    wrong.push(format!("Service {name} has ports {:?}", one.ports));
                }
                Some(one) if one.address.is_none() => {
                    wrong.push(format!("Service {name} has no address"));
                }
                Some(_) => {}
            }
        }
        wrong.extend(
            by_name
                .keys()
                .map(|name| format!("Service {name} is still there")),
        );
    }

    async fn on_the_supervisor(
        &self,
        shown: &BTreeMap<String, Shown>,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        let (client, all) = (&self.supervisor, ListParams::default());
        let requests = Api::<VirtualMachineService>::namespaced(client.clone(), self.namespace);
        let requests = requests
            .list(&all)
            .await
            .context("list VirtualMachineServices")?;
        let services = Api::<Service>::namespaced(client.clone(), self.namespace);
        let services = services
            .list(&all)
            .await
            .context("list Supervisor Services")?;
        let endpoints = Api::<Endpoints>::namespaced(client.clone(), self.namespace);
        let endpoints = endpoints.list(&all).await.context("list Endpoints")?;
        let names: BTreeSet<_> = requests.iter().map(ResourceExt::name_any).collect();
        stands_for(shown, "VirtualMachineService", &requests.items, wrong);
        stands_for(shown, "Supervisor Service", &services.items, wrong);
        for one in endpoints
            .iter()
            .filter(|one| !names.contains(&one.name_any()))
        {
            wrong.push(format!("Endpoints {} belong to nobody", one.name_any()));
        }
        Ok(())
    }

    async fn in_the_pool(
        &self,
        shown: &BTreeMap<String, Shown>,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        let allocations = self.nsx.allocations(self.pool).await;
        let (mut owners, mut given) = (BTreeSet::new(), BTreeSet::new());
        for one in allocations.context("list allocations")? {
            let realized = self.nsx.realized_ip(self.pool, &one.id).await;
            let Realized::Done(address) = realized.context("read an address")? else {
                wrong.push(format!("allocation {} has no address", one.id));
                continue;
            };
            if !given.insert(address) {
                wrong.push(format!("{address} is given out twice"));
            }
            let owner = owner(&one.tags);
            match shown.get(&owner) {
                None => wrong.push(format!("{address} is leaked: no Service has UID {owner}")),
                Some(it) if it.address != Some(address) => wrong.push(format!(
                    "Service {} shows {:?}, and {address} is its own",
                    it.name, it.address
                )),
                Some(it) if !owners.insert(owner) => {
                    wrong.push(format!("Service {} has several addresses", it.name));
                }
                Some(_) => {}
            }
        }
        let without = shown.iter().filter(|(uid, _)| !owners.contains(*uid));
        wrong.extend(without.map(|(_, it)| format!("Service {} has no allocation", it.name)));
        Ok(())
    }

    async fn in_the_load_balancer(
        &self,
        shown: &BTreeMap<String, Shown>,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        let mut served: BTreeMap<String, BTreeSet<u16>> = BTreeMap::new();
        for server in self
            .nsx
            .virtual_servers()
            .await
            .context("list virtual servers")?
        {
            let owner = owner(&server.tags);
            if shown.get(&owner).and_then(|it| it.address) != Some(server.ip_address) {
                wrong.push(format!("virtual server {} is nobody's", server.id));
            }
            let ports = server
                .ports
                .iter()
                .filter_map(|port| port.parse::<u16>().ok());
            served.entry(owner).or_default().extend(ports);
        }
        for (uid, it) in shown {
            let ports = served.get(uid).cloned().unwrap_or_default();
            if ports != it.ports {
                wrong.push(format!("Service {} is served at ports {ports:?}", it.name));
            }
        }
        let pools = self.nsx.lb_pools().await.context("list pools")?;
        let left = pools
            .iter()
            .filter(|it| !shown.contains_key(&owner(&it.tags)));
        wrong.extend(left.map(|it| format!("pool {} is nobody's", it.id)));
        let ports: usize = shown.values().map(|it| it.ports.len()).sum();
        if pools.len() != ports {
            wrong.push(format!("{} pools for {ports} ports", pools.len()));
        }
        Ok(())
    }
}

/// Each of these stands for one live Service, and each Service has one.
fn stands_for<K: ResourceExt>(
    shown: &BTreeMap<String, Shown>,
    kind: &str,
    objects: &[K],
    wrong: &mut Vec<String>,
) {
    let mut missing: BTreeMap<_, _> = shown.iter().collect();
    for one in objects {
        let uid = one.annotations().get(annotation::SERVICE_UID);
        if uid.and_then(|uid| missing.remove(uid)).is_none() {
            wrong.push(format!("{kind} {} stands for nobody", one.name_any()));
        }
    }
    wrong.extend(
        missing
            .values()
            .map(|it| format!("Service {} has no {kind}", it.name)),
    );
}

fn owner(tags: &[Tag]) -> String {
    Tag::value(tags, tag::GUEST_SERVICE_UID)
        .unwrap_or_default()
        .to_owned()
}
