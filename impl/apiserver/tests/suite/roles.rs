//! What stored Roles and bindings allow, as ServiceAccounts and impersonated people meet it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::common::*;
use hopwise_apiserver::{ApiServer, Authentication, Options, Request, User};
use serde_json::{Value, json};

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
const IN_DEMO: &str = "/api/v1/namespaces/demo/services";

/// A server whose ServiceAccount `demo/robot` has these rules in its namespace, and those all over.
fn with_rules(here: &Value, everywhere: &Value) -> Arc<ApiServer> {
    let tokens = BTreeMap::from([
        ("admin".to_string(), User::admin("alice")),
        ("robot".to_string(), User::service_account("demo", "robot")),
    ]);
    let server = ApiServer::new(Options {
        authentication: Authentication::Tokens(tokens),
        ..Options::default()
    });
    let named = |name: &str| json!({"metadata": {"name": name}});
    let robot = json!([{"kind": "ServiceAccount", "name": "robot", "namespace": "demo"}]);
    let group = "rbac.authorization.k8s.io";
    let bound = |kind: &str| {
        json!({"metadata": {"name": "robot"}, "subjects": robot,
            "roleRef": {"apiGroup": group, "kind": kind, "name": "robot"}})
    };
    let with = |rules: &Value| json!({"metadata": {"name": "robot"}, "rules": rules});
    for (path, object) in [
        ("/api/v1/namespaces".into(), named("demo")),
        (
            "/api/v1/namespaces/demo/serviceaccounts".into(),
            named("robot"),
        ),
        (format!("{RBAC}/namespaces/demo/roles"), with(here)),
        (
            format!("{RBAC}/namespaces/demo/rolebindings"),
            bound("Role"),
        ),
        (format!("{RBAC}/clusterroles"), with(everywhere)),
        (format!("{RBAC}/clusterrolebindings"), bound("ClusterRole")),
        (IN_DEMO.into(), service("web", "ClusterIP")),
    ] {
        let (code, answer) = send(&server, "admin", "POST", &path, &object);
        assert_eq!(code, 201, "{path}: {answer}");
    }
    server
}

fn request(token: &str, method: &str, uri: &str, body: &Value) -> http::request::Builder {
    let kind = if method == "PATCH" && body["kind"].is_string() {
        "application/apply-patch+yaml"
    } else if method == "PATCH" {
        "application/merge-patch+json"
    } else {
        "application/json"
    };
    http::Request::builder()
        .method(method)
        .uri(uri)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", kind)
}

fn send(server: &ApiServer, token: &str, method: &str, uri: &str, body: &Value) -> (u16, Value) {
    let text = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let request: Request = request(token, method, uri, body)
        .body(text.into())
        .expect("it is a request");
    ask(server, &request)
}

fn code(server: &ApiServer, method: &str, uri: &str, body: &Value) -> u16 {
    send(server, "robot", method, uri, body).0
}

#[test]
fn a_role_ends_at_its_namespace_its_verbs_and_its_subresources() {
    let rules = json!([{"apiGroups": [""], "resources": ["services"], "verbs": ["get", "patch"]}]);
    let server = with_rules(&rules, &json!([]));
    let web = format!("{IN_DEMO}/web");
    let note = json!({"metadata": {"labels": {"a": "b"}}});
    assert_eq!(code(&server, "GET", &web, &Value::Null), 200);
    assert_eq!(code(&server, "PATCH", &web, &note), 200);
    assert_eq!(code(&server, "GET", IN_DEMO, &Value::Null), 403);
    assert_eq!(code(&server, "DELETE", &web, &Value::Null), 403);
    assert_eq!(
        code(&server, "PATCH", &format!("{web}/status"), &json!({})),
        403
    );
    assert_eq!(
        code(&server, "GET", &format!("{SERVICES}/web"), &Value::Null),
        403
    );
    assert_eq!(code(&server, "GET", "/apis", &Value::Null), 200);
    assert_eq!(code(&server, "GET", "/metrics", &Value::Null), 403);
}

#[test]
fn a_rule_can_name_objects_and_every_status() {
    let named = json!([{"apiGroups": [""], "resources": ["services"], "verbs": ["get"],
        "resourceNames": ["web"]}]);
    let statuses = json!([{"apiGroups": ["*"], "resources": ["*/status"], "verbs": ["patch"]},
        {"nonResourceURLs": ["/metrics*"], "verbs": ["get"]}]);
    let server = with_rules(&named, &statuses);
    let web = format!("{IN_DEMO}/web");
    assert_eq!(code(&server, "GET", &web, &Value::Null), 200);
    assert_eq!(
        code(&server, "GET", &format!("{IN_DEMO}/other"), &Value::Null),
        403
    );
    assert_eq!(code(&server, "GET", IN_DEMO, &Value::Null), 403);
    assert_eq!(
        code(
            &server,
            "PATCH",
            &format!("{web}/status"),
            &json!({"status": {}})
        ),
        200
    );
    assert_eq!(code(&server, "GET", "/metrics/cadvisor", &Value::Null), 404);
}

#[test]
fn a_name_in_a_field_selector_is_a_name_to_read_by_and_none_to_make_another_by() {
    let verbs = json!(["list", "create"]);
    let named = json!([{"apiGroups": [""], "resources": ["services"], "verbs": verbs,
        "resourceNames": ["web"]}]);
    let server = with_rules(&named, &json!([]));
    let selected = format!("{IN_DEMO}?fieldSelector=metadata.name%3Dweb");
    assert_eq!(code(&server, "GET", &selected, &Value::Null), 200);
    let other = service("other", "ClusterIP");
    assert_eq!(code(&server, "POST", &selected, &other), 403);
}

#[test]
fn an_apply_that_makes_its_object_is_a_create_as_well() {
    let rules =
        |verbs: Value| json!([{"apiGroups": [""], "resources": ["configmaps"], "verbs": verbs}]);
    let uri = "/api/v1/namespaces/demo/configmaps/c?fieldManager=me";
    for (verbs, wanted) in [(json!(["patch"]), 403), (json!(["patch", "create"]), 201)] {
        let server = with_rules(&rules(verbs), &json!([]));
        assert_eq!(code(&server, "PATCH", uri, &config_map("c")), wanted);
    }
}

#[test]
fn a_token_is_no_good_once_its_service_account_is_gone() {
    let server = with_rules(&json!([]), &json!([]));
    assert_eq!(code(&server, "GET", "/apis", &Value::Null), 200);
    let account = "/api/v1/namespaces/demo/serviceaccounts/robot";
    assert_eq!(
        send(&server, "admin", "DELETE", account, &Value::Null).0,
        200
    );
    assert_eq!(code(&server, "GET", "/apis", &Value::Null), 401);
}

#[test]
fn an_administrator_can_ask_as_somebody_else_and_others_cannot() {
    let rules = json!([{"apiGroups": [""], "resources": ["services"], "verbs": ["list"]}]);
    let server = with_rules(&rules, &json!([]));
    let as_robot = |token: &str, uri: &str| {
        let request = request(token, "GET", uri, &Value::Null)
            .header("impersonate-user", "system:serviceaccount:demo:robot");
        ask(&server, &request.body("".into()).unwrap()).0
    };
    assert_eq!(as_robot("admin", IN_DEMO), 200);
    assert_eq!(as_robot("admin", SERVICES), 403);
    assert_eq!(as_robot("robot", IN_DEMO), 403);
}

#[test]
fn reviews_say_what_the_roles_say() {
    let rules = json!([{"apiGroups": [""], "resources": ["services/status"], "verbs": ["patch"]}]);
    let server = with_rules(&rules, &json!([]));
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let allowed = |subresource: &str| {
        let review = json!({"spec": {"resourceAttributes": {"namespace": "demo", "verb": "patch",
            "resource": "services", "subresource": subresource}}});
        send(&server, "robot", "POST", path, &review).1["status"]["allowed"].clone()
    };
    assert_eq!(
        (allowed("status"), allowed("")),
        (json!(true), json!(false))
    );
    let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    let review = json!({"spec": {"namespace": "demo"}});
    let (_, answer) = send(&server, "robot", "POST", path, &review);
    assert_eq!(answer["status"]["resourceRules"], rules);
}

#[test]
fn what_a_binding_binds_to_cannot_be_changed() {
    let server = with_rules(&json!([]), &json!([]));
    let uri = format!("{RBAC}/clusterrolebindings/robot");
    let patch = json!({"roleRef": {"name": "other"}});
    let (code, answer) = send(&server, "admin", "PATCH", &uri, &patch);
    assert_eq!(code, 422, "{answer}");
}
