//! Trees of changes in one request.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::{Bench, code, virtual_server};

const V: &str = "/infra/lb-virtual-servers/v";
const WEB: &str = "/infra/lb-pools/web";

fn child(base: &str, object: Value, delete: bool) -> Value {
    json!({ "resource_type": format!("Child{base}"), base: object, "marked_for_delete": delete })
}

fn tree(children: Value) -> Value {
    json!({ "resource_type": "Infra", "children": children })
}

fn server_and_pool(delete: bool) -> Value {
    let mut server = virtual_server("10.0.0.1", "80");
    server["id"] = json!("v");
    server["pool_path"] = json!(WEB);
    tree(json!([
        child("LBVirtualServer", server, delete),
        child(
            "LBPool",
            json!({"id": "web", "resource_type": "LBPool"}),
            delete
        ),
    ]))
}

#[test]
fn one_tree_creates_and_deletes_objects_that_refer_to_each_other_in_any_order() {
    let bench = Bench::immediate().furnished(4, Duration::ZERO);
    assert_eq!(bench.patch("/infra", server_and_pool(false)).0, 200);
    assert_eq!((bench.get(V).0, bench.get(WEB).0), (200, 200));
    assert_eq!(bench.patch("/infra", server_and_pool(true)).0, 200);
    assert_eq!((bench.get(V).0, bench.get(WEB).0), (404, 404));
}

#[test]
fn a_tree_is_stored_whole_or_not_at_all() {
    let bench = Bench::immediate();
    let dangling = json!({"id": "p", "active_monitor_paths": ["/infra/lb-monitor-profiles/none"]});
    let children = json!([
        child("LBPool", json!({"id": "web"}), false),
        child("LBPool", dangling, false)
    ]);
    let said = bench.patch("/infra", tree(children));
    assert_eq!((said.0, code(&said)), (400, 500_012));
    assert_eq!(bench.get(WEB).0, 404);
}

#[test]
fn a_reference_leads_to_children_without_touching_the_object() {
    let bench = Bench::immediate().furnished(4, Duration::ZERO);
    let allocation = child("IpAddressAllocation", json!({"id": "a"}), false);
    let reference = json!({
        "resource_type": "ChildResourceReference", "target_type": "IpAddressPool", "id": "vips",
        "children": [allocation],
    });
    assert_eq!(bench.patch("/infra", tree(json!([reference]))).0, 200);
    assert_eq!(bench.address("a").as_deref(), Some("10.0.0.1"));
    assert_eq!(bench.get("/infra/ip-pools/vips").1["_revision"], 0);
}

#[test]
fn deleting_a_pool_in_a_tree_takes_its_children_along() {
    let bench = Bench::immediate().furnished(4, Duration::ZERO);
    bench.allocate("a", json!({}));
    let doomed = child("IpAddressPool", json!({"id": "vips"}), true);
    assert_eq!(bench.patch("/infra", tree(json!([doomed]))).0, 200);
    assert_eq!(bench.get("/infra/ip-pools/vips").0, 404);
}

#[test]
fn a_tree_cannot_delete_what_others_outside_refer_to() {
    let bench = Bench::immediate().furnished(4, Duration::ZERO);
    bench.patch("/infra", server_and_pool(false));
    let said = bench.patch(
        "/infra",
        tree(json!([child("LBPool", json!({"id": "web"}), true)])),
    );
    assert_eq!((said.0, code(&said)), (400, 500_030));
}

#[test]
fn a_child_in_the_wrong_place_is_refused() {
    let bench = Bench::immediate();
    let children = json!([child("IpAddressAllocation", json!({"id": "a"}), false)]);
    let said = bench.patch("/infra", tree(children));
    assert_eq!((said.0, code(&said)), (400, 500_165));
}
