//! The command line.

mod ask;
mod explore;
mod latency;
mod made;
mod printed;
mod recorded;
mod serve;
mod storm;

pub use ask::{
    Ablate, Bench, Check, Clusters, Explain, Format, List, Listed, Mutants, Shard, Simulate, Trace,
    TraceFormat, WalkFormat,
};
pub use explore::Explore;
pub use latency::{Assumed, Interval, Latency, LatencyFormat, PollPolicy, Span};
pub use made::{Diff, DiffFormat, Report};
pub use printed::{Completions, Man, Schema, Schemas};
pub use recorded::{Accept, AcceptFormat, Chaos};
pub use serve::{Account, Manifests, NamespaceGrant, Serve, ServeApiserver, ServeNodes, ServeNsxt};
pub use storm::Storm;

use crate::selection::Switches;
use crate::up::chain::DIRECTORY;
use clap::{Args, Parser, Subcommand};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Model-checked LoadBalancer chain: is the protocol right, do the controllers follow it, and why
/// is each safeguard there?
#[derive(Debug, Parser)]
#[command(name = "hopwise", version, arg_required_else_help = true, after_help = AFTER_HELP)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  hopwise review                 check the model, compare the controllers, write the report
  hopwise check recreate         search every interleaving of one scenario
  hopwise explain hop_order      what a name means
  hopwise up                     the whole chain in one process, for kubectl and curl

Exit codes:
  0  decided and good            4  nothing to judge
  1  something broke             5  a tool such as kubectl is missing
  2  usage                      70  a bug in hopwise
  3  not decided               130  interrupted";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the model, ask the decisions, replay the traces, try the mutants, and write one HTML
    /// file.
    Review(Review),
    /// Write the page of runs that were made before.
    Report(Report),
    /// Compare two runs: what is new, what is resolved, what goes on?
    Diff(Diff),
    /// Search every interleaving of the bounded model: do the properties hold?
    Check(Check),
    /// Switch each safeguard off in turn: what breaks?
    Ablate(Ablate),
    /// Say how quickly the model is searched and judged on this machine.
    Bench(Bench),
    /// Walk through the model at random, and print the trace.
    Simulate(Simulate),
    /// Run the model with delays: how long does a user wait, and what does the Supervisor see?
    Latency(Latency),
    /// Print a trace, and say whether what it claims is true.
    Trace(Trace),
    /// Say what a name means, or why the trace of a broken property goes wrong.
    Explain(Explain),
    /// Serve a page on this machine to step through the model: what can happen, and what breaks?
    Explore(Explore),
    /// Drive the real controllers through traces and compare every step with the model.
    Replay(Replay),
    /// Search the real reconcile functions together with the model: do they ask the same?
    Product(Product),
    /// Drive the real controllers through every step that the model has in small scenarios.
    Cover(Cover),
    /// Seed mistakes in controllers, servers and model: does a lane catch each?
    Mutants(Mutants),
    /// Let the real controllers run free in a world full of faults, and record what they say.
    Chaos(Chaos),
    /// Kill the controllers of a live chain at random while Services come and go: is all right in
    /// the end?
    Storm(Box<Storm>),
    /// Say whether recorded runs are behaviours of the model, and which event is not.
    Accept(Accept),
    /// The whole chain in one process, for kubectl and curl.
    Up(Box<Up>),
    /// One controller against real API servers.
    #[command(subcommand)]
    Run(Box<Run>),
    /// One embedded server, standing alone.
    #[command(subcommand)]
    Serve(Serve),
    /// The names there are: scenarios, properties, safeguards, hazards, actions, traces.
    List(List),
    /// Print the CustomResourceDefinitions of the chain, for `kubectl apply -f -`.
    Crd,
    /// Print the Namespaces, Roles and Deployments of a cluster, for `kubectl apply -f -`.
    Manifests(Manifests),
    /// Print the JSON Schema of what the program writes for other programs.
    Schema(Schema),
    /// Print what a shell needs to complete commands, flags and values.
    Completions(Completions),
    /// Print a page of the manual.
    Man(Man),
}

/// `hopwise review`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise review                 writes hopwise-out/report.html and hopwise-out/run.json
  hopwise review --out review")]
pub struct Review {
    /// Where `report.html` and `run.json` are written.
    #[arg(long, default_value = "hopwise-out", value_name = "DIR")]
    pub out: PathBuf,
}

/// `hopwise replay`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise replay                                                  every kept trace
  hopwise replay conformance/traces/edit.ndjson --conversation    what crosses the hops")]
pub struct Replay {
    /// Traces; the committed ones if none is named.
    pub traces: Vec<PathBuf>,
    /// Print the conversation of each trace.
    #[arg(long)]
    pub conversation: bool,
    /// The form of the result.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `hopwise product`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise product                     the small scenarios: one thing goes wrong
  hopwise product twice mixed         two of any kind, stale views among them: a minute
  hopwise product edit --without guarded-writes

Every request of a pass is a point at which anything else may happen. A pass that waits is what its
hop had seen and the answers it has heard; it goes on by being run again from the start, with the
clients of production, and has to ask the same again.")]
pub struct Product {
    /// Scenarios; the small ones if none is named.
    #[arg(value_name = "SCENARIO")]
    pub scenarios: Vec<String>,
    /// Which safeguards are on, in the model and in the controllers.
    #[command(flatten)]
    pub switches: Switches,
    /// Search at most this many states of the model.
    #[arg(long, value_name = "N")]
    pub states: Option<usize>,
    /// The form of the result.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `hopwise cover`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise cover                  every step of the small scenarios: some minutes
  hopwise cover once-failed      of the smallest of them")]
pub struct Cover {
    /// Scenarios; the small ones if none is named.
    #[arg(value_name = "SCENARIO")]
    pub scenarios: Vec<String>,
    /// The form of the result.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `hopwise up`.
#[derive(Debug, Args)]
pub struct Up {
    /// Play the whole story with kubectl and curl, then exit.
    #[arg(long)]
    pub check: bool,
    /// Every server and controller in a process of its own.
    #[arg(long)]
    pub separate: bool,
    /// The API servers of the two clusters.
    #[arg(long, value_enum, default_value_t, value_name = "KIND")]
    pub apiserver: ApiServerKind,
    /// Where the chain runs.
    #[arg(long, value_enum, default_value_t)]
    pub topology: Topology,
    /// The folder that kube-apiserver and etcd are in, for `--apiserver real`; where
    /// `tests/real-cluster/run build` puts them, if none is named.
    #[arg(
        long,
        env = "KUBEBUILDER_ASSETS",
        hide_env_values = true,
        value_name = "DIR"
    )]
    pub assets: Option<PathBuf>,
    /// Where kubeconfigs and credentials are written, readable by you alone.
    #[arg(long, default_value = DIRECTORY, value_name = "DIR")]
    pub dir: PathBuf,
    /// The kubectl to drive.
    #[arg(long, env = "KUBECTL", default_value = "kubectl", value_name = "PATH")]
    pub kubectl: PathBuf,
    /// How often ccm polls the Supervisor and ncp looks at NSX-T, in milliseconds.
    #[arg(long, default_value_t = 500, value_name = "MS", value_parser = clap::value_parser!(u64).range(10..))]
    pub poll: u64,
    /// The addresses that NSX-T gives out. They must be loopback addresses of this machine.
    #[arg(
        long,
        default_value = "127.100.0.10-127.100.0.29",
        value_name = "FIRST-LAST"
    )]
    pub pool: AddressRange,
    /// Keep NSX-T's state in this file and go on from it; what of it belongs to no Service of this
    /// run is taken away by ncp.
    #[arg(long, value_name = "FILE")]
    pub nsx_state: Option<PathBuf>,
    /// The two nodes' addresses.
    #[arg(long, num_args = 2, default_values = ["127.101.0.1", "127.101.0.2"], value_name = "IP")]
    pub nodes: Vec<IpAddr>,
    /// Where the three servers listen; port 0 takes any free port.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// The protocol that the controllers follow.
    #[arg(long, value_enum, default_value_t)]
    pub profile: hopwise_shell::cli::Profile,
    /// Switch a safeguard off in the controllers.
    #[arg(long, value_name = "SAFEGUARD")]
    pub without: Vec<String>,
}

/// Where a chain runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Topology {
    /// Three controllers on two clusters.
    #[default]
    Hops,
    /// ncp alone, in the guest cluster, and NSX-T's credential with it.
    Direct,
}

/// Which API servers a chain runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ApiServerKind {
    /// Those of this program.
    #[default]
    Embedded,
    /// kube-apiserver, each on an etcd of its own.
    Real,
}

/// An inclusive range of addresses, written `FIRST-LAST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    /// The lowest address.
    pub first: IpAddr,
    /// The highest.
    pub last: IpAddr,
}

impl std::str::FromStr for AddressRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("{text:?} is no address range such as 127.100.0.10-127.100.0.29");
        let (first, last) = text.split_once('-').ok_or_else(bad)?;
        let (first, last) = (
            first.parse().map_err(|_| bad())?,
            last.parse().map_err(|_| bad())?,
        );
        match (first, last) {
            (IpAddr::V4(low), IpAddr::V4(high)) if low <= high => Ok(AddressRange { first, last }),
            (IpAddr::V4(_), IpAddr::V4(_)) => Err(format!("{text:?} ends before it begins")),
            _ => Err(format!("{text:?}: only IPv4 addresses are given out")),
        }
    }
}

impl std::fmt::Display for AddressRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// `hopwise run`.
#[derive(Debug, Subcommand)]
pub enum Run {
    /// guest-cluster-cloud-provider.
    Ccm(guest_cluster_cloud_provider::Flags),
    /// vmop-controller-manager.
    Vmop(vmop_controller_manager::Flags),
    /// ncp.
    Ncp(ncp::Flags),
}

impl Run {
    /// What every controller has.
    pub fn common(&self) -> &hopwise_shell::cli::Common {
        match self {
            Run::Ccm(flags) => &flags.common,
            Run::Vmop(flags) => &flags.common,
            Run::Ncp(flags) => &flags.common,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_range_that_ends_before_it_begins_is_refused() {
        let error = "127.0.0.9-127.0.0.1".parse::<AddressRange>().unwrap_err();
        assert!(error.contains("ends before it begins"), "{error}");
    }
}
