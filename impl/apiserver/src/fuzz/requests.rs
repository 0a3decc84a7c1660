//! Whole requests, through everything that reads them.
use super::text;
use crate::{Answer, ApiServer, Options};
use bytes::Bytes;
use hopwise_fuzz::Target;
use serde_json::Value;

const SERVICE: &str = r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"web","labels":{"a":"b"},"finalizers":["x/y"]},"spec":{"ports":[{"port":80,"name":"http"},{"port":443,"protocol":"UDP","name":"udp"}],"selector":{"app":"web"},"type":"LoadBalancer"}}"#;
#[test]
fn fuzz_api_requests() {
    let target = Target {
        name: "api_requests",
        seeds: &[
            "POST /api/v1/namespaces/default/services application/json\n{\"metadata\":{\"name\":\"x\"},\"spec\":{\"ports\":[{\"port\":80}]}}",
            "PATCH /api/v1/namespaces/default/services/web application/strategic-merge-patch+json\n{\"spec\":{\"type\":\"ClusterIP\"}}",
            "PATCH /api/v1/namespaces/default/services/web?fieldManager=a&force=true application/apply-patch+yaml\n{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"web\"},\"spec\":{\"ports\":[{\"port\":81}]}}",
            "PATCH /api/v1/namespaces/default/services/web application/json-patch+json\n[{\"op\":\"copy\",\"from\":\"/spec\",\"path\":\"/metadata/annotations\"}]",
            "GET /api/v1/services?limit=1&continue=MS8vd2Vi&resourceVersion=1&resourceVersionMatch=Exact application/json\n",
            "GET /api/v1/services?watch=1&resourceVersion=1&sendInitialEvents=true&labelSelector=a application/json\n",
            "DELETE /api/v1/namespaces/default/services/web application/json\n{\"preconditions\":{\"uid\":\"x\"},\"propagationPolicy\":\"Foreground\"}",
            "POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions application/json\n{\"metadata\":{\"name\":\"things.e.com\"},\"spec\":{\"group\":\"e.com\",\"names\":{\"plural\":\"things\",\"kind\":\"Thing\"},\"scope\":\"Namespaced\",\"versions\":[{\"name\":\"v1\",\"served\":true,\"storage\":true,\"schema\":{\"openAPIV3Schema\":{\"type\":\"object\"}}}]}}",
            "GET /openapi/v3/api/v1 application/json\n",
        ],
        words: &[
            "GET ",
            "POST ",
            "PUT ",
            "PATCH ",
            "DELETE ",
            "/api/v1",
            "/apis/",
            "/namespaces/default",
            "/services",
            "/web",
            "/status",
            "?",
            "&",
            "limit=",
            "continue=",
            "resourceVersion=",
            "dryRun=All",
            " application/json\n",
            " application/merge-patch+json\n",
            "metadata",
            "spec",
            "{",
            "}",
            "\"",
            ":",
            "[",
            "]",
            "null",
            "0",
            "-1",
            "18446744073709551615",
        ],
        documents: 0,
    };
    let server = ApiServer::new(Options::default());
    let made = format!("POST /api/v1/namespaces/default/services application/json\n{SERVICE}");
    assert_eq!(code(&server, made.as_bytes()), Some(201));
    target.run(|input| {
        let code = code(&server.copy(), input);
        // A resourceVersion that is not reached yet is waited for, and then a timeout. Kubernetes
        // has no other word than 500 for a configuration, or a version, that it cannot read.
        let is_answered = |code| code <= 500 || code == 504;
        assert!(code.is_none_or(is_answered), "{code:?}");
    });
}

/// What a server says to `METHOD URI TYPE` and a body below; nothing if that is no request.
fn code(server: &ApiServer, input: &[u8]) -> Option<u16> {
    let input = text(input);
    let (head, body) = input.split_once('\n')?;
    let [method, uri, media] = head.split(' ').collect::<Vec<_>>().try_into().ok()?;
    let request = http::Request::builder().method(method).uri(uri);
    let request = request.header("content-type", media);
    let request = request.body(Bytes::from(body.to_owned())).ok()?;
    match server.answer(&request) {
        Answer::Whole(response) => {
            let code = response.status().as_u16();
            let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
            assert!(
                code < 400 || body["kind"] == "Status",
                "{code} without a Status: {body}"
            );
            Some(code)
        }
        Answer::Watch(_) => None,
    }
}
