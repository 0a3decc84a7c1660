//! Real connections through realized virtual servers to real backends on loopback.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hopwise_nsxt::datapath::DataPath;
use hopwise_nsxt::{Credentials, Manager, Options, Realization, Realized};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const V: &str = "/infra/lb-virtual-servers/v";
const WEB: &str = "/infra/lb-pools/web";

struct Bench {
    manager: Arc<Manager>,
    serving: watch::Receiver<BTreeSet<SocketAddr>>,
    vip: IpAddr,
    run: JoinHandle<()>,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.run.abort();
    }
}

impl Bench {
    /// The VIP is one of this process and test, so that no other run is in the way.
    fn start(test: u8) -> Bench {
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

    fn patch(&self, path: &str, body: &Value) {
        self.ask("PATCH", path, &body.to_string());
    }

    fn ask(&self, method: &str, path: &str, body: &str) {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("/policy/api/v1{path}"))
            .header("authorization", "Basic YWRtaW46c2VjcmV0")
            .body(Bytes::from(body.to_owned()))
            .unwrap();
        let response = self.manager.answer(&request);
        assert_eq!(response.status(), 200, "{:?}", response.body());
    }

    fn pool(&self, members: &[SocketAddr]) {
        let member = |at: &SocketAddr| {
            let (ip, port) = (at.ip().to_string(), at.port().to_string());
            json!({ "ip_address": ip, "port": port })
        };
        let members: Vec<Value> = members.iter().map(member).collect();
        self.patch(WEB, &json!({ "members": members }));
    }

    fn virtual_server(&self, port: u16, more: &Value) {
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

    async fn serves(&mut self, ports: &[u16]) {
        let wanted = ports
            .iter()
            .map(|port| SocketAddr::new(self.vip, *port))
            .collect();
        let all = self.serving.wait_for(|serving| *serving == wanted);
        tokio::time::timeout(Duration::from_secs(10), all)
            .await
            .unwrap()
            .unwrap();
    }

    async fn connect(&self, port: u16) -> std::io::Result<TcpStream> {
        TcpStream::connect((self.vip, port)).await
    }

    /// Which backend answers a new connection.
    async fn ask_backend(&self, port: u16) -> String {
        let mut stream = self.connect(port).await.unwrap();
        stream.write_all(b"hi").await.unwrap();
        stream.shutdown().await.unwrap();
        let mut said = String::new();
        in_time(stream.read_to_string(&mut said)).await.unwrap();
        said
    }
}

/// A backend that answers `NAME:REQUEST`, but only after the client has said all it has to say.
async fn backend(name: &'static str) -> SocketAddr {
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
async fn in_time<T>(awaited: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), awaited)
        .await
        .unwrap()
}

/// An address that nobody listens on.
async fn dead() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
}

#[tokio::test]
async fn members_take_turns_and_a_half_close_is_passed_on() {
    let mut bench = Bench::start(1);
    bench.pool(&[backend("a").await, backend("b").await]);
    bench.virtual_server(8080, &json!({}));
    bench.serves(&[8080]).await;
    let mut said = Vec::new();
    for _ in 0..4 {
        said.push(bench.ask_backend(8080).await);
    }
    assert_eq!(said, ["a:hi", "b:hi", "a:hi", "b:hi"]);
    let reading = bench.manager.traffic().of(V, None).read();
    assert_eq!(
        (reading.total_sessions, reading.bytes_in, reading.bytes_out),
        (4, 8, 16)
    );
}

#[tokio::test]
async fn a_member_that_does_not_answer_is_passed_over() {
    let mut bench = Bench::start(2);
    bench.pool(&[dead().await, backend("alive").await]);
    bench.virtual_server(8080, &json!({}));
    bench.serves(&[8080]).await;
    for _ in 0..2 {
        assert_eq!(bench.ask_backend(8080).await, "alive:hi");
    }
}

#[tokio::test]
async fn new_connections_follow_a_change_of_members() {
    let mut bench = Bench::start(3);
    bench.pool(&[backend("old").await]);
    bench.virtual_server(8080, &json!({}));
    bench.serves(&[8080]).await;
    assert_eq!(bench.ask_backend(8080).await, "old:hi");
    bench.pool(&[backend("new").await]);
    let mut said = bench.ask_backend(8080).await;
    while said == "old:hi" {
        said = bench.ask_backend(8080).await;
    }
    assert_eq!(said, "new:hi");
}

#[tokio::test]
async fn a_member_without_a_port_is_reached_at_the_default_one() {
    let mut bench = Bench::start(4);
    let at = backend("a").await;
    bench.patch(WEB, &json!({"members": [{"ip_address": "127.0.0.1"}]}));
    bench.virtual_server(
        8080,
        &json!({"default_pool_member_ports": [at.port().to_string()]}),
    );
    bench.serves(&[8080]).await;
    assert_eq!(bench.ask_backend(8080).await, "a:hi");
}

#[tokio::test]
async fn deleting_a_virtual_server_cuts_its_connections_and_frees_its_port() {
    let mut bench = Bench::start(5);
    bench.pool(&[backend("a").await]);
    bench.virtual_server(8080, &json!({}));
    bench.serves(&[8080]).await;
    let mut open = bench.connect(8080).await.unwrap();
    open.write_all(b"half a request").await.unwrap();
    bench.ask("DELETE", V, "");
    bench.serves(&[]).await;
    let mut said = Vec::new();
    drop(in_time(open.read_to_end(&mut said)).await);
    assert_eq!(said, b"");
    assert!(bench.connect(8080).await.is_err());
}

#[tokio::test]
async fn a_disabled_virtual_server_refuses_new_connections_and_keeps_the_open_ones() {
    let mut bench = Bench::start(6);
    bench.pool(&[backend("a").await]);
    bench.virtual_server(8080, &json!({}));
    bench.serves(&[8080]).await;
    let mut open = bench.connect(8080).await.unwrap();
    open.write_all(b"first").await.unwrap();
    while bench.manager.traffic().of(V, None).read().bytes_in == 0 {
        tokio::task::yield_now().await;
    }
    bench.virtual_server(8080, &json!({"enabled": false}));
    bench.serves(&[]).await;
    assert!(bench.connect(8080).await.is_err());
    open.shutdown().await.unwrap();
    let mut said = String::new();
    in_time(open.read_to_string(&mut said)).await.unwrap();
    assert_eq!(said, "a:first");
}

#[tokio::test]
async fn a_virtual_server_moves_to_another_port() {
    let mut bench = Bench::start(7);
    bench.pool(&[backend("a").await]);
    bench.virtual_server(8080, &json!({}));
    bench.serves(&[8080]).await;
    bench.virtual_server(8081, &json!({"ports": ["8081-8083"]}));
    bench.serves(&[8081, 8082, 8083]).await;
    assert_eq!(bench.ask_backend(8083).await, "a:hi");
}

#[tokio::test]
async fn an_address_that_is_taken_is_told_in_the_realized_state() {
    let mut bench = Bench::start(8);
    let squatter = TcpListener::bind((bench.vip, 8080)).await.unwrap();
    bench.pool(&[backend("a").await]);
    bench.virtual_server(8080, &json!({}));
    let mut changed = bench.manager.changed();
    let told = loop {
        if let Realized::Error(alarm) = bench.manager.virtual_servers()[0].state.clone() {
            break alarm.related.unwrap();
        }
        changed.changed().await.unwrap();
    };
    let why = format!("The data path cannot listen on {}:8080: ", bench.vip);
    assert!(told.0 == 23797 && told.1.starts_with(&why), "{told:?}");
    drop(squatter);
    bench.serves(&[8080]).await;
    assert_eq!(bench.manager.virtual_servers()[0].state, Realized::Realized);
}

#[tokio::test]
async fn without_a_member_the_connection_is_reset() {
    let mut bench = Bench::start(9);
    bench.pool(&[]);
    bench.virtual_server(8080, &json!({}));
    bench.serves(&[8080]).await;
    let mut stream = bench.connect(8080).await.unwrap();
    let error = in_time(stream.read(&mut [0; 1])).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_virtual_server_that_is_full_resets_the_next_connection() {
    let mut bench = Bench::start(10);
    bench.pool(&[backend("a").await]);
    bench.virtual_server(8080, &json!({"max_concurrent_connections": 1}));
    bench.serves(&[8080]).await;
    let mut first = bench.connect(8080).await.unwrap();
    first.write_all(b"x").await.unwrap();
    while bench.manager.traffic().of(V, None).read().current_sessions == 0 {
        tokio::task::yield_now().await;
    }
    let mut second = bench.connect(8080).await.unwrap();
    assert!(in_time(second.read(&mut [0; 1])).await.is_err());
}
