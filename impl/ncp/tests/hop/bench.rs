//! One hop with both of its servers.

use futures::channel::{mpsc, oneshot};
use hopwise_apiserver::{Answer, ApiServer, ApiService};
use hopwise_nsx_client::{Credentials, NsxClient};
use hopwise_nsxt::{Alarm, Manager, PolicyApi, Realization};
use hopwise_shell::{Clock, Telemetry};
use hopwise_vocab::Safeguards;
use k8s_openapi::api::core::v1::{Endpoints, Event, Service};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client, ResourceExt};
use ncp::{Ctx, Size};
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// The first address of the pool.
pub const VIP: &str = "127.100.0.10";

/// One load balancer service is one too many.
pub const FULL: i64 = 23707;

pub const PASSWORD: &str = "secret";

const POOL: &str = "vips";

pub struct Bench {
    pub manager: Arc<Manager>,
    server: Arc<ApiServer>,
    client: Client,
    pub nsx: NsxClient,
    safeguards: Safeguards,
    starts: u64,
    ticks: mpsc::UnboundedSender<()>,
    _running: oneshot::Sender<()>,
}

impl Bench {
    pub async fn start(realization: Realization, addresses: u8) -> Bench {
        Bench::with(realization, addresses, Safeguards::reference()).await
    }

    pub async fn with(realization: Realization, addresses: u8, safeguards: Safeguards) -> Bench {
        let manager = manager(realization, addresses);
        let credentials = Credentials {
            username: "admin".into(),
            password: PASSWORD.into(),
        };
        let nsx = NsxClient::new(PolicyApi(Arc::clone(&manager)), &credentials);
        Bench::around(manager, nsx, safeguards).await
    }

    /// The same with a client that reaches this manager in another way.
    pub async fn around(manager: Arc<Manager>, nsx: NsxClient, safeguards: Safeguards) -> Bench {
        let server = ApiServer::new(hopwise_apiserver::Options::default());
        let client = Client::new(ApiService::new(Arc::clone(&server)), "default");
        let (ticks, _) = mpsc::unbounded();
        let (running, _) = oneshot::channel();
        let mut bench = Bench {
            manager,
            server,
            client,
            nsx,
            safeguards,
            starts: 0,
            ticks,
            _running: running,
        };
        bench.restart().await;
        bench
    }

    /// Ends ncp, if it runs, and starts another one that remembers nothing.
    pub async fn restart(&mut self) {
        let (ticks, ticked) = mpsc::unbounded();
        let (running, ended) = oneshot::channel::<()>();
        (self.ticks, self._running) = (ticks, running);
        self.starts += 1;
        self.settle().await;
        tokio::spawn(ncp::run(self.ctx(), ticked, async {
            let _ = ended.await;
        }));
    }

    fn ctx(&self) -> Ctx {
        Ctx {
            supervisor: self.client.clone(),
            nsx: self.nsx.clone(),
            cluster: "supervisor".into(),
            ip_pool: POOL.into(),
            gateway: "t1".into(),
            size: Size::Small,
            lists: ncp::Lists::Shared,
            safeguards: self.safeguards.clone(),
            decide: hopwise_core::ncp::decide,
            clock: Arc::new(Still),
            seed: self.starts,
            telemetry: Telemetry::of("ncp"),
        }
    }

    /// Deletes a Service while ncp does not run, and starts it again.
    pub async fn delete_while_down(&mut self, name: &str) {
        let (running, _) = oneshot::channel();
        self._running = running;
        self.settle().await;
        self.delete(name).await;
        self.restart().await;
    }

    /// Deletes a Service and takes every finalizer off it, before anybody can notice.
    pub fn tear_away(&self, name: &str) {
        let uri = format!("/api/v1/namespaces/default/services/{name}");
        for (method, body) in [
            ("DELETE", ""),
            ("PATCH", r#"{"metadata":{"finalizers":null}}"#),
        ] {
            let request = http::Request::builder()
                .method(method)
                .uri(&uri)
                .header("content-type", "application/merge-patch+json")
                .body(body.into())
                .unwrap();
            let Answer::Whole(answer) = self.server.answer(&request) else {
                unreachable!("it is no watch");
            };
            assert!(answer.status().is_success(), "{answer:?}");
        }
    }

    pub fn tick(&self) {
        self.ticks.unbounded_send(()).unwrap();
    }

    /// Realizes everything that waits for it.
    pub fn realize_all(&self) {
        for path in self.manager.pending() {
            self.manager.realize(&path);
        }
    }

    /// Lets the first pending object of a collection fail.
    pub fn fail(&self, collection: &str, code: i64) {
        let pending = self.manager.pending().into_iter();
        let path = pending.filter(|path| path.contains(collection)).min();
        let alarm = Alarm {
            code,
            module: "LOAD-BALANCER".into(),
            message: "Exceed maximum number of load balancer.".into(),
            related: None,
        };
        assert!(self.manager.fail(&path.unwrap(), alarm));
    }

    /// How many virtual servers are in force.
    pub fn serving_at_all(&self) -> usize {
        let servers = self.manager.virtual_servers();
        servers.iter().filter(|one| one.realized.is_some()).count()
    }

    pub async fn create(&self, name: &str, ports: &[(&str, u16)]) {
        self.post(
            name,
            json!({ "type": "LoadBalancer", "ports": service_ports(ports) }),
        )
        .await;
    }

    pub async fn create_of_class(&self, name: &str, class: &str) {
        let ports = service_ports(&[("http", 80)]);
        let spec = json!({ "type": "LoadBalancer", "ports": ports, "loadBalancerClass": class });
        self.post(name, spec).await;
    }

    pub async fn edit_ports(&self, name: &str, ports: &[(&str, u16)]) {
        self.patch(name, json!({ "spec": { "ports": service_ports(ports) } }))
            .await;
    }

    pub async fn make_cluster_ip(&self, name: &str) {
        self.patch(name, json!({ "spec": { "type": "ClusterIP" } }))
            .await;
    }

    pub async fn delete(&self, name: &str) {
        let params = DeleteParams::default();
        self.services().delete(name, &params).await.unwrap();
    }

    pub async fn write_endpoints(&self, name: &str, ports: &[(&str, u16)]) {
        let ports: Vec<_> = ports
            .iter()
            .map(|(name, port)| json!({ "name": name, "port": port, "protocol": "TCP" }))
            .collect();
        let endpoints = json!({
            "metadata": { "name": name },
            "subsets": [{ "addresses": [{ "ip": "10.1.0.5" }], "ports": ports }],
        });
        let api: Api<Endpoints> = Api::default_namespaced(self.client.clone());
        let endpoints = serde_json::from_value(endpoints).unwrap();
        api.create(&PostParams::default(), &endpoints)
            .await
            .unwrap();
    }

    pub async fn service(&self, name: &str) -> Option<Service> {
        self.services().get_opt(name).await.unwrap()
    }

    /// The address that a Service shows.
    pub async fn shown(&self, name: &str) -> Option<String> {
        let status = self.service(name).await?.status?;
        status.load_balancer?.ingress?.first()?.ip.clone()
    }

    /// What NSX-T serves: `VIP:port -> member` in order.
    pub fn serving(&self) -> Vec<String> {
        let mut serving = Vec::new();
        for server in self.manager.virtual_servers() {
            let port: u16 = server.id.rsplit('-').next().unwrap().parse().unwrap();
            let Some(front) = &server.realized else {
                continue;
            };
            for member in server.members(port) {
                serving.push(format!("{}:{port} -> {member}", front.ip));
            }
        }
        serving
    }

    /// Whether NSX-T holds nothing for any Service.
    pub fn holds_nothing(&self) -> bool {
        let kinds = ["lb-virtual-servers/", "lb-pools/", "ip-allocations/"];
        kinds.iter().all(|kind| self.count(kind) == 0)
    }

    pub fn count(&self, part: &str) -> usize {
        let paths = self.manager.paths();
        paths.iter().filter(|path| path.contains(part)).count()
    }

    pub async fn until_shown(&self, name: &str, address: Option<&str>) {
        for _ in 0..PATIENCE {
            if self.shown(name).await.as_deref() == address {
                return;
            }
            pause().await;
        }
        panic!("{name} shows {:?}", self.shown(name).await);
    }

    pub async fn until_gone(&self, name: &str) {
        for _ in 0..PATIENCE {
            if self.service(name).await.is_none() {
                return;
            }
            pause().await;
        }
        panic!("{name} is still there: {:?}", self.manager.paths());
    }

    pub async fn until_released(&self, name: &str) {
        for _ in 0..PATIENCE {
            if self.service(name).await.unwrap().finalizers().is_empty() {
                return;
            }
            pause().await;
        }
        panic!("{name} is still held: {:?}", self.manager.paths());
    }

    pub async fn until_event(&self, name: &str, reason: &str) {
        let api: Api<Event> = Api::default_namespaced(self.client.clone());
        let mut found = Vec::new();
        for _ in 0..PATIENCE {
            let events = api.list(&ListParams::default()).await.unwrap();
            found = events
                .into_iter()
                .filter(|event| event.involved_object.name.as_deref() == Some(name))
                .filter_map(|event| event.reason)
                .collect();
            if found.iter().any(|said| said == reason) {
                return;
            }
            pause().await;
        }
        panic!("{name} has Events {found:?} and not {reason}");
    }

    pub async fn until_pending(&self, kind: &str) {
        self.until(|bench| {
            bench
                .manager
                .pending()
                .iter()
                .any(|path| path.contains(kind))
        })
        .await;
    }

    pub async fn until(&self, holds: impl Fn(&Bench) -> bool) {
        for _ in 0..PATIENCE {
            if holds(self) {
                return;
            }
            pause().await;
        }
        panic!(
            "serving {:?}, holding {:?}",
            self.serving(),
            self.manager.paths()
        );
    }

    /// Lets everything happen that happens by itself.
    pub async fn settle(&self) {
        for _ in 0..20 {
            pause().await;
        }
    }

    pub async fn post(&self, name: &str, spec: Value) {
        let service = json!({
            "metadata": {
                "name": name,
                "annotations": { "run.tanzu.vmware.com/service.uid": "guest-uid" },
            },
            "spec": spec,
        });
        let service = serde_json::from_value(service).unwrap();
        let params = PostParams::default();
        self.services().create(&params, &service).await.unwrap();
    }

    async fn patch(&self, name: &str, patch: Value) {
        let (params, patch) = (PatchParams::default(), Patch::Merge(patch));
        self.services().patch(name, &params, &patch).await.unwrap();
    }

    fn services(&self) -> Api<Service> {
        Api::default_namespaced(self.client.clone())
    }
}

/// A clock that stands still.
struct Still;

impl Clock for Still {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }
}

/// Far more than anything here takes; the clock is paused, so that it costs nothing.
const PATIENCE: usize = 300;

async fn pause() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}

fn service_ports(ports: &[(&str, u16)]) -> Vec<Value> {
    ports
        .iter()
        .map(|(name, port)| json!({ "name": name, "port": port, "protocol": "TCP" }))
        .collect()
}

pub fn manager(realization: Realization, addresses: u8) -> Arc<Manager> {
    let manager = Manager::new(hopwise_nsxt::Options {
        clock: Arc::new(|| jiff::Timestamp::UNIX_EPOCH),
        seed: 1,
        credentials: hopwise_nsxt::Credentials {
            username: "admin".into(),
            password: PASSWORD.into(),
        },
        realization,
        purge: Realization::Immediate,
    });
    let ip = |last| IpAddr::from([127, 100, 0, last]);
    manager
        .add_pool(POOL, ip(10), ip(9 + addresses), Duration::ZERO)
        .unwrap();
    manager
}
