//! An embedded cluster of managers behind TLS, and the files that a client of it has.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use hopwise_nsx_client::{Access, Account, Identity, IpAllocation, NsxClient, Source};
use hopwise_nsxt::{Credentials, Manager, Options, PolicyApi, Realization};
use hopwise_serve::{Authority, Issued, Transport, listen, serve};
use http::header;
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::ServiceExt;

/// What needs escapes in a form, and what none may take for its end.
pub const PASSWORD: &str = "a+b &%";

/// The managers of a cluster share all they know.
pub struct World {
    pub manager: Arc<Manager>,
    pub nodes: Vec<Node>,
    folder: TempDir,
}

/// One manager, listening.
pub struct Node {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub what: String,
    pub headers: http::HeaderMap,
}

impl Node {
    async fn start(manager: &Arc<Manager>, authority: &Authority, at: SocketAddr) -> Node {
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let log = seen.clone();
        let service = PolicyApi(manager.clone()).map_request(move |request: http::Request<_>| {
            let what = format!("{} {}", request.method(), request.uri().path());
            let headers = request.headers().clone();
            log.lock().unwrap().push(Seen { what, headers });
            request
        });
        let listener = listen(at).await.unwrap();
        let address = listener.local_addr().unwrap();
        let transport = Transport::Tls(authority.identity(&["127.0.0.1".to_owned()]).unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move { drop(stopped.await) };
        let ended = tokio::spawn(serve(listener, transport, service, shutdown));
        Node {
            address,
            seen,
            stop,
            ended,
        }
    }

    async fn stop(self) -> SocketAddr {
        drop(self.stop);
        self.ended.await.unwrap();
        self.address
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How often a session was opened here.
    pub fn sessions(&self) -> usize {
        let seen = self.seen();
        let opened = seen.iter().filter(|one| one.what.ends_with("/create"));
        opened.count()
    }
}

impl World {
    pub async fn of(nodes: usize) -> World {
        let manager = Manager::new(Options {
            clock: Arc::new(|| Timestamp::UNIX_EPOCH),
            seed: 1,
            credentials: Credentials {
                username: "admin".to_owned(),
                password: PASSWORD.to_owned(),
            },
            realization: Realization::Immediate,
            purge: Realization::Immediate,
        });
        let ip = |last| IpAddr::from([127, 100, 0, last]);
        let delay = Duration::ZERO;
        manager.add_pool("vips", ip(10), ip(200), delay).unwrap();
        let authority = Authority::generate("first").unwrap();
        let mut world = World {
            manager,
            nodes: Vec::new(),
            folder: tempfile::tempdir().unwrap(),
        };
        for _ in 0..nodes {
            let any = SocketAddr::from(([127, 0, 0, 1], 0));
            let node = Node::start(&world.manager, &authority, any).await;
            world.nodes.push(node);
        }
        world.write("ca.crt", authority.certificate_pem());
        world.write("password", &format!("{PASSWORD}\n"));
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub fn remove(&self, name: &str) {
        std::fs::remove_file(self.path(name)).unwrap();
    }

    fn account(&self) -> Account {
        Account {
            username: "admin".to_owned(),
            password: Source::File(self.path("password")),
        }
    }

    pub fn basic(&self) -> NsxClient {
        self.client(Identity::Basic(self.account()))
    }

    pub fn session(&self) -> NsxClient {
        self.client(Identity::Session(self.account()))
    }

    /// A client that shows the certificate in `ncp.crt`.
    pub fn certificate(&self) -> NsxClient {
        self.client(Identity::Certificate {
            certificate: Source::File(self.path("ncp.crt")),
            key: Source::File(self.path("ncp.key")),
        })
    }

    fn client(&self, identity: Identity) -> NsxClient {
        let addresses = self.nodes.iter().map(Node::url).collect();
        self.client_at(addresses, identity)
    }

    fn client_at(&self, addresses: Vec<String>, identity: Identity) -> NsxClient {
        let authority = Some(Source::File(self.path("ca.crt")));
        NsxClient::connect(Access {
            addresses,
            identity,
            authority,
            seed: 1,
        })
        .unwrap()
    }

    /// A client that knows another address before those of the cluster.
    pub fn basic_behind(&self, first: String) -> NsxClient {
        let all = std::iter::once(first).chain(self.nodes.iter().map(Node::url));
        self.client_at(all.collect(), Identity::Basic(self.account()))
    }

    /// Stops a manager: nobody listens there any more.
    pub async fn stop(&mut self, node: usize) -> SocketAddr {
        self.nodes.remove(node).stop().await
    }

    /// The only manager starts again, with a certificate of another authority.
    pub async fn has_another_authority(&mut self) -> Authority {
        let address = self.stop(0).await;
        let authority = Authority::generate("second").unwrap();
        let node = Node::start(&self.manager, &authority, address).await;
        self.nodes.push(node);
        authority
    }

    /// Makes a certificate for the client's files.
    pub fn issue(&self) -> Issued {
        let authority = Authority::generate("of clients").unwrap();
        let issued = authority.issue(&["ncp".to_owned()]).unwrap();
        self.write("ncp.crt", &issued.certificate);
        self.write("ncp.key", &issued.key);
        issued
    }

    /// Registers a certificate as a principal identity of this name.
    pub fn register(&self, name: &str, issued: &Issued) {
        let body = serde_json::json!({ "name": name, "node_id": "supervisor",
            "role": "enterprise_admin", "certificate_pem": issued.certificate });
        let path = "/api/v1/trust-management/principal-identities/with-certificate";
        let request = http::Request::post(path)
            .header(header::AUTHORIZATION, "Basic YWRtaW46YStiICYl")
            .body(Bytes::from(body.to_string()));
        let answer = self.manager.answer(&request.unwrap());
        assert_eq!(answer.status(), 200, "{answer:?}");
    }

    /// Who wrote an allocation.
    pub fn writer(&self, id: &str) -> String {
        let path = format!("/infra/ip-pools/vips/ip-allocations/{id}");
        let object = self.manager.object(&path).unwrap();
        object["_create_user"].as_str().unwrap().to_owned()
    }
}

/// Writes an allocation, which creates it: a second time it would fail.
pub async fn create(client: &NsxClient, id: &str) -> String {
    let allocation = IpAllocation {
        id: id.to_owned(),
        ..IpAllocation::default()
    };
    told(client.put_allocation("vips", &allocation).await.map(drop))
}

/// What a read comes to: `ok`, or why not.
pub async fn read(client: &NsxClient) -> String {
    told(client.check_credentials().await.map(drop))
}

fn told(answer: Result<(), hopwise_nsx_client::Error>) -> String {
    let Err(error) = answer else {
        return "ok".to_owned();
    };
    let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |it| it.source());
    let causes: Vec<_> = causes.map(ToString::to_string).collect();
    causes.join(": ")
}
