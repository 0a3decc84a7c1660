//! Traces, step by step: the gate holds, loses, delays and fails what passes between the real
//! controllers and kube-apiservers.

use crate::planes;
use anyhow::Context as _;
use hopwise::up::assets::Assets;
use hopwise_conformance::caller::Caller;
use hopwise_conformance::foreign::{ControlPlanes, Error, guests, run_at};
use hopwise_conformance::gate::{Edit, Seed};
use hopwise_conformance::replay;
use hopwise_protocol::{Chain, HAZARDS, scenario};
use hopwise_vocab::{Claim, Hop, Trace};
use http::Method;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Where the committed traces are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/traces");

/// What became of a trace.
enum Verdict {
    Followed(usize),
    NotReplayed(String),
    Diverged(String),
}

/// Replays them, and says whether each was followed to its end. One that cannot be replayed is named
/// with the reason, and is no failure.
///
/// # Errors
/// When a control plane does not start, or a file is no trace.
pub fn replay(runtime: &Runtime, assets: &Assets, named: &[PathBuf]) -> anyhow::Result<bool> {
    let paths = if named.is_empty() {
        committed()?
    } else {
        named.to_vec()
    };
    let traces = paths.iter().map(|path| read(path));
    let traces = traces.collect::<anyhow::Result<Vec<_>>>()?;
    let needed = traces.iter().map(|trace| {
        let chain = Chain {
            scenario: scenario(&trace.header.scenario)?,
            safeguards: trace.header.off.clone(),
        };
        Ok(guests(&chain))
    });
    let most = needed.collect::<anyhow::Result<Vec<_>>>()?;
    let most = most.into_iter().max().unwrap_or(1);
    planes::with(runtime, assets, most, |planes| {
        let is_followed = judge(planes, &traces);
        Ok(finds_a_mistake(planes)? && is_followed)
    })
}

/// Every trace of the folder: those that the controllers are compared with first.
fn committed() -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for folder in [PathBuf::from(FOLDER), Path::new(FOLDER).join("as-built")] {
        let mut of_folder = Vec::new();
        for file in std::fs::read_dir(&folder)
            .with_context(|| format!("look for traces in {}", folder.display()))?
        {
            of_folder.push(file?.path());
        }
        of_folder.retain(|path| path.is_file());
        of_folder.sort();
        paths.extend(of_folder);
    }
    Ok(paths)
}

fn read(path: &Path) -> anyhow::Result<Trace> {
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| format!("read the trace {}", path.display()))?;
    Trace::parse(&text).with_context(|| format!("{} is no trace", path.display()))
}

fn judge(planes: &Arc<ControlPlanes>, traces: &[Trace]) -> bool {
    let (mut followed, mut left_out, mut diverged) = (0, 0, 0);
    let begun = now();
    for trace in traces {
        let since = now();
        let verdict = replayed(planes, trace, None);
        let seconds = since.elapsed().as_secs_f64();
        let name = &trace.header.name;
        match verdict {
            Verdict::Followed(steps) => {
                followed += 1;
                println!(
                    "{name}: followed, {steps} steps, {seconds:.1} s{}",
                    shown(trace)
                );
            }
            Verdict::NotReplayed(why) => {
                left_out += 1;
                println!("{name}: {why}");
            }
            Verdict::Diverged(how) => {
                diverged += 1;
                println!("{name}: DIVERGED\n{how}");
            }
        }
    }
    println!(
        "{} traces: {followed} followed, {left_out} not replayed, {diverged} diverged, in {:.0} s",
        traces.len(),
        begun.elapsed().as_secs_f64()
    );
    diverged == 0 && followed > 0
}

/// A ccm that deletes whatever has the name.
const DELETE_BY_NAME: Edit = |request| match *request.method() {
    Method::DELETE => request.map(|_| "{}".into()),
    _ => request,
};

/// Whether a controller that makes a mistake is found out here, too.
fn finds_a_mistake(planes: &Arc<ControlPlanes>) -> anyhow::Result<bool> {
    let trace = read(&Path::new(FOLDER).join("delete.ndjson"))?;
    let mistake: Seed = (Hop::Ccm, || Box::new(DELETE_BY_NAME));
    let verdict = replayed(planes, &trace, Some(mistake));
    let is_found = matches!(verdict, Verdict::Diverged(_));
    let outcome = if is_found {
        "diverges, as it has to"
    } else {
        "IS NOT FOUND OUT"
    };
    println!("delete, by a ccm that names no UID: {outcome}");
    Ok(is_found)
}

fn replayed(planes: &Arc<ControlPlanes>, trace: &Trace, mistake: Option<Seed>) -> Verdict {
    let mut caller = Caller {
        clock: &|| Duration::ZERO,
        progress: &mut |_, _| (),
        limit: None,
    };
    match run_at(planes, trace, mistake, &mut caller) {
        Ok(replayed) => Verdict::Followed(replayed.steps),
        Err(
            error @ (Error::Guests { .. }
            | Error::Replay(replay::Error::NoStep { .. } | replay::Error::Without { .. })),
        ) => Verdict::NotReplayed(error.to_string()),
        Err(error @ (Error::Scenario(_) | Error::Servers(_) | Error::Replay(_))) => {
            Verdict::Diverged(error.to_string())
        }
    }
}

/// The hazard whose sign the end of a trace shows, if it is the trace of one.
fn shown(trace: &Trace) -> String {
    let Claim::Witness(name) = &trace.header.claim else {
        return String::new();
    };
    let hazard = HAZARDS.iter().find(|it| it.name == name);
    hazard.map_or_else(String::new, |it| format!(": {}", it.sentence))
}

#[expect(clippy::disallowed_methods, reason = "a command says how long it took")]
fn now() -> Instant {
    Instant::now()
}
