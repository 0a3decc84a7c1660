//! From flags to a running controller.

use crate::reach::{ADDRESS, NsxFlags};
use crate::{Ctx, Error, Lists, Size, run};
use futures::Stream;
use hopwise_api::strings::{component, lease, port};
use hopwise_nsx_client::NsxClient;
use hopwise_shell::cli::{self, Common};
use hopwise_shell::{Credentials, Ended, SystemClock, Telemetry, check_access, connect, lead};
use k8s_openapi::api::core::v1::{Endpoints, Service};
use kube::{Api, Client};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const IP_POOL: &str = "--ip-pool";
const SUPERVISOR: &str = "the Supervisor";

/// What ncp is told when it starts.
#[derive(Clone, Debug, clap::Args)]
pub struct Flags {
    /// The Supervisor's kubeconfig [default: the pod's service account, else ~/.kube/config]
    #[arg(long, value_name = "FILE", env = "KUBECONFIG")]
    pub kubeconfig: Option<PathBuf>,

    /// Where NSX-T is, and as whom it is used.
    #[command(flatten)]
    pub nsx: NsxFlags,

    /// The IP pool that addresses come from
    #[arg(long, value_name = "ID", env = "NSX_IP_POOL")]
    pub ip_pool: String,

    /// The Supervisor's name in NSX-T: the prefix of all ids
    #[arg(long, value_name = "NAME", env = "CLUSTER_NAME")]
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub cluster_name: String,

    /// The tier-1 gateway that load balancers run on [default: the one of the cluster's name]
    #[arg(long, value_name = "ID", env = "NSX_TIER1_GATEWAY")]
    pub tier1_gateway: Option<String>,

    /// How much the cluster's load balancer service can carry
    #[arg(
        long,
        value_name = "SIZE",
        env = "NSX_LB_SIZE",
        default_value = "small"
    )]
    pub lb_size: Size,

    /// How often NSX-T is asked what it has realized
    #[arg(
        long,
        value_name = "DURATION",
        env = "POLL_INTERVAL",
        default_value = "5s"
    )]
    #[arg(value_parser = cli::duration)]
    pub poll_interval: Duration,

    /// What every controller has.
    #[command(flatten)]
    pub common: Common,
}

/// Asks the API server and NSX-T once whether they can be used, waits for the lease if one is wanted,
/// and serves until the first of `asks`. The second ends it at once.
///
/// # Errors
/// Before anything is served: one message that says what cannot be used and which flag to check.
/// Later: why it ended unasked.
/// [`Error::exit_code`] tells how the process is to end.
pub async fn execute(
    flags: Flags,
    asks: impl Stream<Item = ()> + Send + 'static,
) -> Result<(), Error> {
    let safeguards = flags.common.safeguards_aloud();
    let seed = cli::seed(&SystemClock);
    let nsx = flags.nsx.client(seed)?;
    let telemetry = Telemetry::of(component::NCP);
    let supervisor = supervisor(&flags, &telemetry).await?;
    check(&flags, &nsx).await?;
    let common = flags.common;
    let candidate = common.candidate(&supervisor, lease::NCP, seed)?;
    let _serving = common.serve(&telemetry, port::NCP).await?;
    let ctx = Ctx {
        supervisor,
        nsx,
        gateway: flags
            .tier1_gateway
            .unwrap_or_else(|| flags.cluster_name.clone()),
        cluster: flags.cluster_name,
        ip_pool: flags.ip_pool,
        size: flags.lb_size,
        lists: Lists::Shared,
        safeguards,
        decide: hopwise_core::ncp::decide,
        clock: Arc::new(SystemClock),
        seed,
        telemetry: telemetry.clone(),
    };
    let serve = |asked| run(ctx, cli::ticks(flags.poll_interval), asked);
    let grace = common.shutdown_grace_period;
    Ok(lead(candidate, grace, &telemetry, asks, serve).await?)
}

async fn supervisor(flags: &Flags, telemetry: &Telemetry) -> Result<Client, Ended> {
    let credentials = Credentials::find(flags.kubeconfig.as_deref());
    let client = connect(&credentials, SUPERVISOR, telemetry).await?;
    let services = Api::<Service>::all(client.clone());
    check_access(&services, SUPERVISOR, &credentials).await?;
    let endpoints = Api::<Endpoints>::all(client.clone());
    check_access(&endpoints, SUPERVISOR, &credentials).await?;
    Ok(client)
}

/// A wrong password, an address where nobody answers, and a pool that is not there are known at
/// once. Without that, a missing pool would pass for one without allocations.
async fn check(flags: &Flags, nsx: &NsxClient) -> Result<(), Error> {
    let known = nsx.check_credentials().await;
    known.map_err(|error| flags.nsx.unusable(ADDRESS, error))?;
    let pool = nsx.allocations(&flags.ip_pool).await;
    pool.map_err(|error| flags.nsx.unusable(IP_POOL, error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use hopwise_nsxt::{Manager, PolicyApi, Realization};
    use hopwise_shell::chain;

    #[derive(Debug, Parser)]
    struct Args {
        #[command(flatten)]
        flags: Flags,
    }

    fn flags() -> Flags {
        let given = "ncp --nsx-address https://nsx --nsx-password-file /nowhere/password \
                     --ip-pool vips --cluster-name sup --without guarded-writes,release-ip-last";
        Args::try_parse_from(given.split_whitespace())
            .unwrap()
            .flags
    }

    fn client(password: &str) -> NsxClient {
        let manager = Manager::new(hopwise_nsxt::Options {
            clock: Arc::new(|| jiff::Timestamp::UNIX_EPOCH),
            seed: 1,
            credentials: hopwise_nsxt::Credentials {
                username: "admin".into(),
                password: "secret".into(),
            },
            realization: Realization::Immediate,
            purge: Realization::Immediate,
        });
        let credentials = hopwise_nsx_client::Credentials {
            username: "admin".into(),
            password: password.into(),
        };
        NsxClient::new(PolicyApi(manager), &credentials)
    }

    #[tokio::test]
    async fn a_missing_password_file_is_a_usage_error_that_names_file_and_flag() {
        let error = execute(flags(), futures::stream::pending())
            .await
            .unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let message = chain(&error);
        assert!(message.contains("read /nowhere/password"), "{message}");
        assert!(message.contains("--nsx-password-file"), "{message}");
    }

    #[tokio::test]
    async fn a_wrong_password_is_one_message_with_address_user_and_flag() {
        let error = check(&flags(), &client("wrong")).await.unwrap_err();
        assert_eq!(error.exit_code(), 1);
        let message = chain(&error);
        for part in ["https://nsx", "admin", "--nsx-password-file"] {
            assert!(message.contains(part), "{part} in {message}");
        }
    }

    #[tokio::test]
    async fn a_pool_that_is_not_there_is_told_by_its_flag() {
        let error = check(&flags(), &client("secret")).await.unwrap_err();
        assert!(chain(&error).contains("--ip-pool"), "{}", chain(&error));
    }

    #[test]
    fn safeguards_are_switched_off_by_name() {
        let off = flags().common.safeguards();
        assert_eq!(off.to_string(), "without guarded-writes, release-ip-last");
    }
}
