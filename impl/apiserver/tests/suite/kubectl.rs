//! The real kubectl over plain HTTP. `KUBECTL` names the binary; without it, the one on `PATH` is
//! taken; without any, the test says so and proves nothing.

use std::process::Stdio;

use crate::common::*;
use hopwise_apiserver::{ApiServer, ApiService, Options};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;

pub const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  \
    type: LoadBalancer\n  selector: {app: web}\n  ports: [{port: 80, targetPort: 8080}]\n";

/// kubectl pointed at a server of its own.
pub struct Kubectl {
    program: String,
    server: String,
    home: tempfile::TempDir,
}

impl Kubectl {
    pub async fn with_cluster() -> Option<Kubectl> {
        let program = std::env::var("KUBECTL").unwrap_or_else(|_| "kubectl".into());
        let probe = Command::new(&program)
            .args(["version", "--client"])
            .output()
            .await;
        if !probe.is_ok_and(|output| output.status.success()) {
            println!("skipped: no kubectl; set KUBECTL to the path of one");
            return None;
        }
        let server = serve().await;
        Some(Kubectl {
            program,
            server,
            home: tempfile::tempdir().unwrap(),
        })
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["--server", &self.server])
            .args(arguments)
            .env("HOME", self.home.path())
            .env("KUBECONFIG", self.home.path().join("none"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Exit code and everything printed.
    pub async fn run(&self, arguments: &[&str], input: &str) -> (i32, String) {
        let mut child = self.command(arguments).spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .await
            .unwrap();
        let output = child.wait_with_output().await.unwrap();
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap_or(-1),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }

    /// Runs, must succeed, and must print `expected`.
    pub async fn prints(&self, arguments: &[&str], input: &str, expected: &str) {
        let (code, text) = self.run(arguments, input).await;
        assert_eq!(code, 0, "kubectl {arguments:?}: {text}");
        assert!(
            text.contains(expected),
            "kubectl {arguments:?} printed {text}"
        );
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "kubectl reckons ages from the wall clock"
)]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

async fn serve() -> String {
    let options = Options {
        clock: std::sync::Arc::new(now),
        ..Options::default()
    };
    let server = ApiServer::new(options);
    assert_eq!(post(&server, DEFINITIONS, &definition()).0, 201);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(ApiService::new(server.clone()));
            tokio::spawn(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_creates_changes_shows_and_deletes_a_service() {
    let Some(kubectl) = Kubectl::with_cluster().await else {
        return;
    };
    let file = ["apply", "-f", "-"];
    kubectl.prints(&file, SERVICE, "service/web created").await;
    kubectl
        .prints(&file, SERVICE, "service/web unchanged")
        .await;
    let changed = SERVICE.replace("port: 80,", "port: 81,");
    let (code, difference) = kubectl.run(&["diff", "-f", "-"], &changed).await;
    assert_eq!(code, 1, "{difference}");
    assert!(difference.contains("+  - nodePort") || difference.contains("port: 81"));
    kubectl
        .prints(&file, &changed, "service/web configured")
        .await;
    let server_side = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
    kubectl
        .prints(&server_side, &changed, "service/web serverside-applied")
        .await;
    kubectl.prints(&["get", "svc"], "", "<pending>").await;
    kubectl
        .prints(
            &["get", "svc", "web", "-o", "yaml"],
            "",
            "clusterIP: 10.96.0.1",
        )
        .await;
    let status = r#"{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.7"}]}}}"#;
    let patch = [
        "patch",
        "svc",
        "web",
        "--subresource=status",
        "--type=merge",
        "-p",
        status,
    ];
    kubectl.prints(&patch, "", "service/web patched").await;
    let wait = [
        "wait",
        "svc/web",
        "--timeout=10s",
        "--for=jsonpath={.status.loadBalancer.ingress[0].ip}=192.0.2.7",
    ];
    kubectl.prints(&wait, "", "condition met").await;
    kubectl
        .prints(&["describe", "svc", "web"], "", "192.0.2.7")
        .await;
    kubectl
        .prints(&["label", "svc", "web", "tier=front"], "", "labeled")
        .await;
    kubectl
        .prints(&["annotate", "svc", "web", "a.b/c=d"], "", "annotated")
        .await;
    kubectl
        .prints(&["delete", "svc", "web", "--timeout=10s"], "", "deleted")
        .await;
    let (code, text) = kubectl.run(&["get", "svc", "web"], "").await;
    assert_eq!(code, 1);
    assert!(text.contains("services \"web\" not found"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_is_told_what_is_wrong_as_kubernetes_tells_it() {
    let Some(kubectl) = Kubectl::with_cluster().await else {
        return;
    };
    let bad = SERVICE.replace("port: 80,", "port: 0,");
    let (code, text) = kubectl.run(&["apply", "-f", "-"], &bad).await;
    assert_eq!(code, 1);
    let expected = "The Service \"web\" is invalid: spec.ports[0].port: Invalid value: 0: must be \
                    between 1 and 65535, inclusive";
    assert!(text.contains(expected), "{text}");
    let typo = SERVICE.replace("selector:", "selektor:");
    let (code, text) = kubectl.run(&["apply", "-f", "-"], &typo).await;
    assert_eq!(code, 1);
    assert!(text.contains("unknown field \"spec.selektor\""), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_creates_what_it_posts_as_protobuf_and_empties_a_namespace() {
    let Some(kubectl) = Kubectl::with_cluster().await else {
        return;
    };
    kubectl
        .prints(
            &["create", "namespace", "demo"],
            "",
            "namespace/demo created",
        )
        .await;
    let map = [
        "create",
        "configmap",
        "c",
        "-n",
        "demo",
        "--from-literal=k=v",
    ];
    kubectl.prints(&map, "", "configmap/c created").await;
    let secret = [
        "create",
        "secret",
        "generic",
        "s",
        "-n",
        "demo",
        "--from-literal=k=v",
    ];
    kubectl.prints(&secret, "", "secret/s created").await;
    let service = [
        "create",
        "service",
        "loadbalancer",
        "lb",
        "-n",
        "demo",
        "--tcp=80:8080",
    ];
    kubectl.prints(&service, "", "service/lb created").await;
    kubectl
        .prints(&["get", "all", "-n", "demo"], "", "80:30000/TCP")
        .await;
    kubectl
        .prints(
            &["delete", "namespace", "demo", "--timeout=10s"],
            "",
            "deleted",
        )
        .await;
    let (code, _) = kubectl.run(&["get", "namespace", "demo"], "").await;
    assert_eq!(code, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_follows_changes() {
    let Some(kubectl) = Kubectl::with_cluster().await else {
        return;
    };
    let mut child = kubectl.command(&["get", "svc", "-w"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    kubectl
        .prints(&["apply", "-f", "-"], SERVICE, "created")
        .await;
    let limit = std::time::Duration::from_secs(20);
    let first = tokio::time::timeout(limit, lines.next_line())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(first.contains("EXTERNAL-IP"), "{first}");
    let second = tokio::time::timeout(limit, lines.next_line())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(second.contains("<pending>"), "{second}");
    child.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_explains_kinds_and_knows_custom_ones() {
    let Some(kubectl) = Kubectl::with_cluster().await else {
        return;
    };
    let explain = ["explain", "service.spec.ports.port"];
    kubectl
        .prints(
            &explain,
            "",
            "The port that will be exposed by this service.",
        )
        .await;
    kubectl.prints(&["explain", "thing.spec"], "", "size").await;
    kubectl
        .prints(&["auth", "can-i", "create", "services"], "", "yes")
        .await;
    kubectl
        .prints(&["auth", "whoami"], "", "kubernetes-admin")
        .await;
    let established = [
        "wait",
        "crd/things.example.com",
        "--for=condition=Established",
        "--timeout=10s",
    ];
    kubectl.prints(&established, "", "condition met").await;
    let thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\nspec: {size: 3}\n";
    kubectl
        .prints(&["apply", "-f", "-"], thing, "thing.example.com/a created")
        .await;
    kubectl.prints(&["get", "th"], "", "SIZE").await;
}
