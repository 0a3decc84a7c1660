//! The API servers of the two clusters: embedded ones, here or in processes of their own, or those
//! that others wrote.

use super::parts::spawn;
use super::{NAMESPACE, Plan};
use crate::manifests::Cluster;
use crate::storm::Weather;
use crate::up::Wire;
use crate::up::apiserver::ServedApi;
use crate::up::assets::Assets;
use crate::up::control_plane::{ControlPlane, ControlPlanePlan};
use hopwise_apiserver::HISTORY;
use tokio::task::JoinSet;

/// Both, listening; the administrators' kubeconfigs are written. They end when this is dropped.
pub(super) struct ApiServers {
    pub urls: [String; 2],
    pub embedded: Vec<Box<dyn Send>>,
    pub control_planes: Vec<(Cluster, ControlPlane)>,
}

impl Plan {
    /// Embedded ones in this process, each under its weather.
    pub(super) async fn embedded(
        &self,
        weather: [Option<Weather>; 2],
    ) -> anyhow::Result<ApiServers> {
        let [over_guest, over_supervisor] = weather;
        let (listen, tls) = (self.listen, Wire::Tls);
        let guest = ServedApi::start_in(over_guest, "guest", listen, tls, HISTORY).await?;
        guest.write_kubeconfig(&self.guest_kubeconfig(), "default")?;
        let supervisor =
            ServedApi::start_in(over_supervisor, "supervisor", listen, tls, HISTORY).await?;
        supervisor.write_kubeconfig(&self.supervisor_kubeconfig(), NAMESPACE)?;
        for (cluster, server) in [(Cluster::Guest, &guest), (Cluster::Supervisor, &supervisor)] {
            for account in self.accounts(cluster) {
                server.write_account(&account)?;
            }
        }
        Ok(ApiServers {
            urls: [guest.url(), supervisor.url()],
            embedded: vec![Box::new(guest), Box::new(supervisor)],
            control_planes: Vec::new(),
        })
    }

    /// Embedded ones, each in a process of its own.
    pub(super) async fn separate(
        &self,
        parts: &mut JoinSet<anyhow::Error>,
    ) -> anyhow::Result<ApiServers> {
        let listen = self.listen.to_string();
        let guest = self.apiserver_words(Cluster::Guest, &listen, &self.guest_kubeconfig());
        let kubeconfig = self.supervisor_kubeconfig();
        let supervisor = self.apiserver_words(Cluster::Supervisor, &listen, &kubeconfig);
        Ok(ApiServers {
            urls: [
                spawn(parts, "guest API server", guest).await?,
                spawn(parts, "Supervisor API server", supervisor).await?,
            ],
            embedded: Vec::new(),
            control_planes: Vec::new(),
        })
    }

    /// A control plane for each cluster, started at once.
    pub(super) async fn control_planes(&self, assets: &Assets) -> anyhow::Result<ApiServers> {
        let plan = ControlPlanePlan {
            assets,
            name: "guest",
            listen: self.listen,
            services: "10.96.0.0/16",
            kubeconfig: self.guest_kubeconfig(),
            namespace: "default",
        };
        let guest = ControlPlane::start(plan, &self.directory);
        let plan = ControlPlanePlan {
            assets,
            name: "supervisor",
            listen: self.listen,
            services: "10.97.0.0/16",
            kubeconfig: self.supervisor_kubeconfig(),
            namespace: NAMESPACE,
        };
        let supervisor = ControlPlane::start(plan, &self.directory);
        let (guest, supervisor) = tokio::try_join!(guest, supervisor)?;
        Ok(ApiServers {
            urls: [guest.url(), supervisor.url()],
            embedded: Vec::new(),
            control_planes: vec![(Cluster::Guest, guest), (Cluster::Supervisor, supervisor)],
        })
    }

    /// Who a controller is at a control plane can be said as soon as its ServiceAccount is there.
    pub(super) async fn bind_accounts(&self, servers: &ApiServers) -> anyhow::Result<()> {
        for (cluster, control_plane) in &servers.control_planes {
            for account in self.accounts(*cluster) {
                control_plane.write_account(&account).await?;
            }
        }
        Ok(())
    }
}
