//! A cluster, and short ways to ask it things.
use std::sync::Arc;

use bytes::Bytes;
use hopwise_apiserver::{Answer, ApiServer, ApiService, Cursor, Options, Request};
use serde_json::{Value, json};

/// Path of the Services of the namespace `default`.
pub const SERVICES: &str = "/api/v1/namespaces/default/services";
/// Path of the ConfigMaps of the namespace `default`.
pub const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";
/// Path of the CustomResourceDefinitions.
pub const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/// Path of the custom resources of [`definition`] in the namespace `default`.
pub const THINGS: &str = "/apis/example.com/v1/namespaces/default/things";

pub fn cluster() -> Arc<ApiServer> {
    ApiServer::new(Options::default())
}

/// A kube client of a server; needs a runtime.
pub fn client(server: &Arc<ApiServer>) -> kube::Client {
    kube::Client::new(ApiService::new(server.clone()), "default")
}

/// The answer to a request: status code and body.
pub fn ask(server: &ApiServer, request: &Request) -> (u16, Value) {
    match server.answer(request) {
        Answer::Whole(response) => {
            let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
            (response.status().as_u16(), body)
        }
        Answer::Watch(_) => panic!("{} is a watch", request.uri()),
    }
}

fn request(method: &str, uri: &str, content_type: &str, body: &Value) -> Request {
    let body = if body.is_null() {
        Bytes::new()
    } else {
        Bytes::from(body.to_string())
    };
    http::Request::builder()
        .method(method)
        .uri(uri)
        .header("content-type", content_type)
        .body(body)
        .unwrap()
}

pub fn get(server: &ApiServer, uri: &str) -> (u16, Value) {
    ask(server, &request("GET", uri, "", &Value::Null))
}

pub fn get_as(server: &ApiServer, uri: &str, accept: &str) -> (u16, Value) {
    let request = http::Request::builder()
        .uri(uri)
        .header("accept", accept)
        .body(Bytes::new())
        .unwrap();
    ask(server, &request)
}

pub fn post(server: &ApiServer, uri: &str, body: &Value) -> (u16, Value) {
    ask(server, &request("POST", uri, "application/json", body))
}

pub fn put(server: &ApiServer, uri: &str, body: &Value) -> (u16, Value) {
    ask(server, &request("PUT", uri, "application/json", body))
}

pub fn delete(server: &ApiServer, uri: &str, options: &Value) -> (u16, Value) {
    ask(server, &request("DELETE", uri, "application/json", options))
}

pub fn merge(server: &ApiServer, uri: &str, patch: &Value) -> (u16, Value) {
    ask(
        server,
        &request("PATCH", uri, "application/merge-patch+json", patch),
    )
}

pub fn patch(server: &ApiServer, uri: &str, kind: &str, patch: &Value) -> (u16, Value) {
    ask(
        server,
        &request("PATCH", uri, &format!("application/{kind}"), patch),
    )
}

pub fn watch(server: &ApiServer, uri: &str) -> Cursor {
    match server.answer(&request("GET", uri, "", &Value::Null)) {
        Answer::Watch(cursor) => cursor,
        Answer::Whole(response) => panic!("{response:?} is no watch"),
    }
}

/// Labels of all events that a watch has not had.
pub fn drain(server: &ApiServer, cursor: &mut Cursor) -> Vec<String> {
    std::iter::from_fn(|| server.next_event(cursor))
        .map(|event| event.label())
        .collect()
}

/// Kind and name of all events that a watch has not had.
pub fn drain_names(server: &ApiServer, cursor: &mut Cursor) -> Vec<String> {
    std::iter::from_fn(|| server.next_event(cursor))
        .map(|event| format!("{} {}", event.kind(), event.name()))
        .collect()
}

pub fn config_map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
}

/// A Service of a type with one port.
pub fn service(name: &str, kind: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"type": kind, "selector": {"app": name}, "ports": [{"port": 80}]}})
}

pub fn definition() -> Value {
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced",
            "names": {"plural": "things", "kind": "Thing", "shortNames": ["th"]},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "subresources": {"status": {}},
                "additionalPrinterColumns": [
                    {"name": "Size", "type": "integer", "jsonPath": ".spec.size"}],
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "required": ["size"], "properties": {
                        "size": {"type": "integer", "minimum": 1, "maximum": 9},
                        "color": {"type": "string", "default": "blue",
                            "enum": ["blue", "red"]}}},
                    "status": {"type": "object", "properties": {
                        "phase": {"type": "string"},
                        "conditions": {"type": "array", "x-kubernetes-list-type": "map",
                            "x-kubernetes-list-map-keys": ["type"],
                            "items": {"type": "object", "required": ["type"], "properties": {
                                "type": {"type": "string"},
                                "status": {"type": "string"}}}}}}}}}}]}})
}

pub fn thing(name: &str, size: i64) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": name},
        "spec": {"size": size}})
}
