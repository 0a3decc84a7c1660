//! A program's life: it waits for its lease, serves while it holds it, ends when it is asked to, and
//! gives the lease back.

use crate::Telemetry;
use crate::cli::duration;
use crate::ending::{Ended, between_passes};
use crate::lease::{Candidate, Terms};
use crate::logging;
use futures::future::BoxFuture;
use futures::{Stream, StreamExt, stream};
use hopwise_api::strings::lease::Lease;
use std::pin::pin;
use std::time::Duration;

/// Options of the leader election, named as those of Kubernetes' own components.
#[derive(Clone, Debug, clap::Args)]
pub struct LeaseFlags {
    /// Whether to wait for a lease, so that of several replicas one leads
    #[arg(
        long,
        env = "LEADER_ELECT",
        value_name = "BOOL",
        default_value_t = true
    )]
    #[arg(action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    #[arg(require_equals = true)]
    pub leader_elect: bool,

    /// How long a lease that is not renewed keeps other replicas away
    #[arg(long, env = "LEADER_ELECT_LEASE_DURATION", value_name = "DURATION")]
    #[arg(value_parser = duration, default_value = "15s")]
    pub leader_elect_lease_duration: Duration,

    /// How long a leader that cannot renew its lease goes on
    #[arg(long, env = "LEADER_ELECT_RENEW_DEADLINE", value_name = "DURATION")]
    #[arg(value_parser = duration, default_value = "10s")]
    pub leader_elect_renew_deadline: Duration,

    /// How long between two tries to get or renew the lease
    #[arg(long, env = "LEADER_ELECT_RETRY_PERIOD", value_name = "DURATION")]
    #[arg(value_parser = duration, default_value = "2s")]
    pub leader_elect_retry_period: Duration,

    /// The lease's namespace [default: that of the component]
    #[arg(long, env = "LEADER_ELECT_RESOURCE_NAMESPACE", value_name = "NAME")]
    pub leader_elect_resource_namespace: Option<String>,

    /// The lease's name [default: that of the component]
    #[arg(long, env = "LEADER_ELECT_RESOURCE_NAME", value_name = "NAME")]
    pub leader_elect_resource_name: Option<String>,

    /// Who this replica is in the lease [default: the host's name and a number]
    #[arg(long, env = "LEADER_ELECT_IDENTITY", value_name = "NAME")]
    pub leader_elect_identity: Option<String>,
}

impl LeaseFlags {
    /// How to stand for the lease of a component, as a replica that `seed` tells from the others; or
    /// nothing if no lease is wanted.
    ///
    /// # Errors
    /// When the three times do not leave a leader the time to renew.
    pub fn terms(&self, lease: Lease, seed: u64) -> Result<Option<Terms>, Ended> {
        if !self.leader_elect {
            return Ok(None);
        }
        let identity = || format!("{}_{seed:016x}", host_name());
        let terms = Terms {
            namespace: self
                .leader_elect_resource_namespace
                .clone()
                .unwrap_or_else(|| lease.namespace.into()),
            name: self
                .leader_elect_resource_name
                .clone()
                .unwrap_or_else(|| lease.name.into()),
            identity: self.leader_elect_identity.clone().unwrap_or_else(identity),
            lease_duration: self.leader_elect_lease_duration,
            renew_deadline: self.leader_elect_renew_deadline,
            retry_period: self.leader_elect_retry_period,
        };
        terms.check()?;
        Ok(Some(terms))
    }
}

fn host_name() -> String {
    let of_pod = std::env::var("HOSTNAME").ok();
    let of_host = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = of_pod.or_else(of_host).unwrap_or_default();
    Some(name.trim())
        .filter(|name| !name.is_empty())
        .unwrap_or("localhost")
        .into()
}

/// Runs a program: when the lease is held, if one is wanted, until the first ask; then as long as
/// passes under way take, and `grace` at most. The lease is given back at the end.
///
/// What is run gets a future that comes true with the first ask. It is not called before the lease is
/// held.
///
/// # Errors
/// [`Ended::LeaseLost`] when somebody else may lead, [`Ended::Busy`] and [`Ended::AtOnce`] when passes
/// were cut: what was run is dropped then where it stands, and the lease not given back, since a
/// request of it may still be on its way.
pub async fn lead<R>(
    candidate: Option<Candidate>,
    grace: Duration,
    telemetry: &Telemetry,
    asks: impl Stream<Item = ()> + Send,
    run: impl FnOnce(BoxFuture<'static, ()>) -> R,
) -> Result<(), Ended>
where
    R: Future<Output = ()>,
{
    let led = async {
        let mut asks = pin!(asks.chain(stream::pending()));
        let Some(mut candidate) = candidate else {
            telemetry.leads();
            return between_passes(asks.as_mut(), grace, run).await;
        };
        tokio::select! {
            () = candidate.acquire() => {}
            _ = asks.next() => return Ok(()),
        }
        telemetry.leads();
        let ended = tokio::select! {
            ended = between_passes(asks.as_mut(), grace, run) => ended,
            why = candidate.keep() => return Err(Ended::LeaseLost { why }),
        };
        if ended.is_ok() {
            candidate.release().await;
        }
        ended
    };
    let ended = led.await;
    logging::flush().await;
    ended
}
