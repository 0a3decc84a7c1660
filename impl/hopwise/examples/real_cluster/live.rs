//! The chain without its controllers, on control planes that others wrote, and controllers as
//! processes of their own.

use anyhow::Context as _;
use hopwise::cli::{ApiServerKind, Topology, Up};
use hopwise::storm::verdict::Witness;
use hopwise::up::assets::Assets;
use hopwise::up::bound::bound;
use hopwise::up::chain::{NAMESPACE, Plan, Served};
use hopwise::up::nsxt::POOL;
use hopwise_shell::cli::Profile;
use hopwise_vocab::Hop;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Child;

/// How often ccm polls the Supervisor and ncp looks at NSX-T, in milliseconds.
const POLL: u64 = 100;
/// How often something that is waited for is looked at.
pub const GLANCE: Duration = Duration::from_millis(100);
/// Addresses that a kube-apiserver takes; `tests/real-cluster/run` gives them to the machine.
const NODES: [Ipv4Addr; 2] = [Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2)];

/// The chain without its controllers.
pub struct Live {
    /// Servers and nodes.
    pub served: Served,
    program: PathBuf,
    plans: [Plan; 2],
    folder: tempfile::TempDir,
}

impl Live {
    /// Starts it, with the addresses of a pool on loopback and the program that has the controllers.
    ///
    /// # Errors
    /// Says which part does not start.
    pub async fn start(assets: &Assets, program: &Path, pool: &str) -> anyhow::Result<Live> {
        let folder = tempfile::tempdir()?;
        let plan = |profile| {
            let flags = flags(folder.path(), pool, profile)?;
            Ok::<_, anyhow::Error>(Plan::of(&flags)?.on(Some(assets.clone())))
        };
        let plans = [plan(Profile::Reference)?, plan(Profile::AsBuilt)?];
        let served = plans[0].served([None, None, None]).await?;
        Ok(Live {
            served,
            program: program.to_owned(),
            plans,
            folder,
        })
    }

    /// Starts a controller: as it is meant to be, or as it is built today.
    ///
    /// # Errors
    /// When it cannot be started, or its log not be written.
    pub fn controller(&self, hop: Hop, profile: Profile, more: &[String]) -> anyhow::Result<Child> {
        let plan = match profile {
            Profile::Reference => &self.plans[0],
            Profile::AsBuilt => &self.plans[1],
        };
        let log = self.folder.path().join(format!("{}.log", hop.name()));
        let mut options = File::options();
        let log = options.create(true).append(true).open(&log);
        bound(&self.program)?
            .args(plan.words_of(hop, &self.served.urls[2]))
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.context("write the log of a controller")?)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {}", hop.name()))
    }

    /// Who looks whether all is right.
    ///
    /// # Errors
    /// When NSX-T is not to be reached.
    pub fn witness(&self) -> anyhow::Result<Witness> {
        Ok(Witness {
            guest: self.served.guest.clone(),
            supervisor: self.served.supervisor.clone(),
            namespace: NAMESPACE,
            nsx: self.plans[0].nsx_client(&self.served.urls[2])?,
            pool: POOL,
        })
    }

    /// The audit log of a control plane.
    pub fn audit_log(&self, cluster: &str) -> PathBuf {
        let folder = self.folder.path();
        folder.join(format!("{cluster}.control-plane/audit.log"))
    }

    /// Ends it.
    pub async fn stop(self) {
        self.served.stop().await;
    }
}

/// What is wrong in the end: nothing, as soon as nothing is.
pub async fn settled(
    witness: &Witness,
    wanted: &BTreeMap<String, Vec<u16>>,
    patience: Duration,
) -> Vec<String> {
    let mut wrong = vec!["nobody could look".to_owned()];
    let looking = async {
        while !wrong.is_empty() {
            tokio::time::sleep(GLANCE).await;
            wrong = match witness.complaints(wanted).await {
                Ok(wrong) => wrong,
                Err(error) => vec![format!("{error:#}")],
            };
        }
    };
    // Patience that ends leaves what was wrong last.
    let _ended = tokio::time::timeout(patience, looking).await;
    wrong
}

/// A program that is stopped until this is dropped.
pub struct Stopped(Pid);

impl Stopped {
    /// Stops it.
    ///
    /// # Errors
    /// When it has ended.
    pub fn stop(program: &Child) -> anyhow::Result<Stopped> {
        let id = program.id().and_then(|id| i32::try_from(id).ok());
        let id = id.and_then(Pid::from_raw).context("it has ended")?;
        kill_process(id, Signal::STOP).context("stop a leader")?;
        Ok(Stopped(id))
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _gone_already = kill_process(self.0, Signal::CONT);
    }
}

fn flags(folder: &Path, pool: &str, profile: Profile) -> anyhow::Result<Up> {
    Ok(Up {
        check: false,
        separate: true,
        apiserver: ApiServerKind::Real,
        topology: Topology::Hops,
        nsx_state: None,
        assets: None,
        dir: folder.to_owned(),
        kubectl: "kubectl".into(),
        poll: POLL,
        pool: pool.parse().map_err(anyhow::Error::msg)?,
        nodes: NODES.map(IpAddr::from).into(),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        profile,
        without: Vec::new(),
    })
}
