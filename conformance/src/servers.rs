//! The three servers of a world, behind the gate: an empty chain that is ready for its first
//! Service.

use crate::foreign::{Api, ControlPlanes};
use crate::gate::{Answer, Feed, Place, Server};
use bytes::Bytes;
use hopwise_api::TanzuKubernetesCluster;
use hopwise_apiserver::{ApiServer, Cursor};
use hopwise_nsxt::{Manager, Realization};
use hopwise_vocab::Slot;
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
/// What the UIDs of the second guest cluster and those after it follow from.
const OTHERS: u64 = 1000;
/// The lowest address of the pool.
pub const FIRST_ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// How long an address is held back after it was given up. Nothing waits so long by itself: the
/// quarantine ends when a step says so.
const RELEASE_DELAY: Duration = Duration::from_secs(120);

/// The servers.
pub struct Servers {
    /// The guest clusters.
    pub clusters: Vec<Cluster>,
    /// The Supervisor's API server.
    pub supervisor: Arc<dyn Api>,
    /// The NSX-T manager.
    pub nsx: Arc<Manager>,
    /// How many guest clusters were made.
    made: u64,
    /// Where the API servers are, if they are not embedded.
    planes: Option<Arc<ControlPlanes>>,
    flaw: Option<Mutex<Box<dyn Flaw>>>,
}

/// A guest cluster that there is, or can be.
pub struct Cluster {
    /// Its name on the Supervisor.
    pub name: String,
    /// Its API server. Where there is no cluster, it is empty and nobody's.
    pub guest: Arc<dyn Api>,
    /// The Supervisor's object for it, as its ccm is told of it; none while there is no cluster.
    pub owner: Option<OwnerReference>,
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
    /// Fresh servers with so many guest clusters and a pool of so many addresses, and perhaps a
    /// flaw, which no second cluster has. The API servers are embedded, or those of control planes.
    pub fn fresh(
        clusters: usize,
        addresses: u8,
        flaw: Option<Box<dyn Flaw>>,
        planes: Option<Arc<ControlPlanes>>,
    ) -> Self {
        let names = Slot::ALL.iter().take(clusters);
        let cluster = |slot: &Slot| {
            let name = match slot {
                Slot::A => CLUSTER.into(),
                Slot::B | Slot::C => format!("{CLUSTER}-{slot}"),
            };
            let guest: Arc<dyn Api> = match (&planes, slot) {
                (Some(planes), slot) => planes.guest(*slot as usize),
                (None, Slot::A) => Arc::new(GUEST.copy()),
                (None, Slot::B | Slot::C) => Arc::new(api(OTHERS + *slot as u64)),
            };
            Cluster::new(name, guest)
        };
        let mut servers = Servers {
            clusters: names.clone().map(cluster).collect(),
            supervisor: match &planes {
                Some(planes) => planes.supervisor(),
                None => Arc::new(SUPERVISOR.copy()),
            },
            nsx: nsx(addresses),
            made: 0,
            planes,
            flaw: None,
        };
        names.for_each(|&slot| servers.create_cluster(slot));
        if addresses == 0 {
            servers.take_the_only_address();
        }
        servers.flaw = flaw.map(Mutex::new);
        servers
    }

    /// Whether others wrote the API servers.
    pub(crate) fn are_foreign(&self) -> bool {
        self.planes.is_some()
    }

    /// The server at a place, with its flaw; of the guest clusters, the first one's.
    pub fn at(&self, place: Place) -> At<'_> {
        self.of(Slot::A, place)
    }

    /// The server at a place, of this guest cluster where it is a guest's.
    pub fn of(&self, cluster: Slot, place: Place) -> At<'_> {
        let server: &dyn Server = match place {
            Place::Guest => &*self.clusters[cluster as usize].guest,
            Place::Supervisor | Place::Nsx => self.sound(place),
        };
        let flaw = self.flaw.as_ref();
        At {
            servers: self,
            server,
            place,
            flaw: flaw.filter(|_| place != Place::Guest || cluster == Slot::A),
        }
    }

    /// The server at a place as it should be; of the guest clusters, the first one's.
    pub fn sound(&self, place: Place) -> &dyn Server {
        match place {
            Place::Guest => &*self.clusters[0].guest,
            Place::Supervisor => &*self.supervisor,
            Place::Nsx => &self.nsx,
        }
    }

    /// A request of somebody outside the chain, acted on at once.
    pub fn request(&self, place: Place, call: (Method, &str), body: &Value) -> (StatusCode, Value) {
        self.request_of(Slot::A, place, call, body)
    }

    /// The same, to the server of this guest cluster where it is a guest's.
    pub fn request_of(
        &self,
        cluster: Slot,
        place: Place,
        call: (Method, &str),
        body: &Value,
    ) -> (StatusCode, Value) {
        ask(&self.of(cluster, place), place, call, body)
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

    /// A guest cluster is made, again or for the first time: its name is the same, its UID is new.
    ///
    /// # Panics
    /// When there is one already.
    pub fn create_cluster(&mut self, cluster: Slot) {
        let cluster = cluster as usize;
        let name = self.clusters[cluster].name.clone();
        let (path, kind) = (cluster_path(), TanzuKubernetesCluster::kind(&()));
        let body = json!({"apiVersion": TanzuKubernetesCluster::api_version(&()), "kind": kind,
            "metadata": {"name": name}, "spec": {}});
        let (status, answer) = self.request(Place::Supervisor, (Method::POST, &path), &body);
        assert!(status.is_success(), "POST {path}: {status} {answer}");
        self.made += 1;
        self.clusters[cluster].owner = Some(OwnerReference {
            api_version: TanzuKubernetesCluster::api_version(&()).into(),
            kind: kind.into(),
            name,
            uid: answer["metadata"]["uid"]
                .as_str()
                .unwrap_or_default()
                .into(),
            ..OwnerReference::default()
        });
    }

    /// A guest cluster goes at once, with its API server and all that is in it.
    ///
    /// # Panics
    /// When there is none.
    pub fn delete_cluster(&mut self, cluster: Slot) {
        let cluster = cluster as usize;
        let path = format!("{}/{}", cluster_path(), self.clusters[cluster].name);
        let (status, answer) =
            self.request(Place::Supervisor, (Method::DELETE, &path), &Value::Null);
        assert!(status.is_success(), "DELETE {path}: {status} {answer}");
        self.clusters[cluster].owner = None;
        // UIDs follow from the seed, and are never to come back.
        self.clusters[cluster].guest = match &self.planes {
            Some(planes) => planes.guest(cluster),
            None => Arc::new(api(3 + self.made)),
        };
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

impl Cluster {
    fn new(name: String, guest: Arc<dyn Api>) -> Cluster {
        let owner = None;
        Cluster { name, guest, owner }
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
        // The model has no Endpoints, so no step of it may be one of theirs that wakes a controller.
        deletes_endpoints: false,
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
    server: &'a dyn Server,
    place: Place,
    flaw: Option<&'a Mutex<Box<dyn Flaw>>>,
}

impl Server for At<'_> {
    fn answer(&self, request: &Request<Bytes>) -> Answer {
        match self.flaw {
            Some(flaw) => flaw.lock().answer(self.servers, self.place, request),
            None => self.server.answer(request),
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

impl Api for Arc<ApiServer> {
    fn object(&self, group: &str, plural: &str, namespace: &str, name: &str) -> Option<Arc<Value>> {
        ApiServer::object(self, group, plural, namespace, name)
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
