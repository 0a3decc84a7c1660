//! Who may ask, and what the node says about itself.

use std::num::NonZeroU32;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};

use crate::bench::Bench;

fn ask(bench: &Bench, request: http::request::Builder, body: &'static str) -> Response<Bytes> {
    bench
        .manager
        .answer(&request.body(Bytes::from(body)).unwrap())
}

fn open(bench: &Bench, form: &'static str) -> Response<Bytes> {
    ask(bench, Request::post("/api/session/create"), form)
}

fn header(response: &Response<Bytes>, name: &str) -> String {
    response.headers()[name].to_str().unwrap().to_owned()
}

#[test]
fn a_session_is_a_cookie_and_a_token() {
    let bench = Bench::immediate();
    let opened = open(&bench, "j_username=admin&j_password=secret");
    assert_eq!(opened.status(), 200);
    let cookie = header(&opened, "set-cookie");
    assert!(cookie.starts_with("JSESSIONID=") && cookie.contains(';'));
    let request = || {
        let id = cookie.split(';').next().unwrap();
        Request::put("/policy/api/v1/infra/lb-pools/p").header("cookie", id)
    };
    assert_eq!(ask(&bench, request(), "{}").status(), 403);
    let token = header(&opened, "x-xsrf-token");
    assert_eq!(
        ask(&bench, request().header("x-xsrf-token", &token), "{}").status(),
        200
    );
    let destroy = Request::post("/api/session/destroy")
        .header("cookie", cookie.split(';').next().unwrap())
        .header("x-xsrf-token", &token);
    assert_eq!(ask(&bench, destroy, "").status(), 200);
    assert_eq!(
        ask(&bench, request().header("x-xsrf-token", &token), "{}").status(),
        403
    );
}

#[test]
fn a_wrong_password_is_refused_in_json_with_a_date() {
    let bench = Bench::immediate();
    let refused = open(&bench, "j_username=admin&j_password=wrong");
    assert_eq!(refused.status(), 403);
    assert_eq!(header(&refused, "date"), "Tue, 14 Nov 2023 22:13:20 GMT");
    assert_eq!(
        header(&refused, "content-type"),
        "application/json;charset=UTF-8"
    );
    let body: Value = serde_json::from_slice(refused.body()).unwrap();
    assert_eq!(body["error_code"], 403);
}

#[test]
fn without_credentials_nothing_is_told() {
    let bench = Bench::immediate();
    for path in ["/policy/api/v1/infra/lb-pools", "/api/v1/node"] {
        assert_eq!(ask(&bench, Request::get(path), "").status(), 403, "{path}");
    }
}

#[test]
fn expired_sessions_have_to_be_opened_again() {
    let bench = Bench::immediate();
    let opened = open(&bench, "j_username=admin&j_password=secret");
    let cookie = header(&opened, "set-cookie");
    let get = || Request::get("/api/v1/node").header("cookie", cookie.as_str());
    assert_eq!(ask(&bench, get(), "").status(), 200);
    bench.manager.expire_sessions();
    assert_eq!(ask(&bench, get(), "").status(), 403);
}

#[test]
fn the_node_tells_its_version_and_health() {
    let bench = Bench::immediate();
    let told = |path: &str| -> Value {
        let request = Request::get(path).header("authorization", "Basic YWRtaW46c2VjcmV0");
        serde_json::from_slice(ask(&bench, request, "").body()).unwrap()
    };
    assert_eq!(told("/api/v1/node")["node_version"], "3.1.3.3.0.18844962");
    assert_eq!(
        told("/api/v1/node/version")["product_version"],
        "3.1.3.3.0.18844959"
    );
    assert_eq!(told("/api/v1/reverse-proxy/node/health")["healthy"], true);
}

#[test]
fn a_new_password_is_the_only_one_and_ends_no_session() {
    let bench = Bench::immediate();
    let opened = open(&bench, "j_username=admin&j_password=secret");
    let cookie = header(&opened, "set-cookie");
    bench.manager.set_password("changed");
    let get = || Request::get("/api/v1/node");
    let old = get().header("authorization", "Basic YWRtaW46c2VjcmV0");
    assert_eq!(ask(&bench, old, "").status(), 403);
    let new = get().header("authorization", "Basic YWRtaW46Y2hhbmdlZA==");
    assert_eq!(ask(&bench, new, "").status(), 200);
    assert_eq!(
        ask(&bench, get().header("cookie", cookie), "").status(),
        200
    );
    let again = open(&bench, "j_username=admin&j_password=secret");
    assert_eq!(again.status(), 403);
}

const PRINCIPALS: &str = "/api/v1/trust-management/principal-identities";

/// A certificate is only compared here; that its key is the client's is the handshake's affair.
fn pem(base64: &str) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
}

fn register(bench: &Bench, certificate: &str) -> (u16, Value) {
    let body = json!({ "name": "ncp", "node_id": "supervisor", "role": "enterprise_admin",
        "is_protected": false, "certificate_pem": certificate });
    let request = Request::post(format!("{PRINCIPALS}/with-certificate"))
        .header("authorization", "Basic YWRtaW46c2VjcmV0")
        .body(Bytes::from(body.to_string()));
    let answer = bench.manager.answer(&request.unwrap());
    let body = serde_json::from_slice(answer.body()).unwrap();
    (answer.status().as_u16(), body)
}

#[test]
fn a_registered_certificate_is_enough_and_signs_what_it_writes() {
    let bench = Bench::immediate();
    let shown = |request: http::request::Builder, certificate: &'static [u8]| {
        request.extension(CertificateDer::from(certificate))
    };
    let path = "/policy/api/v1/infra/lb-pools/p";
    let refused = ask(&bench, shown(Request::put(path), &[1, 2, 3]), "{}");
    assert_eq!(refused.status(), 500);
    let told: Value = serde_json::from_slice(refused.body()).unwrap();
    assert_eq!(told["error_code"], 99);
    let (status, made) = register(&bench, &pem("AQID"));
    assert_eq!((status, &made["name"]), (200, &json!("ncp")));
    let written = ask(&bench, shown(Request::put(path), &[1, 2, 3]), "{}");
    assert_eq!(written.status(), 200);
    let pool: Value = serde_json::from_slice(written.body()).unwrap();
    assert_eq!(pool["_create_user"], "ncp");
    let other = ask(&bench, shown(Request::get(path), &[4]), "");
    assert_eq!(other.status(), 500);
    let one = format!("{PRINCIPALS}/{}", made["id"].as_str().unwrap());
    let gone = ask(&bench, shown(Request::delete(&one), &[1, 2, 3]), "");
    assert_eq!(gone.status(), 200);
    let after = ask(&bench, shown(Request::get(path), &[1, 2, 3]), "");
    assert_eq!(after.status(), 500);
}

#[test]
fn an_identity_is_registered_once_and_with_a_certificate() {
    let bench = Bench::immediate();
    assert_eq!(register(&bench, "no certificate").0, 400);
    assert_eq!(register(&bench, &pem("AQID")).0, 200);
    assert_eq!(register(&bench, &pem("AQIE")).0, 400);
    let request = Request::get(PRINCIPALS).header("authorization", "Basic YWRtaW46c2VjcmV0");
    let list: Value = serde_json::from_slice(ask(&bench, request, "").body()).unwrap();
    assert_eq!(list["result_count"], 1);
}

#[test]
fn beyond_its_rate_a_client_is_refused_until_the_next_second() {
    let bench = Bench::immediate();
    let status = || bench.get("/infra").0;
    assert_eq!([status(), status(), status(), status()], [200; 4]);
    bench.manager.limit_rate(NonZeroU32::new(2));
    assert_eq!([status(), status(), status()], [200, 200, 429]);
    let refused = bench.get("/infra").1;
    let words = "Client 'admin' exceeded request rate of 2 per second.";
    assert_eq!(refused["error_message"], words);
    assert_eq!(refused["error_code"], 102);
    bench.pass(Duration::from_secs(1));
    assert_eq!([status(), status(), status()], [200, 200, 429]);
    bench.manager.limit_rate(None);
    assert_eq!([status(), status(), status()], [200; 3]);
}
