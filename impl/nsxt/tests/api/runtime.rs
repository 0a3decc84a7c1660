//! Status, statistics and usage of services, and what the node tells about itself.

use std::time::Duration;

use serde_json::json;

use crate::bench::{Bench, virtual_server};

fn bench() -> Bench {
    let bench = Bench::immediate().furnished(4, Duration::ZERO);
    let members = json!([{"ip_address": "10.1.0.1", "port": "9"}]);
    bench.put("/infra/lb-pools/web", json!({ "members": members }));
    let mut server = virtual_server("10.0.0.1", "80");
    server["pool_path"] = json!("/infra/lb-pools/web");
    bench.put("/infra/lb-virtual-servers/v", server);
    bench
}

#[test]
fn a_running_service_is_up_with_its_servers_pools_and_members() {
    let (_, status) = bench().get("/infra/lb-services/lb/detailed-status");
    assert_eq!(status["intent_path"], "/infra/lb-services/lb");
    let result = &status["results"][0];
    assert_eq!(result["resource_type"], "LBServiceStatus");
    assert_eq!(result["service_status"], "UP");
    assert_eq!(result["virtual_servers"][0]["status"], "UP");
    assert_eq!(result["pools"][0]["members"][0]["status"], "UP");
}

#[test]
fn a_pool_whose_members_are_all_disabled_is_down_and_one_without_a_server_detached() {
    let bench = bench();
    let members = json!([{"ip_address": "10.1.0.1", "admin_state": "DISABLED"}]);
    bench.patch("/infra/lb-pools/web", json!({ "members": members }));
    bench.put("/infra/lb-pools/idle", json!({}));
    let status = |pool: &str| {
        let path = format!("/infra/lb-services/lb/lb-pools/{pool}/detailed-status");
        bench.get(&path).1["results"][0]["status"].clone()
    };
    assert_eq!(
        (status("web"), status("idle")),
        (json!("DOWN"), json!("DETACHED"))
    );
}

#[test]
fn statistics_tell_what_went_through() {
    let bench = bench();
    let session = bench
        .manager
        .traffic()
        .open(&[("/infra/lb-virtual-servers/v", None)]);
    session.received(7);
    let path = "/infra/lb-services/lb/lb-virtual-servers/v/statistics";
    let statistics = bench.get(path).1["results"][0]["statistics"].clone();
    assert_eq!(
        (&statistics["bytes_in"], &statistics["current_sessions"]),
        (&json!(7), &json!(1))
    );
    let (_, service) = bench.get("/infra/lb-services/lb/statistics");
    assert_eq!(
        service["results"][0]["statistics"]["l4_current_sessions"],
        1
    );
}

#[test]
fn usage_tells_capacity_and_true_counts() {
    let (_, answer) = bench().get("/infra/lb-services/lb/service-usage");
    let usage = &answer["results"][0];
    let told = |name: &str| usage[name].as_i64().unwrap();
    assert_eq!(told("virtual_server_capacity"), 20);
    assert_eq!(told("current_virtual_server_count"), 1);
    assert_eq!(told("current_pool_member_count"), 1);
    assert_eq!(
        (told("usage_percentage"), usage["severity"].as_str()),
        (5, Some("GREEN"))
    );
}

#[test]
fn a_missing_service_has_no_status() {
    assert_eq!(
        bench().get("/infra/lb-services/none/detailed-status").0,
        404
    );
}
