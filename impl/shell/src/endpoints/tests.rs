use super::*;
use crate::filled;
use k8s_openapi::api::core::v1::{Endpoints, Service};

const LOOPBACK: &str = "127.0.0.1:8084";

async fn asked(telemetry: &Telemetry, listens: &str, line: &str, body: &str) -> (u16, String) {
    let (method, uri) = line.split_once(' ').unwrap();
    let body = Full::new(Bytes::from(body.to_owned()));
    let request = Request::builder()
        .method(method)
        .uri(uri)
        .body(body)
        .unwrap();
    let answer = answer(telemetry, listens.parse().unwrap(), request).await;
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn got(telemetry: &Telemetry, path: &str) -> (u16, String) {
    asked(telemetry, LOOPBACK, &format!("GET {path}"), "").await
}

#[tokio::test]
async fn a_kind_that_is_not_listed_is_named_and_the_program_lives_but_is_not_ready() {
    let telemetry = Telemetry::of("hop");
    let (services, _services) = filled::<Service>(Some(Vec::new()));
    let (endpoints, _endpoints) = filled::<Endpoints>(None);
    telemetry.watches(&services);
    telemetry.watches(&endpoints);
    let all = "[+]ping ok\n[+]informer-sync/Service ok\n\
               [-]informer-sync/Endpoints failed: not listed yet\nreadyz check failed\n";
    assert_eq!(got(&telemetry, "/readyz").await, (500, all.into()));
    assert_eq!(got(&telemetry, "/readyz?verbose").await, (500, all.into()));
    assert_eq!(
        got(&telemetry, "/readyz/informer-sync/Service").await,
        (200, "ok".into())
    );
    assert_eq!(
        got(&telemetry, "/readyz/informer-sync/Endpoints").await.0,
        500
    );
    assert_eq!(got(&telemetry, "/readyz/nothing").await.0, 404);
    assert_eq!(got(&telemetry, "/healthz").await, (200, "ok".into()));
    assert_eq!(got(&telemetry, "/livez").await, (200, "ok".into()));
}

#[tokio::test]
async fn a_ready_program_says_so_in_one_word_or_check_by_check() {
    let telemetry = Telemetry::of("hop");
    let (services, _services) = filled::<Service>(Some(Vec::new()));
    telemetry.watches(&services);
    assert_eq!(got(&telemetry, "/readyz").await, (200, "ok".into()));
    let all = "[+]ping ok\n[+]informer-sync/Service ok\nreadyz check passed\n";
    for path in [
        "/readyz?verbose",
        "/readyz?verbose=true",
        "/readyz?a=b&verbose",
    ] {
        assert_eq!(got(&telemetry, path).await, (200, all.into()), "{path}");
    }
}

#[tokio::test]
async fn wrong_methods_paths_and_bodies_are_refused() {
    let telemetry = Telemetry::of("hop");
    let long = "x".repeat(LONGEST + 1);
    let table = [
        ("POST /metrics", "", 405),
        ("GET /debug/flags/v", "", 405),
        ("GET /", "", 404),
        ("GET /readyzz", "", 404),
        ("PUT /debug/flags/v", "hopwise=noise=1=2", 400),
        ("PUT /debug/flags/v", "inof", 400),
        ("PUT /debug/flags/v", "", 400),
        ("PUT /debug/flags/v", &long, 413),
    ];
    for (line, body, status) in table {
        assert_eq!(
            asked(&telemetry, LOOPBACK, line, body).await.0,
            status,
            "{line} {body:.20}"
        );
    }
}

#[tokio::test]
async fn only_who_is_on_the_same_machine_changes_what_is_logged() {
    let telemetry = Telemetry::of("hop");
    let (status, why) = asked(&telemetry, "0.0.0.0:8084", "PUT /debug/flags/v", "4").await;
    assert_eq!(status, 403);
    assert!(why.contains("loopback"), "{why}");
}
