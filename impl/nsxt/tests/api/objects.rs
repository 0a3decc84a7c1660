//! Creating, reading, changing and deleting one object.

use std::time::Duration;

use serde_json::json;

use crate::bench::{Bench, code, virtual_server};

const WEB: &str = "/infra/lb-pools/web";

#[test]
fn a_created_object_is_answered_with_defaults_and_bookkeeping() {
    let bench = Bench::immediate();
    let (status, mut body) =
        bench.put(WEB, json!({"tags": [{"scope": "ncp/cluster", "tag": "c"}]}));
    assert_eq!(status, 200);
    assert_eq!(body["unique_id"].take().as_str().unwrap().len(), 36);
    assert_eq!(
        body,
        json!({
            "id": "web", "display_name": "web", "resource_type": "LBPool",
            "path": "/infra/lb-pools/web", "relative_path": "web", "parent_path": "/infra",
            "unique_id": null, "marked_for_delete": false, "overridden": false,
            "tags": [{"scope": "ncp/cluster", "tag": "c"}],
            "algorithm": "ROUND_ROBIN", "min_active_members": 1,
            "snat_translation": {"type": "LBSnatAutoMap"},
            "tcp_multiplexing_enabled": false, "tcp_multiplexing_number": 6,
            "_create_user": "admin", "_create_time": 1_700_000_000_000_i64,
            "_last_modified_user": "admin", "_last_modified_time": 1_700_000_000_000_i64,
            "_system_owned": false, "_protection": "NOT_PROTECTED", "_revision": 0,
        })
    );
}

#[test]
fn an_answer_can_be_put_back_as_it_is_and_counts_the_revision_up() {
    let bench = Bench::immediate();
    let (_, created) = bench.put(WEB, json!({}));
    let (status, replaced) = bench.put(WEB, created);
    assert_eq!((status, replaced["_revision"].as_i64()), (200, Some(1)));
}

#[test]
fn a_stale_put_is_refused_with_412_and_stores_nothing() {
    let bench = Bench::immediate();
    bench.put(WEB, json!({}));
    bench.patch(WEB, json!({}));
    let said = bench.put(WEB, json!({"_revision": 0, "algorithm": "IP_HASH"}));
    assert_eq!(
        (said.0, code(&said), &said.1["httpStatus"]),
        (412, 206, &json!("PRECONDITION_FAILED"))
    );
    assert_eq!(bench.get(WEB).1["algorithm"], "ROUND_ROBIN");
}

#[test]
fn a_put_without_revision_over_an_existing_object_is_refused() {
    let bench = Bench::immediate();
    bench.put(WEB, json!({}));
    let (status, body) = bench.put(WEB, json!({}));
    assert_eq!(status, 400);
    assert_eq!(
        body,
        json!({
            "httpStatus": "BAD_REQUEST", "error_code": 500_127, "module_name": "Policy",
            "error_message": "Cannot create an object with path=[/infra/lb-pools/web] as it \
                              already exists.",
        })
    );
}

#[test]
fn a_put_with_a_revision_does_not_bring_a_deleted_object_back() {
    let bench = Bench::immediate();
    let (_, created) = bench.put(WEB, json!({}));
    bench.delete(WEB);
    assert_eq!(bench.put(WEB, created).0, 412);
    assert_eq!(bench.get(WEB).0, 404);
}

#[test]
fn a_patch_replaces_what_it_leaves_out_too() {
    let bench = Bench::immediate();
    bench.put(
        WEB,
        json!({"members": [{"ip_address": "10.1.0.1"}], "algorithm": "IP_HASH"}),
    );
    assert_eq!(bench.patch(WEB, json!({"algorithm": "IP_HASH"})).0, 200);
    assert_eq!(bench.get(WEB).1.get("members"), None);
}

#[test]
fn a_partial_patch_keeps_what_it_leaves_out_and_replaces_lists_whole() {
    let bench = Bench::immediate();
    bench.put(
        WEB,
        json!({"members": [{"ip_address": "10.1.0.1"}], "algorithm": "IP_HASH"}),
    );
    let members = json!({"members": [{"ip_address": "10.1.0.2"}]});
    let partial = [("nsx-enable-partial-patch", "true")];
    assert_eq!(bench.ask_with("PATCH", WEB, &members, &partial).0, 200);
    let (_, pool) = bench.get(WEB);
    assert_eq!(pool["algorithm"], "IP_HASH");
    assert_eq!(pool["members"].as_array().unwrap().len(), 1);
    assert_eq!(pool["members"][0]["ip_address"], "10.1.0.2");
}

#[test]
fn partial_patch_can_be_switched_on_for_every_patch() {
    let bench = Bench::immediate();
    bench.put(WEB, json!({"algorithm": "IP_HASH"}));
    let config = "/system-config/nsx-partial-patch-config";
    assert_eq!(
        bench.patch(config, json!({"enable_partial_patch": true})).0,
        200
    );
    bench.patch(WEB, json!({"description": "x"}));
    assert_eq!(bench.get(WEB).1["algorithm"], "IP_HASH");
}

#[test]
fn an_object_that_is_not_there_is_a_404_with_code_600() {
    let bench = Bench::immediate();
    for said in [bench.get(WEB), bench.delete(WEB)] {
        assert_eq!((said.0, code(&said)), (404, 600));
    }
}

#[test]
fn a_reference_to_nothing_is_refused_and_stores_nothing() {
    let bench = Bench::immediate().furnished(4, Duration::ZERO);
    let mut server = virtual_server("10.0.0.1", "80");
    for path in [WEB, "/infra/lb-services/lb"] {
        server["pool_path"] = json!(path);
        let said = bench.put("/infra/lb-virtual-servers/v", server.clone());
        assert_eq!((said.0, code(&said)), (400, 500_012));
        assert_eq!(
            said.1["error_message"],
            format!("The path=[{path}] is invalid")
        );
    }
    assert_eq!(bench.get("/infra/lb-virtual-servers/v").0, 404);
}

#[test]
fn what_is_referred_to_cannot_be_deleted_unless_forced() {
    let bench = Bench::immediate().furnished(4, Duration::ZERO);
    bench.put(WEB, json!({}));
    let mut server = virtual_server("10.0.0.1", "80");
    server["pool_path"] = json!(WEB);
    bench.put("/infra/lb-virtual-servers/v", server);
    let said = bench.delete(WEB);
    assert_eq!((said.0, code(&said)), (400, 500_030));
    assert_eq!(
        said.1["error_message"],
        "The object path=[/infra/lb-pools/web] cannot be deleted as either it has children or it \
         is being referenced by other objects path=[/infra/lb-virtual-servers/v]."
    );
    assert_eq!(bench.delete("/infra/lb-pools/web?force=true").0, 200);
    assert_eq!(bench.get(WEB).0, 404);
}

#[test]
fn a_built_in_profile_is_listed_and_cannot_be_deleted() {
    let bench = Bench::immediate();
    let path = "/infra/lb-app-profiles/default-tcp-lb-app-profile";
    assert_eq!(bench.get(path).1["_system_owned"], true);
    let said = bench.delete(path);
    assert_eq!((said.0, code(&said)), (400, 8327));
}

#[test]
fn a_marked_object_is_hidden_and_its_id_blocked_until_the_purge() {
    let wait = hopwise_nsxt::Realization::After(Duration::from_secs(3));
    let bench = Bench::with(hopwise_nsxt::Realization::Immediate, wait);
    bench.put(WEB, json!({}));
    assert_eq!(bench.delete(WEB).0, 200);
    assert_eq!(bench.get(WEB).0, 404);
    let said = bench.put(WEB, json!({}));
    assert_eq!((said.0, code(&said)), (400, 500_045));
    let (_, list) = bench.get("/infra/lb-pools?include_mark_for_delete_objects=true");
    assert_eq!(list["results"][0]["marked_for_delete"], true);
    bench.pass(Duration::from_secs(3));
    assert_eq!(bench.put(WEB, json!({})).0, 200);
}

#[test]
fn of_many_writers_with_one_revision_exactly_one_wins() {
    let bench = Bench::immediate();
    bench.put(WEB, json!({}));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let write = || bench.put(WEB, json!({"_revision": 0})).0;
        let writers: Vec<_> = (0..8).map(|_| scope.spawn(write)).collect();
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 7);
}

#[test]
fn an_injected_refusal_hits_as_many_requests_as_asked_for() {
    let bench = Bench::immediate();
    bench
        .manager
        .refuse_next(http::StatusCode::TOO_MANY_REQUESTS, 1);
    let said = bench.get("/infra/lb-pools");
    assert_eq!((said.0, code(&said)), (429, 102));
    assert_eq!(bench.get("/infra/lb-pools").0, 200);
}

#[test]
fn a_broken_body_and_a_foreign_method_are_refused_in_json() {
    let bench = Bench::immediate();
    assert_eq!(bench.put(WEB, json!([1])).0, 400);
    assert_eq!(bench.ask("POST", WEB, &json!({})).0, 405);
    let said = bench.get("/infra/nothing-of-the-kind");
    assert_eq!((said.0, code(&said)), (404, 600));
}

#[test]
fn a_fork_goes_its_own_way() {
    let bench = Bench::immediate();
    bench.put(WEB, json!({}));
    let fork = bench.manager.fork();
    bench.delete(WEB);
    assert_eq!(bench.manager.object(WEB), None);
    assert!(fork.object(WEB).is_some());
}
