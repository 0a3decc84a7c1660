//! What the tour tells a newcomer to type does what the tour says.

use std::path::Path;
use std::process::{Command, Stdio};

const TOUR: &str = include_str!("../../../docs/tour.md");

/// The lines to type, without their comments, each with what its comment says.
fn lines() -> Vec<(String, String)> {
    let blocks = TOUR.split("```sh\n").skip(1);
    let blocks = blocks.filter_map(|rest| rest.split("```").next());
    let lines = blocks.flat_map(str::lines);
    lines
        .map(|line| {
            let (typed, comment) = line.split_once(" #").unwrap_or((line, ""));
            (typed.trim().into(), comment.trim().into())
        })
        .collect()
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

#[test]
fn every_command_of_the_tour_ends_as_it_says() {
    let folder = tempfile::tempdir().expect("there is room");
    let mut wrong = Vec::new();
    for (line, comment) in lines() {
        let wanted = match comment.as_str() {
            "" => 0,
            "ends with 1" => 1,
            "until interrupted" => continue,
            other => panic!("{line}: what does {other:?} mean?"),
        };
        let ended = run(&line, folder.path());
        if ended != Some(wanted) {
            wrong.push(format!("{line}: {ended:?}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    let page = std::fs::read_to_string(folder.path().join("trace.html"));
    assert!(page.expect("it was written").contains("<svg"));
}

#[test]
fn the_tour_has_commands() {
    assert!(lines().len() > 7, "{:?}", lines());
    assert!(lines().iter().all(|(line, _)| line.starts_with("hopwise ")));
}
