//! Many Services at once: a Supervisor, its NSX-T manager, guest clusters and all controllers in
//! one process, over HTTP on this machine.
//!
//! `cargo run --release -p vmop-controller-manager --example load -- [--clusters 20] [--services 2000]` prints how
//! long Services take from their creation to their address, what memory and requests that takes,
//! and what requests go on once all is settled.

mod fleet;
mod requests;
mod users;

use anyhow::Context;
use clap::Parser;
use fleet::{Fleet, Plan, Ticks};
use futures::{StreamExt, future};
use hopwise_shell::cli::{duration, ticks};
use mimalloc::MiMalloc;
use requests::{Asked, Requests, between};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The program's own allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How many polls of ccm are watched once all is settled.
const POLLS: u32 = 3;

/// Many Services at once, in one process.
#[derive(Parser)]
struct Args {
    /// How many guest clusters
    #[arg(long, default_value_t = 20)]
    clusters: usize,
    /// How many Services in all
    #[arg(long, default_value_t = 2000)]
    services: usize,
    /// How often each ccm polls
    #[arg(long, default_value = "10s", value_parser = duration)]
    ccm_poll: Duration,
    /// How often ncp looks at every Service
    #[arg(long, default_value = "5s", value_parser = duration)]
    ncp_poll: Duration,
    /// How often vmop looks at everything
    #[arg(long, default_value = "30m", value_parser = duration)]
    resync: Duration,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    hopwise_shell::logging::start("warn", hopwise_shell::logging::Format::Text)
        .map_err(anyhow::Error::msg)?;
    let args = Args::parse();
    let plan = Plan {
        clusters: args.clusters,
        is_over_http: true,
    };
    let polls = (0..args.clusters).map(|_| ticks(args.ccm_poll).boxed());
    let due = Ticks {
        ccm: polls.collect(),
        vmop: ticks(args.resync).boxed(),
        ncp: ticks(args.ncp_poll).boxed(),
    };
    let fleet = Fleet::start(&plan, due).await?;
    let (empty, before, begun) = (memory("VmRSS")?, look(&fleet), Instant::now());
    let each = args.services / args.clusters;
    let all = fleet
        .guests
        .iter()
        .map(|guest| users::create_and_wait(guest, each));
    let mut took = future::try_join_all(all).await?.concat();
    took.sort();
    let (settled, after) = (begun.elapsed(), look(&fleet));
    println!("{} Services in {} clusters", took.len(), args.clusters);
    println!("all published after {:.1} s", settled.as_secs_f64());
    for (name, share) in [("p50", 50), ("p99", 99), ("most", 100)] {
        let at = (took.len() * share).div_ceil(100).max(1) - 1;
        let seconds = took.get(at).map_or(0.0, Duration::as_secs_f64);
        println!("created to published, {name}: {seconds:.2} s");
    }
    for (server, of) in names().into_iter().zip(changes(&before, &after)) {
        let count: u64 = of.values().sum();
        let rate = count as f64 / settled.as_secs_f64();
        println!("requests to {server}: {count}, {rate:.0}/s");
    }
    // What is still told of the last Services is over with the next look of everybody.
    sleep(args.ccm_poll.max(args.ncp_poll) * 2).await;
    let before = look(&fleet);
    sleep(args.ccm_poll * POLLS).await;
    let after = look(&fleet);
    println!("settled, per poll of every ccm:");
    for (server, of) in names().into_iter().zip(changes(&before, &after)) {
        for ((who, verb, kind), count) in of {
            let per_poll = count as f64 / f64::from(POLLS);
            println!("  {server}: {who} {verb} {kind}: {per_poll:.1}");
        }
    }
    println!(
        "memory: {empty} MiB before, {} MiB settled, {} MiB at most",
        memory("VmRSS")?,
        memory("VmHWM")?
    );
    Ok(())
}

fn names() -> [&'static str; 3] {
    ["guest clusters", "Supervisor", "NSX-T"]
}

type Look = [BTreeMap<Asked, u64>; 3];

fn look(fleet: &Fleet) -> Look {
    [&fleet.to_guests, &fleet.to_supervisor, &fleet.to_nsx].map(Requests::so_far)
}

fn changes(before: &Look, after: &Look) -> Vec<BTreeMap<Asked, u64>> {
    let both = before.iter().zip(after);
    both.map(|(before, after)| between(before, after)).collect()
}

/// A number of `/proc/self/status`, in MiB.
fn memory(name: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("read /proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    let kib: u64 = number.context("the kernel tells of memory")?.parse()?;
    Ok(kib / 1024)
}
