//! Everything that the chain does, in one run: serve, grow, delete, edit, run out, free, sweep, lead.

use super::ADDRESS;
use crate::live::{GLANCE, Live, Stopped};
use hopwise::storm::verdict::Witness;
use hopwise::up::chain::NAMESPACE;
use hopwise_api::strings::label::{NODE_CLUSTER, NODE_ROLE, NODE_ROLE_NODE};
use hopwise_api::strings::{condition, lease};
use hopwise_api::{VirtualMachine, VirtualMachineService};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Event, Service};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::process::Child;

/// A node that comes later.
const MACHINE: &str = "demo-node-3";
/// Its address: nobody listens there.
const MACHINE_ADDRESS: &str = "192.0.2.3";

/// Where the story happens.
pub struct Stage {
    services: Api<Service>,
    guest_events: Api<Event>,
    supervisor_events: Api<Event>,
    machines: Api<VirtualMachine>,
    requests: Api<VirtualMachineService>,
    leases: [(Api<Lease>, &'static str); 3],
    witness: Witness,
}

impl Stage {
    /// On a chain.
    pub fn of(live: &Live) -> anyhow::Result<Stage> {
        let guest: Client = live.served.guest.clone();
        let supervisor: Client = live.served.supervisor.clone();
        Ok(Stage {
            services: Api::namespaced(guest.clone(), "default"),
            guest_events: Api::namespaced(guest.clone(), "default"),
            supervisor_events: Api::namespaced(supervisor.clone(), NAMESPACE),
            machines: Api::namespaced(supervisor.clone(), NAMESPACE),
            requests: Api::namespaced(supervisor.clone(), NAMESPACE),
            leases: [
                (&guest, lease::CCM),
                (&supervisor, lease::VMOP),
                (&supervisor, lease::NCP),
            ]
            .map(|(client, of)| (Api::namespaced(client.clone(), of.namespace), of.name)),
            witness: live.witness()?,
        })
    }

    /// Tells it of a ccm and its peers; the first step that does not come true in time is the error.
    pub async fn tell(&self, ccm: &Child, patience: Duration) -> Result<(), String> {
        let wait = Wait(patience);
        self.create_and_grow(&wait).await?;
        self.edit(&wait).await?;
        self.run_out(&wait).await?;
        self.sweep(ccm, &wait).await?;
        wait.until("go on leading", async || self.lead_on().await)
            .await
    }

    async fn create_and_grow(&self, wait: &Wait) -> Result<(), String> {
        asked(self.create("web").await)?;
        wait.until("get an address", async || self.has_address("web").await)
            .await?;
        wait.until("tell by Events", async || self.have_told().await)
            .await?;
        asked(self.add_machine().await)?;
        wait.until("serve a new node", async || self.has_member().await)
            .await?;
        asked(self.delete("web").await)?;
        wait.until("delete", async || {
            let is_gone = self.services.get_opt("web").await?.is_none();
            Ok(is_gone && self.is_empty().await?)
        })
        .await
    }

    async fn edit(&self, wait: &Wait) -> Result<(), String> {
        asked(self.create("web").await)?;
        wait.until("get an address again", async || {
            self.has_address("web").await
        })
        .await?;
        let ports = json!({"spec": {"ports": [{"name": "p", "port": 443}]}});
        asked(
            self.services
                .patch("web", &PatchParams::default(), &Patch::Merge(ports))
                .await,
        )?;
        wait.until("bring an edit down", async || self.serves("443").await)
            .await
    }

    async fn run_out(&self, wait: &Wait) -> Result<(), String> {
        asked(self.create("waiter").await)?;
        wait.until("tell of exhaustion", async || self.has_none("waiter").await)
            .await?;
        asked(self.delete("web").await)?;
        wait.until("serve who waits", async || self.has_address("waiter").await)
            .await
    }

    async fn sweep(&self, ccm: &Child, wait: &Wait) -> Result<(), String> {
        // A ccm that sees the deletion before the finalizer is taken away needs no sweep.
        let stopped = Stopped::stop(ccm).map_err(|error| format!("sweep: {error:#}"))?;
        asked(self.tear_away("waiter").await)?;
        drop(stopped);
        wait.until("sweep", async || {
            let requests = self.requests.list(&ListParams::default()).await?;
            Ok(requests.items.is_empty() && self.is_empty().await?)
        })
        .await
    }

    /// Removes all Events.
    pub async fn forget(&self) -> anyhow::Result<()> {
        for events in [&self.guest_events, &self.supervisor_events] {
            let all = (&DeleteParams::default(), &ListParams::default());
            events.delete_collection(all.0, all.1).await?;
        }
        Ok(())
    }

    /// Removes what the user has made, whoever holds it.
    pub async fn clear(&self) -> anyhow::Result<()> {
        for name in ["web", "waiter"] {
            if self.services.get_opt(name).await?.is_some() {
                self.tear_away(name).await?;
            }
        }
        gone(
            self.machines
                .delete(MACHINE, &DeleteParams::default())
                .await,
        )?;
        Ok(())
    }

    async fn create(&self, name: &str) -> Result<(), kube::Error> {
        let service = json!({"metadata": {"name": name}, "spec": {"type": "LoadBalancer",
            "ports": [{"name": "p", "port": 8080}]}});
        let service = serde_json::from_value(service).expect("this is a Service");
        let params = PostParams::default();
        let made = self.services.create(&params, &service).await;
        made.map(|_| ())
    }

    async fn delete(&self, name: &str) -> Result<(), kube::Error> {
        gone(self.services.delete(name, &DeleteParams::default()).await)
    }

    async fn tear_away(&self, name: &str) -> Result<(), kube::Error> {
        self.delete(name).await?;
        let free = Patch::Merge(json!({"metadata": {"finalizers": null}}));
        gone(
            self.services
                .patch(name, &PatchParams::default(), &free)
                .await,
        )
    }

    async fn add_machine(&self) -> Result<(), kube::Error> {
        let machine = json!({"metadata": {"name": MACHINE, "labels": {
            NODE_CLUSTER: "demo", NODE_ROLE: NODE_ROLE_NODE}}, "spec": {}});
        let machine = serde_json::from_value(machine).expect("this is a VirtualMachine");
        self.machines
            .create(&PostParams::default(), &machine)
            .await?;
        let status = json!({"status": {"network": {"primaryIP4": MACHINE_ADDRESS}}});
        let (params, status) = (PatchParams::default(), Patch::Merge(status));
        self.machines
            .patch_status(MACHINE, &params, &status)
            .await?;
        Ok(())
    }

    async fn has_address(&self, name: &str) -> anyhow::Result<bool> {
        let status = self.services.get(name).await?.status;
        let ingress = status.and_then(|it| it.load_balancer?.ingress);
        let mut shown = ingress.into_iter().flatten().filter_map(|it| it.ip);
        Ok(shown.any(|ip| ip == ADDRESS))
    }

    async fn has_none(&self, name: &str) -> anyhow::Result<bool> {
        let status = self.services.get(name).await?.status;
        let mut told = status.and_then(|it| it.conditions).into_iter().flatten();
        Ok(told.any(|it| it.type_ == condition::POOL_EXHAUSTED && it.status == "True"))
    }

    /// Whether each part has told of itself by an Event where it does.
    async fn have_told(&self) -> anyhow::Result<bool> {
        let tellers = async |events: &Api<Event>| {
            let all = events.list(&ListParams::default()).await?;
            let sources = all.into_iter().filter_map(|it| it.source?.component);
            Ok::<BTreeSet<String>, kube::Error>(sources.collect())
        };
        let guest = tellers(&self.guest_events).await?;
        let supervisor = tellers(&self.supervisor_events).await?;
        Ok(guest.contains("service-controller")
            && supervisor.contains("vmop-controller-manager")
            && supervisor.contains("ncp"))
    }

    async fn has_member(&self) -> anyhow::Result<bool> {
        let pools = self.witness.nsx.lb_pools().await?;
        let mut members = pools.into_iter().flat_map(|it| it.members);
        Ok(members.any(|it| it.ip_address.to_string() == MACHINE_ADDRESS))
    }

    async fn serves(&self, port: &str) -> anyhow::Result<bool> {
        let servers = self.witness.nsx.virtual_servers().await?;
        Ok(!servers.is_empty() && servers.iter().all(|it| it.ports == [port]))
    }

    /// Whether every lease was renewed since its holder has it.
    async fn lead_on(&self) -> anyhow::Result<bool> {
        for (leases, name) in &self.leases {
            let spec = leases.get(name).await?.spec.unwrap_or_default();
            if spec.renew_time <= spec.acquire_time {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether NSX-T has nothing.
    async fn is_empty(&self) -> anyhow::Result<bool> {
        let nsx = &self.witness.nsx;
        Ok(nsx.allocations(self.witness.pool).await?.is_empty()
            && nsx.virtual_servers().await?.is_empty())
    }
}

/// How long a step may take.
struct Wait(Duration);

impl Wait {
    async fn until(
        &self,
        step: &str,
        is_done: impl AsyncFn() -> anyhow::Result<bool>,
    ) -> Result<(), String> {
        let trying = async {
            // What cannot be read is not done.
            while !is_done().await.unwrap_or(false) {
                tokio::time::sleep(GLANCE).await;
            }
        };
        let ended = tokio::time::timeout(self.0, trying).await;
        ended.map_err(|_| step.to_owned())
    }
}

/// What a user asks is granted, whatever the chain may do.
fn asked<T>(answer: Result<T, kube::Error>) -> Result<(), String> {
    answer
        .map(|_| ())
        .map_err(|error| format!("be asked: {error}"))
}

/// What was to go may have gone.
fn gone<T>(answer: Result<T, kube::Error>) -> Result<(), kube::Error> {
    match answer {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        answer => answer.map(|_| ()),
    }
}
