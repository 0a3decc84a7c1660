//! `hopwise explain svc/NAME` where it cannot ask.

use std::process::{Command, Output, Stdio};

fn explain(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hopwise"));
    let command = command.arg("explain").args(arguments).stdin(Stdio::null());
    command.output().expect("the program was built")
}

#[test]
fn a_kubeconfig_that_is_named_and_not_there_is_no_other_one() {
    let named = "/nowhere/guest.kubeconfig";
    let output = explain(&["svc/web", "--kubeconfig", named]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains(named));
}

#[test]
fn a_service_without_a_name_is_a_mistake_of_the_caller() {
    let output = explain(&["svc/"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("svc/NAME"));
}
