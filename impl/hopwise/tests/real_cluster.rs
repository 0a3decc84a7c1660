//! What `hopwise up --apiserver real` says where a control plane is not there, or does not last. How
//! the chain does on one that lasts is the matter of `tests/real-cluster/run`.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Addresses that a kube-apiserver takes; these are nobody's.
const NODES: [&str; 2] = ["192.0.2.1", "192.0.2.2"];

fn up(assets: &Path, folder: &Path) -> Output {
    up_with(NODES, assets, folder)
}

fn up_with(nodes: [&str; 2], assets: &Path, folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hopwise"));
    command
        .args(["up", "--apiserver", "real", "--nodes"])
        .args(nodes)
        .arg("--assets")
        .arg(assets)
        .arg("--dir")
        .arg(folder)
        .stdin(Stdio::null())
        .output()
        .expect("the program was built")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A program that says its version, and otherwise does what is written here.
fn program(path: &Path, version: &str, does: &str) {
    let text = format!("#!/bin/sh\n[ \"$1\" = --version ] && echo '{version}' && exit\n{does}\n");
    std::fs::write(path, text).expect("there is room");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(path, executable).expect("the file is ours");
}

#[test]
fn a_kube_apiserver_that_is_not_there_has_the_exit_code_of_a_tool_and_says_how_to_build_it() {
    let folder = tempfile::tempdir().expect("there is room");
    let output = up(&folder.path().join("nothing"), folder.path());
    let message = said(&output);
    assert_eq!(output.status.code(), Some(5), "{message}");
    for part in [
        "nothing/kube-apiserver",
        "tests/real-cluster/run build",
        "--assets",
    ] {
        assert!(message.contains(part), "nothing of {part:?}: {message}");
    }
    let etcd = folder.path().join("kube-apiserver");
    program(&etcd, "Kubernetes v1.0.0", "exit 1");
    let message = said(&up(folder.path(), folder.path()));
    assert!(message.contains("etcd"), "{message}");
}

#[test]
fn a_control_plane_that_ends_before_it_is_ready_is_told_with_its_last_words() {
    let folder = tempfile::tempdir().expect("there is room");
    let lasts = "exec sleep 60";
    program(&folder.path().join("etcd"), "etcd Version: 1.0.0", lasts);
    let ends = "echo 'the port is taken' >&2; exit 3";
    program(
        &folder.path().join("kube-apiserver"),
        "Kubernetes v1.0.0",
        ends,
    );
    let output = up(folder.path(), folder.path());
    let message = said(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    for part in [
        "control plane",
        "kube-apiserver ended",
        "status: 3",
        "the port is taken",
    ] {
        assert!(message.contains(part), "nothing of {part:?}: {message}");
    }
}

#[test]
fn nodes_on_loopback_are_refused_before_anything_starts() {
    let folder = tempfile::tempdir().expect("there is room");
    program(&folder.path().join("etcd"), "etcd Version: 1.0.0", "exit 1");
    let server = folder.path().join("kube-apiserver");
    program(&server, "Kubernetes v1.0.0", "exit 1");
    let output = up_with(["192.0.2.1", "127.0.0.9"], folder.path(), folder.path());
    let message = said(&output);
    assert_eq!(output.status.code(), Some(2), "{message}");
    for part in ["127.0.0.9", "Endpoints", "--nodes"] {
        assert!(message.contains(part), "nothing of {part:?}: {message}");
    }
}

/// The programs that a program has started, and those that they have.
#[cfg(target_os = "linux")]
fn descendants(of: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("Linux tells of its processes");
    let ids = processes.filter_map(|it| it.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |id: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        status.contains(&format!("\nPPid:\t{of}\n"))
    };
    let children: Vec<u32> = ids.filter(is_child).collect();
    let theirs: Vec<u32> = children.iter().flat_map(|it| descendants(*it)).collect();
    [children, theirs].concat()
}

/// Whether a program runs: one that has ended and that nobody has asked about does not.
#[cfg(target_os = "linux")]
fn runs(id: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    status.contains("\nPPid:") && !status.contains("State:\tZ")
}

/// Starts the program, waits until it has started so many others, kills it, and returns those that
/// still run some seconds later.
#[cfg(target_os = "linux")]
fn orphans(arguments: &[&str], folder: &Path, at_least: usize) -> Vec<u32> {
    use std::time::Duration;
    let mut up = Command::new(env!("CARGO_BIN_EXE_hopwise"))
        .args(arguments)
        .arg("--dir")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program was built");
    let mut started = Vec::new();
    for _ in 0..300 {
        started = descendants(up.id());
        if started.len() >= at_least {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    // Who has just been started has yet to ask to end with its parent.
    std::thread::sleep(Duration::from_secs(1));
    up.kill().expect("it runs");
    up.wait().expect("it was started here");
    assert!(started.len() >= at_least, "only {started:?} were started");
    for _ in 0..50 {
        if !started.iter().any(|id| runs(*id)) {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    started.retain(|id| runs(*id));
    started
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_outlives_a_chain_that_is_killed() {
    let folder = tempfile::tempdir().expect("there is room");
    program(
        &folder.path().join("etcd"),
        "etcd Version: 1.0.0",
        "exec sleep 60",
    );
    let server = folder.path().join("kube-apiserver");
    program(&server, "Kubernetes v1.0.0", "exec sleep 60");
    let assets = folder.path().display().to_string();
    let real = ["up", "--apiserver", "real", "--assets", &assets, "--nodes"];
    let real = [&real[..], &NODES].concat();
    assert_eq!(orphans(&real, folder.path(), 4), [0; 0]);
    let apart = [
        "up",
        "--separate",
        "--pool",
        "127.110.0.10-127.110.0.19",
        "--nodes",
    ];
    let apart = [&apart[..], &["127.111.0.1", "127.111.0.2"]].concat();
    assert_eq!(orphans(&apart, folder.path(), 7), [0; 0]);
}
