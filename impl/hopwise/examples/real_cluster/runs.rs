//! Free runs of the real controllers at kube-apiservers, recorded: are they behaviours of the model?

use crate::planes;
use anyhow::Context as _;
use hopwise::up::assets::Assets;
use hopwise_conformance::accept::{MOST, Verdict, accept};
use hopwise_conformance::chaos::{Chaos, run_at};
use hopwise_conformance::corrupt::corrupt;
use hopwise_conformance::foreign::ControlPlanes;
use hopwise_conformance::recording::{Recording, versions_out_of_order};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Records them, and says whether every one is accepted, in order and by log, and refused where a
/// line of it is removed, swapped or altered.
///
/// # Errors
/// When a control plane does not start, or a run cannot go on.
pub fn record(
    runtime: &Runtime,
    assets: &Assets,
    (seeds, events): (Range<u64>, usize),
    out: Option<&Path>,
) -> anyhow::Result<bool> {
    planes::with(runtime, assets, 1, |planes| {
        let mut wrong = 0;
        for seed in seeds.clone() {
            let recording = recorded(planes, seed, events)?;
            if let Some(folder) = out {
                let file = folder.join(format!("run-{seed}.ndjson"));
                std::fs::write(&file, recording.to_text())
                    .with_context(|| format!("write {}", file.display()))?;
            }
            let complaints = complaints(&recording, seed);
            let lines = recording.lines.len();
            match complaints.is_empty() {
                true => println!("run {seed}: {lines} lines, accepted; tampered with, refused"),
                false => println!(
                    "run {seed}: {lines} lines: WRONG\n{}",
                    complaints.join("\n")
                ),
            }
            wrong += usize::from(!complaints.is_empty());
        }
        println!("{} runs, {wrong} wrong", seeds.end - seeds.start);
        Ok(wrong == 0)
    })
}

fn recorded(planes: &Arc<ControlPlanes>, seed: u64, events: usize) -> anyhow::Result<Recording> {
    let ran = run_at(planes, &Chaos::new(seed, events));
    let troubles = planes.troubles().join("\n");
    anyhow::ensure!(troubles.is_empty(), "run {seed}: {troubles}");
    ran.with_context(|| format!("run {seed}"))
}

/// What is not as it should be.
fn complaints(recording: &Recording, seed: u64) -> Vec<String> {
    let mut complaints = Vec::new();
    for (order, recording) in [("in order", recording), ("by log", &recording.by_log())] {
        let verdict = accept(recording, MOST);
        if !matches!(verdict, Verdict::Accepted(_)) {
            complaints.push(format!("{order}: {verdict}"));
        }
    }
    complaints.extend(versions_out_of_order(recording));
    let Some(lie) = corrupt(recording, seed) else {
        return complaints;
    };
    match accept(&lie.recording, MOST) {
        Verdict::Refused(it) if (lie.line..=lie.latest).contains(&it.line) => {}
        verdict @ (Verdict::Refused(_) | Verdict::Accepted(_) | Verdict::Undecided(_)) => {
            complaints.push(format!("{:?} at line {}: {verdict}", lie.how, lie.line));
        }
    }
    complaints
}
