//! `hopwise storm`: a live chain whose controllers are killed at random, and what is right in the
//! end.

use crate::cli::{ApiServerKind, Storm, Topology, Up};
use crate::context::{Context, print_to_end};
use crate::exit::{Exit, Failure, Outcome};
use crate::selection::safeguards_named;
use crate::storm::controllers::Controller;
use crate::storm::verdict::Witness;
use crate::storm::weather::Kind;
use crate::storm::{Plan, Record, Weather, user};
use crate::up::chain::{self, NAMESPACE};
use crate::up::nsxt::POOL;
use crate::up::wait_for_interrupt;
use anyhow::Context as _;
use hopwise_vocab::Hop;
use k8s_openapi::api::core::v1::Service;
use kube::{Api, Client};
use serde_json::json;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// How often ccm polls the Supervisor and ncp looks at NSX-T, in milliseconds.
const POLL: u64 = 200;
/// How often the witness looks.
const GLANCE: Duration = Duration::from_secs(1);

/// Runs the command.
///
/// # Errors
/// Names a safeguard that there is not, or says which part cannot start or which file cannot be
/// written.
pub async fn storm(flags: &Storm, context: &Context) -> Outcome {
    safeguards_named(&flags.without)?;
    if let Some(out) = &flags.out {
        std::fs::write(out, "")
            .with_context(|| format!("write the record {}", out.display()))
            .map_err(Failure::usage)?;
    }
    let chain = chain::Plan::of(&as_up(flags)).map_err(Failure::usage)?;
    let record = Record::begin();
    let ended = tokio::select! {
        wrong = run(flags, &chain, context, &record) => Some(wrong),
        () = wait_for_interrupt() => None,
    };
    let (verdict, wrong) = match &ended {
        None => ("interrupted", Vec::new()),
        Some(Err(error)) => ("failed", vec![format!("{error:#}")]),
        Some(Ok(wrong)) if wrong.is_empty() => ("good", Vec::new()),
        Some(Ok(wrong)) => ("broken", wrong.clone()),
    };
    record.add("verdict", json!({"verdict": verdict, "wrong": wrong}));
    if let Some(out) = &flags.out {
        std::fs::write(out, record.to_text())
            .with_context(|| format!("write the record {}", out.display()))?;
    }
    match ended {
        None => return Ok(Exit::Interrupted),
        Some(Err(error)) => return Err(error.into()),
        Some(Ok(_)) => {}
    }
    let counted = [
        "create",
        "edit",
        "delete",
        "tear-away",
        "kill",
        "ended",
        "fault",
    ]
    .map(|what| format!("{} {what}", record.count(what)));
    let mut text: String = wrong.iter().map(|it| format!("  ✗ {it}\n")).collect();
    let seconds = context.elapsed().as_secs_f64();
    text += &format!("{}\n{verdict}, in {seconds:.1} s\n", counted.join(", "));
    print_to_end(&text)?;
    Ok(match wrong.is_empty() {
        true => Exit::Good,
        false => Exit::Broken,
    })
}

async fn run(
    flags: &Storm,
    chain: &chain::Plan,
    context: &Context,
    record: &Record,
) -> anyhow::Result<Vec<String>> {
    let plan = Plan::of(
        flags.seed,
        flags.services,
        flags.kills,
        Duration::from_millis(flags.kill_every.into()),
    );
    record.add(
        "storm",
        json!({"seed": flags.seed, "services": flags.services, "kills": flags.kills,
            "kill_every": flags.kill_every, "without": flags.without}),
    );
    let weather = skies(flags.seed, record);
    let mut served = chain.served(weather.clone().map(Some)).await?;
    let mut parts = JoinSet::new();
    let mut kills = BTreeMap::new();
    for hop in Hop::ALL {
        let mut words = chain.words_of(*hop, &served.urls[2]);
        // Who was killed has not given its lease back. Its successor is the same replica, as in a
        // StatefulSet, and goes on with it.
        words.push(format!("--leader-elect-identity={}", hop.name()));
        let controller = Controller {
            hop: *hop,
            words,
            log: chain.directory.path(&format!("{}.log", hop.name())),
            record: record.clone(),
        };
        let (kill, killed) = mpsc::unbounded_channel();
        kills.insert(*hop, kill);
        parts.spawn(controller.keep(killed));
    }
    let witness = Witness {
        guest: served.guest.clone(),
        supervisor: served.supervisor.clone(),
        namespace: NAMESPACE,
        nsx: chain.nsx_client(&served.urls[2])?,
        pool: POOL,
    };
    let guest = served.guest.clone();
    let work = async {
        weather.iter().for_each(Weather::turn_bad);
        rage(&plan, &guest, &kills, record).await?;
        weather.iter().for_each(Weather::turn_fair);
        record.add("calm", json!({}));
        context.progress("the storm is over");
        Ok(settled(&witness, &plan, Duration::from_secs(flags.settle)).await)
    };
    tokio::select! {
        wrong = work => wrong,
        Some(ended) = parts.join_next() => {
            ended.context("a controller's keeper panicked")??;
            anyhow::bail!("a controller is no longer kept running")
        }
        Some(ended) = served.parts.join_next() => {
            Err(ended.context("a server panicked")?)
        }
    }
}

fn skies(seed: u64, record: &Record) -> [Weather; 3] {
    [
        ("guest", Kind::Kubernetes, seed),
        ("supervisor", Kind::Kubernetes, seed.rotate_left(21)),
        ("NSX-T", Kind::Nsx, seed.rotate_left(42)),
    ]
    .map(|(server, kind, seed)| Weather::fair(server, kind, seed, record.clone()))
}

/// Deeds and kills, all at their times.
async fn rage(
    plan: &Plan,
    guest: &Client,
    kills: &BTreeMap<Hop, mpsc::UnboundedSender<()>>,
    record: &Record,
) -> anyhow::Result<()> {
    let start = record.elapsed();
    let mut users = JoinSet::new();
    for (name, deeds) in &plan.services {
        let deeds = deeds.iter().map(|(at, deed)| (start + *at, deed.clone()));
        let api = Api::<Service>::namespaced(guest.clone(), "default");
        users.spawn(user::act(
            api,
            name.clone(),
            deeds.collect(),
            record.clone(),
        ));
    }
    for (at, hop) in &plan.kills {
        tokio::time::sleep((start + *at).saturating_sub(record.elapsed())).await;
        kills[hop]
            .send(())
            .context("a controller is kept running")?;
    }
    // Deeds wait for one another, and where a safeguard is off one may wait for ever.
    let all = async { while users.join_next().await.is_some() {} };
    if tokio::time::timeout(Duration::from_secs(60), all)
        .await
        .is_err()
    {
        record.add("undone", json!({"users": users.len()}));
    }
    Ok(())
}

/// What is wrong in the end: nothing, as soon as nothing is.
async fn settled(witness: &Witness, plan: &Plan, patience: Duration) -> Vec<String> {
    let wanted = plan.wanted();
    let mut wrong = vec!["nobody could look".to_owned()];
    let looking = async {
        while !wrong.is_empty() {
            tokio::time::sleep(GLANCE).await;
            wrong = match witness.complaints(&wanted).await {
                Ok(wrong) => wrong,
                Err(error) => vec![format!("{error:#}")],
            };
        }
    };
    // Patience that ends leaves what was wrong last.
    let _ended = tokio::time::timeout(patience, looking).await;
    wrong
}

fn as_up(flags: &Storm) -> Up {
    Up {
        check: false,
        separate: true,
        apiserver: ApiServerKind::Embedded,
        topology: Topology::Hops,
        assets: None,
        dir: flags.dir.clone(),
        kubectl: "kubectl".into(),
        poll: POLL,
        pool: flags.pool,
        nsx_state: None,
        nodes: flags.nodes.clone(),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        profile: flags.profile,
        without: flags.without.clone(),
    }
}
