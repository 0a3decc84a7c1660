//! What a user waits for with kubectl on a live chain. Without kubectl there is nothing to test,
//! unless `CI` is set.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

struct Up(Child);

impl Drop for Up {
    fn drop(&mut self) {
        self.0.kill().expect("it is our child");
        self.0.wait().expect("it is our child");
    }
}

/// A chain with a single address.
fn up(folder: &Path) -> Up {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hopwise"))
        .args(["up", "--poll", "200", "--pool", "127.110.0.1-127.110.0.1"])
        .args(["--nodes", "127.111.0.1", "127.111.0.2", "--dir"])
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program was built");
    let output = child.stdout.take().expect("the output is a pipe");
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).unwrap();
    Up(child)
}

fn kubectl(folder: &Path, words: &[&str]) -> String {
    let kubectl = std::env::var("KUBECTL").unwrap_or_else(|_| "kubectl".into());
    let output = Command::new(kubectl)
        .arg("--kubeconfig")
        .arg(folder.join("guest.kubeconfig"))
        .args(words)
        .output()
        .expect("it was there before");
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn kubectl_waits_for_a_service_that_is_served_and_for_one_that_is_told_why_not() {
    let program = std::env::var("KUBECTL").unwrap_or_else(|_| "kubectl".into());
    if Command::new(program).arg("help").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "there is no kubectl");
        eprintln!("kubectl is not on this machine");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let _up = up(folder.path());
    let ask = |words: &[&str]| kubectl(folder.path(), words);
    let serving = "--for=condition=vmoperator.vmware.com/LoadBalancerServing";
    let exhausted = "--for=condition=vmoperator.vmware.com/AddressPoolExhausted";

    ask(&["create", "service", "loadbalancer", "web", "--tcp=8080"]);
    ask(&["wait", "svc/web", serving, "--timeout=30s"]);
    ask(&["create", "service", "loadbalancer", "waiter", "--tcp=8080"]);
    ask(&["wait", "svc/waiter", exhausted, "--timeout=30s"]);
    let denied = format!("{serving}=false");
    ask(&["wait", "svc/waiter", &denied, "--timeout=30s"]);
    let told = ask(&["events", "--for", "service/waiter"]);
    assert!(told.contains("IP_POOL_EXHAUSTED"), "{told}");

    ask(&["delete", "svc", "web", "--timeout=30s"]);
    ask(&["wait", "svc/waiter", serving, "--timeout=30s"]);
}
