//! `hopwise storm`.

use super::AddressRange;
use clap::{Args, value_parser};
use std::net::IpAddr;
use std::path::PathBuf;

/// `hopwise storm`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hopwise storm --seed 7 --out storm.ndjson              200 kills, 100 Services: some minutes
  hopwise storm --services 10 --kills 15
  hopwise storm --services 10 --kills 15 --without sweep-orphans     something stays behind

The controllers are processes of their own and are killed with SIGKILL. The API servers refuse, lose
answers and drop watches; NSX-T refuses and realizes late. Then the faults end, and the chain has
--settle seconds until nothing may be leaked, shared or wrong. The same seed gives the same deeds,
kills and faults, but not the same interleaving: see docs/recordings.md.")]
pub struct Storm {
    /// What chooses deeds, kills and faults.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// How many Services come and go.
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub services: u32,
    /// How often a controller is killed, all three together.
    #[arg(long, default_value_t = 200, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub kills: u32,
    /// How long between two kills on average, in milliseconds.
    #[arg(long, default_value_t = 1000, value_name = "MS", value_parser = value_parser!(u32).range(10..))]
    pub kill_every: u32,
    /// How long the chain has to settle after the storm, in seconds.
    #[arg(long, default_value_t = 180, value_name = "S")]
    pub settle: u64,
    /// Where what was done, and when, is written; nowhere if nothing is said.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Where kubeconfigs, credentials and the controllers' logs are written.
    #[arg(long, default_value = ".hopwise-storm", value_name = "DIR")]
    pub dir: PathBuf,
    /// The addresses that NSX-T gives out. They must be loopback addresses of this machine.
    #[arg(
        long,
        default_value = "127.104.0.1-127.104.3.254",
        value_name = "FIRST-LAST"
    )]
    pub pool: AddressRange,
    /// The two nodes' addresses.
    #[arg(long, num_args = 2, default_values = ["127.105.0.1", "127.105.0.2"], value_name = "IP")]
    pub nodes: Vec<IpAddr>,
    /// The protocol that the controllers follow.
    #[arg(long, value_enum, default_value_t)]
    pub profile: hopwise_shell::cli::Profile,
    /// Switch a safeguard off in the controllers.
    #[arg(long, value_name = "SAFEGUARD")]
    pub without: Vec<String>,
}
