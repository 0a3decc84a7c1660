//! Services as Kubernetes completes, allocates and judges them.

use crate::common::*;
use serde_json::{Value, json};

fn refused(body: &Value) -> String {
    let (code, status) = post(&cluster(), SERVICES, body);
    assert_eq!(code, 422, "{status}");
    status["message"].as_str().unwrap().to_string()
}

fn with_ports(ports: Value) -> Value {
    let mut body = service("web", "ClusterIP");
    body["spec"]["ports"] = ports;
    body
}

#[test]
fn a_load_balancer_service_gets_everything_it_needs() {
    let server = cluster();
    let (code, created) = post(&server, SERVICES, &service("web", "LoadBalancer"));
    assert_eq!(code, 201);
    assert_eq!(
        created["spec"],
        json!({"type": "LoadBalancer", "selector": {"app": "web"}, "sessionAffinity": "None",
            "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80, "nodePort": 30000}],
            "clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1"], "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack", "internalTrafficPolicy": "Cluster",
            "externalTrafficPolicy": "Cluster", "allocateLoadBalancerNodePorts": true})
    );
    assert_eq!(created["status"], json!({"loadBalancer": {}}));
    assert!(created["metadata"].get("generation").is_none());
}

#[test]
fn a_port_outside_its_range_is_refused_in_kubernetes_words() {
    assert_eq!(
        refused(&with_ports(json!([{"port": 0}]))),
        "Service \"web\" is invalid: [spec.ports[0].port: Invalid value: 0: must be between 1 \
         and 65535, inclusive, spec.ports[0].targetPort: Invalid value: 0: must be between 1 \
         and 65535, inclusive]"
    );
    assert_eq!(
        refused(&with_ports(json!([{"port": 70000, "targetPort": 80}]))),
        "Service \"web\" is invalid: spec.ports[0].port: Invalid value: 70000: must be between 1 \
         and 65535, inclusive"
    );
}

#[test]
fn several_ports_need_names_and_may_not_repeat() {
    let unnamed = refused(&with_ports(
        json!([{"port": 80}, {"port": 81, "name": "b"}]),
    ));
    assert_eq!(
        unnamed,
        "Service \"web\" is invalid: spec.ports[0].name: Required value"
    );
    let named = refused(&with_ports(
        json!([{"port": 80, "name": "a"}, {"port": 81, "name": "a"}]),
    ));
    assert_eq!(
        named,
        "Service \"web\" is invalid: spec.ports[1].name: Duplicate value: \"a\""
    );
    let twice = refused(&with_ports(
        json!([{"port": 80, "name": "a"}, {"port": 80, "name": "b"}]),
    ));
    assert!(
        twice.contains("spec.ports[1]: Duplicate value: {"),
        "{twice}"
    );
    let (code, _) = post(
        &cluster(),
        SERVICES,
        &with_ports(json!([{"port": 53, "name": "a"},
            {"port": 53, "name": "b", "protocol": "UDP"}])),
    );
    assert_eq!(code, 201);
}

#[test]
fn a_service_without_ports_or_with_an_unknown_protocol_is_refused() {
    assert_eq!(
        refused(&with_ports(json!([]))),
        "Service \"web\" is invalid: spec.ports: Required value"
    );
    assert_eq!(
        refused(&with_ports(json!([{"port": 80, "protocol": "ICMP"}]))),
        "Service \"web\" is invalid: spec.ports[0].protocol: Unsupported value: \"ICMP\": \
         supported values: \"SCTP\", \"TCP\", \"UDP\""
    );
}

#[test]
fn a_name_that_starts_with_a_digit_is_refused() {
    let message = refused(&service("1web", "ClusterIP"));
    assert!(message.contains("metadata.name: Invalid value: \"1web\": a DNS-1035 label must"));
}

#[test]
fn a_headless_service_has_no_address_and_cannot_be_a_load_balancer() {
    let server = cluster();
    let mut headless = service("web", "ClusterIP");
    headless["spec"]["clusterIP"] = json!("None");
    let (code, created) = post(&server, SERVICES, &headless);
    assert_eq!(
        (code, &created["spec"]["clusterIPs"]),
        (201, &json!(["None"]))
    );
    headless["spec"]["type"] = json!("LoadBalancer");
    assert!(refused(&headless).contains("may not be set to 'None' for LoadBalancer services"));
}

#[test]
fn addresses_and_node_ports_are_exclusive_and_in_range() {
    let server = cluster();
    let mut asked = service("web", "NodePort");
    asked["spec"]["ports"][0]["nodePort"] = json!(30080);
    asked["spec"]["clusterIP"] = json!("10.96.0.10");
    assert_eq!(post(&server, SERVICES, &asked).0, 201);
    asked["metadata"]["name"] = json!("other");
    let (_, status) = post(&server, SERVICES, &asked);
    let message = status["message"].as_str().unwrap();
    assert!(message.contains("failed to allocate IP 10.96.0.10: provided IP is already"));
    asked["spec"]["clusterIP"] = json!("10.96.0.11");
    let (_, status) = post(&server, SERVICES, &asked);
    let message = status["message"].as_str().unwrap();
    assert!(message.contains("nodePort: Invalid value: 30080: provided port is already allocated"));
    asked["spec"]["clusterIP"] = json!("192.168.0.1");
    asked["spec"]["ports"][0]["nodePort"] = json!(80);
    let (_, status) = post(&server, SERVICES, &asked);
    let message = status["message"].as_str().unwrap();
    assert!(
        message.contains("the provided network does not match the current range"),
        "{message}"
    );
    asked["spec"]["clusterIP"] = json!("10.96.0.11");
    let (_, status) = post(&server, SERVICES, &asked);
    let message = status["message"].as_str().unwrap();
    assert!(
        message.contains("The range of valid ports is 30000-32767"),
        "{message}"
    );
}

#[test]
fn node_ports_are_not_allocated_for_a_load_balancer_that_declines_them() {
    let server = cluster();
    let mut lean = service("web", "LoadBalancer");
    lean["spec"]["allocateLoadBalancerNodePorts"] = json!(false);
    let (_, created) = post(&server, SERVICES, &lean);
    assert!(created["spec"]["ports"][0].get("nodePort").is_none());
}

#[test]
fn an_update_keeps_what_was_allocated_and_may_not_change_the_address() {
    let server = cluster();
    let (_, created) = post(&server, SERVICES, &service("web", "LoadBalancer"));
    let path = format!("{SERVICES}/web");
    let (code, updated) = put(&server, &path, &service("web", "LoadBalancer"));
    assert_eq!((code, &updated["spec"]), (200, &created["spec"]));
    assert_eq!(
        updated["metadata"]["resourceVersion"],
        created["metadata"]["resourceVersion"]
    );
    let (code, status) = merge(
        &server,
        &path,
        &json!({"spec": {"clusterIP": "10.96.0.99",
        "clusterIPs": ["10.96.0.99"]}}),
    );
    assert_eq!(code, 422);
    assert!(
        status["message"]
            .as_str()
            .unwrap()
            .contains("may not change once set")
    );
}

#[test]
fn status_is_written_through_its_own_path_only() {
    let server = cluster();
    post(&server, SERVICES, &service("web", "LoadBalancer"));
    let path = format!("{SERVICES}/web");
    let address = json!({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}});
    let (_, unchanged) = merge(&server, &path, &address);
    assert_eq!(unchanged["status"], json!({"loadBalancer": {}}));
    let (code, reported) = merge(&server, &format!("{path}/status"), &address);
    assert_eq!(code, 200);
    assert_eq!(
        reported["status"]["loadBalancer"]["ingress"],
        json!([{"ip": "192.0.2.1", "ipMode": "VIP"}])
    );
    let (_, same) = merge(
        &server,
        &format!("{path}/status"),
        &json!({"spec": {"type": "X"}}),
    );
    assert_eq!(same, reported);
}

#[test]
fn leaving_the_load_balancer_type_clears_what_belongs_to_it() {
    let server = cluster();
    post(&server, SERVICES, &service("web", "LoadBalancer"));
    let path = format!("{SERVICES}/web");
    let address = json!({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}});
    merge(&server, &format!("{path}/status"), &address);
    let (code, flipped) = merge(&server, &path, &json!({"spec": {"type": "ClusterIP"}}));
    assert_eq!(
        (code, &flipped["status"]),
        (200, &json!({"loadBalancer": {}}))
    );
    let spec = &flipped["spec"];
    for field in ["allocateLoadBalancerNodePorts", "externalTrafficPolicy"] {
        assert!(spec.get(field).is_none(), "{field}");
    }
    assert!(spec["ports"][0].get("nodePort").is_none());
    let (code, status) = merge(&server, &format!("{path}/status"), &address);
    assert_eq!(code, 422);
    assert!(
        status["message"]
            .as_str()
            .unwrap()
            .contains("may only be used when `spec.type` is")
    );
}

#[test]
fn local_traffic_gets_a_health_check_port() {
    let server = cluster();
    let mut local = service("web", "LoadBalancer");
    local["spec"]["externalTrafficPolicy"] = json!("Local");
    let (_, created) = post(&server, SERVICES, &local);
    assert_eq!(created["spec"]["healthCheckNodePort"], 30001);
    let mut wrong = service("web", "ClusterIP");
    wrong["spec"]["externalTrafficPolicy"] = json!("Local");
    assert!(refused(&wrong).contains("may only be set for externally-accessible services"));
}

#[test]
fn the_class_of_a_load_balancer_may_not_change() {
    let server = cluster();
    let mut classed = service("web", "LoadBalancer");
    classed["spec"]["loadBalancerClass"] = json!("example.com/a");
    post(&server, SERVICES, &classed);
    let other = json!({"spec": {"loadBalancerClass": "example.com/b"}});
    assert_eq!(merge(&server, &format!("{SERVICES}/web"), &other).0, 422);
}

#[test]
fn an_external_name_has_no_address() {
    let server = cluster();
    let body = json!({"metadata": {"name": "web"},
        "spec": {"type": "ExternalName", "externalName": "example.com"}});
    let (code, created) = post(&server, SERVICES, &body);
    assert_eq!(code, 201);
    assert!(created["spec"].get("clusterIP").is_none());
    let flip = json!({"spec": {"type": "ClusterIP", "externalName": null,
        "ports": [{"port": 80}]}});
    let (code, flipped) = merge(&server, &format!("{SERVICES}/web"), &flip);
    assert_eq!(
        (code, flipped["spec"]["clusterIP"].is_string()),
        (200, true)
    );
}

#[test]
fn a_put_of_an_absent_service_creates_it() {
    let (code, _) = put(
        &cluster(),
        &format!("{SERVICES}/web"),
        &service("web", "ClusterIP"),
    );
    assert_eq!(code, 201);
    assert_eq!(
        put(&cluster(), &format!("{CONFIG_MAPS}/a"), &config_map("a")).0,
        404
    );
}
