//! Health checks: who is down gets no connections, and the status says so.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, UdpSocket};
use tokio::task::JoinHandle;

use crate::bench::{Bench, WEB, backend, in_time};

const M: &str = "/infra/lb-monitor-profiles/m";

/// A pool of these members, checked each second; one check decides.
async fn checked(test: u8, members: &[SocketAddr], more: Value) -> Bench {
    let mut bench = Bench::start(test);
    let mut monitor = json!({"interval": 1, "timeout": 1, "fall_count": 1, "rise_count": 1});
    monitor
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    bench.patch(M, &monitor);
    bench.pool(members);
    let mut pool = bench.ask("GET", WEB, "");
    pool["active_monitor_paths"] = json!([M]);
    bench.patch(WEB, &pool);
    bench.virtual_server(8080, &json!({}));
    bench.serves(&[8080]).await;
    bench
}

fn status(bench: &Bench) -> Value {
    let path = "/infra/lb-services/lb/lb-pools/web/detailed-status";
    bench.ask("GET", path, "")["results"][0].clone()
}

/// Waits until the pool's members stand like this, and answers what is told of the pool.
async fn stand(bench: &Bench, wanted: &[&str]) -> Value {
    in_time(async {
        loop {
            let status = status(bench);
            let members = status["members"].as_array().unwrap().iter();
            let words: Vec<&str> = members.map(|it| it["status"].as_str().unwrap()).collect();
            if words == wanted {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

/// A web server with one answer.
fn web(listener: TcpListener, answer: &'static str) -> JoinHandle<()> {
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 1024];
            let length = stream.read(&mut request).await.unwrap_or(0);
            let is_right = request[..length].starts_with(b"GET /healthz HTTP/1.1\r\n");
            let answer = if is_right {
                answer
            } else {
                "HTTP/1.1 404 Not Found\r\n\r\n"
            };
            drop(stream.write_all(answer.as_bytes()).await);
        }
    })
}

/// Listens where somebody listened before.
fn again(at: SocketAddr) -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(at).unwrap();
    socket.listen(64).unwrap()
}

#[tokio::test]
async fn a_member_that_is_gone_goes_down_and_comes_up_when_it_is_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (at, other) = (listener.local_addr().unwrap(), backend("b").await);
    let monitor = json!({"resource_type": "LBTcpMonitorProfile"});
    let bench = checked(41, &[at, other], monitor).await;
    let all = stand(&bench, &["UP", "UP"]).await;
    assert_eq!(all["status"], "UP");
    drop(listener);
    let some = stand(&bench, &["DOWN", "UP"]).await;
    assert_eq!(some["status"], "PARTIALLY_UP");
    let cause = some["members"][0]["failure_cause"].as_str().unwrap();
    assert!(cause.starts_with("no connection: "), "{cause}");
    // Nobody even tries it, though somebody listens there by now.
    let listener = again(at);
    let before = status(&bench);
    if before["members"][0]["status"] == "DOWN" {
        assert_eq!(bench.ask_backend(8080).await, "b:hi");
    }
    stand(&bench, &["UP", "UP"]).await;
    drop(listener);
}

#[tokio::test]
async fn a_web_server_is_up_by_its_status_and_its_body() {
    let mut members = Vec::new();
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok!",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nno!",
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nok!",
        "SSH-2.0-OpenSSH_9.2\r\n",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        members.push(listener.local_addr().unwrap());
        web(listener, answer);
    }
    let monitor = json!({
        "resource_type": "LBHttpMonitorProfile",
        "request_url": "/healthz", "response_body": "ok",
    });
    let bench = checked(42, &members, monitor).await;
    let status = stand(&bench, &["UP", "DOWN", "DOWN", "DOWN"]).await;
    let causes = [
        "the answer does not contain \"ok\"",
        "the answer has status 503",
        "no HTTP answer",
    ];
    for (member, cause) in status["members"].as_array().unwrap()[1..]
        .iter()
        .zip(causes)
    {
        let told = member["failure_cause"].as_str().unwrap();
        assert!(told.starts_with(cause), "{told}");
    }
}

#[tokio::test]
async fn a_udp_server_is_up_by_its_answer() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let members = [socket.local_addr().unwrap(), silent.local_addr().unwrap()];
    tokio::spawn(async move {
        let mut datagram = [0; 64];
        while let Ok((length, from)) = socket.recv_from(&mut datagram).await {
            drop(socket.send_to(&datagram[..length], from).await);
        }
    });
    let monitor =
        json!({"resource_type": "LBUdpMonitorProfile", "send": "echo!", "receive": "echo"});
    let bench = checked(43, &members, monitor).await;
    let status = stand(&bench, &["UP", "DOWN"]).await;
    assert_eq!(
        status["members"][1]["failure_cause"],
        "no answer within 1 s"
    );
}

#[tokio::test]
async fn another_port_may_be_asked_and_a_pool_without_monitors_is_up_again() {
    let (other, health) = (
        backend("a").await,
        TcpListener::bind("127.0.0.1:0").await.unwrap(),
    );
    let port = health.local_addr().unwrap().port();
    drop(health);
    let monitor = json!({"resource_type": "LBTcpMonitorProfile", "monitor_port": port});
    let bench = checked(44, &[other], monitor).await;
    let status = stand(&bench, &["DOWN"]).await;
    assert_eq!(status["status"], "DOWN");
    let mut stream = bench.connect(8080).await.unwrap();
    assert!(
        in_time(stream.read(&mut [0; 1])).await.is_err(),
        "there is nobody to serve it"
    );
    bench.pool(&[other]);
    stand(&bench, &["UP"]).await;
    assert_eq!(bench.ask_backend(8080).await, "a:hi");
}

#[tokio::test]
async fn a_monitor_that_is_not_probed_leaves_members_served_and_not_known() {
    let monitor = json!({"resource_type": "LBIcmpMonitorProfile"});
    let bench = checked(45, &[backend("a").await], monitor).await;
    assert_eq!(bench.ask_backend(8080).await, "a:hi");
    assert_eq!(status(&bench)["status"], "UNKNOWN");
}
