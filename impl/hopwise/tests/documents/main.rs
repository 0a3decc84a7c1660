//! Every command that a document tells a reader to type is run: here, by the nightly job, or by
//! what is named for it. `docs/tour.md` has a test of its own.

mod commands;

use commands::{ELSEWHERE, ENDS, HEAVY};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The pages, in an order in which what one command writes is there for the next.
fn pages() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder is in the repository") {
            let path = entry.expect("the folder can be read").path();
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(ending) if ending == "md" && !path.ends_with("tour.md") => found.push(path),
                Some(_) | None => (),
            }
        }
    }
    found[1..].sort();
    found
}

/// The commands of the program and of cargo in the fenced blocks of a page, without comments.
fn commands_of(page: &str) -> Vec<String> {
    let blocks = page.split("\n```sh\n").skip(1);
    let lines = blocks.flat_map(|rest| rest.split("\n```").next().unwrap_or_default().lines());
    let typed = lines.map(|line| line.split(" #").next().unwrap_or(line).trim());
    let ours = typed.filter(|it| it.starts_with("hopwise ") || it.starts_with("cargo "));
    ours.map(|it| match it.strip_prefix("cargo run --release -- ") {
        Some(rest) => format!("hopwise {rest}"),
        None => it.replace("cargo run --release -p hopwise -- ", "hopwise "),
    })
    .collect()
}

/// Each command once, in the order of the pages.
fn all() -> Vec<String> {
    let mut known = BTreeSet::new();
    let pages = pages().into_iter();
    let texts = pages.map(|path| fs::read_to_string(path).expect("it is text"));
    let all = texts.flat_map(|text| commands_of(&text));
    all.filter(|it| known.insert(it.clone())).collect()
}

fn is_elsewhere(command: &str) -> bool {
    ELSEWHERE.iter().any(|(known, ..)| *known == command)
}

/// A folder with what the commands name, and two runs that were made before.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room");
    for name in ["conformance", "model"] {
        let (from, to) = (root().join(name), folder.path().join(name));
        #[cfg(unix)]
        std::os::unix::fs::symlink(from.canonicalize().expect("it is there"), to)
            .expect("the folder is ours");
    }
    fs::create_dir(folder.path().join("docs")).expect("the folder is ours");
    for name in ["main", "hopwise-out"] {
        fs::create_dir(folder.path().join(name)).expect("the folder is ours");
        let line = format!("hopwise check create --format json > {name}/run.json");
        assert_eq!(run(&line, folder.path()), Some(0), "{line}");
    }
    folder
}

fn run(line: &str, folder: &Path) -> Option<i32> {
    let program = Path::new(env!("CARGO_BIN_EXE_hopwise"));
    let beside = program.parent().expect("a program lies in a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let status = Command::new("sh")
        .args(["-c", line])
        .env("PATH", format!("{}:{path}", beside.display()))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.expect("there is a shell").code()
}

/// The heavy ones only where `HOPWISE_HEAVY` is set, as `.ci/nightly` does.
#[test]
fn every_command_of_every_document_ends_as_expected() {
    let folder = folder();
    let with_heavy = std::env::var_os("HOPWISE_HEAVY").is_some();
    let mut wrong = Vec::new();
    for command in all().iter().filter(|it| !is_elsewhere(it)) {
        if HEAVY.contains(&command.as_str()) && !with_heavy {
            continue;
        }
        let wanted = ENDS.iter().find(|(known, _)| known == command);
        let wanted = wanted.map_or(0, |(_, code)| *code);
        let ended = run(command, folder.path());
        if ended != Some(wanted) {
            wrong.push(format!("{command}: {ended:?}, not {wanted}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn what_is_run_elsewhere_is_run_there() {
    for (command, script, how) in ELSEWHERE {
        let text = fs::read_to_string(root().join(script)).expect("the script is kept");
        assert!(text.contains(how), "{command}: {script} has no {how:?}");
    }
    let nightly = fs::read_to_string(root().join(".ci/nightly")).expect("the script is kept");
    assert!(
        nightly
            .contains("HOPWISE_HEAVY=1 cargo test --release --locked -p hopwise --test documents")
    );
}

#[test]
fn no_list_names_a_command_that_no_document_has() {
    let all = all();
    let named = ELSEWHERE.iter().map(|it| it.0);
    let named = named.chain(ENDS.iter().map(|it| it.0));
    let named = named.chain(HEAVY.iter().copied());
    for command in named {
        assert!(all.iter().any(|it| it == command), "{command}");
    }
    assert!(all.len() > 40, "{all:?}");
}

#[test]
fn a_command_is_read_without_its_comment_and_as_the_program() {
    let page =
        "\n```sh\ncargo run --release -- up    # all\nexport A=b\nhopwise list\n```\nhopwise x\n";
    assert_eq!(commands_of(page), ["hopwise up", "hopwise list"]);
}
