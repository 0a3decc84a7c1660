//! `hopwise up`: the whole chain, until it is interrupted or its story is told.

use crate::cli::Up;
use crate::context::Context;
use crate::exit::{Exit, Outcome};
use crate::selection::safeguards_named;
use crate::up::chain::{Chain, Plan};
use crate::up::nsxt::POOL;
use crate::up::story::Stage;
use crate::up::tools::Tools;
use crate::up::wait_for_interrupt;

/// Runs the command.
///
/// # Errors
/// Says which part cannot start, which tool is missing, or which step of the story failed.
pub async fn up(flags: &Up, context: &Context) -> Outcome {
    safeguards_named(&flags.without)?;
    let tools = match flags.check {
        true => Some(Tools::find(&flags.kubectl).await?),
        false => None,
    };
    let plan = Plan::of(flags)?;
    let mut chain = match flags.separate {
        true => plan.in_many_processes().await?,
        false => plan.in_one_process().await?,
    };
    println!("{}", welcome(&plan, &chain));
    let Some(tools) = tools else {
        chain
            .during(async {
                wait_for_interrupt().await;
                Ok(())
            })
            .await?;
        return Ok(Exit::Good);
    };
    println!("The story, with {}:", tools.version);
    let nsx = plan.nsx_client(&chain.urls[2])?;
    let stage = Stage {
        tools,
        kubeconfig: plan.guest_kubeconfig(),
        supervisor_kubeconfig: plan.supervisor_kubeconfig(),
        nsx,
        pool: POOL.into(),
        scratch: plan.directory.path(""),
    };
    chain.during(stage.play()).await?;
    println!("good, in {:.1} s", context.elapsed().as_secs_f64());
    Ok(Exit::Good)
}

fn welcome(plan: &Plan, chain: &Chain) -> String {
    let [guest, supervisor, nsx] = &chain.urls;
    let kubeconfig = plan.guest_kubeconfig();
    format!(
        "guest API       {guest}   {}\n\
         Supervisor API  {supervisor}   {}\n\
         NSX-T manager   {nsx}   user admin, password in {}\n\
         controllers     guest-cluster-cloud-provider, vmop-controller-manager, ncp\n\
         \n  export KUBECONFIG={}\n  \
         kubectl apply -f docs/examples/web.yaml\n  \
         kubectl wait svc/web --for=jsonpath='{{.status.loadBalancer.ingress[0].ip}}' --timeout=30s\n  \
         kubectl describe svc web\n  \
         hopwise explain svc/web\n",
        kubeconfig.display(),
        plan.supervisor_kubeconfig().display(),
        plan.directory.path("nsx-password").display(),
        kubeconfig.display(),
    )
}
