//! `hopwise explore --live` beside API servers, and where there are none.

use hopwise::manifests::Cluster;
use hopwise::up::connect;
use hopwise_api::VirtualMachineService;
use hopwise_api::strings::{annotation, label};
use k8s_openapi::api::core::v1::Service;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use kube::{Api, Client, ResourceExt};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A process that is killed when it is dropped, and the first line that it printed.
struct Part(Child, String);

impl Part {
    fn start(words: &[&str]) -> Part {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hopwise"))
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program was built");
        let out = child.stdout.take().expect("the output is a pipe");
        let mut line = String::new();
        let read = BufReader::new(out).read_line(&mut line);
        read.expect("it tells where it is");
        Part(child, line.trim().to_owned())
    }

    fn api_server(kubeconfig: &Path) -> Part {
        let file = kubeconfig.display().to_string();
        Part::start(&["serve", "apiserver", "--kubeconfig", &file])
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.0.kill().expect("it is our child");
        self.0.wait().expect("it is our child");
    }
}

/// The status and the page at an address.
fn get(address: &str) -> (String, String) {
    let rest = address.strip_prefix("http://").expect("it is plain HTTP");
    let (host, path) = rest.split_once('/').expect("there is a path");
    let mut stream = TcpStream::connect(host).expect("it listens");
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let status = answer.split(' ').nth(1).unwrap_or_default().to_owned();
    (status, answer)
}

async fn create(services: &Api<Service>, name: &str, type_: &str) {
    let service: Value = json!({"metadata": {"name": name},
        "spec": {"type": type_, "ports": [{"name": "p", "port": 80}]}});
    let service = serde_json::from_value(service).expect("this is a Service");
    let made = services.create(&PostParams::default(), &service).await;
    made.expect("it is created");
}

/// The kinds of the chain, and a namespace for a guest cluster.
async fn install(supervisor: &Client) {
    for object in Cluster::Supervisor.objects("team") {
        let types = object.types.clone().expect("a manifest has a kind");
        let kind = GroupVersionKind::try_from(&types).expect("it has a group");
        let resource = ApiResource::from_gvk(&kind);
        let api: Api<DynamicObject> = match object.namespace() {
            Some(namespace) => Api::namespaced_with(supervisor.clone(), &namespace, &resource),
            None => Api::all_with(supervisor.clone(), &resource),
        };
        match api.create(&PostParams::default(), &object).await {
            // Some namespaces a cluster has from the beginning.
            Err(kube::Error::Api(status)) if status.is_already_exists() => {}
            other => drop(other.expect("it is created")),
        }
    }
}

/// Does what ccm does first on the Supervisor, and before it for another Service of the name.
async fn mirror(supervisor: &Client, services: &Api<Service>) {
    let service = services.get("web").await.expect("it is there");
    let uid = service.uid().expect("the server gives one");
    let api = Api::<VirtualMachineService>::namespaced(supervisor.clone(), "team");
    for (name, uid) in [
        ("another-0", "of-another-cluster"),
        ("demo-1", uid.as_str()),
    ] {
        let made: Value = json!({"metadata": {"name": name,
                "labels": {label::SERVICE_NAME: "web", label::SERVICE_NAMESPACE: "default"},
                "annotations": {annotation::SERVICE_UID: uid}},
            "spec": {"type": "LoadBalancer", "selector": {},
                "ports": [{"name": "p", "protocol": "TCP", "port": 80, "targetPort": 30080}]}});
        let made = serde_json::from_value(made).expect("this is a VirtualMachineService");
        let made = api.create(&PostParams::default(), &made).await;
        made.expect("it is created");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_follows_what_the_clusters_say() {
    let folder = tempfile::tempdir().expect("there is room");
    let [guest, supervisor] =
        ["guest", "supervisor"].map(|it| folder.path().join(format!("{it}.kubeconfig")));
    let server = Part::api_server(&guest);
    let _supervisor = Part::api_server(&supervisor);
    let below = connect(&supervisor).await.expect("it was written");
    install(&below).await;
    let client = connect(&guest).await.expect("it was written");
    let services = Api::<Service>::default_namespaced(client);
    let file = guest.display().to_string();
    let explorer = Part::start(&["explore", "--live", "svc/web", "--kubeconfig", &file]);
    let Part(_, page) = &explorer;
    let all = page.replace("svc/default/web", "");
    assert_eq!(format!("{all}svc/default/web"), *page);
    let (status, told) = get(page);
    assert_eq!(status, "404", "{told}");
    assert!(
        told.contains("there is no Service web in namespace default"),
        "{told}"
    );

    create(&services, "web", "LoadBalancer").await;
    create(&services, "inner", "ClusterIP").await;
    let (status, told) = get(page);
    assert_eq!(status, "200", "{told}");
    let wait = "It waits for guest-cluster-cloud-provider to take it on";
    assert!(told.contains(wait), "{told}");
    let told = get(&all).1;
    assert!(told.contains("1 Service; 1 waiting."), "{told}");
    assert!(!told.contains("default/inner"), "{told}");

    let held = json!({"metadata": {"finalizers": ["service.kubernetes.io/load-balancer-cleanup"]}});
    let (how, held) = (PatchParams::default(), Patch::Merge(held));
    let patched = services.patch("web", &how, &held).await;
    patched.expect("it is changed");
    let wait = "to create its VirtualMachineService";
    for page in [page, &all] {
        assert!(get(page).1.contains(wait), "{page}");
    }

    mirror(&below, &services).await;
    let wait = "vmop-controller-manager to take it on";
    for page in [page, &all] {
        assert!(get(page).1.contains(wait), "{page}");
    }
    assert!(get(page).1.contains("VirtualMachineService team/demo-1"));

    drop(server);
    let (status, told) = get(page);
    assert_eq!(status, "502", "{told}");
    assert!(told.contains("guest.kubeconfig does not answer"), "{told}");
}

#[test]
fn where_no_chain_is_up_it_says_so() {
    let folder = tempfile::tempdir().expect("there is room");
    let explore = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_hopwise"))
            .args(["explore"].iter().chain(words))
            .current_dir(folder.path())
            .env_remove("KUBECONFIG")
            .env("HOME", folder.path())
            .output()
            .expect("the program was built");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {told}");
        told
    };
    let told = explore(&["--live"]);
    assert!(told.contains("find the guest cluster"), "{told}");
    assert!(told.contains("hopwise up"), "{told}");
    let named = "/nowhere/guest.kubeconfig";
    assert!(explore(&["--live", "--kubeconfig", named]).contains(named));
    assert!(explore(&["--live", "create"]).contains("svc/NAME"));
    assert!(explore(&["--kubeconfig", named]).contains("--live"));
    assert!(explore(&["--live", "--without", "delete-by-uid"]).contains("--live"));
}
