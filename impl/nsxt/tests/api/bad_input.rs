//! Whatever comes in, what goes out is an answer: an error body where it is refused, never a panic.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::bench::{Bench, Said, virtual_server};

const WRITTEN: [&str; 8] = [
    "/infra",
    "/infra/lb-services/x",
    "/infra/lb-virtual-servers/x",
    "/infra/lb-pools/x",
    "/infra/lb-app-profiles/x",
    "/infra/ip-pools/x",
    "/infra/ip-pools/vips/ip-subnets/x",
    "/infra/ip-pools/vips/ip-allocations/x",
];

fn send(bench: &Bench, method: &str, path: &str, body: &[u8]) -> Said {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", "Basic YWRtaW46c2VjcmV0")
        .body(Bytes::copy_from_slice(body))
        .unwrap();
    let response = bench.manager.answer(&request);
    let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
    (response.status().as_u16(), body)
}

fn furnished() -> Bench {
    Bench::immediate().furnished(2, Duration::ZERO)
}

/// A refusal has the four fields that clients read.
fn assert_refused(said: &Said, what: &str) {
    let (status, body) = said;
    assert!((400..500).contains(status), "{what}: {status} {body}");
    for field in ["httpStatus", "error_code", "module_name", "error_message"] {
        assert!(!body[field].is_null(), "{what}: {body} lacks {field}");
    }
}

#[test]
fn a_body_that_is_no_object_is_refused_by_every_write() {
    let bench = furnished();
    let deep = "[".repeat(100_000);
    for path in WRITTEN {
        for body in [
            "",
            "{",
            "[]",
            "null",
            "1",
            "\"x\"",
            "\u{0}",
            "{\"a\":1}}",
            &deep,
        ] {
            for method in ["PUT", "PATCH"] {
                let path = format!("/policy/api/v1{path}");
                let said = send(&bench, method, &path, body.as_bytes());
                let what = format!("{method} {path} {:?}", body.get(..9).unwrap_or(body));
                assert_refused(&said, &what);
            }
        }
    }
}

#[test]
fn a_value_of_any_type_in_any_field_is_answered() {
    let values = [
        json!(1),
        json!(-1),
        json!(1e300),
        json!("x"),
        json!([]),
        json!([1]),
        json!({}),
        json!({"a": [1]}),
        json!(true),
        json!(null),
        json!("é".repeat(5000)),
    ];
    let subnet = json!({"resource_type": "IpAddressPoolStaticSubnet", "cidr": "10.9.0.0/24",
        "allocation_ranges": [{"start": "10.9.0.1", "end": "10.9.0.2"}]});
    let pool = json!({"members": [{"ip_address": "10.0.0.9", "port": "80", "weight": 1}],
        "tags": [{"scope": "a", "tag": "b"}], "algorithm": "ROUND_ROBIN", "_revision": 0,
        "snat_translation": {"type": "LBSnatAutoMap"}, "active_monitor_paths": []});
    let tree = json!({"resource_type": "Infra", "children": [{"resource_type": "ChildLBPool",
        "marked_for_delete": false, "LBPool": {"id": "x", "resource_type": "LBPool"}}]});
    let bodies = [
        ("/infra/ip-pools/vips/ip-subnets/x", subnet),
        ("/infra/lb-pools/x", pool),
        (
            "/infra/lb-virtual-servers/x",
            virtual_server("10.0.0.1", "80-81"),
        ),
        ("/infra/ip-pools/x", json!({"ip_release_delay": 0})),
        (
            "/infra/ip-pools/vips/ip-allocations/x",
            json!({"allocation_ip": "10.0.0.1"}),
        ),
        ("/infra", tree),
    ];
    for (path, whole) in bodies {
        for pointer in pointers(&whole, "") {
            for value in &values {
                let bench = furnished();
                let mut body = whole.clone();
                *body.pointer_mut(&pointer).unwrap() = value.clone();
                let said = bench.patch(path, body);
                assert!(said.0 < 500, "{path} {pointer} {value}: {}", said.1);
                bench.delete(path);
                bench.pass(Duration::from_secs(1));
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
fn paths_and_queries_that_make_no_sense_are_refused() {
    let bench = furnished();
    for path in [
        "/",
        "//",
        "/policy/api/v1",
        "/policy/api/v1/",
        "/policy/api/v1//infra",
        "/policy/api/v1/infra/",
        "/policy/api/v1/infra//lb-pools",
        "/policy/api/v1/infra/lb-pools/",
        "/policy/api/v1/infra/../infra/lb-pools/x",
        "/policy/api/v1/infra/lb-pools/%2e%2e",
        "/policy/api/v1/infra/lb-pools/x%00",
        "/policy/api/v1/infra/lb-pools/%ff",
        "/policy/api/v1/infra/lb-services/lb/a/b/c/d",
        "/policy/api/v1/infra/none",
        "/policy/api/v1/infra/realized-state/none",
        "/policy/api/v1/search/none",
        "/api/v1/none",
        "/policy/api/v1/infra/lb-pools?page_size=x",
        "/policy/api/v1/infra/lb-pools?page_size=-1",
        "/policy/api/v1/infra/lb-pools?page_size=99999999999999999999",
        "/policy/api/v1/infra/lb-pools?cursor=c%C3%A9",
        "/policy/api/v1/infra/lb-pools?cursor=c0",
        "/policy/api/v1/search?query=(((",
        "/policy/api/v1/search?query=a:",
        "/policy/api/v1/search?query=%5C",
        "/policy/api/v1/search?query=*&cursor=x",
        "/policy/api/v1/infra/realized-state/status",
    ] {
        assert_refused(&send(&bench, "GET", path, b""), path);
    }
    for method in ["POST", "OPTIONS", "TRACE", "BREW"] {
        let said = send(&bench, method, "/policy/api/v1/infra/lb-pools", b"{}");
        assert_refused(&said, method);
    }
    for nested in ["(", "a:", "NOT%20", "a:("] {
        let query = format!("/policy/api/v1/search?query={}a", nested.repeat(10_000));
        assert_refused(&send(&bench, "GET", &query, b""), nested);
    }
}
