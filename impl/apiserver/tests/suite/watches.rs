//! Watches as cursors.

use crate::common::*;
use serde_json::json;

#[test]
fn a_watch_from_a_version_has_what_came_after_it() {
    let server = cluster();
    let version = server.resource_version();
    let uri = format!("{CONFIG_MAPS}?watch=true&resourceVersion={version}");
    let mut cursor = watch(&server, &uri);
    post(&server, CONFIG_MAPS, &config_map("a"));
    merge(
        &server,
        &format!("{CONFIG_MAPS}/a"),
        &json!({"data": {"k": "v"}}),
    );
    delete(&server, &format!("{CONFIG_MAPS}/a"), &json!(null));
    assert_eq!(server.lag(&cursor), 3);
    assert_eq!(
        drain(&server, &mut cursor),
        ["ADDED a rv=6", "MODIFIED a rv=7", "DELETED a rv=8"]
    );
    assert_eq!(server.lag(&cursor), 0);
}

#[test]
fn a_watch_from_nowhere_starts_with_what_is_there() {
    let server = cluster();
    post(&server, CONFIG_MAPS, &config_map("a"));
    let mut cursor = watch(&server, &format!("{CONFIG_MAPS}?watch=true"));
    assert_eq!(drain_names(&server, &mut cursor), ["ADDED a"]);
}

#[test]
fn initial_events_end_with_a_marked_bookmark() {
    let server = cluster();
    post(&server, CONFIG_MAPS, &config_map("a"));
    let uri = format!(
        "{CONFIG_MAPS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan\
         &allowWatchBookmarks=true"
    );
    let mut cursor = watch(&server, &uri);
    server.next_event(&mut cursor).unwrap();
    let line = server.next_event(&mut cursor).unwrap().line();
    let event: serde_json::Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(event["type"], "BOOKMARK");
    let mark = &event["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"];
    assert_eq!(mark, "true");
    let unmatched = format!("{CONFIG_MAPS}?watch=1&sendInitialEvents=true");
    assert_eq!(get(&server, &unmatched).0, 422);
}

#[test]
fn leaving_the_selector_is_a_deletion_and_entering_it_an_addition() {
    let server = cluster();
    post(&server, CONFIG_MAPS, &config_map("a"));
    let version = server.resource_version();
    let uri = format!("{CONFIG_MAPS}?watch=1&resourceVersion={version}&labelSelector=on%3Dyes");
    let mut cursor = watch(&server, &uri);
    for label in [json!("yes"), json!("no"), json!("yes")] {
        let patch = json!({"metadata": {"labels": {"on": label}}});
        merge(&server, &format!("{CONFIG_MAPS}/a"), &patch);
    }
    assert_eq!(
        drain_names(&server, &mut cursor),
        ["ADDED a", "DELETED a", "ADDED a"]
    );
}

#[test]
fn a_watch_of_one_name_sees_only_that_object() {
    let server = cluster();
    let version = server.resource_version();
    let uri =
        format!("{CONFIG_MAPS}?watch=1&resourceVersion={version}&fieldSelector=metadata.name%3Db");
    let mut cursor = watch(&server, &uri);
    post(&server, CONFIG_MAPS, &config_map("a"));
    post(&server, CONFIG_MAPS, &config_map("b"));
    assert_eq!(drain_names(&server, &mut cursor), ["ADDED b"]);
}

#[test]
fn a_watch_behind_the_history_ends_with_410() {
    let server = cluster();
    let mut cursor = watch(&server, &format!("{CONFIG_MAPS}?watch=1&resourceVersion=1"));
    post(&server, CONFIG_MAPS, &config_map("a"));
    server.compact(server.resource_version());
    let event = server.next_event(&mut cursor).unwrap();
    let line: serde_json::Value = serde_json::from_slice(&event.line()).unwrap();
    assert_eq!(
        (&line["type"], &line["object"]["code"]),
        (&json!("ERROR"), &json!(410))
    );
    assert_eq!(line["object"]["reason"], "Expired");
    assert!(server.next_event(&mut cursor).is_none() && cursor.has_ended());
}

#[test]
fn a_version_that_has_not_happened_is_504() {
    let server = cluster();
    let (code, status) = get(&server, &format!("{CONFIG_MAPS}?resourceVersion=999"));
    assert_eq!(code, 504);
    assert_eq!(
        status["details"]["causes"][0]["reason"],
        "ResourceVersionTooLarge"
    );
}

#[test]
fn a_bookmark_carries_the_version_that_the_watch_has_reached() {
    let server = cluster();
    let uri = format!("{CONFIG_MAPS}?watch=1&allowWatchBookmarks=true&resourceVersion=3");
    let mut cursor = watch(&server, &uri);
    assert!(server.next_event(&mut cursor).is_none());
    let label = server.bookmark(&mut cursor).map(|event| event.label());
    assert_eq!(label.as_deref(), Some("BOOKMARK rv=5"));
}

#[test]
fn a_watch_of_a_table_sends_its_columns_once() {
    let server = cluster();
    post(&server, CONFIG_MAPS, &config_map("a"));
    post(&server, CONFIG_MAPS, &config_map("b"));
    let request = http::Request::builder()
        .uri(format!("{CONFIG_MAPS}?watch=1"))
        .header("accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
        .body(bytes::Bytes::new())
        .unwrap();
    let hopwise_apiserver::Answer::Watch(mut cursor) = server.answer(&request) else {
        panic!("no watch")
    };
    let mut columns = Vec::new();
    while let Some(event) = server.next_event(&mut cursor) {
        let line: serde_json::Value = serde_json::from_slice(&event.line()).unwrap();
        assert_eq!(line["object"]["kind"], "Table");
        columns.push(line["object"]["columnDefinitions"].is_array());
    }
    assert_eq!(columns, [true, false]);
}
