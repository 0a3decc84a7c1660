//! UDP: sessions, balance, replies from the address that was asked.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hopwise_nsxt::Protocol;
use serde_json::{Value, json};
use tokio::net::UdpSocket;

use crate::bench::{Bench, V, backend, in_time};

const PORT: u16 = 5353;

/// A backend that answers each datagram with its name and what it got.
async fn echo(name: &'static str) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut datagram = vec![0; 65_535];
        loop {
            let (length, from) = socket.recv_from(&mut datagram).await.unwrap();
            let answer = [name.as_bytes(), b":", &datagram[..length]].concat();
            socket.send_to(&answer, from).await.unwrap();
        }
    });
    address
}

/// A client that, once connected, takes nothing but what comes from the VIP.
struct Client(UdpSocket);

impl Client {
    async fn of(bench: &Bench) -> Client {
        Client::at([127, 0, 0, 1].into(), bench).await
    }

    async fn at(ip: IpAddr, bench: &Bench) -> Client {
        let socket = UdpSocket::bind((ip, 0)).await.unwrap();
        socket.connect((bench.vip, PORT)).await.unwrap();
        Client(socket)
    }

    async fn ask(&self, text: &str) -> String {
        self.0.send(text.as_bytes()).await.unwrap();
        let mut answer = vec![0; 65_535];
        let length = in_time(self.0.recv(&mut answer)).await.unwrap();
        String::from_utf8(answer[..length].to_vec()).unwrap()
    }

    /// Whether an answer stays away.
    async fn is_ignored(&self) -> bool {
        self.0.send(b"x").await.unwrap();
        let mut into = [0; 64];
        let answer = self.0.recv(&mut into);
        tokio::time::timeout(Duration::from_millis(300), answer)
            .await
            .is_err()
    }
}

async fn served(test: u8, members: &[SocketAddr], more: Value) -> Bench {
    let mut bench = Bench::start(test);
    bench.pool(members);
    let mut all =
        json!({"application_profile_path": "/infra/lb-app-profiles/default-udp-lb-app-profile"});
    all.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    bench.virtual_server(PORT, &all);
    let place = (Protocol::Udp, SocketAddr::new(bench.vip, PORT));
    bench.serves_at([place].into()).await;
    bench
}

fn profile(bench: &Bench, idle: u32) -> Value {
    let body = json!({"resource_type": "LBFastUdpProfile", "idle_timeout": idle});
    bench.patch("/infra/lb-app-profiles/short", &body);
    json!({"application_profile_path": "/infra/lb-app-profiles/short"})
}

#[tokio::test]
async fn clients_take_turns_and_each_keeps_its_member() {
    let bench = served(21, &[echo("a").await, echo("b").await], json!({})).await;
    let (one, other) = (Client::of(&bench).await, Client::of(&bench).await);
    let said = [
        one.ask("1").await,
        other.ask("2").await,
        one.ask("3").await,
        other.ask("4").await,
    ];
    assert_eq!(said, ["a:1", "b:2", "a:3", "b:4"]);
    let read = bench.manager.traffic().of(V, None).read();
    assert_eq!((read.total_sessions, read.current_sessions), (2, 2));
    assert_eq!((read.bytes_in, read.bytes_out), (4, 12));
}

#[tokio::test]
async fn a_datagram_of_any_size_comes_through_whole() {
    let bench = served(22, &[echo("a").await], json!({})).await;
    let client = Client::of(&bench).await;
    for size in [0, 1, 9000, 60_000] {
        assert_eq!(client.ask(&"x".repeat(size)).await.len(), size + 2);
    }
}

#[tokio::test]
async fn a_silent_session_ends_and_the_next_datagram_is_balanced_anew() {
    let mut bench = served(23, &[echo("a").await, echo("b").await], json!({})).await;
    let short = profile(&bench, 1);
    bench.virtual_server(PORT, &short);
    let place = (Protocol::Udp, SocketAddr::new(bench.vip, PORT));
    bench.serves_at([place].into()).await;
    let client = Client::of(&bench).await;
    assert_eq!(client.ask("1").await, "a:1");
    assert_eq!(client.ask("2").await, "a:2");
    in_time(async {
        while bench.manager.traffic().of(V, None).read().current_sessions > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert_eq!(client.ask("3").await, "b:3");
}

#[tokio::test]
async fn a_member_where_nobody_listens_loses_its_session_to_the_next() {
    let dead = UdpSocket::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let bench = served(24, &[dead, echo("alive").await], json!({})).await;
    let client = Client::of(&bench).await;
    let mut ignored = 0;
    while client.is_ignored().await {
        ignored += 1;
        assert!(
            ignored < 5,
            "the session stays at a member that is not there"
        );
    }
    assert!(
        ignored > 0,
        "the first member is not there and cannot have answered"
    );
}

#[tokio::test]
async fn tcp_and_udp_are_served_at_one_address_and_port() {
    let mut bench = served(25, &[echo("udp").await], json!({})).await;
    let (tcp, at) = ("/infra/lb-pools/tcp", backend("tcp").await);
    let member = json!({"ip_address": "127.0.0.1", "port": at.port().to_string()});
    bench.patch(tcp, &json!({ "members": [member] }));
    bench.patch(
        "/infra/lb-virtual-servers/w",
        &json!({
            "ip_address": bench.vip.to_string(), "ports": [PORT.to_string()], "pool_path": tcp,
            "application_profile_path": "/infra/lb-app-profiles/default-tcp-lb-app-profile",
            "lb_service_path": "/infra/lb-services/lb",
        }),
    );
    let at = SocketAddr::new(bench.vip, PORT);
    bench
        .serves_at([(Protocol::Tcp, at), (Protocol::Udp, at)].into())
        .await;
    assert_eq!(Client::of(&bench).await.ask("x").await, "udp:x");
    assert_eq!(bench.ask_backend(PORT).await, "tcp:hi");
}

#[tokio::test]
async fn disabled_it_refuses_new_clients_and_serves_its_sessions_to_their_end() {
    let mut bench = served(26, &[echo("a").await], json!({})).await;
    let client = Client::of(&bench).await;
    assert_eq!(client.ask("1").await, "a:1");
    let mut off = profile(&bench, 1);
    off["enabled"] = json!(false);
    bench.virtual_server(PORT, &off);
    bench.serves_at([].into()).await;
    assert_eq!(client.ask("2").await, "a:2");
    assert!(Client::of(&bench).await.is_ignored().await);
}

#[tokio::test]
async fn whom_the_access_list_keeps_out_gets_no_answer_and_is_counted() {
    let bench = served(27, &[echo("a").await], json!({})).await;
    let group = "/infra/domains/default/groups/clients";
    bench.patch(
        group,
        &json!({"expression": [
            {"resource_type": "IPAddressExpression", "ip_addresses": ["127.0.0.7", "127.0.0.8/31"]},
        ]}),
    );
    let list = json!({"action": "ALLOW", "group_path": group, "enabled": true});
    let mut server = bench.ask("GET", V, "");
    server["access_list_control"] = list;
    bench.patch(V, &server);
    let inside = Client::at([127, 0, 0, 9].into(), &bench).await;
    let outside = Client::of(&bench).await;
    assert_eq!(inside.ask("x").await, "a:x");
    assert!(outside.is_ignored().await);
    assert_eq!(bench.manager.traffic().of(V, None).read().dropped, 1);
}
