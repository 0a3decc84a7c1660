//! The command that runs the model with delays, and how its times are written.

use crate::exit::Failure;
use clap::{Args, ValueEnum};
use hopwise_timing::{Delay, Delays, Fleet, Phases, Policy, SEED, Setup, base};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// `hopwise latency`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise latency                                       the assumptions of docs/latency.md
  hopwise latency --poll-interval 30s --clusters 5      another interval, fewer clusters
  hopwise latency --policy as-built --allocation 60s    the backoff of the chain as it is built
  hopwise latency --format json --seed 7
  hopwise latency --page docs                           docs/latency.md and its plots

Times are written as 500ms, 30s, 2m or 1h 30m. The same seed gives the same bytes. What the delays
mean and what a run does not answer is in docs/latency.md.")]
pub struct Latency {
    /// What draws the delays.
    #[arg(long, default_value_t = SEED, value_name = "N")]
    pub seed: u64,
    /// What is assumed.
    #[command(flatten)]
    pub assumed: Assumed,
    /// The form of the result.
    #[arg(long, value_enum, default_value_t)]
    pub format: LatencyFormat,
    /// Write `latency.md` with its plots into this folder instead, from many runs. Only the seed
    /// can be chosen with it.
    #[arg(long, value_name = "DIR", conflicts_with_all = NOT_OF_THE_PAGE)]
    pub page: Option<PathBuf>,
}

/// What the runs of the page vary by themselves.
const NOT_OF_THE_PAGE: [&str; 16] = [
    "clusters",
    "services",
    "window",
    "policy",
    "poll_interval",
    "ncp_tick",
    "together",
    "api_latency",
    "nsx_latency",
    "delivery",
    "realization",
    "allocation",
    "quarantine",
    "think",
    "horizon",
    "format",
];

/// How much there is, and how long everything takes.
#[derive(Clone, Debug, Args)]
pub struct Assumed {
    /// Guest clusters, each with a ccm of its own.
    #[arg(long, default_value_t = small(base().fleet.clusters), value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub clusters: u32,
    /// Services of all clusters together. Each is created, edited and deleted once.
    #[arg(long, default_value_t = small(base().fleet.services), value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub services: u32,
    /// The time in which the Services are created, each at any moment of it.
    #[arg(long, default_value_t = Span(base().fleet.window), value_name = "TIME")]
    pub window: Span,
    /// When ccm polls.
    #[arg(long, value_enum, default_value_t)]
    pub policy: PollPolicy,
    /// From one regular poll to the next; 10s if nothing is said.
    #[arg(long, value_name = "TIME")]
    pub poll_interval: Option<Interval>,
    /// From one tick of ncp, which looks what NSX-T has realized, to the next.
    #[arg(long, default_value_t = Interval(base().delays.ncp_tick), value_name = "TIME")]
    pub ncp_tick: Interval,
    /// Begin the polls and the ticks at one moment, as where everything is started together,
    /// instead of each at any moment of its interval.
    #[arg(long)]
    pub together: bool,
    /// A call to an API server, there and back: the mean. No call takes less than a quarter of it.
    #[arg(long, default_value_t = Span(base().delays.api.mean()), value_name = "TIME")]
    pub api_latency: Span,
    /// A call to NSX-T, there and back: the mean, as above.
    #[arg(long, default_value_t = Span(base().delays.nsx.mean()), value_name = "TIME")]
    pub nsx_latency: Span,
    /// A watch event, from the write to its delivery: the mean, as above.
    #[arg(long, default_value_t = Span(base().delays.delivery.mean()), value_name = "TIME")]
    pub delivery: Span,
    /// NSX-T realizes an allocation, or a load balancer: the mean, as above.
    #[arg(long, default_value_t = Span(base().delays.allocation.mean()), value_name = "TIME")]
    pub realization: Span,
    /// NSX-T realizes an allocation, where that takes another time than a load balancer: the mean.
    #[arg(long, value_name = "TIME")]
    pub allocation: Option<Span>,
    /// From the release of an address until it is free.
    #[arg(long, default_value_t = Span(base().delays.quarantine.mean()), value_name = "TIME")]
    pub quarantine: Span,
    /// The user looks at what was reached before the edit and before the delete: the mean, as above.
    #[arg(long, default_value_t = Span(base().delays.think.mean()), value_name = "TIME")]
    pub think: Span,
    /// Cut the run after so long, in its own time. What is not reached by then is not measured.
    #[arg(long, default_value_t = Span(base().horizon), value_name = "TIME")]
    pub horizon: Span,
}

/// When ccm polls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PollPolicy {
    /// One LIST per cluster in every interval, also after success.
    #[default]
    Regular,
    /// One GET per Service that waits, at once and then after 5s, doubling to 300s.
    AsBuilt,
}

/// How the result of a timed run is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LatencyFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON document.
    Json,
    /// For a pull request.
    Markdown,
}

impl Assumed {
    /// The run that is asked for.
    ///
    /// # Errors
    /// Names a flag that contradicts another.
    pub fn setup(&self) -> Result<Setup, Failure> {
        let realization = Delay::around(self.realization.0);
        let phases = if self.together {
            Phases::Together
        } else {
            Phases::Drawn
        };
        Ok(Setup {
            delays: Delays {
                api: Delay::around(self.api_latency.0),
                nsx: Delay::around(self.nsx_latency.0),
                delivery: Delay::around(self.delivery.0),
                allocation: self
                    .allocation
                    .map_or(realization, |it| Delay::around(it.0)),
                load_balancer: realization,
                quarantine: Delay::Fixed(self.quarantine.0),
                ncp_tick: self.ncp_tick.0,
                think: Delay::around(self.think.0),
                ..base().delays
            },
            policy: self.policy()?,
            phases,
            fleet: Fleet {
                clusters: self.clusters as usize,
                services: self.services as usize,
                window: self.window.0,
            },
            horizon: self.horizon.0,
        })
    }

    fn policy(&self) -> Result<Policy, Failure> {
        match (self.policy, self.poll_interval) {
            (PollPolicy::Regular, None) => Ok(base().policy),
            (PollPolicy::Regular, Some(Interval(interval))) => Ok(Policy::Regular { interval }),
            (PollPolicy::AsBuilt, None) => Ok(Policy::AS_BUILT),
            (PollPolicy::AsBuilt, Some(interval)) => {
                let message = format!(
                    "--poll-interval {interval} is for --policy regular, and --policy as-built is \
                     asked for ({}): leave one of the two out",
                    Policy::AS_BUILT
                );
                Err(Failure::usage(anyhow::Error::msg(message)))
            }
        }
    }
}

/// The longest time that a flag takes.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);
/// The shortest time from one tick to the next, as in `hopwise up`.
const SHORTEST: Duration = Duration::from_millis(10);

/// A span of time, written as `500ms`, `30s` or `1h 30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

/// A span of time after which something comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval(pub Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Span, String> {
        let known = jiff::SignedDuration::from_str(text).ok();
        let span = known.and_then(|it| Duration::try_from(it).ok());
        match span {
            None => Err(format!("{text:?} is no time such as 500ms, 30s or 2m")),
            Some(span) if span > LONGEST => Err(format!(
                "{text:?} is longer than {}, the most that is simulated",
                Span(LONGEST)
            )),
            Some(span) => Ok(Span(span)),
        }
    }
}

impl FromStr for Interval {
    type Err = String;

    fn from_str(text: &str) -> Result<Interval, String> {
        match text.parse()? {
            Span(span) if span < SHORTEST => Err(format!(
                "{text:?} is too short: one tick is at least {} after another",
                Span(SHORTEST)
            )),
            Span(span) => Ok(Interval(span)),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signed = jiff::SignedDuration::try_from(self.0);
        write!(f, "{:#}", signed.map_err(|_| fmt::Error)?)
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
    }
}

/// A count of the page as the command line takes it.
fn small(count: usize) -> u32 {
    u32::try_from(count).expect("the page is about few enough to be a default")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser;

    fn asked(flags: &[&str]) -> Assumed {
        let words = ["hopwise", "latency"].iter().chain(flags);
        let Command::Latency(flags) = Cli::try_parse_from(words).unwrap().command else {
            unreachable!("it is the command that is named")
        };
        flags.assumed
    }

    #[test]
    fn with_the_page_nothing_but_the_seed_is_chosen() {
        use clap::CommandFactory;
        let cli = Cli::command();
        let command = cli.find_subcommand("latency").unwrap();
        let flags = command.get_arguments().map(|it| it.get_id().as_str());
        let others = flags.filter(|id| !["seed", "page", "help"].contains(id));
        assert_eq!(others.collect::<Vec<_>>(), NOT_OF_THE_PAGE);
    }

    #[test]
    fn what_is_assumed_where_nothing_is_said_is_what_the_page_assumes() {
        assert_eq!(asked(&[]).setup().unwrap(), base());
    }

    #[test]
    fn the_load_balancer_does_not_take_as_long_as_an_allocation_that_is_named() {
        let delays = |flags| asked(flags).setup().unwrap().delays;
        let slow = Delay::around(Duration::from_secs(60));
        let alone = delays(&["--allocation", "60s"]);
        assert_eq!(
            (alone.allocation, alone.load_balancer),
            (slow, base().delays.load_balancer)
        );
        let both = delays(&["--realization", "60s"]);
        assert_eq!((both.allocation, both.load_balancer), (slow, slow));
    }

    #[test]
    fn the_poll_interval_of_the_help_is_that_of_the_page() {
        let interval = Duration::from_secs(10);
        assert_eq!(base().policy, Policy::Regular { interval });
    }

    #[test]
    fn every_flag_changes_what_is_run() {
        for flags in [
            "--clusters 7",
            "--services 7",
            "--window 7s",
            "--policy as-built",
            "--poll-interval 7s",
            "--ncp-tick 7s",
            "--together",
            "--api-latency 7s",
            "--nsx-latency 7s",
            "--delivery 7s",
            "--realization 7s",
            "--allocation 7s",
            "--quarantine 7s",
            "--think 7s",
            "--horizon 7s",
        ] {
            let words: Vec<&str> = flags.split(' ').collect();
            assert_ne!(asked(&words).setup().unwrap(), base(), "{flags}");
        }
    }

    #[test]
    fn a_time_is_read_as_people_write_it_and_written_so_that_it_is_read() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("0.5s", 500),
            ("30s", 30_000),
            ("2m", 120_000),
            ("1h 30m", 5_400_000),
            ("0s", 0),
        ] {
            let span = Span(Duration::from_millis(milliseconds));
            assert_eq!(text.parse(), Ok(span), "{text}");
            assert_eq!(span.to_string().parse(), Ok(span), "{span}");
        }
        for text in ["", "30", "-1s", "soon", "9999h"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
        for text in ["0s", "9ms", "-1s", "1"] {
            assert!(text.parse::<Interval>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_ticks_of_the_longest_run_can_be_counted() {
        let ticks = LONGEST.as_nanos() / SHORTEST.as_nanos();
        assert!(ticks < u128::from(u32::MAX), "{ticks}");
    }
}
