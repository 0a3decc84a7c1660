//! What each persona may do on each cluster of a live chain, and what not: by requests that are made in
//! its name, and by what kubectl is told.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

use hopwise::manifests::Cluster;
use hopwise::manifests::persona::Persona;
use kube::Client;
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Who, where, a verb, a version with its group, a resource, and a namespace, or - for none.
const MAY: &str = "
devops-engineer guest list v1 secrets kube-system
devops-engineer guest create rbac.authorization.k8s.io/v1 clusterroles -
devops-engineer guest delete v1 services default
devops-engineer guest patch v1 services/status default
devops-engineer guest create apps/v1 deployments vmware-system-cloud-provider
application-developer guest create v1 services default
application-developer guest patch v1 services default
application-developer guest delete v1 services default
application-developer guest list v1 events default
vsphere-administrator supervisor get v1 secrets vmware-system-nsx
vsphere-administrator supervisor patch v1 services demo-ns
vsphere-administrator supervisor delete vmoperator.vmware.com/v1alpha2 virtualmachineservices demo-ns
devops-engineer supervisor list vmoperator.vmware.com/v1alpha2 virtualmachineservices demo-ns
devops-engineer supervisor list v1 services demo-ns
devops-engineer supervisor list v1 events demo-ns
devops-engineer supervisor create run.tanzu.vmware.com/v1alpha3 tanzukubernetesclusters demo-ns
";

const MAY_NOT: &str = "
vsphere-administrator guest list v1 services default
vsphere-administrator guest list v1 secrets -
vsphere-administrator guest create rbac.authorization.k8s.io/v1 clusterroles -
application-developer guest patch v1 services/status default
application-developer guest list v1 services -
application-developer guest patch v1 services kube-system
application-developer guest list v1 secrets default
application-developer guest get v1 secrets vmware-system-cloud-provider
application-developer guest create rbac.authorization.k8s.io/v1 rolebindings default
application-developer guest patch v1 nodes -
application-developer guest get coordination.k8s.io/v1 leases kube-system
devops-engineer supervisor get v1 secrets vmware-system-nsx
devops-engineer supervisor list v1 secrets demo-ns
devops-engineer supervisor patch vmoperator.vmware.com/v1alpha2 virtualmachineservices demo-ns
devops-engineer supervisor delete v1 services demo-ns
devops-engineer supervisor list v1 services -
devops-engineer supervisor list vmoperator.vmware.com/v1alpha2 virtualmachineservices default
devops-engineer supervisor patch v1 namespaces -
application-developer supervisor list vmoperator.vmware.com/v1alpha2 virtualmachineservices demo-ns
application-developer supervisor list v1 services demo-ns
application-developer supervisor get v1 secrets vmware-system-nsx
application-developer supervisor create run.tanzu.vmware.com/v1alpha3 tanzukubernetesclusters demo-ns
";

/// A line of the tables.
#[derive(Clone, Copy, Debug)]
struct Wish {
    persona: Persona,
    cluster: Cluster,
    verb: &'static str,
    version: &'static str,
    resource: &'static str,
    subresource: &'static str,
    namespace: Option<&'static str>,
}

fn wishes(table: &'static str) -> Vec<Wish> {
    let lines = table.lines().filter(|line| !line.is_empty());
    let wishes = lines.map(|line| {
        let words: Vec<_> = line.split(' ').collect();
        let [who, place, verb, version, resource, namespace] = words[..] else {
            panic!("{line:?} has not six words")
        };
        let mut personas = Persona::ALL.iter();
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        Wish {
            persona: *personas.find(|one| one.name() == who).expect(line),
            cluster: <Cluster as clap::ValueEnum>::from_str(place, false).expect(line),
            verb,
            version,
            resource,
            subresource,
            namespace: Some(namespace).filter(|name| *name != "-"),
        }
    });
    wishes.collect()
}

/// A live chain.
struct Up {
    folder: tempfile::TempDir,
    program: Child,
    /// It goes on printing.
    _output: BufReader<ChildStdout>,
}

impl Up {
    /// `place` keeps its addresses apart from those of other tests.
    fn start(place: u8) -> Up {
        let folder = tempfile::tempdir().unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_hopwise"))
            .args(["up", "--pool"])
            .arg(format!("127.114.{place}.1-127.114.{place}.9"))
            .arg("--nodes")
            .arg(format!("127.115.{place}.1"))
            .arg(format!("127.115.{place}.2"))
            .arg("--dir")
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program was built");
        let output = program.stdout.take().expect("the output is a pipe");
        let (mut line, mut output) = (String::new(), BufReader::new(output));
        output.read_line(&mut line).unwrap();
        Up {
            folder,
            program,
            _output: output,
        }
    }

    fn kubeconfig(&self, cluster: Cluster) -> PathBuf {
        let name = match cluster {
            Cluster::Guest => "guest.kubeconfig",
            Cluster::Supervisor => "supervisor.kubeconfig",
        };
        self.folder.path().join(name)
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        self.program.kill().expect("it is our child");
        self.program.wait().expect("it is our child");
    }
}

/// A client that acts as one of the group.
async fn client(kubeconfig: &Path, persona: Persona) -> Client {
    let read = Kubeconfig::read_from(kubeconfig).unwrap();
    let mut config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default())
        .await
        .unwrap();
    config.auth_info.impersonate = Some("somebody".into());
    config.auth_info.impersonate_groups = Some(vec![persona.group().into()]);
    Client::try_from(config).unwrap()
}

/// A request that does nothing where it is allowed.
fn request(wish: &Wish) -> http::Request<Body> {
    let Wish {
        verb,
        version,
        resource,
        subresource,
        ..
    } = wish;
    let root = if version.contains('/') { "apis" } else { "api" };
    let mut path = match wish.namespace {
        None => format!("/{root}/{version}/{resource}"),
        Some(namespace) => format!("/{root}/{version}/namespaces/{namespace}/{resource}"),
    };
    if !["list", "create"].contains(verb) {
        path += "/it";
    }
    if !subresource.is_empty() {
        path += &format!("/{subresource}");
    }
    let (method, kind) = match *verb {
        "get" | "list" => ("GET", "json"),
        "create" => ("POST", "json"),
        "patch" => ("PATCH", "merge-patch+json"),
        "delete" => ("DELETE", "json"),
        other => unreachable!("{other} is in no table"),
    };
    http::Request::builder()
        .method(method)
        .uri(format!("{path}?dryRun=All"))
        .header("content-type", format!("application/{kind}"))
        .body(Body::from(b"{}".to_vec()))
        .unwrap()
}

#[tokio::test]
async fn every_persona_is_let_do_its_work_and_refused_the_work_of_others() {
    let up = Up::start(1);
    let mut wrong = Vec::new();
    for (table, expected) in [(MAY, true), (MAY_NOT, false)] {
        for wish in wishes(table) {
            let client = client(&up.kubeconfig(wish.cluster), wish.persona).await;
            let answer = client.send(request(&wish)).await.unwrap();
            let status = answer.status().as_u16();
            assert_ne!(status, 401, "{wish:?}");
            // What is not there, or is no object, is told only to who may ask for it.
            if (status != 403) != expected {
                wrong.push(format!("{wish:?}: {status}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn kubectl_is_told_the_same() {
    let kubectl = std::env::var("KUBECTL").unwrap_or_else(|_| "kubectl".into());
    if Command::new(&kubectl).arg("help").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "there is no kubectl");
        eprintln!("kubectl is not on this machine");
        return;
    }
    let up = Up::start(2);
    let mut wrong = Vec::new();
    for (table, expected) in [(MAY, "yes"), (MAY_NOT, "no")] {
        for wish in wishes(table) {
            let group = wish.version.split_once('/').map(|(group, _)| group);
            let resource = group.map_or(wish.resource.to_owned(), |group| {
                format!("{}.{group}", wish.resource)
            });
            let mut command = Command::new(&kubectl);
            command.arg("--kubeconfig").arg(up.kubeconfig(wish.cluster));
            command.args(["auth", "can-i", wish.verb, &resource]);
            command.args(["--subresource", wish.subresource]);
            command.args(["--as", "somebody", "--as-group", wish.persona.group()]);
            match wish.namespace {
                None => command.arg("--all-namespaces"),
                Some(namespace) => command.args(["--namespace", namespace]),
            };
            let output = command.output().expect("it was there before");
            if String::from_utf8_lossy(&output.stdout).trim() != expected {
                wrong.push(format!("{wish:?}: {output:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
