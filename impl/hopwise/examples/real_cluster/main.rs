//! The chain and its traces on control planes that others wrote: what `tests/real-cluster/run` runs
//! (`docs/real-cluster.md`).

mod collector;
mod live;
mod planes;
mod race;
mod rbac;
mod replicas;
mod runs;
mod traces;

use clap::{Parser, Subcommand};
use hopwise::up::assets::Assets;
use hopwise::up::bound::become_bound;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::runtime::Runtime;

/// The chain and its traces on kube-apiserver and etcd.
#[derive(Debug, Parser)]
struct Flags {
    /// The folder that kube-apiserver and etcd are in.
    #[arg(long, env = "KUBEBUILDER_ASSETS", value_name = "DIR")]
    assets: Option<PathBuf>,
    /// What is tried.
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Replay traces on the real controllers, step by step; the committed ones, if none is named.
    Traces {
        /// The traces.
        traces: Vec<PathBuf>,
    },
    /// Record free runs, and ask whether they are behaviours of the model.
    Runs {
        /// How many.
        #[arg(default_value_t = 10)]
        runs: u64,
        /// About how many lines each has.
        #[arg(default_value_t = 500)]
        events: usize,
        /// The seed of the first.
        #[arg(long, default_value_t = 0, value_name = "N")]
        seed: u64,
        /// A folder for the recordings.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Take the last finalizer from an object twice at once, while its successor is made.
    Race {
        /// How often.
        #[arg(default_value_t = 300)]
        times: u32,
    },
    /// Tell the story with and without each verb of the generated Roles.
    Rbac {
        /// The program that has the controllers.
        #[arg(long, env = "HOPWISE", value_name = "PATH")]
        program: PathBuf,
    },
    /// Two replicas of each controller at once: leaders both, without leases, of two versions.
    Replicas {
        /// The program that has the controllers.
        #[arg(long, env = "HOPWISE", value_name = "PATH")]
        program: PathBuf,
    },
}

fn main() -> ExitCode {
    if let Err(error) = become_bound() {
        eprintln!("error: {error:#}");
        return ExitCode::FAILURE;
    }
    let flags = Flags::parse();
    match tried(flags) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn tried(flags: Flags) -> anyhow::Result<bool> {
    let runtime = Runtime::new()?;
    let assets = runtime.block_on(Assets::find(flags.assets.as_deref()));
    let assets = assets.map_err(|failure| failure.error)?;
    println!("{}", assets.versions);
    match flags.what {
        What::Traces { traces } => traces::replay(&runtime, &assets, &traces),
        What::Runs {
            runs,
            events,
            seed,
            out,
        } => runs::record(
            &runtime,
            &assets,
            (seed..seed + runs, events),
            out.as_deref(),
        ),
        What::Race { times } => race::run(&runtime, &assets, times),
        What::Rbac { program } => runtime.block_on(rbac::play(&assets, &program)),
        What::Replicas { program } => runtime.block_on(replicas::play(&assets, &program)),
    }
}
