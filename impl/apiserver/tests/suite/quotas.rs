//! ResourceQuotas, as far as they count what the chain has.

use crate::common::*;
use hopwise_apiserver::ApiServer;
use serde_json::{Value, json};

const QUOTAS: &str = "/api/v1/namespaces/default/resourcequotas";

fn quota(hard: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"},
        "spec": {"hard": hard}})
}

fn used(server: &ApiServer) -> Value {
    let (code, quota) = get(server, &format!("{QUOTAS}/few"));
    assert_eq!(code, 200, "{quota}");
    quota["status"]["used"].clone()
}

#[test]
fn one_load_balancer_too_many_is_refused_in_kubernetes_words_and_fits_once_another_is_gone() {
    let server = cluster();
    let hard = json!({"services.loadbalancers": "1", "services.nodeports": 2, "services": "9"});
    let (code, made) = post(&server, QUOTAS, &quota(&hard));
    assert_eq!(code, 201, "{made}");
    assert_eq!(made["status"]["hard"], hard);
    assert_eq!(
        post(&server, SERVICES, &service("a", "LoadBalancer")).0,
        201
    );
    assert_eq!(post(&server, SERVICES, &service("b", "ClusterIP")).0, 201);
    assert_eq!(
        used(&server),
        json!({"services": "2", "services.loadbalancers": "1", "services.nodeports": "1"})
    );
    let (code, status) = post(&server, SERVICES, &service("c", "LoadBalancer"));
    assert_eq!((code, &status["reason"]), (403, &json!("Forbidden")));
    assert_eq!(
        status["message"],
        "services \"c\" is forbidden: exceeded quota: few, requested: services.loadbalancers=1, \
         used: services.loadbalancers=1, limited: services.loadbalancers=1"
    );
    let to_load_balancer = json!({"spec": {"type": "LoadBalancer"}});
    let (code, status) = merge(&server, &format!("{SERVICES}/b"), &to_load_balancer);
    assert_eq!(code, 403, "{status}");
    assert_eq!(
        delete(&server, &format!("{SERVICES}/a"), &Value::Null).0,
        200
    );
    assert_eq!(used(&server)["services.loadbalancers"], "0");
    let (code, status) = merge(&server, &format!("{SERVICES}/b"), &to_load_balancer);
    assert_eq!(code, 200, "{status}");
    assert_eq!(used(&server)["services.loadbalancers"], "1");
}

#[test]
fn a_quota_made_later_refuses_nothing_that_is_there_and_lets_it_be_changed() {
    let server = cluster();
    assert_eq!(
        post(&server, SERVICES, &service("a", "LoadBalancer")).0,
        201
    );
    assert_eq!(
        post(
            &server,
            QUOTAS,
            &quota(&json!({"services.loadbalancers": 0}))
        )
        .0,
        201
    );
    assert_eq!(used(&server), json!({"services.loadbalancers": "1"}));
    let labels = json!({"metadata": {"labels": {"tier": "web"}}});
    assert_eq!(merge(&server, &format!("{SERVICES}/a"), &labels).0, 200);
}

#[test]
fn objects_of_any_kind_are_counted_by_name_and_group() {
    let server = cluster();
    let hard = json!({"count/configmaps": "1", "pods": "3"});
    assert_eq!(post(&server, QUOTAS, &quota(&hard)).0, 201);
    let map =
        |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
    let maps = CONFIG_MAPS;
    assert_eq!(post(&server, maps, &map("a")).0, 201);
    let (code, status) = post(&server, maps, &map("b"));
    assert_eq!(code, 403, "{status}");
    assert_eq!(used(&server), json!({"count/configmaps": "1"}));
}

#[test]
fn a_quota_without_a_number_is_invalid() {
    let (code, status) = post(&cluster(), QUOTAS, &quota(&json!({"services": "many"})));
    assert_eq!(code, 422);
    assert_eq!(
        status["message"],
        "ResourceQuota \"few\" is invalid: spec.hard[services]: Invalid value: \"many\": must be an \
         integer"
    );
}
