//! What a user waits for with kubectl on a live chain. Without kubectl there is nothing to test,
//! unless `CI` is set.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

struct Up(Child);

impl Drop for Up {
    fn drop(&mut self) {
        self.0.kill().expect("it is our child");
        self.0.wait().expect("it is our child");
    }
}

/// A chain with a single address.
fn up(folder: &Path, address: &str, nodes: [&str; 2]) -> Up {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hopwise"))
        .args(["up", "--poll", "200", "--pool"])
        .arg(format!("{address}-{address}"))
        .arg("--nodes")
        .args(nodes)
        .arg("--dir")
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

fn has_kubectl() -> bool {
    let program = std::env::var("KUBECTL").unwrap_or_else(|_| "kubectl".into());
    let is_there = Command::new(program).arg("help").output().is_ok();
    if !is_there {
        assert!(std::env::var_os("CI").is_none(), "there is no kubectl");
        eprintln!("kubectl is not on this machine");
    }
    is_there
}

#[test]
fn kubectl_waits_for_a_service_that_is_served_and_for_one_that_is_told_why_not() {
    if !has_kubectl() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let _up = up(folder.path(), "127.110.0.1", ["127.111.0.1", "127.111.0.2"]);
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

/// What the address says to somebody on this machine; nothing if it does not let him in.
fn answer(address: &str) -> String {
    let mut said = String::new();
    let mut ask = || {
        let mut stream = TcpStream::connect((address, 8080))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: web\r\n\r\n")?;
        stream.read_to_string(&mut said)
    };
    ask().map_or_else(|_| String::new(), |_| said)
}

/// Waits until something holds for a second. A load balancer that is written again and again lets
/// somebody in, and nobody, for a moment.
fn until(what: &str, holds: impl Fn() -> bool) {
    let mut in_a_row = 0;
    for _ in 0..600 {
        in_a_row = if holds() { in_a_row + 1 } else { 0 };
        if in_a_row == 10 {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{what}: not within a minute");
}

#[test]
fn an_address_serves_whom_the_service_lets_in_from_nodes_that_say_they_can() {
    if !has_kubectl() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let vip = "127.110.0.2";
    let _up = up(folder.path(), vip, ["127.111.1.1", "127.111.1.2"]);
    let ask = |words: &[&str]| kubectl(folder.path(), words);
    let edit = |spec: &str| ask(&["patch", "svc/web", "--patch", &format!("spec: {spec}")]);
    ask(&["create", "service", "loadbalancer", "web", "--tcp=8080"]);
    until("everybody is served", || answer(vip).contains("web"));

    edit("{loadBalancerSourceRanges: [192.0.2.0/24]}");
    until("others are served only", || answer(vip).is_empty());
    edit("{loadBalancerSourceRanges: [192.0.2.0/24, 127.0.0.0/8]}");
    until("this machine is let in", || answer(vip).contains("web"));

    edit("{externalTrafficPolicy: Local}");
    let state = || {
        let pools = ask(&[
            "get",
            "svc/web",
            "-o",
            "jsonpath={.spec.healthCheckNodePort}",
        ]);
        pools.parse::<u16>().is_ok_and(|port| port > 0)
    };
    until("the API server gives a health-check port", state);
    until("nodes that say they can are used", || {
        answer(vip).contains("web")
    });
    edit("{loadBalancerSourceRanges: null, externalTrafficPolicy: Cluster}");
    until("everybody is served again", || answer(vip).contains("web"));
}
