//! The commands that drive the real controllers, as a user or a script runs them.

use std::process::{Command, Output, Stdio};

const CREATE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../conformance/traces/create.ndjson"
);

fn hopwise(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hopwise"));
    let command = command.args(arguments).stdin(Stdio::null());
    command.output().expect("the program was built")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it prints UTF-8")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("it prints UTF-8")
}

#[test]
fn a_replay_tells_the_conversation_if_it_is_asked_to() {
    let output = hopwise(&["replay", CREATE, "--conversation"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let said = out(&output);
    for part in ["user create", "PATCH", "ip-allocations"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let silent = out(&hopwise(&["replay", CREATE]));
    assert!(!silent.contains("PATCH"), "{silent}");
}

#[test]
fn controllers_and_model_are_searched_together() {
    let output = hopwise(&["product", "once-failed"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let said = out(&output);
    assert!(said.contains("µs a step"), "{said}");
    assert!(said.ends_with("1 passed, 0 failed, 0 skipped\n"), "{said}");
}

#[test]
fn a_search_together_that_is_cut_is_not_decided_and_what_does_not_fit_is_refused() {
    let output = hopwise(&["product", "create", "--states", "100"]);
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
    assert!(out(&output).contains("the search was cut"));
    for (arguments, named) in [
        (&["product", "two-ccm"][..], "whole passes"),
        (&["product", "direct"], "one hop"),
        (
            &["product", "create", "--without", "load-before-allocate"],
            "in mind",
        ),
    ] {
        let output = hopwise(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(err(&output).contains(named), "{}", err(&output));
    }
}

#[test]
fn definitions_whose_reader_goes_away_are_no_bug() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hopwise"));
    let command = command.arg("crd").stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
