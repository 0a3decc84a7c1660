//! CustomResourceDefinitions and the resources they define.

use crate::common::*;
use hopwise_apiserver::ApiServer;
use serde_json::json;
use std::sync::Arc;

fn with_definition() -> Arc<ApiServer> {
    let server = cluster();
    let (code, created) = post(&server, DEFINITIONS, &definition());
    assert_eq!(code, 201, "{created}");
    server
}

#[test]
fn a_definition_is_established_and_its_resource_served() {
    let server = with_definition();
    let (_, stored) = get(&server, &format!("{DEFINITIONS}/things.example.com"));
    let conditions = stored["status"]["conditions"].as_array().unwrap();
    assert!(
        conditions
            .iter()
            .any(|c| c["type"] == "Established" && c["status"] == "True")
    );
    let (code, created) = post(&server, THINGS, &thing("a", 3));
    assert_eq!(
        (code, &created["spec"]),
        (201, &json!({"size": 3, "color": "blue"}))
    );
    assert_eq!(created["metadata"]["generation"], 1);
    let (_, list) = get(&server, "/apis/example.com/v1");
    assert_eq!(list["resources"][1]["name"], "things/status");
}

#[test]
fn a_custom_resource_is_judged_by_its_schema() {
    let server = with_definition();
    let (code, status) = post(&server, THINGS, &thing("a", 0));
    assert_eq!(code, 422);
    assert_eq!(
        status["message"],
        "Thing.example.com \"a\" is invalid: spec.size: Invalid value: 0: spec.size in body \
         should be greater than or equal to 1"
    );
    let mut wrong = thing("a", 1);
    wrong["spec"] = json!({"color": "green"});
    let (_, status) = post(&server, THINGS, &wrong);
    let causes = status["details"]["causes"].as_array().unwrap();
    let reasons: Vec<_> = causes
        .iter()
        .map(|c| c["reason"].as_str().unwrap())
        .collect();
    assert_eq!(reasons, ["FieldValueRequired", "FieldValueNotSupported"]);
}

#[test]
fn unknown_fields_of_a_custom_resource_are_pruned() {
    let server = with_definition();
    let mut typo = thing("a", 1);
    typo["spec"]["sise"] = json!(2);
    let strict = format!("{THINGS}?fieldValidation=Strict");
    let (code, status) = post(&server, &strict, &typo);
    assert_eq!(code, 400);
    assert!(
        status["message"]
            .as_str()
            .unwrap()
            .contains("unknown field \"spec.sise\"")
    );
    let (_, created) = post(&server, THINGS, &typo);
    assert!(created["spec"].get("sise").is_none());
}

#[test]
fn status_and_spec_are_written_apart_and_only_spec_is_counted() {
    let server = with_definition();
    let mut body = thing("a", 1);
    body["status"] = json!({"phase": "Ready"});
    let (_, created) = post(&server, THINGS, &body);
    assert!(created.get("status").is_none());
    let path = format!("{THINGS}/a");
    let both = json!({"spec": {"size": 2}, "status": {"phase": "Ready"}});
    let (_, reported) = merge(&server, &format!("{path}/status"), &both);
    assert_eq!(
        (&reported["spec"]["size"], &reported["status"]["phase"]),
        (&json!(1), &json!("Ready"))
    );
    assert_eq!(reported["metadata"]["generation"], 1);
    let (_, changed) = merge(&server, &path, &both);
    assert_eq!(changed["metadata"]["generation"], 2);
    let (_, labelled) = merge(&server, &path, &json!({"metadata": {"labels": {"a": "b"}}}));
    assert_eq!(labelled["metadata"]["generation"], 2);
}

#[test]
fn an_update_of_a_custom_resource_names_its_version() {
    let server = with_definition();
    post(&server, THINGS, &thing("a", 1));
    let (code, status) = put(&server, &format!("{THINGS}/a"), &thing("a", 2));
    assert_eq!(code, 422);
    assert!(
        status["message"]
            .as_str()
            .unwrap()
            .contains("must be specified for an update")
    );
}

#[test]
fn a_strategic_patch_of_a_custom_resource_is_415() {
    let server = with_definition();
    post(&server, THINGS, &thing("a", 1));
    let path = format!("{THINGS}/a");
    assert_eq!(
        patch(&server, &path, "strategic-merge-patch+json", &json!({})).0,
        415
    );
}

#[test]
fn conditions_of_two_appliers_unite_by_their_type() {
    let server = with_definition();
    post(&server, THINGS, &thing("a", 1));
    for (manager, condition) in [("one", "Ready"), ("two", "Programmed")] {
        let body = json!({"apiVersion": "example.com/v1", "kind": "Thing",
            "metadata": {"name": "a"},
            "status": {"conditions": [{"type": condition, "status": "True"}]}});
        let uri = format!("{THINGS}/a/status?fieldManager={manager}");
        let (code, answer) = patch(&server, &uri, "apply-patch+yaml", &body);
        assert_eq!(code, 200, "{answer}");
    }
    let (_, stored) = get(&server, &format!("{THINGS}/a"));
    let conditions = stored["status"]["conditions"].as_array().unwrap();
    let kinds: Vec<_> = conditions
        .iter()
        .map(|c| c["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["Ready", "Programmed"]);
}

#[test]
fn an_apply_over_another_owner_is_409_unless_forced() {
    let server = with_definition();
    let body = |size: i64| thing("a", size);
    let uri = |manager: &str| format!("{THINGS}/a?fieldManager={manager}");
    assert_eq!(
        patch(&server, &uri("one"), "apply-patch+yaml", &body(1)).0,
        201
    );
    let (code, status) = patch(&server, &uri("two"), "apply-patch+yaml", &body(2));
    assert_eq!((code, status["reason"].as_str()), (409, Some("Conflict")));
    assert_eq!(
        status["message"],
        "Apply failed with 1 conflict: conflict with \"one\": .spec.size"
    );
    let forced = format!("{}&force=true", uri("two"));
    let (code, answer) = patch(&server, &forced, "apply-patch+yaml", &body(2));
    assert_eq!((code, &answer["spec"]["size"]), (200, &json!(2)));
    let unnamed = patch(
        &server,
        &format!("{THINGS}/a"),
        "apply-patch+yaml",
        &body(1),
    );
    assert_eq!(unnamed.0, 422);
}

#[test]
fn deleting_a_definition_deletes_its_resources() {
    let server = with_definition();
    post(&server, THINGS, &thing("a", 1));
    let path = format!("{DEFINITIONS}/things.example.com");
    assert_eq!(delete(&server, &path, &json!(null)).0, 200);
    while server.collect_garbage() > 0 {}
    assert_eq!((get(&server, &path).0, get(&server, THINGS).0), (404, 404));
    assert!(server.objects("example.com", "things").is_empty());
}
