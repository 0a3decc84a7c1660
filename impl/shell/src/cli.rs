//! What the three programs share at their start and at their end.

use crate::endpoints::answer;
use crate::logging::{self, Format};
use crate::{Candidate, Clock, Ended, LeaseFlags, SystemClock, Telemetry};
use futures::{Stream, StreamExt, future};
use hopwise_api::strings::lease::Lease;
use hopwise_serve::{Transport, listen, serve};
use hopwise_vocab::{Safeguard, Safeguards};
use kube::Client;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_stream::wrappers::IntervalStream;
use tracing::{info, warn};

/// Options that every controller has.
#[derive(Clone, Debug, clap::Args)]
pub struct Common {
    /// Which protocol to follow: `as-built` lacks what the open-source chain lacks. Never in
    /// production.
    #[arg(
        long,
        value_enum,
        env = "HOPWISE_PROFILE",
        default_value_t = Profile::Reference
    )]
    pub profile: Profile,

    /// Switch a safeguard of the protocol off, to show why it is there. Never in production.
    #[arg(
        long,
        value_name = "SAFEGUARD",
        env = "HOPWISE_WITHOUT",
        value_delimiter = ','
    )]
    pub without: Vec<Safeguard>,

    /// What to log, such as `info` or `debug,kube=info`.
    #[arg(long, value_name = "FILTER", env = "RUST_LOG", default_value = "info")]
    pub log: String,

    /// How a line of the log looks
    #[arg(long, value_name = "FORMAT", env = "LOG_FORMAT", value_enum)]
    #[arg(default_value_t = Format::Text)]
    pub log_format: Format,

    /// Where to serve /healthz, /readyz, /metrics and /debug/flags/v; 0 serves none
    ///
    /// By default on the loopback interface, at 10258 (guest-cluster-cloud-provider), 8083
    /// (vmop-controller-manager) or 8084 (ncp).
    #[arg(long, value_name = "ADDRESS", env = "METRICS_BIND_ADDRESS", value_parser = bind)]
    pub metrics_bind_address: Option<Bind>,

    /// How long passes that are under way may take when the program is asked to end
    #[arg(
        long,
        value_name = "DURATION",
        env = "SHUTDOWN_GRACE_PERIOD",
        default_value = "30s"
    )]
    #[arg(value_parser = duration)]
    pub shutdown_grace_period: Duration,

    /// Which replica leads.
    #[command(flatten)]
    pub lease: LeaseFlags,
}

/// A set of safeguards that has a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// Every safeguard is on.
    #[default]
    Reference,
    /// The safeguards that the open-source controllers have today.
    AsBuilt,
}

impl Profile {
    /// The safeguards that are on.
    pub fn safeguards(self) -> Safeguards {
        match self {
            Profile::Reference => Safeguards::reference(),
            Profile::AsBuilt => Safeguards::as_built(),
        }
    }
}

impl Common {
    /// The safeguards that are on: those of the profile, without those named beside it.
    pub fn safeguards(&self) -> Safeguards {
        let off = self.without.iter().copied();
        off.fold(self.profile.safeguards(), Safeguards::without)
    }

    /// The same, after a warning for each safeguard that is off: nobody is to miss one unknowingly.
    pub fn safeguards_aloud(&self) -> Safeguards {
        let safeguards = self.safeguards();
        for safeguard in safeguards.off() {
            let (name, rule) = (safeguard.name(), safeguard.sentence());
            warn!("safeguard {name} is OFF, so this does not hold: {rule}");
        }
        safeguards
    }

    /// Serves what is to be known of the program until the guard is dropped, on the loopback interface
    /// at this port unless a flag says otherwise.
    ///
    /// # Errors
    /// Says which address cannot be listened on.
    pub async fn serve(&self, telemetry: &Telemetry, port: u16) -> Result<JoinSet<()>, Ended> {
        let usual = Bind::At(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let mut serving = JoinSet::new();
        let Bind::At(address) = self.metrics_bind_address.unwrap_or(usual) else {
            return Ok(serving);
        };
        let listener = listen(address).await?;
        let address = listener.local_addr().unwrap_or(address);
        info!(%address, "serves /healthz, /readyz and /metrics");
        let telemetry = telemetry.clone();
        let service = tower::service_fn(move |request| {
            let telemetry = telemetry.clone();
            async move { Ok::<_, Infallible>(answer(&telemetry, address, request).await) }
        });
        serving.spawn(serve(
            listener,
            Transport::Insecure,
            service,
            future::pending(),
        ));
        Ok(serving)
    }

    /// Who stands for the lease of a component at this API server, as a replica that `seed` tells from
    /// the others; or nobody if no lease is wanted.
    ///
    /// # Errors
    /// When the flags contradict each other.
    pub fn candidate(
        &self,
        client: &Client,
        lease: Lease,
        seed: u64,
    ) -> Result<Option<Candidate>, Ended> {
        let terms = self.lease.terms(lease, seed)?;
        let clock = Arc::new(SystemClock);
        Ok(terms.map(|terms| Candidate::new(client.clone(), terms, clock, seed)))
    }

    /// Starts to log, to stderr.
    ///
    /// # Errors
    /// When the filter is none.
    pub fn log(&self) -> Result<(), String> {
        logging::start(&self.log, self.log_format)
    }
}

/// Where a program listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bind {
    /// Nowhere.
    Nowhere,
    /// Here.
    At(SocketAddr),
}

/// Reads an address such as `127.0.0.1:8080` or `:8080`, which is every address, or `0`.
///
/// # Errors
/// Says what an address looks like.
pub fn bind(text: &str) -> Result<Bind, String> {
    if text == "0" {
        return Ok(Bind::Nowhere);
    }
    let whole = match text.strip_prefix(':') {
        Some(port) => format!("[::]:{port}"),
        None => text.into(),
    };
    let address = whole.parse().map_err(|_| {
        format!(
            "{text:?} is no address: write 127.0.0.1:8080, :8080 for every address, or 0 for none"
        )
    })?;
    Ok(Bind::At(address))
}

/// Reads a duration such as `500ms`, `10s` or `2m`.
///
/// # Errors
/// Says what a duration looks like.
pub fn duration(text: &str) -> Result<Duration, String> {
    let split = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = match unit {
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        "m" => Duration::from_secs(60),
        _ => return Err(no_duration(text)),
    };
    let number: u32 = number.parse().map_err(|_| no_duration(text))?;
    if number == 0 {
        return Err(no_duration(text));
    }
    Ok(unit * number)
}

fn no_duration(text: &str) -> String {
    format!("{text:?} is no duration: write a number above zero and ms, s or m, such as 10s")
}

/// One item at once and then one per period. A late one delays the rest instead of piling up.
pub fn ticks(period: Duration) -> impl Stream<Item = ()> + Send + 'static {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    IntervalStream::new(interval).map(|_| ())
}

/// A number that no other start of a program has, by the time it starts at.
pub fn seed(clock: &impl Clock) -> u64 {
    let started = clock.now().as_nanosecond();
    let low = u64::try_from(started.rem_euclid(1 << 63)).unwrap_or_default();
    // Two programs can start at once, on one machine at least not with the same id.
    low ^ u64::from(std::process::id()).rotate_right(16)
}

/// Runs a program to its end: 0 when it was asked to; or one message on stderr and 2 when it was
/// called with what cannot be used, 1 otherwise.
pub async fn run(common: &Common, program: impl Future<Output = Result<(), Ended>>) -> ExitCode {
    if let Err(reason) = common.log() {
        eprintln!("error: {reason}");
        return ExitCode::from(2);
    }
    match program.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Args {
        #[command(flatten)]
        common: Common,
    }

    #[test]
    fn the_flags_give_the_safeguards() {
        let (reference, as_built) = (Safeguards::reference(), Safeguards::as_built());
        let table = [
            ("", reference.clone()),
            ("--profile reference", reference.clone()),
            ("--profile as-built", as_built.clone()),
            (
                "--without sweep-orphans",
                reference.clone().without(Safeguard::SweepOrphans),
            ),
            (
                "--without sweep-orphans --without delete-by-uid",
                reference
                    .clone()
                    .without(Safeguard::SweepOrphans)
                    .without(Safeguard::DeleteByUid),
            ),
            (
                "--without sweep-orphans,delete-by-uid",
                reference
                    .without(Safeguard::SweepOrphans)
                    .without(Safeguard::DeleteByUid),
            ),
            (
                "--profile as-built --without release-ip-last",
                as_built.clone().without(Safeguard::ReleaseIpLast),
            ),
            ("--profile as-built --without hold-until-gone", as_built),
        ];
        for (flags, safeguards) in table {
            let words = std::iter::once("program").chain(flags.split_whitespace());
            let args = <Args as clap::Parser>::try_parse_from(words).unwrap();
            assert_eq!(args.common.safeguards(), safeguards, "{flags}");
        }
    }

    #[test]
    fn an_unknown_profile_is_refused() {
        let words = ["program", "--profile", "asbuilt"];
        assert!(<Args as clap::Parser>::try_parse_from(words).is_err());
    }

    #[test]
    fn an_address_has_a_port_and_zero_is_none() {
        let at = |text: &str| Ok(Bind::At(text.parse().unwrap()));
        assert_eq!(bind("127.0.0.1:8080"), at("127.0.0.1:8080"));
        assert_eq!(bind(":8080"), at("[::]:8080"));
        assert_eq!(bind("0"), Ok(Bind::Nowhere));
        for wrong in ["", "8080", "127.0.0.1", "localhost:8080"] {
            assert!(bind(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_duration_has_a_number_and_a_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "10", "s", "0s", "1h", "-1s", "1.5s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
