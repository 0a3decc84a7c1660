//! What a Service asks for besides ports, as NSX-T is told it, and when NSX-T has it otherwise.

use super::*;
use hopwise_nsx_client::Tree;
use serde_json::{Value, json};

fn picky() -> Value {
    json!({
        "type": "LoadBalancer",
        "ports": [{ "name": "http", "port": 80, "targetPort": 30080 }],
        "loadBalancerSourceRanges": ["198.51.100.0/24"],
        "externalTrafficPolicy": "Local",
    })
}

async fn served() -> Bench {
    let bench = Bench::start(Realization::Immediate, 2).await;
    bench.post("web", picky()).await;
    bench.until_shown("web", Some(VIP)).await;
    bench
}

fn admits(bench: &Bench, client: &str) -> bool {
    let servers = bench.manager.virtual_servers();
    let client = client.parse().unwrap();
    servers.iter().all(|server| server.sources.admit(client))
}

fn monitors(bench: &Bench) -> usize {
    let servers = bench.manager.virtual_servers();
    servers.iter().map(|server| server.monitors.len()).sum()
}

/// The id of everything that is the Service's.
async fn id(bench: &Bench) -> String {
    let uid = bench.service("web").await.unwrap().metadata.uid.unwrap();
    format!("supervisor-{uid}")
}

#[tokio::test(start_paused = true)]
async fn clients_that_were_changed_by_hand_are_put_right_with_the_next_tick() {
    let bench = served().await;
    assert!(admits(&bench, "198.51.100.9") && !admits(&bench, "203.0.113.9"));
    let id = id(&bench).await;
    let group = bench.nsx.group(&id).await.unwrap().unwrap();
    let everybody = group.of_networks(&["0.0.0.0/0".parse().unwrap()].into());
    let by_hand = Tree::default().write_group(&everybody);
    bench.nsx.patch_infra(&by_hand).await.unwrap();
    assert!(admits(&bench, "203.0.113.9"));
    bench.tick();
    bench.until(|bench| !admits(bench, "203.0.113.9")).await;

    let server = bench.nsx.virtual_server(&format!("{id}-tcp-80")).await;
    let mut server = server.unwrap().unwrap();
    server.access_list_control = None;
    bench.nsx.patch_virtual_server(&server).await.unwrap();
    assert!(admits(&bench, "203.0.113.9"));
    bench.tick();
    bench.until(|bench| !admits(bench, "203.0.113.9")).await;
}

#[tokio::test(start_paused = true)]
async fn a_monitor_that_was_taken_away_by_hand_comes_back_with_the_next_tick() {
    let bench = served().await;
    assert_eq!(monitors(&bench), 1);
    let pool = bench
        .nsx
        .lb_pool(&format!("{}-tcp-80", id(&bench).await))
        .await;
    let mut pool = pool.unwrap().unwrap();
    pool.active_monitor_paths.clear();
    bench.nsx.patch_lb_pool(&pool).await.unwrap();
    assert_eq!(monitors(&bench), 0);
    bench.tick();
    bench.until(|bench| monitors(bench) == 1).await;
}

#[tokio::test(start_paused = true)]
async fn group_and_monitor_of_nobody_are_swept() {
    let bench = served().await;
    assert_eq!(bench.count("/groups/supervisor-"), 1);
    bench.tear_away("web");
    bench.until_gone("web").await;
    bench.tick();
    bench.until(Bench::holds_nothing).await;
    assert_eq!(bench.count("/groups/supervisor-"), 0);
    assert_eq!(bench.count("/lb-monitor-profiles/supervisor-"), 0);
}
