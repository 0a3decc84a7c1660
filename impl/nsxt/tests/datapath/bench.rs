//! A data path on loopback with one virtual server, and backends that tell who they are.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hopwise_nsxt::datapath::DataPath;
use hopwise_nsxt::{Credentials, Manager, Options, Protocol, Realization};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub const V: &str = "/infra/lb-virtual-servers/v";
pub const WEB: &str = "/infra/lb-pools/web";

pub struct Bench {
    pub manager: Arc<Manager>,
    serving: watch::Receiver<BTreeSet<(Protocol, SocketAddr)>>,
    pub vip: IpAddr,
    run: JoinHandle<()>,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.run.abort();
    }
}

impl Bench {
    /// The VIP is one of this process and test, so that no other run is in the way.
    pub fn start(test: u8) -> Bench {
        let manager = Manager::new(Options {
            clock: Arc::new(|| Timestamp::UNIX_EPOCH),
            seed: 1,
            credentials: Credentials {
                username: "admin".into(),
                password: "secret".into(),
            },
            realization: Realization::Immediate,
            purge: Realization::Immediate,
        });
        let data_path = DataPath::new(manager.clone());
        let serving = data_path.serving();
        let run = tokio::spawn(data_path.run());
        let [.., high, low] = std::process::id().to_be_bytes();
        let bench = Bench {
            manager,
            serving,
            vip: [127, 101 + high % 100, low, test].into(),
            run,
        };
        bench.patch(
            "/infra/lb-services/lb",
            &json!({"connectivity_path": "/infra/tier-1s/t"}),
        );
        bench
    }

    pub fn patch(&self, path: &str, body: &Value) {
        self.ask("PATCH", path, &body.to_string());
    }

    pub fn ask(&self, method: &str, path: &str, body: &str) -> Value {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("/policy/api/v1{path}"))
            .header("authorization", "Basic YWRtaW46c2VjcmV0")
            .body(Bytes::from(body.to_owned()))
            .unwrap();
        let response = self.manager.answer(&request);
        assert_eq!(response.status(), 200, "{:?}", response.body());
        serde_json::from_slice(response.body()).unwrap_or(Value::Null)
    }

    pub fn pool(&self, members: &[SocketAddr]) {
        let member = |at: &SocketAddr| {
            let (ip, port) = (at.ip().to_string(), at.port().to_string());
            json!({ "ip_address": ip, "port": port })
        };
        let members: Vec<Value> = members.iter().map(member).collect();
        self.patch(WEB, &json!({ "members": members }));
    }

    pub fn virtual_server(&self, port: u16, more: &Value) {
        let mut server = json!({
            "ip_address": self.vip.to_string(),
            "ports": [port.to_string()],
            "application_profile_path": "/infra/lb-app-profiles/default-tcp-lb-app-profile",
            "lb_service_path": "/infra/lb-services/lb",
            "pool_path": WEB,
        });
        server
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.patch(V, &server);
    }

    pub async fn serves(&mut self, ports: &[u16]) {
        let wanted = ports
            .iter()
            .map(|port| (Protocol::Tcp, SocketAddr::new(self.vip, *port)))
            .collect();
        self.serves_at(wanted).await;
    }

    pub async fn serves_at(&mut self, wanted: BTreeSet<(Protocol, SocketAddr)>) {
        let all = self.serving.wait_for(|serving| *serving == wanted);
        tokio::time::timeout(Duration::from_secs(10), all)
            .await
            .unwrap()
            .unwrap();
    }

    pub async fn connect(&self, port: u16) -> std::io::Result<TcpStream> {
        TcpStream::connect((self.vip, port)).await
    }

    /// Which backend answers a new connection.
    pub async fn ask_backend(&self, port: u16) -> String {
        let mut stream = self.connect(port).await.unwrap();
        stream.write_all(b"hi").await.unwrap();
        stream.shutdown().await.unwrap();
        let mut said = String::new();
        in_time(stream.read_to_string(&mut said)).await.unwrap();
        said
    }
}

/// A backend that answers `NAME:REQUEST`, but only after the client has said all it has to say.
pub async fn backend(name: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = Vec::new();
                stream.read_to_end(&mut request).await.unwrap();
                stream.write_all(name.as_bytes()).await.unwrap();
                stream.write_all(b":").await.unwrap();
                stream.write_all(&request).await.unwrap();
            });
        }
    });
    address
}

/// What should come about at once fails a test that waits for it in vain.
pub async fn in_time<T>(awaited: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), awaited)
        .await
        .unwrap()
}

/// An address that nobody listens on.
pub async fn dead() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
}
