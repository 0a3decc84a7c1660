//! What happens in the background, one round at a time.

use crate::common::*;
use hopwise_apiserver::ApiServer;
use serde_json::{Value, json};

fn owned_by(owner: &Value, name: &str, blocks: bool) -> Value {
    let mut map = config_map(name);
    map["metadata"]["ownerReferences"] = json!([{"apiVersion": "v1", "kind": "ConfigMap",
        "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"],
        "blockOwnerDeletion": blocks}]);
    map
}

fn settle(server: &ApiServer) {
    while server.collect_garbage() > 0 {}
}

fn names(server: &ApiServer) -> Vec<String> {
    let maps = server.objects("", "configmaps");
    maps.iter()
        .map(|o| o["metadata"]["name"].as_str().unwrap().to_string())
        .collect()
}

#[test]
fn dependents_follow_their_owner_in_their_own_step() {
    let server = cluster();
    let (_, owner) = post(&server, CONFIG_MAPS, &config_map("owner"));
    post(&server, CONFIG_MAPS, &owned_by(&owner, "child", false));
    delete(&server, &format!("{CONFIG_MAPS}/owner"), &json!(null));
    assert_eq!(names(&server), ["child"]);
    assert_eq!(server.collect_garbage(), 1);
    assert!(names(&server).is_empty());
    assert_eq!(server.collect_garbage(), 0);
}

#[test]
fn a_dependent_of_an_owner_nobody_has_seen_goes() {
    let server = cluster();
    let (_, owner) = post(&server, CONFIG_MAPS, &config_map("owner"));
    let mut child = owned_by(&owner, "child", false);
    child["metadata"]["ownerReferences"][0]["uid"] = json!("never-was");
    post(&server, CONFIG_MAPS, &child);
    settle(&server);
    assert_eq!(names(&server), ["owner"]);
}

#[test]
fn orphans_lose_their_reference_and_stay() {
    let server = cluster();
    let (_, owner) = post(&server, CONFIG_MAPS, &config_map("owner"));
    post(&server, CONFIG_MAPS, &owned_by(&owner, "child", false));
    let options = json!({"propagationPolicy": "Orphan"});
    delete(&server, &format!("{CONFIG_MAPS}/owner"), &options);
    settle(&server);
    assert_eq!(names(&server), ["child"]);
    let child = server.object("", "configmaps", "default", "child").unwrap();
    assert!(child["metadata"].get("ownerReferences").is_none());
}

#[test]
fn in_the_foreground_the_owner_goes_last() {
    let server = cluster();
    let (_, owner) = post(&server, CONFIG_MAPS, &config_map("owner"));
    let mut child = owned_by(&owner, "child", true);
    child["metadata"]["finalizers"] = json!(["example.com/hold"]);
    post(&server, CONFIG_MAPS, &child);
    let options = json!({"propagationPolicy": "Foreground"});
    delete(&server, &format!("{CONFIG_MAPS}/owner"), &options);
    settle(&server);
    assert_eq!(names(&server), ["child", "owner"]);
    merge(
        &server,
        &format!("{CONFIG_MAPS}/child"),
        &json!({"metadata": {"finalizers": null}}),
    );
    settle(&server);
    assert!(names(&server).is_empty());
}

#[test]
fn a_namespace_ends_when_its_contents_have() {
    let server = cluster();
    let namespace = json!({"metadata": {"name": "demo"}});
    let (_, created) = post(&server, "/api/v1/namespaces", &namespace);
    assert_eq!(created["spec"]["finalizers"], json!(["kubernetes"]));
    let inside = "/api/v1/namespaces/demo/configmaps";
    let mut held = config_map("a");
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    assert_eq!(post(&server, inside, &held).0, 201);
    let (_, deleting) = delete(&server, "/api/v1/namespaces/demo", &json!(null));
    assert_eq!(deleting["status"]["phase"], "Terminating");
    let (code, status) = post(&server, inside, &config_map("b"));
    assert_eq!(code, 403);
    assert_eq!(
        status["message"],
        "configmaps \"b\" is forbidden: unable to create new content in namespace demo because \
         it is being terminated"
    );
    settle(&server);
    assert_eq!(get(&server, "/api/v1/namespaces/demo").0, 200);
    merge(
        &server,
        &format!("{inside}/a"),
        &json!({"metadata": {"finalizers": null}}),
    );
    settle(&server);
    assert_eq!(get(&server, "/api/v1/namespaces/demo").0, 404);
}

#[test]
fn nothing_is_created_in_an_absent_namespace() {
    let (code, status) = post(
        &cluster(),
        "/api/v1/namespaces/nowhere/configmaps",
        &config_map("a"),
    );
    assert_eq!(
        (code, status["message"].as_str()),
        (404, Some("namespaces \"nowhere\" not found"))
    );
}

#[test]
fn the_namespaces_of_the_system_stay() {
    assert_eq!(
        delete(&cluster(), "/api/v1/namespaces/default", &json!(null)).0,
        403
    );
}
