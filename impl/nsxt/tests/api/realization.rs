//! Virtual servers, pools and services: what is in force, and when.

use std::time::Duration;

use hopwise_nsxt::{Alarm, Realization, Realized};
use serde_json::{Value, json};

use crate::bench::{Bench, virtual_server};

const V: &str = "/infra/lb-virtual-servers/v";
const W: &str = "/infra/lb-virtual-servers/w";
const WEB: &str = "/infra/lb-pools/web";

fn related_code(entity: &Value) -> Option<i64> {
    entity["alarms"][0]["error_details"]["related_errors"][0]["error_code"].as_i64()
}

#[test]
fn services_pools_and_virtual_servers_have_realized_entities_of_their_own_type() {
    let bench = Bench::immediate().furnished(4, Duration::ZERO);
    bench.put(WEB, json!({}));
    bench.put(V, virtual_server("10.0.0.1", "80"));
    for (path, entity_type) in [
        ("/infra/lb-services/lb", "LbServiceDto"),
        (WEB, "LbPoolDto"),
        (V, "LbVirtualServerDto"),
    ] {
        let entity = bench.entity(path);
        assert_eq!(entity["entity_type"], entity_type);
        assert_eq!(entity["state"], "REALIZED");
        assert_eq!(entity["intent_paths"], json!([path]));
    }
}

#[test]
fn status_goes_from_in_progress_to_success() {
    let bench = Bench::on_command().furnished(4, Duration::ZERO);
    bench.put(V, virtual_server("10.0.0.1", "80"));
    let path = format!("/infra/realized-state/status?intent_path={V}");
    let told = || {
        let (_, status) = bench.get(&path);
        let consolidated = status["consolidated_status"]["consolidated_status"].clone();
        (status["publish_status"].clone(), consolidated)
    };
    assert_eq!(told(), (json!("UNREALIZED"), json!("IN_PROGRESS")));
    bench.manager.realize(V);
    assert_eq!(told(), (json!("REALIZED"), json!("SUCCESS")));
}

#[test]
fn realization_after_a_time_waits_for_that_time() {
    let delay = Duration::from_secs(2);
    let bench = Bench::with(Realization::After(delay), Realization::Immediate);
    bench.put(WEB, json!({}));
    bench.pass(Duration::from_millis(1999));
    assert_eq!(bench.manager.pending(), [WEB]);
    bench.pass(Duration::from_millis(1));
    assert_eq!(bench.manager.pending(), [""; 0]);
}

#[test]
fn while_a_newer_intent_is_pending_the_older_one_stays_in_force() {
    let bench = Bench::on_command().furnished(4, Duration::ZERO);
    bench.put(V, virtual_server("10.0.0.1", "80"));
    bench.manager.realize(V);
    bench.patch(V, virtual_server("10.0.0.1", "81"));
    let server = bench.manager.virtual_servers().remove(0);
    assert_eq!(server.state, Realized::Unrealized);
    assert_eq!(server.wanted.unwrap().ports, [(81, 81)]);
    assert_eq!(server.realized.unwrap().ports, [(80, 80)]);
}

#[test]
fn a_deleted_virtual_server_stays_in_force_until_the_purge() {
    let bench = Bench::with(Realization::Immediate, Realization::OnCommand);
    let bench = bench.furnished(4, Duration::ZERO);
    bench.put(V, virtual_server("10.0.0.1", "80"));
    bench.delete(V);
    let server = bench.manager.virtual_servers().remove(0);
    assert!(server.marked_for_delete && server.realized.is_some());
    assert_eq!(bench.manager.marked(), [V]);
    assert!(bench.manager.realize(V));
    assert_eq!(bench.manager.virtual_servers(), []);
}

#[test]
fn a_clash_on_address_and_port_fails_the_second_until_it_is_written_after_the_first_let_go() {
    let bench = Bench::immediate().furnished(4, Duration::ZERO);
    bench.put(V, virtual_server("10.0.0.1", "80-90"));
    bench.put(W, virtual_server("10.0.0.1", "85"));
    let entity = bench.entity(W);
    assert_eq!(
        (&entity["state"], related_code(&entity)),
        (&json!("ERROR"), Some(23799))
    );
    assert_eq!(
        entity["alarms"][0]["message"],
        "Virtual server path=[/infra/lb-virtual-servers/v] already listens on 10.0.0.1 port 85."
    );
    bench.patch(V, virtual_server("10.0.0.2", "80"));
    assert_eq!(bench.entity(W)["state"], "ERROR");
    bench.patch(W, virtual_server("10.0.0.1", "85"));
    assert_eq!(bench.entity(W)["state"], "REALIZED");
}

#[test]
fn tcp_and_udp_share_an_address_and_port() {
    let bench = Bench::immediate().furnished(4, Duration::ZERO);
    bench.put(V, virtual_server("10.0.0.1", "53"));
    let mut udp = virtual_server("10.0.0.1", "53");
    udp["application_profile_path"] = json!("/infra/lb-app-profiles/default-udp-lb-app-profile");
    bench.put(W, udp);
    assert_eq!(bench.entity(W)["state"], "REALIZED");
}

#[test]
fn a_service_that_is_full_fails_the_next_virtual_server_until_it_is_written_to_a_larger_one() {
    let bench = Bench::immediate().furnished(4, Duration::ZERO);
    for n in 1..=21 {
        let server = virtual_server("10.0.0.1", &n.to_string());
        bench.put(&format!("/infra/lb-virtual-servers/v{n}"), server);
    }
    let last = "/infra/lb-virtual-servers/v21";
    assert_eq!(related_code(&bench.entity(last)), Some(23798));
    let (_, mut service) = bench.get("/infra/lb-services/lb");
    service["size"] = json!("MEDIUM");
    bench.put("/infra/lb-services/lb", service);
    assert_eq!(bench.entity(last)["state"], "ERROR");
    bench.patch(last, virtual_server("10.0.0.1", "21"));
    assert_eq!(bench.entity(last)["state"], "REALIZED");
}

#[test]
fn without_a_service_on_a_gateway_a_virtual_server_is_not_realized() {
    let bench = Bench::immediate();
    bench.put("/infra/lb-services/lb", json!({}));
    bench.put(V, virtual_server("10.0.0.1", "80"));
    assert_eq!(bench.entity(V)["state"], "UNREALIZED");
    bench.patch(
        "/infra/lb-services/lb",
        json!({"connectivity_path": "/infra/tier-1s/t"}),
    );
    assert_eq!(bench.entity(V)["state"], "REALIZED");
    bench.patch("/infra/lb-services/lb", json!({}));
    assert_eq!(bench.entity(V)["state"], "UNREALIZED");
    assert_eq!(bench.manager.virtual_servers()[0].realized, None);
}

#[test]
fn a_failure_on_request_is_told_and_a_new_write_tries_again() {
    let bench = Bench::immediate();
    let alarm = Alarm {
        code: 500_042,
        module: "Policy".to_owned(),
        message: "provider is not ready".to_owned(),
        related: None,
    };
    bench.manager.fail_next_realization(WEB, alarm);
    bench.put(WEB, json!({}));
    assert_eq!(bench.entity(WEB)["state"], "ERROR");
    bench.patch(WEB, json!({}));
    assert_eq!(bench.entity(WEB)["state"], "REALIZED");
}

#[test]
fn a_virtual_server_that_is_let_fail_says_so_alone_until_it_is_written_again() {
    let bench = Bench::on_command().furnished(4, Duration::ZERO);
    bench.put(V, virtual_server("10.0.0.1", "80"));
    bench.put(W, virtual_server("10.0.0.1", "81"));
    let alarm = Alarm::of_load_balancer(23707, "Exceed maximum number of load balancer.".into());
    assert!(bench.manager.fail(V, alarm.clone()));
    assert!(
        !bench.manager.fail(V, alarm),
        "it is not pending any longer"
    );
    let entity = bench.entity(V);
    assert_eq!(entity["state"], "ERROR");
    assert_eq!(entity["alarms"][0]["error_details"]["error_code"], 23500);
    assert_eq!(related_code(&entity), Some(23707));
    let (_, status) = bench.get(&format!("/infra/realized-state/status?intent_path={V}"));
    assert_eq!(status["publish_status"], "ERROR");
    assert_eq!(
        status["consolidated_status"]["consolidated_status"],
        "ERROR"
    );
    assert_eq!(bench.manager.pending(), [W]);
    bench.patch(V, virtual_server("10.0.0.1", "80"));
    assert_eq!(bench.entity(V)["state"], "UNREALIZED");
    assert!(bench.manager.realize(V));
    assert_eq!(bench.entity(V)["state"], "REALIZED");
}

#[test]
fn a_write_that_changes_nothing_leaves_what_is_realized_realized() {
    let bench = Bench::on_command().furnished(4, Duration::ZERO);
    bench.put(V, virtual_server("10.0.0.1", "80"));
    bench.manager.realize(V);
    bench.patch(V, virtual_server("10.0.0.1", "80"));
    assert_eq!(bench.entity(V)["state"], "REALIZED");
    assert_eq!(bench.get(V).1["_revision"], 1);
    bench.patch(V, virtual_server("10.0.0.2", "80"));
    assert_eq!(bench.entity(V)["state"], "UNREALIZED");
}

#[test]
fn a_write_that_changes_nothing_has_the_data_path_try_again() {
    let bench = Bench::immediate().furnished(4, Duration::ZERO);
    bench.put(V, virtual_server("10.0.0.1", "80"));
    bench
        .manager
        .report(V, Some("10.0.0.1:80 is taken".to_owned()));
    bench.patch(V, virtual_server("10.0.0.1", "80"));
    assert_eq!(bench.entity(V)["state"], "REALIZED");
}

#[test]
fn what_the_data_path_cannot_bind_is_an_error_with_an_alarm() {
    let bench = Bench::immediate().furnished(4, Duration::ZERO);
    bench.put(V, virtual_server("10.0.0.1", "80"));
    bench
        .manager
        .report(V, Some("10.0.0.1:80 is taken".to_owned()));
    let entity = bench.entity(V);
    assert_eq!(
        (&entity["state"], related_code(&entity)),
        (&json!("ERROR"), Some(23797))
    );
    bench.manager.report(V, None);
    assert_eq!(bench.entity(V)["state"], "REALIZED");
}

#[test]
fn members_are_told_with_the_port_they_are_reached_at() {
    let bench = Bench::immediate().furnished(4, Duration::ZERO);
    let members = json!([{"ip_address": "10.1.0.1", "port": "9"}, {"ip_address": "10.1.0.2"}]);
    bench.put(WEB, json!({ "members": members }));
    let mut server = virtual_server("10.0.0.1", "80");
    server["pool_path"] = json!(WEB);
    server["default_pool_member_ports"] = json!(["30080"]);
    bench.put(V, server);
    let members = bench.manager.virtual_servers()[0].members(80);
    let expected = ["10.1.0.1:9", "10.1.0.2:30080"].map(|at| at.parse().unwrap());
    assert_eq!(members, expected);
}

#[test]
fn each_change_is_told_to_those_who_follow() {
    let bench = Bench::immediate();
    let follower = bench.manager.changed();
    bench.get(WEB);
    assert!(!follower.has_changed().unwrap());
    bench.put(WEB, json!({}));
    assert!(follower.has_changed().unwrap());
}
