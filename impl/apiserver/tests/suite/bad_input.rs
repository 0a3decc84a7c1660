//! Whatever comes in, what goes out is an answer: a Status where it is refused, never a panic.

use crate::common::*;
use bytes::Bytes;
use hopwise_apiserver::{Answer, ApiServer};
use serde_json::{Value, json};

const EVENTS: &str = "/apis/events.k8s.io/v1/namespaces/default/events";
const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

fn send(server: &ApiServer, method: &str, uri: &str, media: &str, body: &[u8]) -> (u16, Value) {
    let request = http::Request::builder()
        .method(method)
        .uri(uri)
        .header("content-type", media)
        .body(Bytes::copy_from_slice(body))
        .unwrap();
    match server.answer(&request) {
        Answer::Whole(response) => {
            let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
            (response.status().as_u16(), body)
        }
        Answer::Watch(_) => (200, Value::Null),
    }
}

/// A refusal is a Status that says its own code.
fn assert_refused(said: &(u16, Value), what: &str) {
    let (code, status) = said;
    // A watch of a version that is none is nobody's mistake, as kube-apiserver has it.
    assert!((400..=500).contains(code), "{what}: {code} {status}");
    assert_eq!(status["kind"], "Status", "{what}: {status}");
    assert_eq!(status["code"], *code, "{what}");
}

fn furnished() -> std::sync::Arc<ApiServer> {
    let server = cluster();
    assert_eq!(post(&server, DEFINITIONS, &definition()).0, 201);
    assert_eq!(
        post(&server, SERVICES, &service("web", "LoadBalancer")).0,
        201
    );
    assert_eq!(post(&server, CONFIG_MAPS, &config_map("a")).0, 201);
    server
}

#[test]
fn a_body_that_is_no_object_is_refused_by_every_write() {
    let server = furnished();
    let bodies = [
        "",
        "{",
        "[]",
        "[1]",
        "null",
        "1",
        "\"x\"",
        "true",
        "\u{0}",
        "{\"a\":1}}",
        "- a",
    ];
    for uri in [SERVICES, CONFIG_MAPS, EVENTS, DEFINITIONS, THINGS, REVIEWS] {
        for body in bodies {
            for media in [
                "application/json",
                "application/yaml",
                "application/vnd.kubernetes.protobuf",
            ] {
                let said = send(&server, "POST", uri, media, body.as_bytes());
                assert_refused(&said, &format!("POST {uri} {media} {body:?}"));
            }
        }
    }
    for body in bodies {
        for media in [
            "json-patch+json",
            "merge-patch+json",
            "strategic-merge-patch+json",
            "apply-patch+yaml",
        ] {
            let media = format!("application/{media}");
            let (code, said) = send(
                &server,
                "PATCH",
                &format!("{SERVICES}/web"),
                &media,
                body.as_bytes(),
            );
            let nothing_to_do = media.contains("json-patch") && body == "[]";
            assert!(
                nothing_to_do || (400..500).contains(&code),
                "{media} {body:?}: {code} {said}"
            );
        }
        let said = send(
            &server,
            "PUT",
            &format!("{SERVICES}/web"),
            "application/json",
            body.as_bytes(),
        );
        assert_refused(&said, &format!("PUT {body:?}"));
    }
}

#[test]
fn a_field_of_the_wrong_type_is_refused_wherever_it_stands() {
    let server = furnished();
    let wrong = [
        json!(1),
        json!("x"),
        json!([]),
        json!([1]),
        json!({"a": [1]}),
        json!(true),
    ];
    let whole = json!({"metadata": {"name": "x", "labels": {}, "annotations": {}, "finalizers": [],
        "ownerReferences": [], "generateName": "x", "resourceVersion": "", "uid": "",
        "managedFields": [], "namespace": "default"},
        "spec": {"ports": [{"port": 80}], "selector": {}, "type": "ClusterIP", "clusterIP": "",
            "clusterIPs": [], "ipFamilies": [], "loadBalancerSourceRanges": [],
            "healthCheckNodePort": 0, "sessionAffinityConfig": {}},
        "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}});
    for pointer in pointers(&whole, "") {
        for value in &wrong {
            let mut body = whole.clone();
            *body.pointer_mut(&pointer).unwrap() = value.clone();
            for uri in [SERVICES, CONFIG_MAPS, THINGS, EVENTS, DEFINITIONS] {
                let text = body.to_string();
                let (code, said) = send(&server, "POST", uri, "application/json", text.as_bytes());
                assert!(code < 500, "POST {uri} {text}: {said}");
                let mut patch = json!({"metadata": {}, "spec": {}, "status": {}});
                let at = pointer.split('/').nth(1).unwrap();
                patch[at] = body[at].clone();
                for media in [
                    "merge-patch+json",
                    "strategic-merge-patch+json",
                    "apply-patch+yaml",
                ] {
                    let media = format!("application/{media}");
                    let uri = format!("{SERVICES}/web?fieldManager=m&dryRun=All");
                    let said = send(&server, "PATCH", &uri, &media, patch.to_string().as_bytes());
                    // Lists that cannot be merged are an error of the server there, too.
                    let unlike = ["not identical", "declared merge key"];
                    let text = said.1.to_string();
                    let is_known = unlike.iter().any(|it| text.contains(it));
                    assert!(said.0 < 500 || is_known, "PATCH {media} {patch}: {text}");
                }
            }
        }
    }
}

/// Where every value of a document stands, the document itself left out.
fn pointers(value: &Value, at: &str) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, v)| (format!("{at}/{key}"), v))
            .collect(),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items
                .map(|(index, v)| (format!("{at}/{index}"), v))
                .collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![],
    };
    let below = children.into_iter().flat_map(|(pointer, value)| {
        let mut found = pointers(value, &pointer);
        found.push(pointer);
        found
    });
    below.collect()
}

#[test]
fn queries_and_paths_that_make_no_sense_are_refused() {
    let server = furnished();
    for query in [
        "labelSelector=(((",
        "labelSelector=a%20in%20b",
        "labelSelector=%00",
        "labelSelector==",
        "fieldSelector=x",
        "fieldSelector=spec.x%3D1",
        "resourceVersion=-1",
        "resourceVersion=x",
        "resourceVersion=99999999999999999999",
        "continue=%FF",
        "continue=e30",
        "limit=x",
        "timeoutSeconds=x&watch=1",
        "watch=1&resourceVersion=x",
    ] {
        let said = send(&server, "GET", &format!("{SERVICES}?{query}"), "", b"");
        assert_refused(&said, query);
    }
    for path in [
        "/",
        "//",
        "/api//v1",
        "/api/v1/../v1/services",
        "/api/v1/namespaces/default/services/",
        "/api/v1/namespaces//services",
        "/api/v1/namespaces/default/services/%2e%2e/x",
        "/apis/x/y/z",
        "/api/v1/namespaces/default/services/web/status/more",
        "/apis/%ff/v1/x",
        "/api/v1/namespaces/default/services/web%00",
        "/openapi/v3/../x",
        "/openapi/v3/apis/none",
    ] {
        let (code, said) = send(&server, "GET", path, "", b"");
        assert!(matches!(code, 200 | 404), "{path}: {code} {said}");
    }
    for method in ["PATCH", "PUT", "OPTIONS", "TRACE", "BREW"] {
        let said = send(&server, method, SERVICES, "application/json", b"{}");
        assert_refused(&said, method);
    }
}

#[test]
fn a_document_deeper_than_any_object_is_refused() {
    let server = furnished();
    for media in ["application/json", "application/yaml"] {
        let deep = format!("{{\"data\":{}", "[".repeat(100_000));
        assert_refused(
            &send(&server, "POST", CONFIG_MAPS, media, deep.as_bytes()),
            media,
        );
    }
}

async fn over_http(uri: &str, body: Bytes) -> http::Response<hopwise_apiserver::Body> {
    use tower::ServiceExt;
    let request = http::Request::builder()
        .method(if body.is_empty() { "GET" } else { "POST" })
        .uri(uri)
        .body(http_body_util::Full::new(body))
        .unwrap();
    let service = hopwise_apiserver::ApiService::new(cluster());
    service.oneshot(request).await.unwrap()
}

#[tokio::test]
async fn a_body_larger_than_kubernetes_reads_is_not_read() {
    use http_body_util::BodyExt;
    let answer = over_http(CONFIG_MAPS, Bytes::from(vec![b' '; (3 << 20) + 1])).await;
    assert_eq!(answer.status(), 413);
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let status: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(status["reason"], "RequestEntityTooLarge");
    assert_eq!(
        status["message"],
        "Request entity too large: limit is 3145728"
    );
}

#[tokio::test]
async fn a_watch_may_ask_for_longer_than_the_clock_counts() {
    let uri = format!("{CONFIG_MAPS}?watch=1&timeoutSeconds={}", i64::MAX);
    assert_eq!(over_http(&uri, Bytes::new()).await.status(), 200);
}
