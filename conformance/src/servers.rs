//! The three servers of a world, behind the gate: an empty chain that is ready for its first
//! Service.

use crate::gate::{Answer, Feed, Place, Server};
use bytes::Bytes;
use hopwise_api::TanzuKubernetesCluster;
use hopwise_apiserver::{ApiServer, Cursor};
use hopwise_nsxt::{Manager, Realization};
use http::{Method, Request, StatusCode};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::Resource;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// The guest cluster's name on the Supervisor.
pub const CLUSTER: &str = "guest";
/// The guest cluster's namespace on the Supervisor.
pub const NAMESPACE: &str = "tenant";
/// The id of the pool that addresses come from.
pub const POOL: &str = "vips";
/// The id of the tier-1 gateway that the cluster's load balancer service runs on.
pub const TIER_1: &str = "t1";
/// The lowest address of the pool.
pub const FIRST_ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// How long an address is held back after it was given up. Nothing waits so long by itself: the
/// quarantine ends when a step says so.
const RELEASE_DELAY: Duration = Duration::from_secs(120);

/// The servers.
pub struct Servers {
    /// The guest cluster's API server. Where there is no cluster, it is empty and nobody's.
    pub guest: Arc<ApiServer>,
    /// The Supervisor's API server.
    pub supervisor: Arc<ApiServer>,
    /// The NSX-T manager.
    pub nsx: Arc<Manager>,
    /// The Supervisor's object for the guest cluster, as ccm is told of it; none while there is no
    /// cluster.
    pub cluster: Option<OwnerReference>,
    /// How many guest clusters there have been.
    clusters: u64,
    flaw: Option<Mutex<Box<dyn Flaw>>>,
}

/// What servers get wrong.
pub trait Flaw: Send {
    /// Acts on a request in its own way.
    fn answer(&mut self, servers: &Servers, place: Place, request: &Request<Bytes>) -> Answer;
}

/// Who may use NSX-T.
pub fn credentials() -> hopwise_nsxt::Credentials {
    hopwise_nsxt::Credentials {
        username: "admin".into(),
        password: "secret".into(),
    }
}

impl Servers {
    /// Fresh servers with a pool of so many addresses, and perhaps a flaw.
    pub fn fresh(addresses: u8, flaw: Option<Box<dyn Flaw>>) -> Self {
        let mut servers = Servers {
            guest: GUEST.copy(),
            supervisor: SUPERVISOR.copy(),
            nsx: nsx(addresses),
            cluster: None,
            clusters: 0,
            flaw: None,
        };
        servers.create_cluster();
        if addresses == 0 {
            servers.take_the_only_address();
        }
        servers.flaw = flaw.map(Mutex::new);
        servers
    }

    /// The server at a place, with its flaw.
    pub fn at(&self, place: Place) -> At<'_> {
        At {
            servers: self,
            place,
        }
    }

    /// The server at a place as it should be.
    pub fn sound(&self, place: Place) -> &dyn Server {
        match place {
            Place::Guest => &self.guest,
            Place::Supervisor => &self.supervisor,
            Place::Nsx => &self.nsx,
        }
    }

    /// A request of somebody outside the chain, acted on at once.
    pub fn request(&self, place: Place, call: (Method, &str), body: &Value) -> (StatusCode, Value) {
        ask(&self.at(place), place, call, body)
    }

    /// The same of a server as it should be.
    pub fn sound_request(
        &self,
        place: Place,
        call: (Method, &str),
        body: &Value,
    ) -> (StatusCode, Value) {
        ask(self.sound(place), place, call, body)
    }

    /// The guest cluster is made, again or for the first time: its name is the same, its UID is new.
    ///
    /// # Panics
    /// When there is one already.
    pub fn create_cluster(&mut self) {
        let (path, kind) = (cluster_path(), TanzuKubernetesCluster::kind(&()));
        let body = json!({"apiVersion": TanzuKubernetesCluster::api_version(&()), "kind": kind,
            "metadata": {"name": CLUSTER}, "spec": {}});
        let (status, answer) = self.request(Place::Supervisor, (Method::POST, &path), &body);
        assert!(status.is_success(), "POST {path}: {status} {answer}");
        self.clusters += 1;
        self.cluster = Some(OwnerReference {
            api_version: TanzuKubernetesCluster::api_version(&()).into(),
            kind: kind.into(),
            name: CLUSTER.into(),
            uid: answer["metadata"]["uid"]
                .as_str()
                .unwrap_or_default()
                .into(),
            ..OwnerReference::default()
        });
    }

    /// The guest cluster goes at once, with its API server and all that is in it.
    ///
    /// # Panics
    /// When there is none.
    pub fn delete_cluster(&mut self) {
        let path = format!("{}/{CLUSTER}", cluster_path());
        let (status, answer) =
            self.request(Place::Supervisor, (Method::DELETE, &path), &Value::Null);
        assert!(status.is_success(), "DELETE {path}: {status} {answer}");
        self.cluster = None;
        // UIDs follow from the seed, and are never to come back.
        self.guest = api(3 + self.clusters);
    }

    /// A pool has at least one address. Where it is to have none, somebody else has taken it.
    fn take_the_only_address(&self) {
        let path = format!("/policy/api/v1/infra/ip-pools/{POOL}/ip-allocations/taken");
        let (status, answer) = self.request(Place::Nsx, (Method::PATCH, &path), &json!({}));
        assert!(status.is_success(), "PATCH {path}: {status} {answer}");
        for pending in self.nsx.pending() {
            self.nsx.realize(&pending);
        }
    }
}

/// The guest cluster's API server with nothing in it. It is made once, as setting up a server takes
/// as long as some steps of a replay, and copied.
static GUEST: LazyLock<Arc<ApiServer>> = LazyLock::new(|| api(1));

/// The Supervisor's API server with the custom resources and the tenant's namespace. There is no
/// virtual machine that a Service selects: so pools have no members, and Endpoints no addresses.
static SUPERVISOR: LazyLock<Arc<ApiServer>> = LazyLock::new(|| {
    let supervisor = api(2);
    let create = |path: &str, body: &Value| {
        let request = Request::post(path).header("content-type", "application/json");
        let request = request.body(Bytes::from(body.to_string()));
        let request = request.expect("a path and JSON are a request");
        let is_made = match Server::answer(&supervisor, &request) {
            Answer::Whole(answer) => answer.status().is_success(),
            Answer::Watch(_) => false,
        };
        assert!(is_made, "POST {path}");
    };
    for definition in hopwise_api::custom_resources() {
        let definition = serde_json::to_value(definition).expect("a definition is JSON");
        let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        create(path, &definition);
    }
    let namespace = json!({"metadata": {"name": NAMESPACE}});
    create("/api/v1/namespaces", &namespace);
    supervisor
});

fn api(seed: u64) -> Arc<ApiServer> {
    ApiServer::new(hopwise_apiserver::Options {
        seed,
        ..hopwise_apiserver::Options::default()
    })
}

/// Where the Supervisor keeps its objects for guest clusters.
fn cluster_path() -> String {
    let version = TanzuKubernetesCluster::api_version(&());
    let plural = TanzuKubernetesCluster::plural(&());
    format!("/apis/{version}/namespaces/{NAMESPACE}/{plural}")
}

fn nsx(addresses: u8) -> Arc<Manager> {
    let nsx = Manager::new(hopwise_nsxt::Options {
        clock: hopwise_apiserver::Options::default().clock,
        seed: 3,
        credentials: credentials(),
        realization: Realization::OnCommand,
        purge: Realization::Immediate,
    });
    let [a, b, c, first] = FIRST_ADDRESS.octets();
    let last = Ipv4Addr::new(a, b, c, first + addresses.max(1) - 1);
    let (first, last) = (IpAddr::from(FIRST_ADDRESS), IpAddr::from(last));
    nsx.add_pool(POOL, first, last, RELEASE_DELAY)
        .expect("the range lies in one network");
    nsx
}

/// A server at its place.
pub struct At<'a> {
    servers: &'a Servers,
    place: Place,
}

impl Server for At<'_> {
    fn answer(&self, request: &Request<Bytes>) -> Answer {
        match &self.servers.flaw {
            Some(flaw) => flaw.lock().answer(self.servers, self.place, request),
            None => self.servers.sound(self.place).answer(request),
        }
    }
}

impl Server for Arc<ApiServer> {
    fn answer(&self, request: &Request<Bytes>) -> Answer {
        match ApiServer::answer(self, request) {
            hopwise_apiserver::Answer::Whole(response) => Answer::Whole(response),
            hopwise_apiserver::Answer::Watch(cursor) => {
                let server = Arc::clone(self);
                Answer::Watch(Box::new(History { server, cursor }))
            }
        }
    }
}

impl Server for Arc<Manager> {
    fn answer(&self, request: &Request<Bytes>) -> Answer {
        Answer::Whole(Manager::answer(self, request))
    }
}

/// A watch of an API server.
struct History {
    server: Arc<ApiServer>,
    cursor: Cursor,
}

impl Feed for History {
    fn next(&mut self) -> Option<Bytes> {
        self.server
            .next_event(&mut self.cursor)
            .map(|event| event.line())
    }

    fn waiting(&self) -> Vec<Bytes> {
        let mut ahead = self.cursor.clone();
        let next = || self.server.next_event(&mut ahead).map(|event| event.line());
        std::iter::from_fn(next).collect()
    }

    fn lag(&self) -> usize {
        self.server.lag(&self.cursor)
    }
}

/// Acts on a request at once.
fn ask(
    server: &dyn Server,
    place: Place,
    (method, path): (Method, &str),
    body: &Value,
) -> (StatusCode, Value) {
    let content_type = match method {
        Method::PATCH if place != Place::Nsx => "application/merge-patch+json",
        _ => "application/json",
    };
    let credentials = "Basic YWRtaW46c2VjcmV0";
    let body = if body.is_null() {
        Bytes::new()
    } else {
        Bytes::from(body.to_string())
    };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", content_type)
        .header("authorization", credentials)
        .body(body)
        .expect("the world's own requests are valid");
    match server.answer(&request) {
        Answer::Whole(answer) => {
            let body = serde_json::from_slice(answer.body()).unwrap_or_default();
            (answer.status(), body)
        }
        Answer::Watch(_) => (StatusCode::OK, Value::Null),
    }
}
