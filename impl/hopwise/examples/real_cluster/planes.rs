//! Control planes of nobody but one command.

use anyhow::Context as _;
use hopwise::up::assets::Assets;
use hopwise::up::connect;
use hopwise::up::control_plane::{ControlPlane, ControlPlanePlan};
use hopwise::up::directory::Directory;
use hopwise_conformance::foreign::ControlPlanes;
use kube::Client;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// The names of the guest clusters that there can be.
const GUESTS: [&str; 2] = ["guest", "guest-b"];

/// Starts control planes for so many guest clusters and the Supervisor, does something with them,
/// and ends them.
///
/// # Errors
/// Those of what is done; or which program ended, and what it said last.
pub fn with<T>(
    runtime: &Runtime,
    assets: &Assets,
    guests: usize,
    work: impl FnOnce(&Arc<ControlPlanes>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let folder = tempfile::tempdir()?;
    let directory = Directory::open(folder.path())?;
    let names = GUESTS.iter().take(guests).chain(&["supervisor"]);
    let starting = names.map(|name| start(assets, name, &directory));
    let started = runtime.block_on(futures::future::try_join_all(starting))?;
    let (mut running, mut clients): (Vec<_>, Vec<_>) = started.into_iter().unzip();
    let supervisor = clients.pop().context("the Supervisor was started")?;
    let handle = runtime.handle().clone();
    let planes = ControlPlanes::new(handle, clients, supervisor)?;
    let done = work(&Arc::new(planes));
    let stopping = running.iter_mut().map(ControlPlane::stop);
    runtime.block_on(futures::future::join_all(stopping));
    done
}

/// Starts one control plane, does something with it as its administrator, and ends it.
///
/// # Errors
/// Those of what is done; or which program ended, and what it said last.
pub fn with_one<T, W: Future<Output = anyhow::Result<T>>>(
    runtime: &Runtime,
    assets: &Assets,
    work: impl FnOnce(Client) -> W,
) -> anyhow::Result<T> {
    let folder = tempfile::tempdir()?;
    let directory = Directory::open(folder.path())?;
    runtime.block_on(async {
        let (mut running, client) = start(assets, GUESTS[0], &directory).await?;
        let done = work(client).await;
        running.stop().await;
        done
    })
}

async fn start(
    assets: &Assets,
    name: &'static str,
    directory: &Directory,
) -> anyhow::Result<(ControlPlane, Client)> {
    let kubeconfig = directory.path(&format!("{name}.kubeconfig"));
    let plan = ControlPlanePlan {
        assets,
        name,
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        services: "10.96.0.0/16",
        kubeconfig: kubeconfig.clone(),
        namespace: "default",
    };
    let started = ControlPlane::start(plan, directory).await?;
    Ok((started, connect(&kubeconfig).await?))
}
