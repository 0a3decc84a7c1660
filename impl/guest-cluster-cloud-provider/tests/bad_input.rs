//! What the program says when it cannot start.

use hopwise_vocab::{Safeguard, Safeguards};
use std::process::Command;

const KUBECONFIG: &str = r#"{
    "apiVersion": "v1", "kind": "Config", "current-context": "here",
    "clusters": [{"name": "here", "cluster": {"server": "http://127.0.0.1:1"}}],
    "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
    "users": [{"name": "me", "user": {}}]
}"#;

/// Its exit code, and its one message.
fn refused(args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_guest-cluster-cloud-provider"))
        .args(args)
        .env_clear()
        .output()
        .expect("the program can be started");
    let message = String::from_utf8(output.stderr).expect("messages are text");
    (output.status.code(), message)
}

#[test]
fn a_missing_kubeconfig_is_a_usage_error_that_names_the_file() {
    let args = ["--cluster-name", "guest", "--kubeconfig", "/nowhere/config"];
    let (code, message) = refused(&args);
    assert_eq!(code, Some(2), "{message}");
    assert!(
        message.starts_with("error: read kubeconfig /nowhere/config"),
        "{message}"
    );
    assert_eq!(message.lines().count(), 1, "{message}");
}

#[test]
fn an_api_server_that_does_not_answer_is_named_with_its_file() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("kubeconfig");
    std::fs::write(&path, KUBECONFIG).expect("the directory is cargo's own for tests");
    let path = path.display().to_string();
    let (code, message) = refused(&["--cluster-name", "guest", "--kubeconfig", &path]);
    assert_eq!(code, Some(1), "{message}");
    assert!(
        message.starts_with("error: list services at the guest cluster"),
        "{message}"
    );
    assert!(
        message.contains(&path) && message.contains("check that the server runs"),
        "{message}"
    );
}

#[test]
fn an_unknown_safeguard_is_a_usage_error_that_names_the_known_ones() {
    let (code, message) = refused(&["--cluster-name", "guest", "--without", "luck"]);
    assert_eq!(code, Some(2), "{message}");
    assert!(message.contains("hold-until-gone"), "{message}");
}

#[test]
fn an_unknown_profile_is_a_usage_error_that_names_the_known_ones() {
    let (code, message) = refused(&["--cluster-name", "guest", "--profile", "luck"]);
    assert_eq!(code, Some(2), "{message}");
    assert!(message.contains("as-built"), "{message}");
}

#[test]
fn what_a_start_goes_without_is_said_aloud_one_by_one() {
    let known = ["--cluster-name", "guest", "--kubeconfig", "/nowhere/config"];
    let without = ["--profile", "as-built", "--without", "sweep-orphans"];
    let (_, message) = refused(&[known, without].concat());
    for safeguard in Safeguards::as_built()
        .without(Safeguard::SweepOrphans)
        .off()
    {
        let (name, rule) = (safeguard.name(), safeguard.sentence());
        assert!(
            message.contains(&format!("safeguard {name} is OFF")),
            "{message}"
        );
        assert!(message.contains(rule), "{message}");
    }
    assert!(!message.contains("release-ip-last"), "{message}");
}

#[test]
fn a_cluster_name_that_makes_no_label_is_a_usage_error() {
    let (code, message) = refused(&["--cluster-name", "1guest"]);
    assert_eq!(code, Some(2), "{message}");
    assert!(message.contains("beginning with a letter"), "{message}");
}
