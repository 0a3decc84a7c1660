//! Every part of the chain, put together: in one process, or each in a process of its own.

mod api_servers;
mod arguments;
mod direct;
mod parts;
mod prepare;

use super::Wire;
use super::assets::Assets;
use super::control_plane::ControlPlane;
use super::directory::Directory;
use super::nodes::Nodes;
use super::nsxt::{NsxPlan, POOL, ServedNsx};
use super::{is_here, secret};
use crate::cli::{Account, AddressRange, ApiServerKind, Topology, Up};
use crate::manifests::Cluster;
use crate::manifests::identity::Identity;
use crate::storm::Weather;
use anyhow::anyhow;
use clap::ValueEnum;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use hopwise_api::strings::component;
use hopwise_nsx_client::{self as nsx, NsxClient};
use hopwise_shell::cli::Profile;
use hopwise_vocab::Hop;
use kube::Client;
use parts::{outlive, part, program, spawn};
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use tokio::task::JoinSet;

/// Where the files of a chain are, unless another directory is named.
pub const DIRECTORY: &str = ".hopwise";
/// The administrator's kubeconfig of the guest cluster, there.
pub const GUEST_KUBECONFIG: &str = "guest.kubeconfig";
/// The administrator's kubeconfig of the Supervisor, there.
pub const SUPERVISOR_KUBECONFIG: &str = "supervisor.kubeconfig";
/// The guest cluster's name.
const CLUSTER: &str = "demo";
/// The Supervisor namespace of the guest cluster.
pub const NAMESPACE: &str = "demo-ns";
/// The NSX-T administrator.
const NSX_USER: &str = "admin";
/// A short quarantine: whoever tries the chain out does not wait two minutes for an address.
const RELEASE_DELAY: Duration = Duration::from_secs(1);

/// How many polls of ccm go by until vmop looks at everything again.
const POLLS_PER_RESYNC: u64 = 20;

/// What is to be put together.
#[derive(Clone)]
pub struct Plan {
    /// Where files go.
    pub directory: Directory,
    listen: SocketAddr,
    pool: AddressRange,
    nodes: Vec<IpAddr>,
    poll: u64,
    profile: Profile,
    without: Vec<String>,
    nsx_password: String,
    nsx_state: Option<PathBuf>,
    assets: Option<Assets>,
    /// The cluster whose Services ncp serves.
    ncp_on: Cluster,
}

/// The parts, running; they end when it is dropped.
pub struct Chain {
    /// Where the guest cluster's API server listens.
    pub guest: String,
    /// Where the Supervisor's listens; there is none in topology `direct`.
    pub supervisor: Option<String>,
    /// Where the NSX-T manager listens.
    pub nsx: String,
    parts: JoinSet<anyhow::Error>,
    control_planes: Vec<(Cluster, ControlPlane)>,
    _servers: Vec<Box<dyn Send>>,
}

/// Servers and nodes, running; they end when it is dropped.
pub struct Served {
    /// Where each server listens, in hop order.
    pub urls: [String; 3],
    /// An administrator of the guest cluster.
    pub guest: Client,
    /// An administrator of the Supervisor.
    pub supervisor: Client,
    /// What should never end.
    pub parts: JoinSet<anyhow::Error>,
    servers: Vec<Box<dyn Send>>,
    control_planes: Vec<(Cluster, ControlPlane)>,
}

impl Plan {
    /// The plan that the flags describe.
    ///
    /// # Errors
    /// Says which directory cannot be made, or which address this machine does not have.
    pub fn of(flags: &Up) -> anyhow::Result<Plan> {
        is_here(flags.pool.first, "--pool")?;
        is_here(flags.pool.last, "--pool")?;
        // A kube-apiserver takes none on loopback, and the others may come later.
        if flags.apiserver == ApiServerKind::Embedded {
            for node in &flags.nodes {
                is_here(*node, "--nodes")?;
            }
        }
        Ok(Plan {
            directory: Directory::open(&flags.dir)?,
            listen: flags.listen,
            pool: flags.pool,
            nodes: flags.nodes.clone(),
            poll: flags.poll,
            profile: flags.profile,
            without: flags.without.clone(),
            nsx_password: secret(),
            nsx_state: flags
                .nsx_state
                .as_deref()
                .map(std::path::absolute)
                .transpose()?,
            assets: None,
            ncp_on: match flags.topology {
                Topology::Hops => Cluster::Supervisor,
                Topology::Direct => Cluster::Guest,
            },
        })
    }

    /// The same, with API servers that others wrote if there are `assets`.
    #[must_use]
    pub fn on(self, assets: Option<Assets>) -> Plan {
        Plan { assets, ..self }
    }

    /// The guest cluster's kubeconfig.
    pub fn guest_kubeconfig(&self) -> PathBuf {
        self.directory.path(GUEST_KUBECONFIG)
    }

    /// The Supervisor's kubeconfig, for its administrator.
    pub fn supervisor_kubeconfig(&self) -> PathBuf {
        self.directory.path(SUPERVISOR_KUBECONFIG)
    }

    /// The ServiceAccounts of the controllers on a cluster, with their kubeconfigs.
    fn accounts(&self, cluster: Cluster) -> Vec<Account> {
        let identities = cluster.identities(NAMESPACE).into_iter();
        let account = |one: Identity| Account {
            file: self.account_kubeconfig(cluster, one.name),
            name: one.name.into(),
            namespace: one.namespace,
        };
        identities.map(account).collect()
    }

    fn account_kubeconfig(&self, cluster: Cluster, name: &str) -> PathBuf {
        let place = match cluster {
            Cluster::Guest => "guest",
            Cluster::Supervisor => "supervisor",
        };
        self.directory.path(&format!("{place}-{name}.kubeconfig"))
    }

    /// The file that names the Supervisor's object for the guest cluster.
    fn owner_file(&self) -> PathBuf {
        self.directory.path("ownerref.json")
    }

    fn nsx_password_file(&self) -> PathBuf {
        self.directory.path("nsx-password")
    }

    fn nsx_ca_file(&self) -> PathBuf {
        self.directory.path("nsx-ca.pem")
    }

    /// A client of the NSX-T manager.
    ///
    /// # Errors
    /// Says what of the address or the certificate cannot be used.
    pub fn nsx_client(&self, url: &str) -> anyhow::Result<NsxClient> {
        self.nsx_client_with(url, &self.nsx_password)
    }

    /// The same, of whoever has come to know this password.
    ///
    /// # Errors
    /// As above.
    pub fn nsx_client_with(&self, url: &str, password: &str) -> anyhow::Result<NsxClient> {
        let account = nsx::Account {
            username: NSX_USER.into(),
            password: nsx::Source::Given(password.into()),
        };
        Ok(NsxClient::connect(nsx::Access {
            addresses: vec![url.into()],
            identity: nsx::Identity::Basic(account),
            authority: Some(nsx::Source::File(self.nsx_ca_file())),
            seed: super::seed(),
        })?)
    }

    /// Everything in this process; control planes are programs in any case.
    ///
    /// # Errors
    /// Says which part cannot start.
    pub async fn in_one_process(&self) -> anyhow::Result<Chain> {
        let Served {
            urls,
            mut parts,
            servers,
            control_planes,
            ..
        } = self.served([None, None, None]).await?;
        for hop in Hop::ALL {
            let words = self.words_of(*hop, &urls[2]);
            parts.spawn(part(hop.name(), crate::commands::run::controller(words)));
        }
        let [guest, supervisor, nsx] = urls;
        Ok(Chain {
            guest,
            supervisor: Some(supervisor),
            nsx,
            parts,
            control_planes,
            _servers: servers,
        })
    }

    /// Servers and nodes in this process, each embedded server under its weather, and no
    /// controller.
    ///
    /// # Errors
    /// Says which part cannot start.
    pub async fn served(&self, weather: [Option<Weather>; 3]) -> anyhow::Result<Served> {
        let [over_guest, over_supervisor, over_nsx] = weather;
        let mut api = match &self.assets {
            None => self.embedded([over_guest, over_supervisor]).await?,
            Some(assets) => self.control_planes(assets).await?,
        };
        let nsx = ServedNsx::start_in(over_nsx, self.nsx_plan()).await?;
        self.directory.write("nsx-password", &self.nsx_password)?;
        self.directory
            .write("nsx-ca.pem", nsx.authority().unwrap_or_default())?;
        let (guest_client, supervisor_client) = self.prepare().await?;
        self.bind_accounts(&api).await?;
        let nodes = self.nodes();
        nodes.register(&guest_client).await?;
        nodes.register_machines(&supervisor_client).await?;
        let mut parts = JoinSet::new();
        parts.spawn(part("nodes", nodes.answer(guest_client.clone())));
        let [guest, supervisor] = api.urls;
        let urls = [guest, supervisor, nsx.url()];
        api.embedded.push(Box::new(nsx));
        Ok(Served {
            urls,
            guest: guest_client,
            supervisor: supervisor_client,
            parts,
            servers: api.embedded,
            control_planes: api.control_planes,
        })
    }

    /// Every part in a process of its own, started from this program.
    ///
    /// # Errors
    /// Says which part cannot start.
    pub async fn in_many_processes(&self) -> anyhow::Result<Chain> {
        self.directory.write("nsx-password", &self.nsx_password)?;
        let mut parts = JoinSet::new();
        let api = match &self.assets {
            None => self.separate(&mut parts).await?,
            Some(assets) => self.control_planes(assets).await?,
        };
        let nsx_words = self.nsx_words(&self.listen.to_string());
        let nsx = spawn(&mut parts, "NSX-T manager", nsx_words).await?;
        self.prepare().await?;
        self.bind_accounts(&api).await?;
        spawn(&mut parts, "nodes", self.node_words()).await?;
        for hop in Hop::ALL {
            let child = program(&self.words_of(*hop, &nsx))?;
            parts.spawn(outlive(hop.name(), child));
        }
        let [guest, supervisor] = api.urls;
        Ok(Chain {
            guest,
            supervisor: Some(supervisor),
            nsx,
            parts,
            control_planes: api.control_planes,
            _servers: api.embedded,
        })
    }

    fn nodes(&self) -> Nodes {
        Nodes {
            addresses: self.nodes.clone(),
            cluster: CLUSTER.into(),
            namespace: NAMESPACE.into(),
            are_endpoints: false,
        }
    }

    fn nsx_plan(&self) -> NsxPlan {
        NsxPlan {
            listen: self.listen,
            user: NSX_USER.into(),
            password: self.nsx_password.clone(),
            pool: self.pool,
            release_delay: RELEASE_DELAY,
            transport: Wire::Tls,
            state: self.nsx_state.clone(),
        }
    }
}

impl Served {
    /// Ends it: control planes last, which the rest talks to.
    pub async fn stop(mut self) {
        self.parts.shutdown().await;
        stop(&mut self.control_planes).await;
    }
}

impl Chain {
    /// Runs until `work` is done, or a part ends before it.
    ///
    /// # Errors
    /// Those of the work; or which part ended, and why.
    pub async fn during<T>(
        &mut self,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        tokio::select! {
            done = work => done,
            Some(ended) = self.parts.join_next() => {
                Err(ended.unwrap_or_else(|panic| anyhow!("a part of the chain panicked: {panic}")))
            }
            ended = ended(&mut self.control_planes) => Err(ended),
        }
    }

    /// Ends the controllers, and then what they talk to.
    pub async fn stop(mut self) {
        self.parts.shutdown().await;
        stop(&mut self.control_planes).await;
    }
}

async fn stop(control_planes: &mut [(Cluster, ControlPlane)]) {
    let stopping = control_planes.iter_mut().map(|(_, it)| it.stop());
    futures::future::join_all(stopping).await;
}

/// Returns when one of them ends: never, if there are none.
async fn ended(control_planes: &mut [(Cluster, ControlPlane)]) -> anyhow::Error {
    let endings = control_planes
        .iter_mut()
        .map(|(_, it)| Box::pin(it.ended()));
    let mut endings: FuturesUnordered<_> = endings.collect();
    match endings.next().await {
        Some(ended) => ended,
        None => std::future::pending().await,
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn text(path: &std::path::Path) -> String {
    path.display().to_string()
}
