//! The generated Roles on kube-apiservers: the story is told under them, and it is not where any
//! single verb of them is missing.

mod audit;
mod rights;
mod story;

use crate::live::{Live, settled};
use anyhow::{Context as _, ensure};
use audit::Audit;
use hopwise::manifests::Cluster;
use hopwise::up::assets::Assets;
use hopwise_shell::cli::Profile;
use hopwise_vocab::Hop;
use rights::{Right, rights};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::process::Child;

/// The one address that there is.
const ADDRESS: &str = "127.113.0.10";
/// How long a step of the story may take. Under all Roles it takes a second or two.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long the chain has to put right what a missing verb has left behind.
const RECOVERY: Duration = Duration::from_secs(60);

/// Tells the story with and without each verb, and says whether each was needed.
///
/// # Errors
/// When a part does not start, or the story is not told under all Roles.
pub async fn play(assets: &Assets, program: &Path) -> anyhow::Result<bool> {
    let live = Live::start(assets, program, &format!("{ADDRESS}-{ADDRESS}")).await?;
    let stage = story::Stage::of(&live)?;
    let all = rights();
    let begun = now();
    let (told, refused) = attempt(&live, &stage, None).await?;
    told.map_err(anyhow::Error::msg)
        .context("the story under all Roles")?;
    ensure!(refused.is_empty(), "under all Roles, refused: {refused:?}");
    println!(
        "under all Roles: told, nothing refused, {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    recover(&live, &stage).await?;
    let mut idle = 0;
    for right in &all {
        let since = now();
        right.take(&live.served).await?;
        let (told, refused) = attempt(&live, &stage, Some(right)).await?;
        right.give_back(&live.served).await?;
        let seconds = since.elapsed().as_secs_f64();
        match told {
            Err(step) if !refused.is_empty() => {
                println!("without {right}: refused with 403, not told: {step}, {seconds:.1} s");
            }
            told @ (Ok(()) | Err(_)) => {
                idle += 1;
                println!("without {right}: NOT MISSED: {told:?}, refused {refused:?}");
            }
        }
        recover(&live, &stage).await?;
    }
    println!(
        "{} verbs, {idle} not missed, in {:.0} s",
        all.len(),
        begun.elapsed().as_secs_f64()
    );
    live.stop().await;
    Ok(idle == 0)
}

/// Tells the story once with controllers of its own: which step failed, and what was refused of what
/// the right is to, or of anything.
async fn attempt(
    live: &Live,
    stage: &story::Stage,
    without: Option<&Right>,
) -> anyhow::Result<(Result<(), String>, Vec<String>)> {
    let audits =
        [Cluster::Guest, Cluster::Supervisor].map(|cluster| Audit::from_now(live, cluster));
    let [guest, supervisor] = audits;
    let (guest, supervisor) = (guest?, supervisor?);
    stage.forget().await?;
    let controllers = start(live)?;
    let told = stage.tell(&controllers[0], PATIENCE).await;
    end(live, controllers).await?;
    let refused = [guest.refused(without)?, supervisor.refused(without)?].concat();
    Ok((told, refused))
}

/// The chain puts right by itself what is left, as soon as it may.
async fn recover(live: &Live, stage: &story::Stage) -> anyhow::Result<()> {
    stage.clear().await?;
    let controllers = start(live)?;
    let left = settled(&live.witness()?, &BTreeMap::new(), RECOVERY).await;
    end(live, controllers).await?;
    ensure!(left.is_empty(), "what is left is not put right: {left:?}");
    Ok(())
}

fn start(live: &Live) -> anyhow::Result<Vec<Child>> {
    let hops = Hop::ALL.iter();
    hops.map(|hop| live.controller(*hop, Profile::Reference, &[]))
        .collect()
}

/// Kills them, and takes the leases from them.
async fn end(live: &Live, controllers: Vec<Child>) -> anyhow::Result<()> {
    for mut controller in controllers {
        controller.kill().await?;
    }
    rights::free_leases(&live.served).await
}

#[expect(clippy::disallowed_methods, reason = "a command says how long it took")]
fn now() -> Instant {
    Instant::now()
}
