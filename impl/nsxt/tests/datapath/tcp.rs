//! TCP: balance, half-closes, changes under way, refusals.

use std::time::Duration;

use hopwise_nsxt::Realized;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::bench::{Bench, V, WEB, backend, dead, in_time};

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

#[tokio::test]
async fn a_removed_member_keeps_its_connections_and_gets_no_new_ones() {
    let mut bench = Bench::start(11);
    let (old, new) = (backend("old").await, backend("new").await);
    bench.patch(WEB, &json!({"algorithm": "LEAST_CONNECTION"}));
    bench.pool(&[old]);
    bench.virtual_server(8080, &json!({}));
    bench.serves(&[8080]).await;
    let mut open = bench.connect(8080).await.unwrap();
    open.write_all(b"begun ").await.unwrap();
    while bench.manager.traffic().of(V, None).read().bytes_in == 0 {
        tokio::task::yield_now().await;
    }
    bench.pool(&[new]);
    while bench.ask_backend(8080).await != "new:hi" {}
    for _ in 0..5 {
        assert_eq!(bench.ask_backend(8080).await, "new:hi");
    }
    open.write_all(b"and ended").await.unwrap();
    open.shutdown().await.unwrap();
    let mut said = String::new();
    in_time(open.read_to_string(&mut said)).await.unwrap();
    assert_eq!(said, "old:begun and ended");
}

#[tokio::test]
async fn a_silent_connection_is_cut_after_the_profiles_idle_timeout() {
    let mut bench = Bench::start(12);
    let profile = json!({"resource_type": "LBFastTcpProfile", "idle_timeout": 1});
    bench.patch("/infra/lb-app-profiles/short", &profile);
    bench.pool(&[backend("a").await]);
    let more = json!({"application_profile_path": "/infra/lb-app-profiles/short"});
    bench.virtual_server(8080, &more);
    bench.serves(&[8080]).await;
    let mut open = bench.connect(8080).await.unwrap();
    open.write_all(b"x").await.unwrap();
    // It speaks for longer than the timeout, and is then silent.
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(400)).await;
        open.write_all(b"x").await.unwrap();
    }
    let mut said = Vec::new();
    drop(in_time(open.read_to_end(&mut said)).await);
    assert_eq!(said, b"");
    let read = bench.manager.traffic().of(V, None).read();
    assert_eq!((read.bytes_in, read.current_sessions), (5, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_connections_are_open_at_once_and_each_gets_its_own_answer() {
    const MANY: usize = 2000;
    let mut bench = Bench::start(13);
    bench.patch(WEB, &json!({"algorithm": "LEAST_CONNECTION"}));
    let members = [backend("a").await, backend("b").await];
    bench.pool(&members);
    bench.virtual_server(8080, &json!({}));
    bench.serves(&[8080]).await;
    let mut open = Vec::new();
    for n in 0..MANY {
        let mut stream = bench.connect(8080).await.unwrap();
        stream.write_all(format!("{n}").as_bytes()).await.unwrap();
        open.push(stream);
    }
    let current = || bench.manager.traffic().of(V, None).read().current_sessions;
    while current() < MANY as u64 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut of_a = 0;
    for (n, mut stream) in open.into_iter().enumerate() {
        stream.shutdown().await.unwrap();
        let mut said = String::new();
        in_time(stream.read_to_string(&mut said)).await.unwrap();
        let (member, request) = said.split_once(':').unwrap();
        assert_eq!(request, n.to_string());
        of_a += usize::from(member == "a");
    }
    assert!(
        (MANY / 2 - 100..=MANY / 2 + 100).contains(&of_a),
        "{of_a} of {MANY}"
    );
}
