//! Two API servers that know their callers, an NSX-T manager, and three controllers that lead.

use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use futures::{StreamExt, stream};
use guest_cluster_cloud_provider as ccm;
use hopwise::manifests::identity::Identity;
use hopwise_api::strings::lease;
use hopwise_apiserver::{Answer, ApiServer, ApiService, Authentication, Judged, Options, User};
use hopwise_nsx_client::{Credentials, NsxClient};
use hopwise_nsxt::{
    Credentials as Account, Manager, Options as NsxOptions, PolicyApi, Realization,
};
use hopwise_shell::{Candidate, Clock, SystemClock, Telemetry, Terms, lead};
use hopwise_vocab::Safeguards;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::Client;
use kube::api::DynamicObject;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use vmop_controller_manager as vmop;

/// The namespace of the guest cluster on the Supervisor.
pub const NAMESPACE: &str = "team";
/// The administrator's token. Those of the components are their names.
const ADMIN: &str = "admin";

type Heard = Arc<Mutex<BTreeSet<(&'static str, Judged)>>>;

pub struct World {
    pub guest: Arc<ApiServer>,
    pub supervisor: Arc<ApiServer>,
    manager: Arc<Manager>,
    heard: Heard,
    ticks: Vec<UnboundedSender<()>>,
    asks: Vec<UnboundedSender<()>>,
}

impl World {
    /// A chain with one node and one address, whose two clusters hold these objects.
    pub async fn start([guest, supervisor]: [Vec<DynamicObject>; 2]) -> World {
        let heard = Heard::default();
        let mut world = World {
            guest: server("guest", 1, &[Identity::ccm_in_guest()], &heard),
            supervisor: server(
                "supervisor",
                2,
                &[
                    Identity::ccm_on_supervisor(NAMESPACE),
                    Identity::vmop(),
                    Identity::ncp(),
                ],
                &heard,
            ),
            manager: manager(),
            heard,
            ticks: Vec::new(),
            asks: Vec::new(),
        };
        for definition in hopwise_api::custom_resources() {
            create(
                &world.supervisor,
                &serde_json::to_value(definition).unwrap(),
            );
        }
        guest
            .iter()
            .for_each(|one| create(&world.guest, &json!(one)));
        supervisor
            .iter()
            .for_each(|one| create(&world.supervisor, &json!(one)));
        world.add_machine("node-1", "10.0.0.11");
        world.run();
        world
    }

    fn run(&mut self) {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ccm = self.ccm(&clock);
        let client = ccm.guest.clone();
        self.stand(client, lease::CCM, move |ticks, asked| {
            let due = ticks.flat_map(|()| stream::iter([ccm::Tick::Poll, ccm::Tick::Sync]));
            ccm::run(ccm, due, asked)
        });
        let vmop = vmop::Ctx {
            supervisor: client_of(&self.supervisor, "vmop-controller-manager"),
            safeguards: Safeguards::reference(),
            decide: hopwise_core::vmop::decide,
            clock: Arc::clone(&clock),
            seed: 1,
            telemetry: Telemetry::of("vmop-controller-manager"),
        };
        let client = vmop.supervisor.clone();
        self.stand(client, lease::VMOP, |ticks, asked| {
            vmop::run(vmop, ticks, asked)
        });
        let ncp = self.ncp(&clock);
        let client = ncp.supervisor.clone();
        self.stand(client, lease::NCP, |ticks, asked| {
            ncp::run(ncp, ticks, asked)
        });
    }

    /// A controller that waits for its lease.
    fn stand<R: Future<Output = ()> + Send>(
        &mut self,
        client: Client,
        of: lease::Lease,
        run: impl FnOnce(UnboundedReceiver<()>, futures::future::BoxFuture<'static, ()>) -> R
        + Send
        + 'static,
    ) {
        let (ticks, tick) = mpsc::unbounded();
        let (ask, asks) = mpsc::unbounded();
        self.ticks.push(ticks);
        self.asks.push(ask);
        let terms = Terms {
            namespace: of.namespace.into(),
            name: of.name.into(),
            identity: "replica".into(),
            lease_duration: Duration::from_secs(15),
            renew_deadline: Duration::from_secs(10),
            retry_period: Duration::from_secs(2),
        };
        tokio::spawn(async move {
            let candidate = Candidate::new(client, terms, Arc::new(SystemClock), 1);
            let telemetry = Telemetry::of("test");
            let run = |asked| run(tick, asked);
            let _ = lead(
                Some(candidate),
                Duration::from_secs(30),
                &telemetry,
                asks,
                run,
            )
            .await;
        });
    }

    fn ccm(&self, clock: &Arc<dyn Clock>) -> ccm::Ctx {
        let owner = json!({"apiVersion": "run.tanzu.vmware.com/v1alpha3",
            "kind": "TanzuKubernetesCluster", "metadata": {"name": "guest", "namespace": NAMESPACE},
            "spec": {}});
        create(&self.supervisor, &owner);
        let found = self
            .supervisor
            .objects("run.tanzu.vmware.com", "tanzukubernetesclusters");
        let uid = found[0]["metadata"]["uid"].as_str().unwrap().to_owned();
        ccm::Ctx {
            guest: client_of(&self.guest, "guest-cluster-cloud-provider"),
            supervisor: client_of(&self.supervisor, "guest-cluster-cloud-provider"),
            cluster: ccm::Cluster {
                name: "guest".into(),
                namespace: NAMESPACE.into(),
                owner: OwnerReference {
                    api_version: "run.tanzu.vmware.com/v1alpha3".into(),
                    kind: "TanzuKubernetesCluster".into(),
                    name: "guest".into(),
                    uid,
                    ..OwnerReference::default()
                },
            },
            safeguards: Safeguards::reference(),
            decide: hopwise_core::ccm::decide,
            clock: Arc::clone(clock),
            seed: 1,
            telemetry: Telemetry::of("guest-cluster-cloud-provider"),
        }
    }

    fn ncp(&self, clock: &Arc<dyn Clock>) -> ncp::Ctx {
        let credentials = Credentials {
            username: "admin".into(),
            password: "secret".into(),
        };
        ncp::Ctx {
            supervisor: client_of(&self.supervisor, "ncp"),
            nsx: NsxClient::new(PolicyApi(Arc::clone(&self.manager)), &credentials),
            cluster: "supervisor".into(),
            ip_pool: "pool".into(),
            gateway: "t1".into(),
            size: ncp::Size::default(),
            lists: ncp::Lists::Shared,
            safeguards: Safeguards::reference(),
            decide: hopwise_core::ncp::decide,
            clock: Arc::clone(clock),
            seed: 1,
            telemetry: Telemetry::of("ncp"),
        }
    }

    /// A machine that the cluster's selector selects.
    pub fn add_machine(&self, name: &str, address: &str) {
        let machine = json!({"apiVersion": "vmoperator.vmware.com/v1alpha2",
            "kind": "VirtualMachine", "spec": {}, "metadata": {"name": name, "namespace": NAMESPACE,
            "labels": {"capv.vmware.com/cluster.name": "guest",
                "capv.vmware.com/cluster.role": "node"}}});
        create(&self.supervisor, &machine);
        let uri = format!(
            "/apis/vmoperator.vmware.com/v1alpha2/namespaces/{NAMESPACE}/virtualmachines/{name}/status"
        );
        let status = json!({"status": {"network": {"primaryIP4": address}}});
        send(&self.supervisor, "PATCH", &uri, &status);
    }

    /// What a user of the guest cluster asks.
    pub fn user(&self, method: &str, uri: &str, body: &Value) {
        send(&self.guest, method, uri, body);
    }

    /// Ends when nobody has anything to do: the clock is paused.
    pub async fn pause(&self) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    /// Ticks until there is nothing left that a tick could bring about.
    pub async fn settle(&self) {
        for _ in 0..12 {
            for ticks in &self.ticks {
                // Nobody listens where the controller does not lead.
                let _ = ticks.unbounded_send(());
            }
            self.pause().await;
            while self.supervisor.collect_garbage() > 0 {}
        }
    }

    /// Asks every controller to end.
    pub async fn end(&self) {
        self.asks
            .iter()
            .for_each(|ask| ask.unbounded_send(()).unwrap());
        tokio::time::sleep(Duration::from_secs(1)).await;
    }

    /// Who holds each lease.
    pub fn holders(&self) -> Vec<String> {
        let servers = [&self.guest, &self.supervisor].into_iter();
        let leases = servers.flat_map(|one| one.objects("coordination.k8s.io", "leases"));
        let holder = |one: Arc<Value>| one["spec"]["holderIdentity"].as_str().unwrap().to_owned();
        leases.map(holder).collect()
    }

    /// The addresses behind the only pool.
    pub fn members(&self) -> Vec<String> {
        self.texts("/lb-pools/", |pool| {
            let members = pool["members"].as_array().cloned().unwrap_or_default();
            members
                .iter()
                .map(|one| one["ip_address"].clone())
                .collect()
        })
    }

    /// The ports that NSX-T listens on.
    pub fn ports(&self) -> Vec<String> {
        self.texts("/lb-virtual-servers/", |server| {
            vec![server["ports"][0].clone()]
        })
    }

    fn texts(&self, part: &str, of: impl Fn(&Value) -> Vec<Value>) -> Vec<String> {
        let paths = self
            .manager
            .paths()
            .into_iter()
            .filter(|path| path.contains(part));
        let values = paths.flat_map(|path| of(&self.manager.object(&path).unwrap()));
        let mut texts: Vec<_> = values.map(|one| one.as_str().unwrap().to_owned()).collect();
        texts.sort();
        texts
    }

    /// Whether NSX-T has its one address back and serves nothing.
    pub fn is_empty(&self) -> bool {
        self.manager.free_addresses("pool") == 1 && self.ports().is_empty()
    }

    /// What ServiceAccounts asked for so far.
    pub fn judged(&self) -> BTreeSet<(&'static str, Judged)> {
        self.heard.lock().unwrap().clone()
    }
}

fn server(name: &'static str, seed: u64, identities: &[Identity], heard: &Heard) -> Arc<ApiServer> {
    let accounts = identities.iter().map(|one| {
        let user = User::service_account(&one.namespace, one.name);
        (one.name.to_owned(), user)
    });
    let mut tokens: BTreeMap<_, _> = accounts.collect();
    tokens.insert(ADMIN.into(), User::admin(ADMIN));
    let heard = Arc::clone(heard);
    ApiServer::new(Options {
        seed,
        authentication: Authentication::Tokens(tokens),
        audit: Some(Arc::new(move |judged: &Judged| {
            heard.lock().unwrap().insert((name, judged.clone()));
        })),
        ..Options::default()
    })
}

fn client_of(server: &Arc<ApiServer>, token: &'static str) -> Client {
    let service = tower::ServiceExt::map_request(
        ApiService::new(Arc::clone(server)),
        move |mut request: http::Request<kube::client::Body>| {
            let bearer = format!("Bearer {token}").parse().unwrap();
            request.headers_mut().insert("authorization", bearer);
            request
        },
    );
    Client::new(service, "default")
}

/// Creates an object as the administrator.
fn create(server: &ApiServer, object: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let version = text(&object["apiVersion"]);
    let root = if version.contains('/') { "apis" } else { "api" };
    let plural = match text(&object["kind"]).to_lowercase() {
        kind if kind.ends_with('s') => kind,
        kind => format!("{kind}s"),
    };
    let uri = match object["metadata"]["namespace"].as_str() {
        Some(namespace) => format!("/{root}/{version}/namespaces/{namespace}/{plural}"),
        None => format!("/{root}/{version}/{plural}"),
    };
    send(server, "POST", &uri, object);
}

fn send(server: &ApiServer, method: &str, uri: &str, body: &Value) {
    let kind = if method == "PATCH" {
        "merge-patch+json"
    } else {
        "json"
    };
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let request = http::Request::builder()
        .method(method)
        .uri(uri)
        .header("authorization", format!("Bearer {ADMIN}"))
        .header("content-type", format!("application/{kind}"))
        .body(body.into())
        .unwrap();
    let Answer::Whole(answer) = server.answer(&request) else {
        unreachable!("it is no watch");
    };
    // Of a run that fails, what a user deletes may be gone before.
    let is_gone = answer.status().as_u16() == 404 && matches!(method, "PATCH" | "DELETE");
    assert!(
        is_gone || answer.status().is_success(),
        "{method} {uri}: {answer:?}"
    );
    while server.collect_garbage() > 0 {}
}

fn manager() -> Arc<Manager> {
    let manager = Manager::new(NsxOptions {
        clock: Arc::new(|| jiff::Timestamp::UNIX_EPOCH),
        seed: 3,
        credentials: Account {
            username: "admin".into(),
            password: "secret".into(),
        },
        realization: Realization::Immediate,
        purge: Realization::Immediate,
    });
    let only = [192, 0, 2, 1].into();
    manager
        .add_pool("pool", only, only, Duration::ZERO)
        .unwrap();
    manager
}
