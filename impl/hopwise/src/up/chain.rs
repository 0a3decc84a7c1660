//! Every part of the chain, put together: in one process, or each in a process of its own.

mod arguments;

use super::apiserver::ServedApi;
use super::directory::Directory;
use super::nodes::Nodes;
use super::nsxt::{NsxPlan, POOL, ServedNsx};
use super::{Wire, connect, secret};
use crate::cli::{Account, AddressRange, Up};
use crate::manifests::Cluster;
use crate::manifests::identity::Identity;
use crate::storm::Weather;
use anyhow::{Context, anyhow};
use clap::ValueEnum;
use hopwise_api::strings::component;
use hopwise_api::{TanzuKubernetesCluster, TanzuKubernetesClusterSpec};
use hopwise_apiserver::HISTORY;
use hopwise_shell::cli::Profile;
use hopwise_vocab::Hop;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams};
use kube::{Api, Client, Resource, ResourceExt};
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
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
}

/// The parts, running; they end when it is dropped.
pub struct Chain {
    /// Where each server listens, in hop order.
    pub urls: [String; 3],
    parts: JoinSet<anyhow::Error>,
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
}

impl Plan {
    /// The plan that the flags describe.
    ///
    /// # Errors
    /// Says which directory cannot be made.
    pub fn of(flags: &Up) -> anyhow::Result<Plan> {
        Ok(Plan {
            directory: Directory::open(&flags.dir)?,
            listen: flags.listen,
            pool: flags.pool,
            nodes: flags.nodes.clone(),
            poll: flags.poll,
            profile: flags.profile,
            without: flags.without.clone(),
            nsx_password: secret(),
        })
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
    pub fn nsx_client(&self, url: &str) -> anyhow::Result<hopwise_nsx_client::NsxClient> {
        let authority = std::fs::read_to_string(self.nsx_ca_file())
            .with_context(|| format!("read {}", self.nsx_ca_file().display()))?;
        let credentials = hopwise_nsx_client::Credentials {
            username: NSX_USER.into(),
            password: self.nsx_password.clone(),
        };
        Ok(hopwise_nsx_client::NsxClient::connect(
            url,
            &credentials,
            Some(&authority),
        )?)
    }

    /// Everything in this process.
    ///
    /// # Errors
    /// Says which part cannot start.
    pub async fn in_one_process(&self) -> anyhow::Result<Chain> {
        let Served {
            urls,
            mut parts,
            servers,
            ..
        } = self.served([None, None, None]).await?;
        for hop in Hop::ALL {
            let words = self.words_of(*hop, &urls[2]);
            parts.spawn(part(hop.name(), crate::commands::run::controller(words)));
        }
        Ok(Chain {
            urls,
            parts,
            _servers: servers,
        })
    }

    /// Servers and nodes in this process, each server under its weather, and no controller.
    ///
    /// # Errors
    /// Says which part cannot start.
    pub async fn served(&self, weather: [Option<Weather>; 3]) -> anyhow::Result<Served> {
        let [over_guest, over_supervisor, over_nsx] = weather;
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
        let nsx = ServedNsx::start_in(over_nsx, self.nsx_plan()).await?;
        self.directory.write("nsx-password", &self.nsx_password)?;
        self.directory
            .write("nsx-ca.pem", nsx.authority().unwrap_or_default())?;
        let urls = [guest.url(), supervisor.url(), nsx.url()];

        let (guest_client, supervisor_client) = self.prepare().await?;
        let nodes = self.nodes();
        nodes.register(&guest_client, &supervisor_client).await?;
        let mut parts = JoinSet::new();
        parts.spawn(part("nodes", nodes.answer(guest_client.clone())));
        Ok(Served {
            urls,
            guest: guest_client,
            supervisor: supervisor_client,
            parts,
            servers: vec![Box::new(guest), Box::new(supervisor), Box::new(nsx)],
        })
    }

    /// Every part in a process of its own, started from this program.
    ///
    /// # Errors
    /// Says which part cannot start.
    pub async fn in_many_processes(&self) -> anyhow::Result<Chain> {
        self.directory.write("nsx-password", &self.nsx_password)?;
        let mut parts = JoinSet::new();
        let listen = self.listen.to_string();
        let guest = self.apiserver_words(Cluster::Guest, &listen, &self.guest_kubeconfig());
        let kubeconfig = self.supervisor_kubeconfig();
        let supervisor = self.apiserver_words(Cluster::Supervisor, &listen, &kubeconfig);
        let urls = [
            spawn(&mut parts, "guest API server", guest).await?,
            spawn(&mut parts, "Supervisor API server", supervisor).await?,
            spawn(&mut parts, "NSX-T manager", self.nsx_words(&listen)).await?,
        ];
        self.prepare().await?;
        spawn(&mut parts, "nodes", self.node_words()).await?;
        for hop in Hop::ALL {
            let words = self.words_of(*hop, &urls[2]);
            let child = program(&words)?;
            parts.spawn(outlive(hop.name(), child));
        }
        Ok(Chain {
            urls,
            parts,
            _servers: Vec::new(),
        })
    }

    /// What the clusters have before the chain starts: their manifests, and the Supervisor's object
    /// for the guest cluster, whose name and UID the guest cluster is told.
    async fn prepare(&self) -> anyhow::Result<(Client, Client)> {
        let guest = connect(&self.guest_kubeconfig()).await?;
        let supervisor = connect(&self.supervisor_kubeconfig()).await?;
        let params = PatchParams::apply("hopwise-up").force();
        for (cluster, client) in [(Cluster::Guest, &guest), (Cluster::Supervisor, &supervisor)] {
            for object in cluster.objects(NAMESPACE) {
                apply(client, &object, &params)
                    .await
                    .with_context(|| format!("make {} on the {cluster:?}", object.name_any()))?;
            }
        }
        self.make_cluster(&supervisor, &params).await?;
        Ok((guest, supervisor))
    }

    async fn make_cluster(&self, supervisor: &Client, params: &PatchParams) -> anyhow::Result<()> {
        let wanted = TanzuKubernetesCluster::new(CLUSTER, TanzuKubernetesClusterSpec::default());
        let cluster = Api::<TanzuKubernetesCluster>::namespaced(supervisor.clone(), NAMESPACE)
            .patch(CLUSTER, params, &Patch::Apply(&wanted))
            .await
            .with_context(|| format!("make cluster {CLUSTER} on the Supervisor"))?;
        let owner = serde_json::json!({
            "apiVersion": TanzuKubernetesCluster::api_version(&()),
            "kind": TanzuKubernetesCluster::kind(&()),
            "name": CLUSTER,
            "uid": cluster.uid(),
        });
        self.directory.write("ownerref.json", &owner.to_string())?;
        Ok(())
    }

    fn nodes(&self) -> Nodes {
        Nodes {
            addresses: self.nodes.clone(),
            cluster: CLUSTER.into(),
            namespace: NAMESPACE.into(),
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
        }
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
        }
    }
}

async fn apply(
    client: &Client,
    object: &DynamicObject,
    params: &PatchParams,
) -> anyhow::Result<()> {
    let types = object.types.clone().context("a manifest has a kind")?;
    let resource = ApiResource::from_gvk(&GroupVersionKind::try_from(&types)?);
    let api: Api<DynamicObject> = match object.namespace() {
        Some(namespace) => Api::namespaced_with(client.clone(), &namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    };
    let patch = Patch::Apply(object);
    api.patch(&object.name_any(), params, &patch).await?;
    Ok(())
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn text(path: &std::path::Path) -> String {
    path.display().to_string()
}

/// A part that should run for ever: its end is an error.
async fn part(name: &'static str, work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Error {
    let ended = work.await.err().unwrap_or_else(|| anyhow!("it returned"));
    ended.context(format!("{name} ended"))
}

/// Starts this program once more; it is killed when its handle is dropped.
fn program(words: &[String]) -> anyhow::Result<Child> {
    let myself = std::env::current_exe().context("find this program's own file")?;
    Command::new(myself)
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("start hopwise {}", words.join(" ")))
}

/// Starts a part and waits for the one line that it prints when it is ready.
async fn spawn(
    parts: &mut JoinSet<anyhow::Error>,
    name: &'static str,
    words: Vec<String>,
) -> anyhow::Result<String> {
    let mut child = program(&words)?;
    let output = child
        .stdout
        .take()
        .context("the output of a part is a pipe")?;
    let line = BufReader::new(output).lines().next_line().await?;
    let line = line.with_context(|| format!("the {name} ended before it was ready"))?;
    parts.spawn(outlive(name, child));
    Ok(line)
}

async fn outlive(name: &'static str, mut child: Child) -> anyhow::Error {
    match child.wait().await {
        Ok(status) => anyhow!("{name} ended: {status}"),
        Err(error) => anyhow!(error).context(format!("wait for {name}")),
    }
}
