//! kubectl and Helm, and what kubectl makes of the manifests. Without them there is nothing to test,
//! unless `CI` is set.

use crate::{CLUSTERS, folder};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A program that nobody here wrote.
#[derive(Clone, Copy, Debug)]
pub enum Tool {
    Kubectl,
    Helm,
}

impl Tool {
    /// Its file, which a variable may name.
    pub fn find(self) -> Option<String> {
        let (variable, usual, version) = match self {
            Tool::Kubectl => ("KUBECTL", "kubectl", "help"),
            Tool::Helm => ("HELM", "helm", "version"),
        };
        let program = std::env::var(variable).unwrap_or_else(|_| usual.into());
        if Command::new(&program).arg(version).output().is_ok() {
            return Some(program);
        }
        assert!(std::env::var_os("CI").is_none(), "there is no {usual}");
        eprintln!("skipped: {usual} is not on this machine; name it with {variable}");
        None
    }
}

/// What it prints, if it succeeds.
pub fn output(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {words:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().expect("it is our child");
        self.0.wait().expect("it is our child");
    }
}

fn serve(kubeconfig: &str) -> Server {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hopwise"))
        .args(["serve", "apiserver", "--kubeconfig", kubeconfig])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program was built");
    let output = child.stdout.take().expect("the output is a pipe");
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).unwrap();
    Server(child)
}

#[test]
fn kubectl_applies_the_manifests_of_a_cluster_and_finds_nothing_to_change_then() {
    let Some(kubectl) = Tool::Kubectl.find() else {
        return;
    };
    for (cluster, name) in CLUSTERS {
        let place = tempfile::tempdir().unwrap();
        let kubeconfig = place.path().join("kubeconfig").display().to_string();
        let _server = serve(&kubeconfig);
        let base = folder(name).display().to_string();
        let apply = |more: &[&str]| {
            let words = [
                "--kubeconfig",
                &kubeconfig,
                "apply",
                "--validate=strict",
                "-k",
                &base,
            ];
            output(&kubectl, &[&words, more].concat())
        };
        apply(&[]);
        let again = apply(&["--dry-run=server"]);
        let count = cluster.deployed(crate::NAMESPACE).len();
        let unchanged = again.lines().filter(|line| line.contains(" unchanged"));
        assert_eq!(unchanged.count(), count, "{again}");
    }
}
