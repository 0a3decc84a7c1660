//! The command line of the explorer.

use super::Clusters;
use crate::selection::Switches;
use clap::Args;
use std::net::SocketAddr;

/// `hopwise explore`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise explore                                   choose where to begin
  hopwise explore recreate --without identity-by-uid
  hopwise explore found/status_true-recreate-without-identity-by-uid.ndjson   at the bad step
  hopwise explore --listen 127.0.0.1:8123 everyday
  hopwise explore /s/create/reference/user+create/1      a link that somebody passed on
  hopwise explore --live                            the chain of `hopwise up` in this directory
  hopwise explore --live svc/web -n default         one Service of it, hop by hop

Prints an address for a browser on this machine, and serves it until Ctrl-C. Nobody else reaches
it, and it asks nothing of any network but, with --live, the two clusters.")]
pub struct Explore {
    /// A scenario, the file of a trace, or a link; with --live a Service.
    #[arg(value_name = "SCENARIO|FILE|LINK|svc/NAME")]
    pub what: Option<String>,
    /// Show a running chain rather than the model: where its Services are, and what they wait for.
    #[arg(long, conflicts_with_all = ["profile", "with", "without"])]
    pub live: bool,
    /// Which chain, with --live.
    #[command(flatten)]
    pub clusters: Clusters,
    /// Which safeguards are on; a trace and a link say so themselves.
    #[command(flatten)]
    pub switches: Switches,
    /// Where to listen, on loopback; port 0 takes any free port.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    pub listen: SocketAddr,
}
