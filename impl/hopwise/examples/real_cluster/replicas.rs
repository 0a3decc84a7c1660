//! Several replicas of each controller over one store: two leaders in a gap of a lease, replicas that
//! know of no lease, and two versions at once.

use crate::collector::collect;
use crate::live::{GLANCE, Live, Stopped, settled};
use anyhow::{Context as _, ensure};
use hopwise::storm::plan::Deed;
use hopwise::storm::{Plan, Record, user};
use hopwise::up::assets::Assets;
use hopwise_api::strings::lease::{self, Lease as Named};
use hopwise_shell::cli::Profile;
use hopwise_vocab::Hop;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Service;
use kube::Api;
use kube::api::DeleteParams;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tokio::process::Child;
use tokio::task::JoinSet;

/// More addresses than Services.
const ADDRESSES: &str = "127.112.0.10-127.112.0.49";
/// How many Services come and go.
const SERVICES: u32 = 10;
/// For how long, in seconds.
const SECONDS: u32 = 20;
/// How long a name rests until it is used again.
const REST: Duration = Duration::from_secs(1);
/// How long the chain has to settle.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long a lease may take to go to somebody else.
const TAKEOVER: Duration = Duration::from_secs(20);
/// Leases as short as they may be, so that there are many gaps.
const SHORT: [&str; 3] = [
    "--leader-elect-lease-duration=2s",
    "--leader-elect-renew-deadline=1500ms",
    "--leader-elect-retry-period=300ms",
];

/// Plays all three, and says whether all was right in the end of each.
///
/// # Errors
/// When a part does not start, or what is to be shown does not happen.
pub async fn play(assets: &Assets, program: &Path) -> anyhow::Result<bool> {
    let live = Live::start(assets, program, ADDRESSES).await?;
    let supervisor = live.served.supervisor.clone();
    let collecting = tokio::spawn(async move { collect(&supervisor).await });
    let mut wrong = Vec::new();
    for (seed, way) in (1..).zip([Way::Gaps, Way::NoLease, Way::Old, Way::OldNcp]) {
        let refused = conflicts(&live)?;
        let (told, complaints) = way.play(&live, seed).await?;
        let refused = conflicts(&live)? - refused;
        println!("{told}; {refused} writes refused with 409");
        let outcome = if complaints.is_empty() {
            "all is right"
        } else {
            "WRONG"
        };
        println!("    in the end: {outcome}");
        complaints.iter().for_each(|it| println!("    {it}"));
        wrong.extend(complaints);
    }
    collecting.abort();
    live.stop().await;
    Ok(wrong.is_empty())
}

/// How there come to be several.
#[derive(Clone, Copy)]
enum Way {
    /// The leader is stopped until its lease has gone to the other, and goes on then.
    Gaps,
    /// No replica asks for a lease.
    NoLease,
    /// One ccm and one vmop are as built today, until the Services have come and gone.
    Old,
    /// The same of ncp.
    OldNcp,
}

impl Way {
    /// What happened, and what is wrong in the end.
    async fn play(self, live: &Live, seed: u64) -> anyhow::Result<(String, Vec<String>)> {
        let plan = Plan::of(seed, SERVICES, SECONDS, Duration::from_secs(1));
        let mut replicas = Replicas::start(self, live)?;
        let mut users = come_and_go(live, &plan);
        let done = async {
            let all = async { while users.join_next().await.is_some() {} };
            // What is wrong then is told by who looks.
            let _late = tokio::time::timeout(PATIENCE, all).await;
        };
        let told = match self {
            Way::Gaps => {
                let gaps = replicas.gaps(live, done).await?;
                ensure!(gaps >= 3, "there were {gaps} gaps only");
                format!("two replicas with a lease, {gaps} gaps in which both lead")
            }
            Way::NoLease => {
                done.await;
                "two replicas without a lease".into()
            }
            Way::Old | Way::OldNcp => {
                done.await;
                let old = replicas.end_old().await?;
                format!("{old} as built today beside new ones, which end then")
            }
        };
        let witness = live.witness()?;
        replicas.revive(live)?;
        let mut complaints = settled(&witness, &plan.wanted(), PATIENCE).await;
        let told = self.excused(told, &mut complaints);
        replicas.all_run()?;
        let services = Api::<Service>::namespaced(live.served.guest.clone(), "default");
        for name in plan.wanted().keys() {
            services.delete(name, &DeleteParams::default()).await?;
        }
        let left = settled(&witness, &BTreeMap::new(), PATIENCE).await;
        Ok((told, [complaints, left].concat()))
    }
}

impl Way {
    /// Whether a replica is as built today.
    fn is_old(self, hop: Hop, name: &str) -> bool {
        let is_of = match (self, hop) {
            (Way::Gaps | Way::NoLease, _) => false,
            (Way::Old, hop) => hop != Hop::Ncp,
            (Way::OldNcp, hop) => hop == Hop::Ncp,
        };
        is_of && name == "a"
    }

    /// An ncp as built today allocates under an id that only it knows, so that its Services have two
    /// addresses: theirs, and the one that nobody takes back before they are deleted.
    fn excused(self, told: String, complaints: &mut Vec<String>) -> String {
        let all = complaints.len();
        if matches!(self, Way::OldNcp) {
            complaints.retain(|it| !it.ends_with(" is its own"));
        }
        match all - complaints.len() {
            0 => told,
            twice => format!("{told}; {twice} Services have a second address until they go"),
        }
    }
}

/// Two of each controller.
struct Replicas {
    way: Way,
    all: BTreeMap<(Hop, &'static str), Child>,
}

impl Replicas {
    fn start(way: Way, live: &Live) -> anyhow::Result<Replicas> {
        let mut all = BTreeMap::new();
        for hop in Hop::ALL {
            for name in ["a", "b"] {
                all.insert((*hop, name), start(way, live, *hop, name)?);
            }
        }
        Ok(Replicas { way, all })
    }

    /// One hop after the other: its leader is stopped, and goes on when the other leads. How often
    /// that was done until the work was.
    async fn gaps(&mut self, live: &Live, work: impl Future<Output = ()>) -> anyhow::Result<usize> {
        let mut work = Box::pin(work);
        let mut gaps = 0;
        for hop in Hop::ALL.iter().cycle() {
            tokio::select! {
                () = &mut work => return Ok(gaps),
                gap = self.gap(live, *hop) => gap?,
            }
            gaps += 1;
        }
        Ok(gaps)
    }

    async fn gap(&mut self, live: &Live, hop: Hop) -> anyhow::Result<()> {
        self.revive(live)?;
        let leader = holder_but(live, hop, "").await?;
        let name = if leader == "a" { "a" } else { "b" };
        let child = self.all.get_mut(&(hop, name));
        let child = child.context("both replicas were started")?;
        // It goes on, whatever becomes of this.
        let stopped = Stopped::stop(child)?;
        holder_but(live, hop, name).await?;
        drop(stopped);
        // It finds out that it leads no more, ends, and is started again as by a kubelet.
        tokio::time::timeout(TAKEOVER, child.wait())
            .await
            .with_context(|| format!("{} goes on without its lease", hop.name()))??;
        *child = start(Way::Gaps, live, hop, name)?;
        Ok(())
    }

    async fn end_old(&mut self) -> anyhow::Result<usize> {
        let mut ended = 0;
        for ((hop, name), child) in &mut self.all {
            if self.way.is_old(*hop, name) {
                child.kill().await?;
                ended += 1;
            }
        }
        Ok(ended)
    }

    /// On a slow machine a leader may lose so short a lease by itself, and is started again as by a
    /// kubelet.
    fn revive(&mut self, live: &Live) -> anyhow::Result<()> {
        for ((hop, name), child) in &mut self.all {
            let is_leader = matches!(self.way, Way::Gaps);
            if is_leader && child.try_wait()?.is_some() {
                *child = start(self.way, live, *hop, name)?;
            }
        }
        Ok(())
    }

    /// Nobody but the old ones has ended who needs no lease.
    fn all_run(&mut self) -> anyhow::Result<()> {
        for ((hop, name), child) in &mut self.all {
            let may_end = matches!(self.way, Way::Gaps) || self.way.is_old(*hop, name);
            let ended = child.try_wait()?;
            ensure!(
                may_end || ended.is_none(),
                "{} {name}: {ended:?}",
                hop.name()
            );
        }
        Ok(())
    }
}

fn start(way: Way, live: &Live, hop: Hop, name: &str) -> anyhow::Result<Child> {
    let (profile, words) = match way {
        Way::Gaps => {
            let identity = format!("--leader-elect-identity={name}");
            let short = SHORT.iter().map(ToString::to_string);
            (Profile::Reference, short.chain([identity]).collect())
        }
        Way::NoLease | Way::Old | Way::OldNcp => {
            let profile = match way.is_old(hop, name) {
                true => Profile::AsBuilt,
                false => Profile::Reference,
            };
            (profile, vec!["--leader-elect=false".into()])
        }
    };
    live.controller(hop, profile, &words)
}

fn come_and_go(live: &Live, plan: &Plan) -> JoinSet<()> {
    let record = Record::begin();
    let mut users = JoinSet::new();
    for (name, deeds) in &plan.services {
        let api = Api::<Service>::namespaced(live.served.guest.clone(), "default");
        users.spawn(act(api, name.clone(), deeds.clone(), record.clone()));
    }
    users
}

/// Does all deeds to one Service, each at its time or as soon as the one before is done. A name is
/// used again a second after it is free: two replicas that release an object at once may take its
/// successor along, at a kube-apiserver (see `race.rs`).
async fn act(api: Api<Service>, name: String, deeds: Vec<(Duration, Deed)>, record: Record) {
    for (at, deed) in deeds {
        tokio::time::sleep(at.saturating_sub(record.elapsed())).await;
        if let Deed::Create(_) = deed {
            while !matches!(api.get_opt(&name).await, Ok(None)) {
                tokio::time::sleep(GLANCE).await;
            }
            tokio::time::sleep(REST).await;
        }
        let now = vec![(record.elapsed(), deed)];
        user::act(api.clone(), name.clone(), now, record.clone()).await;
    }
}

/// Waits until somebody else than this one holds the lease of a hop, and says who.
async fn holder_but(live: &Live, hop: Hop, other: &str) -> anyhow::Result<String> {
    let (client, Named { namespace, name }) = match hop {
        Hop::Ccm => (&live.served.guest, lease::CCM),
        Hop::Vmop => (&live.served.supervisor, lease::VMOP),
        Hop::Ncp => (&live.served.supervisor, lease::NCP),
    };
    let leases = Api::<Lease>::namespaced(client.clone(), namespace);
    let looking = async {
        loop {
            let lease = leases.get_opt(name).await?;
            let holder = lease.and_then(|it| it.spec?.holder_identity);
            match holder {
                Some(holder) if !holder.is_empty() && holder != other => return Ok(holder),
                Some(_) | None => tokio::time::sleep(GLANCE).await,
            }
        }
    };
    let found = tokio::time::timeout(TAKEOVER, looking).await;
    found.with_context(|| format!("nobody but {other:?} takes the lease of {}", hop.name()))?
}

/// How many writes were refused since the control planes were started, because somebody else wrote.
fn conflicts(live: &Live) -> anyhow::Result<usize> {
    let mut count = 0;
    for cluster in ["guest", "supervisor"] {
        let log = live.audit_log(cluster);
        let text = std::fs::read_to_string(&log);
        let text = text.with_context(|| format!("read {}", log.display()))?;
        let refused = |line: &&str| line.contains(r#""code":409"#) && !line.contains(r#""leases""#);
        count += text.lines().filter(refused).count();
    }
    Ok(count)
}
