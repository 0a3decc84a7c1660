//! `hopwise serve`: one embedded server, standing alone, until it is interrupted.

use crate::cli::{Serve, ServeApiserver, ServeNodes, ServeNsxt};
use crate::context::say;
use crate::exit::{Exit, Failure, Outcome};
use crate::up::apiserver::ServedApi;
use crate::up::directory::write_private;
use crate::up::nodes::Nodes;
use crate::up::nsxt::{NsxPlan, ServedNsx};
use crate::up::wait_for_interrupt;
use crate::up::{connect, is_here};
use anyhow::Context;
use std::time::Duration;

/// Runs the command.
///
/// # Errors
/// Says what cannot be served, and why.
pub async fn serve(server: &Serve) -> Outcome {
    match server {
        Serve::Apiserver(flags) => apiserver(flags).await,
        Serve::Nsxt(flags) => nsxt(flags).await,
        Serve::Nodes(flags) => nodes(flags).await,
    }
}

async fn apiserver(flags: &ServeApiserver) -> Outcome {
    let (address, wire) = (flags.listen, flags.transport());
    let server = ServedApi::start("kubernetes", address, wire, flags.history)
        .await
        .map_err(Failure::starting)?;
    server.write_kubeconfig(&flags.kubeconfig, "default")?;
    for grant in &flags.grant {
        server.write_grant(&grant.namespace, &grant.file)?;
    }
    for account in &flags.service_account {
        server.write_account(account)?;
    }
    say(server.url());
    wait_for_interrupt().await;
    Ok(Exit::Good)
}

async fn nsxt(flags: &ServeNsxt) -> Outcome {
    let password = std::fs::read_to_string(&flags.password_file)
        .with_context(|| format!("read the password from {}", flags.password_file.display()))
        .map_err(Failure::usage)?;
    is_here(flags.pool.first, "--pool").map_err(Failure::usage)?;
    is_here(flags.pool.last, "--pool").map_err(Failure::usage)?;
    let plan = NsxPlan {
        listen: flags.listen,
        user: flags.user.clone(),
        password: password.trim_end().to_owned(),
        pool: flags.pool,
        release_delay: Duration::from_millis(flags.release_delay),
        transport: flags.transport(),
        state: flags.state.clone(),
    };
    let server = ServedNsx::start(plan).await.map_err(Failure::starting)?;
    if let (Some(path), Some(certificate)) = (&flags.ca_file, server.authority()) {
        write_private(path, certificate)?;
    }
    say(server.url());
    wait_for_interrupt().await;
    Ok(Exit::Good)
}

async fn nodes(flags: &ServeNodes) -> Outcome {
    let guest = connect(&flags.kubeconfig).await?;
    let supervisor = connect(&flags.supervisor_kubeconfig).await?;
    let nodes = Nodes {
        addresses: flags.nodes.clone(),
        cluster: flags.cluster_name.clone(),
        namespace: flags.supervisor_namespace.clone(),
        are_endpoints: false,
    };
    nodes.register(&guest).await?;
    nodes.register_machines(&supervisor).await?;
    say(format_args!("{} nodes", nodes.addresses.len()));
    tokio::select! {
        ended = nodes.answer(guest) => ended?,
        () = wait_for_interrupt() => {}
    }
    Ok(Exit::Good)
}
