//! The chain, every part a process of its own as with `hopwise up --separate`, but over plain HTTP, so
//! that taps can listen, and with logs that tell all.

use crate::tap::Tap;
use hopwise::manifests::Cluster;
use hopwise::manifests::identity::Identity;
use hopwise::up::connect;
use hopwise_api::strings::lease;
use hopwise_api::{TanzuKubernetesCluster, TanzuKubernetesClusterSpec};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ObjectMeta, PostParams};
use kube::{Api, Client, ResourceExt};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The guest cluster's namespace on the Supervisor.
pub const NAMESPACE: &str = "team";
/// The Secret of the Supervisor that ncp's account is in.
pub const NSX_SECRET: &str = "nsx-account";

pub struct World {
    pub guest: Client,
    pub supervisor: Client,
    /// The Supervisor as hop 1 may see it.
    pub supervisor_for_ccm: Client,
    /// Hop 1's conversations with the guest cluster and with the Supervisor.
    pub taps_of_ccm: [Tap; 2],
    /// Hop 3's conversation with NSX-T.
    pub tap_of_ncp: Tap,
    pub ccm: Part,
    pub ncp: Part,
    /// Everything of the guest cluster's: kubeconfigs, what hop 1 is told, its log.
    pub guest_folder: PathBuf,
    /// Everything of the Supervisor's.
    pub supervisor_folder: PathBuf,
    _others: Vec<Part>,
}

/// A process that is killed when it is dropped.
pub struct Part(Child);

impl Part {
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    fn start(words: &[&str], log: &Path) -> (Part, Option<String>) {
        let is_server = words[0] == "serve";
        let mut child = Command::new(env!("CARGO_BIN_EXE_hopwise"))
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(log).unwrap())
            .spawn()
            .expect("the program was built");
        let output = child.stdout.take().expect("the output is a pipe");
        let line = is_server.then(|| {
            let mut line = String::new();
            BufReader::new(output).read_line(&mut line).unwrap();
            line.trim().to_owned()
        });
        (Part(child), line)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.0.kill().expect("it is our child");
        self.0.wait().expect("it is our child");
    }
}

/// What a part is started with.
struct Place<'a>(&'a Path);

impl Place<'_> {
    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn start(&self, name: &str, words: &[&str]) -> (Part, Option<String>) {
        Part::start(words, &self.0.join(format!("{name}.log")))
    }

    /// An API server, and in its folder a kubeconfig for its administrator and for each identity.
    fn api_server(&self, identities: &[Identity]) -> (Part, String) {
        let admin = self.path("admin.kubeconfig");
        let mut words = vec!["serve".into(), "apiserver".into(), "--insecure-http".into()];
        words.extend(["--kubeconfig".to_owned(), admin]);
        for Identity {
            name, namespace, ..
        } in identities
        {
            let file = self.path(&format!("{name}.kubeconfig"));
            let account = format!("{namespace}/{name}={file}");
            words.extend(["--service-account".to_owned(), account]);
        }
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let (part, url) = self.start("apiserver", &words);
        (part, url.expect("a server tells where it is"))
    }
}

impl World {
    /// A settled chain without Services, below this folder.
    pub async fn start(folder: &Path, user: &str, password: &str) -> World {
        let folders = ["guest", "supervisor"].map(|name| folder.join(name));
        folders
            .iter()
            .for_each(|folder| fs::create_dir(folder).unwrap());
        let [guest, supervisor] = [Place(&folders[0]), Place(&folders[1])];
        let (guest_server, guest_url) = guest.api_server(&[Identity::ccm_in_guest()]);
        let (supervisor_server, supervisor_url) =
            supervisor.api_server(&Cluster::Supervisor.identities(NAMESPACE));
        fs::write(supervisor.path("nsx-password"), password).unwrap();
        let (manager, nsx_url) = manager(&supervisor, user);

        let clients = prepare(&guest, &supervisor, user, password).await;
        let nodes = nodes(&guest, &supervisor);
        let taps_of_ccm = [guest_url, supervisor_url].map(|url| {
            let tap = Tap::before(&url);
            (tap, url)
        });
        let name = Identity::ccm_in_guest().name;
        let own = supervisor.path(&format!("{name}.kubeconfig"));
        let [to_guest, to_supervisor] = [
            guest.path(&format!("{name}.kubeconfig")),
            guest.path("supervisor.kubeconfig"),
        ];
        // The guest cluster is given hop 1's credentials on the Supervisor, and these are all it is given.
        fs::rename(own, &to_supervisor).unwrap();
        for (file, (tap, url)) in [&to_guest, &to_supervisor].into_iter().zip(&taps_of_ccm) {
            let text = fs::read_to_string(file).unwrap();
            fs::write(file, text.replace(url, &tap.url)).unwrap();
        }
        let tap_of_ncp = Tap::before(&nsx_url);
        let vmop = vmop(&supervisor);
        World {
            supervisor_for_ccm: connect(Path::new(&to_supervisor)).await.unwrap(),
            ccm: ccm(&guest, &to_guest, &to_supervisor),
            ncp: ncp(&supervisor, &tap_of_ncp.url, user),
            taps_of_ccm: taps_of_ccm.map(|(tap, _)| tap),
            tap_of_ncp,
            _others: vec![guest_server, supervisor_server, manager, nodes, vmop],
            guest: clients[0].clone(),
            supervisor: clients[1].clone(),
            guest_folder: folders[0].clone(),
            supervisor_folder: folders[1].clone(),
        }
    }
}

fn manager(supervisor: &Place<'_>, user: &str) -> (Part, String) {
    let password = supervisor.path("nsx-password");
    let mut words = vec!["serve", "nsxt", "--insecure-http", "--user", user];
    words.extend(["--password-file", &password, "--release-delay", "100"]);
    words.extend(["--pool", "127.112.0.1-127.112.0.9"]);
    let (part, url) = supervisor.start("nsxt", &words);
    (part, url.expect("a server tells where it is"))
}

fn nodes(guest: &Place<'_>, supervisor: &Place<'_>) -> Part {
    let admins = [guest, supervisor].map(|place| place.path("admin.kubeconfig"));
    let mut words = vec!["serve", "nodes", "--kubeconfig", &admins[0]];
    words.extend(["--supervisor-kubeconfig", &admins[1]]);
    words.extend([
        "--supervisor-namespace",
        NAMESPACE,
        "--nodes",
        "127.113.0.1",
    ]);
    supervisor.start("nodes", &words).0
}

const CONTROLLER: [&str; 4] = ["--log", "trace", "--metrics-bind-address", "0"];

fn ccm(guest: &Place<'_>, to_guest: &str, to_supervisor: &str) -> Part {
    let owner = guest.path("ownerref.json");
    let mut words = vec!["run", "ccm", "--cluster-name", "demo"];
    words.extend(["--kubeconfig", to_guest]);
    words.extend(["--supervisor-kubeconfig", to_supervisor]);
    words.extend(["--owner-ref-file", &owner, "--poll-interval", "100ms"]);
    words.extend(CONTROLLER);
    guest.start("ccm", &words).0
}

fn vmop(supervisor: &Place<'_>) -> Part {
    let own = supervisor.path(&format!("{}.kubeconfig", Identity::vmop().name));
    let mut words = vec!["run", "vmop", "--kubeconfig", &own];
    words.extend(CONTROLLER);
    supervisor.start("vmop", &words).0
}

fn ncp(supervisor: &Place<'_>, nsx_url: &str, user: &str) -> Part {
    let own = supervisor.path(&format!("{}.kubeconfig", Identity::ncp().name));
    let password = supervisor.path("nsx-password");
    let mut words = vec!["run", "ncp", "--kubeconfig", &own, "--cluster-name", "demo"];
    words.extend(["--nsx-address", nsx_url, "--nsx-user", user]);
    words.extend(["--nsx-password-file", &password, "--ip-pool", "vips"]);
    words.extend(["--poll-interval", "100ms"]);
    words.extend(CONTROLLER);
    supervisor.start("ncp", &words).0
}

/// What stands on the clusters before the chain starts, on the Supervisor the NSX-T account too.
async fn prepare(
    guest: &Place<'_>,
    supervisor: &Place<'_>,
    user: &str,
    password: &str,
) -> [Client; 2] {
    let client =
        async |place: &Place<'_>| connect(Path::new(&place.path("admin.kubeconfig"))).await;
    let clients = [
        client(guest).await.unwrap(),
        client(supervisor).await.unwrap(),
    ];
    for (cluster, client) in [Cluster::Guest, Cluster::Supervisor].iter().zip(&clients) {
        for object in cluster.objects(NAMESPACE) {
            create(client, &object).await;
        }
    }
    let account = Secret {
        metadata: ObjectMeta {
            name: Some(NSX_SECRET.into()),
            ..ObjectMeta::default()
        },
        string_data: Some(BTreeMap::from([
            ("user".into(), user.into()),
            ("password".into(), password.into()),
        ])),
        ..Secret::default()
    };
    let secrets = Api::namespaced(clients[1].clone(), lease::NCP.namespace);
    secrets
        .create(&PostParams::default(), &account)
        .await
        .unwrap();
    let wanted = TanzuKubernetesCluster::new("demo", TanzuKubernetesClusterSpec::default());
    let clusters = Api::<TanzuKubernetesCluster>::namespaced(clients[1].clone(), NAMESPACE);
    let made = clusters.create(&PostParams::default(), &wanted).await;
    let owner = json!({"apiVersion": "run.tanzu.vmware.com/v1alpha3", "name": "demo",
        "kind": "TanzuKubernetesCluster", "uid": made.unwrap().uid()});
    fs::write(guest.path("ownerref.json"), owner.to_string()).unwrap();
    clients
}

async fn create(client: &Client, object: &DynamicObject) {
    let types = object.types.clone().expect("a manifest has a kind");
    let resource = ApiResource::from_gvk(&GroupVersionKind::try_from(&types).unwrap());
    let api: Api<DynamicObject> = match object.namespace() {
        Some(namespace) => Api::namespaced_with(client.clone(), &namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    };
    let created = api.create(&PostParams::default(), object).await;
    match created {
        // Some namespaces a cluster has from the beginning.
        Err(kube::Error::Api(status)) if status.is_already_exists() => {}
        other => drop(other.unwrap()),
    }
}
