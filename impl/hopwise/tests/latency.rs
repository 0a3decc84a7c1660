//! `hopwise latency`, as a user or a script runs it.

use std::fs;
use std::process::{Command, Output, Stdio};

fn latency(flags: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hopwise"));
    let command = command.arg("latency").args(flags).stdin(Stdio::null());
    command.output().expect("the program was built")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it prints UTF-8")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("it prints UTF-8")
}

/// The row of a table in `docs/latency.md` that begins like this, without its first cells.
fn row_of_the_page(begins: &str, skip: usize) -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/latency.md");
    let page = fs::read_to_string(page).expect("the page is kept");
    let row = page.lines().find(|line| line.starts_with(begins));
    let cells = row
        .expect("the page has the row")
        .trim_matches('|')
        .split('|');
    cells
        .skip(skip)
        .map(|cell| cell.trim().to_owned())
        .collect()
}

#[test]
fn what_is_measured_where_nothing_is_said_is_what_the_page_says() {
    let output = latency(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(err(&output), "");
    let said = out(&output);
    // Before its percentiles are the interval, two of edit→realized, and the least.
    let page = row_of_the_page("| 10 s | ", 4);
    let row = said
        .lines()
        .find(|line| line.starts_with("create→published"));
    let cells: Vec<&str> = row.expect("it is measured").split_whitespace().collect();
    assert_eq!(cells[1..], ["500", &page[0], &page[1], &page[2], &page[3]]);
    assert!(
        said.ends_with("500 of 500 Services came to their end in 9:07\n"),
        "{said}"
    );
}

#[test]
fn the_row_of_an_allocation_that_takes_long_is_what_its_command_measures() {
    let output = latency(&["--policy", "as-built", "--allocation", "60s"]);
    let said = out(&output);
    let page = row_of_the_page("| 60 s | as built", 2);
    let cells = |measure: &str| -> Vec<String> {
        let row = said.lines().find(|line| line.starts_with(measure));
        let cells = row.expect("it is measured").split_whitespace();
        cells.skip(2).map(str::to_owned).collect()
    };
    assert_eq!(cells("create→published"), page[3..], "{said}");
    assert_eq!(cells("edit→realized")[0], page[0], "{said}");
}

#[test]
fn the_same_seed_measures_the_same_bytes_in_every_format() {
    for format in ["text", "json", "markdown"] {
        let run = |seed| {
            let run = ["--services", "30", "--policy", "as-built"];
            let output = latency(&[&run[..], &["--format", format, "--seed", seed]].concat());
            assert_eq!(output.status.code(), Some(0), "{}", err(&output));
            output.stdout
        };
        assert_eq!(run("7"), run("7"), "{format}");
        assert_ne!(run("7"), run("8"), "{format}");
    }
}

#[test]
fn a_timed_run_that_was_cut_is_not_decided_and_says_so() {
    let output = latency(&["--services", "30", "--horizon", "200s"]);
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
    let said = out(&output);
    assert!(said.contains("; cut by --horizon 3m 20s: "), "{said}");
}

/// Checks the exit code and that the message has these parts.
fn refuses(flags: &[&str], code: i32, parts: &[&str]) {
    let output = latency(flags);
    let message = err(&output);
    assert_eq!(output.status.code(), Some(code), "{flags:?}: {message}");
    for part in parts {
        assert!(
            message.contains(part),
            "{flags:?} says nothing of {part:?}: {message}"
        );
    }
}

#[test]
fn a_timed_run_that_cannot_be_is_refused_with_the_flag_and_what_to_give_instead() {
    let refuses = |flags: &[&str], parts: &[&str]| refuses(flags, 2, parts);
    refuses(
        &["--services", "0"],
        &["--services", "0 is not in 1..=100000"],
    );
    refuses(
        &["--clusters", "0"],
        &["--clusters", "0 is not in 1..=10000"],
    );
    let many = ["--services", "1000000000"];
    refuses(&many, &["--services", "1000000000 is not in 1..=100000"]);
    for interval in ["--poll-interval", "--ncp-tick"] {
        refuses(&[interval, "0s"], &[interval, "too short", "at least 10ms"]);
    }
    refuses(
        &["--api-latency", "30"],
        &["--api-latency", "\"30\"", "500ms"],
    );
    refuses(
        &["--quarantine=-1s"],
        &["--quarantine", "\"-1s\"", "30s or 2m"],
    );
    refuses(&["--horizon", "9000h"], &["--horizon", "longer than 720h"]);
    let both = ["--policy", "as-built", "--poll-interval", "30s"];
    let parts = [
        "--poll-interval 30s",
        "--policy as-built",
        "leave one of the two out",
    ];
    refuses(&both, &parts);
    let both = ["--page", "no/such", "--services", "3"];
    refuses(&both, &["--page <DIR>", "--services <N>"]);
}

#[test]
fn a_page_that_cannot_be_written_is_refused_before_anything_is_run() {
    let file = tempfile::NamedTempFile::new().expect("there is room");
    let below = file.path().join("docs");
    let below = below.to_str().expect("temporary files have plain names");
    refuses(&["--page", below], 2, &[below]);
}

#[test]
fn a_timed_run_in_which_nothing_is_reached_leaves_nothing_to_judge() {
    let parts = ["nothing was measured", "--horizon 15s", "give it longer"];
    refuses(&["--horizon", "15s"], 4, &parts);
}
