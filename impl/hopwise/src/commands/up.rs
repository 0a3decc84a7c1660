//! `hopwise up`: the whole chain, until it is interrupted or its story is told.

use crate::cli::{ApiServerKind, Topology, Up};
use crate::context::Context;
use crate::context::say;
use crate::exit::{Exit, Failure, Outcome};
use crate::selection::safeguards_named;
use crate::up::assets::Assets;
use crate::up::chain::{Chain, Plan};
use crate::up::nsxt::POOL;
use crate::up::story::Stage;
use crate::up::tools::Tools;
use crate::up::wait_for_interrupt;
use anyhow::anyhow;

/// Runs the command.
///
/// # Errors
/// Says which part cannot start, which tool is missing, or which step of the story failed.
pub async fn up(flags: &Up, context: &Context) -> Outcome {
    safeguards_named(&flags.without)?;
    topology_can_be(flags)?;
    let tools = match flags.check {
        true => Some(Tools::find(&flags.kubectl).await?),
        false => None,
    };
    let assets = match flags.apiserver {
        ApiServerKind::Embedded => None,
        ApiServerKind::Real => {
            let assets = Assets::find(flags.assets.as_deref()).await?;
            nodes_can_be_endpoints(flags)?;
            Some(assets)
        }
    };
    let versions = assets.as_ref().map(|it| it.versions.clone());
    let plan = Plan::of(flags).map_err(Failure::usage)?.on(assets);
    let started = match (flags.topology, flags.separate) {
        (Topology::Direct, _) => plan.directly().await,
        (Topology::Hops, true) => plan.in_many_processes().await,
        (Topology::Hops, false) => plan.in_one_process().await,
    };
    let mut chain = started.map_err(Failure::starting)?;
    say(welcome(&plan, &chain, versions.as_deref()));
    let done = match tools {
        None => chain.during(interrupted()).await,
        Some(tools) => tell(&plan, &mut chain, tools).await,
    };
    chain.stop().await;
    done?;
    if flags.check {
        say(format_args!(
            "good, in {:.1} s",
            context.elapsed().as_secs_f64()
        ));
    }
    Ok(Exit::Good)
}

/// A kube-apiserver refuses Endpoints on loopback, and the nodes are the Endpoints of the
/// Supervisor Service.
fn nodes_can_be_endpoints(flags: &Up) -> Result<(), Failure> {
    match flags.nodes.iter().find(|it| it.is_loopback()) {
        None => Ok(()),
        Some(node) => Err(Failure::usage(anyhow!(
            "node {node} is on loopback, and a kube-apiserver takes no such address for Endpoints: \
             name two other addresses of this machine with --nodes, as tests/real-cluster/run does"
        ))),
    }
}

/// One controller beside one API server has nothing to be separated, and is to be compared with
/// what this program has.
fn topology_can_be(flags: &Up) -> Result<(), Failure> {
    let others = flags.separate || flags.apiserver == ApiServerKind::Real;
    match flags.topology {
        Topology::Direct if others => Err(Failure::usage(anyhow!(
            "--topology direct is one process with the embedded API server: leave --separate and \
             --apiserver out"
        ))),
        Topology::Direct | Topology::Hops => Ok(()),
    }
}

async fn interrupted() -> anyhow::Result<()> {
    wait_for_interrupt().await;
    Ok(())
}

async fn tell(plan: &Plan, chain: &mut Chain, tools: Tools) -> anyhow::Result<()> {
    say(format_args!("The story, with {}:", tools.version));
    let stage = Stage {
        tools,
        kubeconfig: plan.guest_kubeconfig(),
        supervisor_kubeconfig: chain
            .supervisor
            .as_ref()
            .map(|_| plan.supervisor_kubeconfig()),
        nsx: plan.nsx_client(&chain.nsx)?,
        nsx_again: Box::new({
            let (plan, url) = (plan.clone(), chain.nsx.clone());
            move |password| plan.nsx_client_with(&url, password)
        }),
        pool: POOL.into(),
        scratch: plan.directory.path(""),
    };
    chain.during(stage.play()).await
}

fn welcome(plan: &Plan, chain: &Chain, versions: Option<&str>) -> String {
    let kubeconfig = plan.guest_kubeconfig();
    let mut rows = format!(
        "guest API       {}   {}\n",
        chain.guest,
        kubeconfig.display()
    );
    if let Some(supervisor) = &chain.supervisor {
        let theirs = plan.supervisor_kubeconfig();
        rows += &format!("Supervisor API  {supervisor}   {}\n", theirs.display());
    }
    let password = plan.directory.path("nsx-password");
    rows += &format!(
        "NSX-T manager   {}   user admin, password in {}\n",
        chain.nsx,
        password.display()
    );
    if let Some(versions) = versions {
        rows += &format!("API servers     {versions}\n");
    }
    rows += match chain.supervisor {
        Some(_) => "controllers     guest-cluster-cloud-provider, vmop-controller-manager, ncp\n",
        None => {
            "controllers     ncp, in the guest cluster: whoever may read its Secrets has NSX-T\n"
        }
    };
    format!(
        "{rows}\
         \n  export KUBECONFIG={}\n  \
         kubectl apply -f docs/examples/web.yaml\n  \
         kubectl wait svc/web --for=jsonpath='{{.status.loadBalancer.ingress[0].ip}}' --timeout=30s\n  \
         kubectl describe svc web\n  \
         hopwise explain svc/web\n  \
         curl http://$(kubectl get svc web -o jsonpath='{{.status.loadBalancer.ingress[0].ip}}'):8080/\n  \
         kubectl delete svc web\n\n\
         Ctrl-C ends it.\n",
        kubeconfig.display(),
    )
}
