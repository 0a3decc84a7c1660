//! Access lists: source ranges by a group of addresses.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use crate::bench::{Bench, V, backend, in_time};

const GROUP: &str = "/infra/domains/default/groups/clients";

fn group(bench: &Bench, ranges: &[&str]) {
    let expression = json!({"resource_type": "IPAddressExpression", "ip_addresses": ranges});
    bench.patch(GROUP, &json!({ "expression": [expression] }));
}

async fn served(test: u8, action: &str, enabled: bool) -> Bench {
    let mut bench = Bench::start(test);
    group(&bench, &["127.0.0.0/28"]);
    bench.pool(&[backend("a").await]);
    let list: Value = json!({"action": action, "group_path": GROUP, "enabled": enabled});
    bench.virtual_server(8080, &json!({ "access_list_control": list }));
    bench.serves(&[8080]).await;
    bench
}

/// Whether a client from this address is served.
async fn is_served(bench: &Bench, from: [u8; 4]) -> bool {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((from, 0))).unwrap();
    let mut stream = socket.connect((bench.vip, 8080).into()).await.unwrap();
    let mut said = String::new();
    let asked = async {
        stream.write_all(b"hi").await?;
        stream.shutdown().await?;
        stream.read_to_string(&mut said).await
    };
    in_time(asked).await.is_ok() && said == "a:hi"
}

const INSIDE: [u8; 4] = [127, 0, 0, 15];
const OUTSIDE: [u8; 4] = [127, 0, 0, 16];

#[tokio::test]
async fn allow_serves_the_group_alone_and_counts_the_others() {
    let bench = served(31, "ALLOW", true).await;
    assert!(is_served(&bench, INSIDE).await);
    assert!(!is_served(&bench, OUTSIDE).await);
    let path = "/infra/lb-services/lb/lb-virtual-servers/v/statistics";
    let statistics = &bench.ask("GET", path, "")["results"][0]["statistics"];
    assert_eq!(statistics["dropped_packets_by_access_list"], 1);
    assert_eq!(statistics["total_sessions"], 1);
}

#[tokio::test]
async fn drop_serves_all_others() {
    let bench = served(32, "DROP", true).await;
    assert!(!is_served(&bench, INSIDE).await);
    assert!(is_served(&bench, OUTSIDE).await);
}

#[tokio::test]
async fn switched_off_it_keeps_nobody_out() {
    let bench = served(33, "ALLOW", false).await;
    assert!(is_served(&bench, OUTSIDE).await);
}

#[tokio::test]
async fn a_change_of_the_group_is_in_force_without_a_change_of_the_server() {
    let bench = served(34, "ALLOW", true).await;
    assert!(!is_served(&bench, OUTSIDE).await);
    group(&bench, &["127.0.0.16-127.0.0.17"]);
    while !is_served(&bench, OUTSIDE).await {}
    assert!(!is_served(&bench, INSIDE).await);
    let before = bench.ask("GET", V, "");
    assert_eq!(before["_revision"], 0);
}
