//! The rendering of the protocol in Promela has as many states and steps as the model.

use hopwise_tests::root;
use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

const SCENARIO: &str = "create";

/// What Spin counts as a transition and the model not as a step: coming to the initial state.
const BEGINNING: u64 = 1;

/// States, steps, depth.
#[derive(Debug, PartialEq, Eq)]
struct Size([u64; 3]);

/// The row of the scenario in the model's baseline.
fn pinned() -> Size {
    let baseline = root().join("model/protocol/baseline.txt");
    let baseline = fs::read_to_string(baseline).expect("the model's sizes are pinned");
    let mut rows = baseline.lines().map(str::split_whitespace);
    let row = rows.find_map(|mut row| (row.next() == Some(SCENARIO)).then_some(row));
    let row = row.expect("the scenario has its row");
    let sizes: Vec<_> = row.map(|size| size.parse().expect("a number")).collect();
    Size(sizes.try_into().expect("states, steps, depth"))
}

/// The number right before these words in what Spin's verifier prints.
fn before(report: &str, words: &str) -> u64 {
    let (before, _) = report.split_once(words).expect(words);
    let digits = before.rsplit(|it: char| !it.is_ascii_digit()).next();
    digits.and_then(|it| it.parse().ok()).expect(words)
}

/// The number right after these words.
fn after(report: &str, words: &str) -> u64 {
    let (_, after) = report.split_once(words).expect(words);
    let digits = after.split(|it: char| !it.is_ascii_digit()).next();
    digits.and_then(|it| it.parse().ok()).expect(words)
}

fn run(folder: &Path, program: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    let output = command.args(arguments).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{}: {text}{errors}",
        program.display()
    );
    text
}

/// Searches breadth first, so that the depth is that of the model's search. States are stored in
/// full: none is taken for another because their hashes are equal.
fn counted(folder: &Path) -> Size {
    let chain = root().join("docs/promela/chain.pml");
    let chain = chain.to_str().expect("the path is text");
    run(folder, Path::new("spin"), &["-a", chain]);
    let options = ["-w", "-O2", "-DSAFETY", "-DNOREDUCE", "-DBFS"];
    let compile = [&options[..], &["-o", "pan", "pan.c"]].concat();
    run(folder, Path::new("gcc"), &compile);
    let report = run(folder, &folder.join("pan"), &["-w22"]);

    assert_eq!(after(&report, "errors: "), 0, "{report}");
    Size([
        before(&report, " states, stored"),
        before(&report, " transitions (") - BEGINNING,
        after(&report, "depth reached "),
    ])
}

/// A tool that is not installed.
fn missing() -> Option<&'static str> {
    let is_missing = |tool: &&str| Command::new(tool).arg("--version").output().is_err();
    ["spin", "gcc"].into_iter().find(is_missing)
}

fn empty_folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("promela");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a test can write below the target directory");
    folder
}

#[test]
fn spin_counts_the_states_and_steps_of_the_model() {
    if let Some(tool) = missing() {
        assert!(env::var_os("CI").is_none(), "{tool} is not installed");
        // Not with `eprintln!`: of a test that passes, nobody would see that.
        writeln!(
            io::stderr(),
            "\nNOT CHECKED: docs/promela, {tool} is not installed"
        )
        .unwrap();
        return;
    }
    assert_eq!(counted(&empty_folder()), pinned());
}
