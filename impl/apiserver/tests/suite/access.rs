//! Tokens and grants.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::common::*;
use hopwise_apiserver::{ApiServer, Authentication, Options, Request, User};
use serde_json::{Value, json};

fn guarded() -> Arc<ApiServer> {
    let tokens = BTreeMap::from([
        ("admin".to_string(), User::admin("alice")),
        (
            "guest".to_string(),
            User::of_namespace("system:serviceaccount:demo:ccm", "demo"),
        ),
    ]);
    let server = ApiServer::new(Options {
        authentication: Authentication::Tokens(tokens),
        ..Options::default()
    });
    let namespace = json!({"metadata": {"name": "demo"}});
    assert_eq!(
        send(&server, "admin", "POST", "/api/v1/namespaces", &namespace).0,
        201
    );
    server
}

fn send(server: &ApiServer, token: &str, method: &str, uri: &str, body: &Value) -> (u16, Value) {
    let request: Request = http::Request::builder()
        .method(method)
        .uri(uri)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(body.to_string().into())
        .unwrap();
    ask(server, &request)
}

#[test]
fn without_a_token_or_with_an_unknown_one_the_answer_is_401() {
    let server = guarded();
    let (code, status) = get(&server, SERVICES);
    assert_eq!(
        (code, status["reason"].as_str()),
        (401, Some("Unauthorized"))
    );
    assert_eq!(send(&server, "wrong", "GET", SERVICES, &Value::Null).0, 401);
    assert_eq!(get(&server, "/readyz").0, 200);
}

#[test]
fn a_grant_of_one_namespace_ends_at_its_border() {
    let server = guarded();
    let inside = "/api/v1/namespaces/demo/services";
    assert_eq!(
        send(
            &server,
            "guest",
            "POST",
            inside,
            &service("web", "ClusterIP")
        )
        .0,
        201
    );
    let (code, status) = send(
        &server,
        "guest",
        "GET",
        &format!("{SERVICES}/web"),
        &Value::Null,
    );
    assert_eq!(code, 403);
    assert_eq!(
        status["message"],
        "services \"web\" is forbidden: User \"system:serviceaccount:demo:ccm\" cannot get \
         resource \"services\" in API group \"\" in the namespace \"default\""
    );
    let (code, status) = send(&server, "guest", "GET", "/api/v1/services", &Value::Null);
    assert_eq!(code, 403);
    assert!(
        status["message"]
            .as_str()
            .unwrap()
            .ends_with("at the cluster scope")
    );
    assert_eq!(send(&server, "guest", "GET", "/apis", &Value::Null).0, 200);
}

#[test]
fn tokens_can_be_replaced_while_the_server_runs() {
    let server = guarded();
    server.set_tokens(BTreeMap::from([("new".to_string(), User::admin("alice"))]));
    assert_eq!(send(&server, "admin", "GET", SERVICES, &Value::Null).0, 401);
    assert_eq!(send(&server, "new", "GET", SERVICES, &Value::Null).0, 200);
}

#[test]
fn a_caller_can_ask_who_it_is_and_what_it_may() {
    let server = guarded();
    let review = json!({"spec": {"resourceAttributes": {"namespace": "default", "verb": "get",
        "resource": "services"}}});
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    assert_eq!(
        send(&server, "guest", "POST", path, &review).1["status"]["allowed"],
        false
    );
    assert_eq!(
        send(&server, "admin", "POST", path, &review).1["status"]["allowed"],
        true
    );
    for wrong in [json!([]), json!("x"), json!({"spec": 1})] {
        assert_eq!(send(&server, "admin", "POST", path, &wrong).0, 400);
    }
    let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    let rules = |token, namespace| {
        let review = json!({"spec": {"namespace": namespace}});
        let status = send(&server, token, "POST", path, &review).1["status"].clone();
        status["resourceRules"][0]["resources"][0].clone()
    };
    assert_eq!(rules("guest", "demo"), "*");
    assert_eq!(rules("guest", "default"), Value::Null);
    assert_eq!(rules("admin", "default"), "*");
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let (_, who) = send(&server, "admin", "POST", path, &json!({}));
    assert_eq!(who["status"]["userInfo"]["username"], "alice");
}
