//! Who starts a server in a script may read its first line, or none, and leave.

#![cfg(unix)]

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::Duration;

/// It is killed here: a program that ended by itself has an exit code instead of a signal.
#[test]
fn a_server_goes_on_when_nobody_reads_what_it_says() {
    let folder = tempfile::tempdir().expect("there is room");
    let kubeconfig = folder.path().join("kubeconfig");
    let mut server = Command::new(env!("CARGO_BIN_EXE_hopwise"))
        .args(["serve", "apiserver", "--kubeconfig"])
        .arg(&kubeconfig)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program was built");
    drop(server.stdout.take());
    while !kubeconfig.exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    // What is said comes right after that file.
    std::thread::sleep(Duration::from_millis(500));
    server.kill().expect("it is our child");
    let status = server.wait().expect("it is our child");
    assert_eq!(status.signal(), Some(9), "{status}");
}
