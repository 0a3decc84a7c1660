//! What every object has in common, asked of the synchronous core.

use crate::common::*;
use serde_json::json;

#[test]
fn a_created_object_has_an_identity_and_can_be_read() {
    let server = cluster();
    let (code, created) = post(&server, CONFIG_MAPS, &config_map("a"));
    assert_eq!(code, 201);
    assert_eq!(
        created["metadata"]["creationTimestamp"],
        "2026-01-01T00:00:00Z"
    );
    assert_eq!(created["metadata"]["uid"].as_str().map(str::len), Some(36));
    assert_eq!(get(&server, &format!("{CONFIG_MAPS}/a")), (200, created));
}

#[test]
fn identities_depend_on_the_seed_alone() {
    let uid = |seed: u64| {
        let options = hopwise_apiserver::Options {
            seed,
            ..Default::default()
        };
        let server = hopwise_apiserver::ApiServer::new(options);
        post(&server, CONFIG_MAPS, &config_map("a")).1["metadata"]["uid"].clone()
    };
    assert_eq!(uid(1), uid(1));
    assert_ne!(uid(1), uid(2));
}

#[test]
fn a_generated_name_starts_with_its_prefix() {
    let server = cluster();
    let body = json!({"metadata": {"generateName": "web-"}});
    let (_, first) = post(&server, CONFIG_MAPS, &body);
    let (_, second) = post(&server, CONFIG_MAPS, &body);
    let name = first["metadata"]["name"].as_str().unwrap();
    assert!(name.starts_with("web-") && name.len() == 9, "{name}");
    assert_ne!(first["metadata"]["name"], second["metadata"]["name"]);
}

#[test]
fn a_name_that_is_taken_is_409() {
    let server = cluster();
    post(&server, CONFIG_MAPS, &config_map("a"));
    let (code, status) = post(&server, CONFIG_MAPS, &config_map("a"));
    assert_eq!(
        (code, status["reason"].as_str()),
        (409, Some("AlreadyExists"))
    );
    assert_eq!(status["message"], "configmaps \"a\" already exists");
}

#[test]
fn an_absent_object_is_404_in_kubernetes_words() {
    let (code, status) = get(&cluster(), &format!("{SERVICES}/web"));
    assert_eq!(
        (code, status["message"].as_str()),
        (404, Some("services \"web\" not found"))
    );
    assert_eq!(
        status["details"],
        json!({"name": "web", "kind": "services"})
    );
}

#[test]
fn a_stale_update_is_409_and_an_unconditional_one_is_not() {
    let server = cluster();
    let (_, old) = post(&server, CONFIG_MAPS, &config_map("a"));
    merge(
        &server,
        &format!("{CONFIG_MAPS}/a"),
        &json!({"data": {"k": "1"}}),
    );
    let (code, status) = put(&server, &format!("{CONFIG_MAPS}/a"), &old);
    assert_eq!((code, status["reason"].as_str()), (409, Some("Conflict")));
    let (code, new) = put(&server, &format!("{CONFIG_MAPS}/a"), &config_map("a"));
    assert_eq!((code, new.get("data")), (200, None));
}

#[test]
fn an_update_that_names_another_uid_is_409() {
    let server = cluster();
    post(&server, CONFIG_MAPS, &config_map("a"));
    let mut other = config_map("a");
    other["metadata"]["uid"] = json!("another");
    let (code, status) = put(&server, &format!("{CONFIG_MAPS}/a"), &other);
    assert_eq!(code, 409);
    let message = status["message"].as_str().unwrap();
    assert!(
        message.contains("UID in precondition: another"),
        "{message}"
    );
}

#[test]
fn a_write_that_changes_nothing_makes_no_version_and_no_event() {
    let server = cluster();
    let (_, old) = post(&server, CONFIG_MAPS, &config_map("a"));
    let mut cursor = watch(&server, &format!("{CONFIG_MAPS}?watch=1&resourceVersion=1"));
    drain(&server, &mut cursor);
    let before = server.resource_version();
    let (code, new) = merge(&server, &format!("{CONFIG_MAPS}/a"), &json!({"data": {}}));
    assert_eq!((code, new), (200, old));
    assert_eq!(
        (server.resource_version(), server.lag(&cursor)),
        (before, 0)
    );
}

#[test]
fn a_dry_run_answers_and_keeps_nothing() {
    let server = cluster();
    let before = server.resource_version();
    let (code, _) = post(
        &server,
        &format!("{CONFIG_MAPS}?dryRun=All"),
        &config_map("a"),
    );
    assert_eq!((code, server.resource_version()), (201, before));
    assert_eq!(get(&server, &format!("{CONFIG_MAPS}/a")).0, 404);
}

#[test]
fn a_finalizer_holds_an_object_until_it_is_removed() {
    let server = cluster();
    let mut held = config_map("a");
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    post(&server, CONFIG_MAPS, &held);
    let path = format!("{CONFIG_MAPS}/a");
    let (code, deleting) = delete(&server, &path, &json!(null));
    assert_eq!(code, 200);
    assert!(deleting["metadata"]["deletionTimestamp"].is_string());
    let (code, status) = merge(
        &server,
        &path,
        &json!({"metadata": {"finalizers": ["example.com/hold", "b.c/d"]}}),
    );
    assert_eq!((code, status["reason"].as_str()), (422, Some("Invalid")));
    let (code, _) = merge(&server, &path, &json!({"metadata": {"finalizers": null}}));
    assert_eq!((code, get(&server, &path).0), (200, 404));
}

#[test]
fn delete_preconditions_protect_a_successor() {
    let server = cluster();
    let (_, old) = post(&server, CONFIG_MAPS, &config_map("a"));
    let path = format!("{CONFIG_MAPS}/a");
    delete(&server, &path, &json!(null));
    post(&server, CONFIG_MAPS, &config_map("a"));
    let uid = json!({"preconditions": {"uid": old["metadata"]["uid"]}});
    assert_eq!(delete(&server, &path, &uid).0, 409);
    let version = json!({"preconditions": {"resourceVersion": "1"}});
    assert_eq!(delete(&server, &path, &version).0, 409);
    assert_eq!(get(&server, &path).0, 200);
}

#[test]
fn a_collection_is_deleted_by_its_selector() {
    let server = cluster();
    for (name, app) in [("a", "x"), ("b", "y"), ("c", "x")] {
        let mut map = config_map(name);
        map["metadata"]["labels"] = json!({"app": app});
        post(&server, CONFIG_MAPS, &map);
    }
    let (code, _) = delete(
        &server,
        &format!("{CONFIG_MAPS}?labelSelector=app%3Dx"),
        &json!(null),
    );
    assert_eq!((code, server.objects("", "configmaps").len()), (200, 1));
}

#[test]
fn pages_of_a_list_all_show_the_same_version() {
    let server = cluster();
    for name in ["a", "b", "c"] {
        post(&server, CONFIG_MAPS, &config_map(name));
    }
    let (_, first) = get(&server, &format!("{CONFIG_MAPS}?limit=2"));
    assert_eq!(first["metadata"]["remainingItemCount"], 1);
    post(&server, CONFIG_MAPS, &config_map("d"));
    delete(&server, &format!("{CONFIG_MAPS}/c"), &json!(null));
    let token = first["metadata"]["continue"].as_str().unwrap();
    let next = format!("{CONFIG_MAPS}?limit=2&continue={token}");
    let (_, second) = get(&server, &next);
    assert_eq!(second["items"][0]["metadata"]["name"], "c");
    assert_eq!(second["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        second["metadata"]["resourceVersion"],
        first["metadata"]["resourceVersion"]
    );
    server.compact(server.resource_version());
    assert_eq!(get(&server, &next).0, 410);
}

#[test]
fn a_json_patch_that_does_not_apply_is_422_and_one_that_is_none_400() {
    let server = cluster();
    post(&server, CONFIG_MAPS, &config_map("a"));
    let path = format!("{CONFIG_MAPS}/a");
    let failing = json!([{"op": "test", "path": "/metadata/uid", "value": "no"}]);
    assert_eq!(patch(&server, &path, "json-patch+json", &failing).0, 422);
    assert_eq!(
        patch(&server, &path, "json-patch+json", &json!({"a": 1})).0,
        400
    );
    assert_eq!(patch(&server, &path, "unheard-of", &json!({})).0, 415);
}

#[test]
fn unknown_fields_are_dropped_with_a_warning_or_refused() {
    let server = cluster();
    let mut typo = config_map("a");
    typo["dat"] = json!({});
    let (code, status) = post(
        &server,
        &format!("{CONFIG_MAPS}?fieldValidation=Strict"),
        &typo,
    );
    assert_eq!(code, 400);
    assert_eq!(
        status["message"],
        "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: \
         unknown field \"dat\""
    );
    let (code, created) = post(&server, CONFIG_MAPS, &typo);
    assert_eq!((code, created.get("dat")), (201, None));
}

#[test]
fn unknown_methods_paths_and_forms_are_refused_as_kubernetes_does() {
    let server = cluster();
    assert_eq!(
        post(&server, &format!("{CONFIG_MAPS}/a"), &config_map("a")).0,
        405
    );
    assert_eq!(put(&server, CONFIG_MAPS, &config_map("a")).0, 405);
    assert_eq!(get(&server, "/api/v1/namespaces/default/pods").0, 404);
    assert_eq!(get(&server, &format!("{CONFIG_MAPS}/a/status")).0, 404);
    assert_eq!(
        get_as(&server, CONFIG_MAPS, "application/vnd.kubernetes.protobuf").0,
        406
    );
    assert_eq!(get_as(&server, CONFIG_MAPS, "application/json").0, 200);
}

#[test]
fn a_secret_is_stored_encoded() {
    let server = cluster();
    let secret = json!({"metadata": {"name": "s"}, "stringData": {"k": "v"}});
    let (code, created) = post(&server, "/api/v1/namespaces/default/secrets", &secret);
    assert_eq!((code, &created["data"]["k"]), (201, &json!("dg==")));
    assert_eq!(
        (created["type"].as_str(), created.get("stringData")),
        (Some("Opaque"), None)
    );
}

#[test]
fn an_event_is_one_object_in_both_groups() {
    let server = cluster();
    let event = json!({"apiVersion": "events.k8s.io/v1", "kind": "Event",
        "metadata": {"name": "e"}, "note": "created the load balancer", "reason": "Created",
        "type": "Normal", "regarding": {"kind": "Service", "name": "web"}, "action": "Create",
        "reportingController": "ccm", "reportingInstance": "ccm-0",
        "eventTime": "2026-01-01T00:00:00.000000Z"});
    let (code, created) = post(
        &server,
        "/apis/events.k8s.io/v1/namespaces/default/events",
        &event,
    );
    assert_eq!((code, &created["note"]), (201, &event["note"]));
    let selector = "fieldSelector=involvedObject.name%3Dweb,involvedObject.kind%3DService";
    let (_, list) = get(
        &server,
        &format!("/api/v1/namespaces/default/events?{selector}"),
    );
    assert_eq!(list["items"][0]["message"], event["note"]);
}

#[test]
fn a_patch_leaves_the_ledger_of_field_owners_whole() {
    let server = cluster();
    let mut map = config_map("a");
    map["data"] = json!({"k": "v"});
    let (_, created) = post(&server, &format!("{CONFIG_MAPS}?fieldManager=one"), &map);
    let path = format!("{CONFIG_MAPS}/a?fieldManager=two&fieldValidation=Strict");
    let (code, changed) = merge(&server, &path, &json!({"metadata": {"labels": {"a": "b"}}}));
    assert_eq!(code, 200, "{changed}");
    let entries = changed["metadata"]["managedFields"].as_array().unwrap();
    assert_eq!(entries[0], created["metadata"]["managedFields"][0]);
    assert_eq!(
        entries[1]["fieldsV1"],
        json!({"f:metadata": {"f:labels": {".": {}, "f:a": {}}}})
    );
}

#[test]
fn a_copy_holds_the_same_and_goes_its_own_way() {
    let server = cluster();
    post(&server, CONFIG_MAPS, &config_map("both"));
    let copy = server.copy();
    let (_, here) = post(&server, CONFIG_MAPS, &config_map("here"));
    assert_eq!(get(&copy, &format!("{CONFIG_MAPS}/here")).0, 404);
    let (_, there) = post(&copy, CONFIG_MAPS, &config_map("here"));
    assert_eq!(there, here, "the same request has the same answer");
    delete(&copy, &format!("{CONFIG_MAPS}/both"), &json!(null));
    assert_eq!(get(&server, &format!("{CONFIG_MAPS}/both")).0, 200);
}
