//! The same scenario in Spin, where Spin is installed.

use super::{Spread, Whose, cpu_seconds};
use anyhow::{Context as _, bail};
use serde::Serialize;
use std::num::NonZero;
use std::path::Path;
use std::process::{Command, Stdio};

/// The scenario that docs/promela/chain.pml tells.
pub const SCENARIO: &str = "create";

const CHAIN: &str = include_str!("../../../../docs/promela/chain.pml");

/// What Spin's verifier says of the scenario, or why it was not asked.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Spin {
    /// It counted.
    Counted(Counted),
    /// What there is to do before it can.
    LeftOut(String),
}

/// What Spin's verifier counted, depth first and without steps.
#[derive(Clone, Debug, Serialize)]
pub struct Counted {
    /// The number of states.
    pub states: u64,
    /// States per second of one processor's time; none where the system does not tell the time.
    pub states_per_cpu_second: Option<Spread>,
    /// All the memory that it used, divided by the states.
    pub bytes_per_state: f64,
}

/// Asks Spin so many times, with one thread.
///
/// # Errors
/// Spin or the compiler is here and does not do what it is for.
pub fn ask(runs: NonZero<u16>, say: impl Fn(&str)) -> anyhow::Result<Spin> {
    let is_here = |tool: &&str| {
        let mut command = Command::new(tool);
        let silent = command.arg("--version").stdin(Stdio::null());
        silent.output().is_ok()
    };
    let compiler = ["cc", "gcc", "clang"].into_iter().find(is_here);
    let (Some(compiler), true) = (compiler, is_here(&"spin")) else {
        return Ok(Spin::LeftOut(
            "spin and a C compiler are not both here; on Debian: apt-get install spin gcc".into(),
        ));
    };
    let folder = tempfile::tempdir().context("make a folder for Spin")?;
    let folder = folder.path();
    std::fs::write(folder.join("chain.pml"), CHAIN).context("write chain.pml")?;
    say("create in Spin: compiling");
    run(folder, Path::new("spin"), &["-a", "chain.pml"])?;
    let options = ["-w", "-O2", "-DSAFETY", "-DNOREDUCE", "-o", "pan", "pan.c"];
    run(folder, Path::new(compiler), &options)?;

    let mut report = String::new();
    let mut times = Vec::new();
    for number in 1..=runs.get() {
        say(&format!("create in Spin: run {number} of {runs}"));
        let begin = cpu_seconds(Whose::Children);
        report = run(folder, &folder.join("pan"), &["-m10000", "-w20"])?;
        let end = cpu_seconds(Whose::Children);
        times.extend(end.zip(begin).map(|(end, begin)| end - begin));
    }
    counted(&report, &times).map(Spin::Counted)
}

fn run(folder: &Path, program: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("run {}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("{}: {text}{errors}", program.display());
    }
    Ok(text)
}

/// Reads what the verifier prints.
fn counted(report: &str, times: &[f64]) -> anyhow::Result<Counted> {
    let before = |words: &str| {
        let (before, _) = report.split_once(words)?;
        before.split_whitespace().next_back()?.parse::<f64>().ok()
    };
    let states = before(" states, stored").context("Spin does not say how many states it found")?;
    let errors = report.contains("errors: 0");
    anyhow::ensure!(errors, "Spin found an error in chain.pml: {report}");
    let megabytes =
        before("total actual memory usage").context("Spin does not say how much memory it used")?;
    let rates = times.iter().filter(|&&seconds| seconds > 0.0);
    Ok(Counted {
        states: states as u64,
        states_per_cpu_second: Spread::of(rates.map(|seconds| states / seconds).collect()),
        bytes_per_state: megabytes * f64::from(1 << 20) / states,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
State-vector 84 byte, depth reached 704, errors: 0
   555593 states, stored
  2379985 states, matched

Stats on memory usage (in Megabytes):
   55.105	equivalent memory usage for states (stored*(State-vector + overhead))
   55.333	total actual memory usage
";

    #[test]
    fn what_the_verifier_prints_is_read() {
        let counted = counted(REPORT, &[0.5, 1.0]).unwrap();
        assert_eq!(counted.states, 555_593);
        assert!((counted.bytes_per_state - 104.4).abs() < 0.1);
        let rate = counted.states_per_cpu_second.unwrap();
        assert_eq!((rate.min, rate.max), (555_593.0, 1_111_186.0));
    }

    #[test]
    fn a_report_with_an_error_is_no_count() {
        let report = REPORT.replace("errors: 0", "errors: 1");
        assert!(counted(&report, &[]).is_err());
        assert!(counted("", &[]).is_err());
    }
}
