//! Collections and search.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::Bench;

fn bench() -> Bench {
    let bench = Bench::immediate();
    for name in ["c", "a", "b"] {
        let tags = json!([{"scope": "ncp/cluster", "tag": name}]);
        bench.put(&format!("/infra/lb-pools/{name}"), json!({ "tags": tags }));
    }
    bench
}

fn ids(list: &Value) -> Vec<&str> {
    list["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect()
}

#[test]
fn pages_hold_everything_once_and_the_last_has_no_cursor() {
    let bench = bench();
    let (_, first) = bench.get("/infra/lb-pools?page_size=2");
    assert_eq!(
        (ids(&first), first["result_count"].as_i64()),
        (vec!["a", "b"], Some(3))
    );
    let cursor = first["cursor"].as_str().unwrap();
    let (_, second) = bench.get(&format!("/infra/lb-pools?cursor={cursor}&page_size=2"));
    assert_eq!((ids(&second), second.get("cursor")), (vec!["c"], None));
}

#[test]
fn an_empty_collection_is_a_list_with_a_count() {
    let (status, list) = Bench::immediate().get("/infra/lb-pools");
    assert_eq!(status, 200);
    let expected = json!({
        "results": [], "result_count": 0, "sort_by": "display_name", "sort_ascending": true
    });
    assert_eq!(list, expected);
}

#[test]
fn children_are_listed_under_their_own_parent() {
    let bench = Bench::immediate().furnished(4, Duration::ZERO);
    bench.allocate("x", json!({}));
    let (_, list) = bench.get("/infra/ip-pools/vips/ip-allocations");
    assert_eq!(ids(&list), ["x"]);
    let (_, list) = bench.get("/infra/ip-pools");
    assert_eq!(ids(&list), ["vips"]);
}

#[test]
fn a_search_pages_by_number_and_always_has_a_cursor() {
    let bench = bench();
    let (_, first) = bench.get("/search/query?query=resource_type:LBPool&page_size=2");
    assert_eq!(
        (ids(&first), first["cursor"].as_str()),
        (vec!["a", "b"], Some("2"))
    );
    assert_eq!(first["result_count"], 3);
    assert_eq!(first["results"][0]["status"]["publish_status"], "REALIZED");
    let (_, second) = bench.get("/search/query?query=resource_type:LBPool&page_size=2&cursor=2");
    assert_eq!(
        (ids(&second), second["cursor"].as_str()),
        (vec!["c"], Some("3"))
    );
}

#[test]
fn a_search_by_tag_decodes_its_escapes() {
    let query = "resource_type%3ALBPool%20AND%20tags.scope%3Ancp%5C%2Fcluster+AND+tags.tag:b";
    let (_, found) = bench().get(&format!("/search/query?query={query}"));
    assert_eq!(ids(&found), ["b"]);
}

#[test]
fn a_query_that_is_not_understood_is_refused() {
    assert_eq!(bench().get("/search/query?query=(a:b").0, 400);
}
