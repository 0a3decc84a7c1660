use super::*;
use crate::filled;
use http::{Request, Response, StatusCode};
use k8s_openapi::api::core::v1::{Endpoints, Service};
use std::time::Duration;
use tower::ServiceExt;

#[derive(Debug, thiserror::Error)]
#[error("no")]
struct No;

async fn passed(telemetry: &Telemetry, result: Result<Requeue, No>, seconds: u64) {
    let pass = async {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        result
    };
    let _ = telemetry.pass(&Service::default(), pass).await;
}

#[tokio::test(start_paused = true)]
async fn passes_are_counted_by_result_and_timed() {
    let telemetry = Telemetry::of("hop");
    passed(&telemetry, Ok(Requeue::await_change()), 2).await;
    passed(&telemetry, Ok(Requeue::requeue(Duration::ZERO)), 2).await;
    passed(&telemetry, Err(No), 4).await;
    let metrics = telemetry.metrics();
    for line in [
        "controller_runtime_reconcile_total{controller=\"hop\",result=\"success\"} 1\n",
        "controller_runtime_reconcile_total{controller=\"hop\",result=\"requeue_after\"} 1\n",
        "controller_runtime_reconcile_total{controller=\"hop\",result=\"error\"} 1\n",
        "controller_runtime_reconcile_errors_total{controller=\"hop\"} 1\n",
        "controller_runtime_reconcile_time_seconds_sum{controller=\"hop\"} 8.0\n",
        "controller_runtime_reconcile_time_seconds_count{controller=\"hop\"} 3\n",
        "controller_runtime_active_workers{controller=\"hop\"} 0\n",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
}

#[tokio::test]
async fn requests_are_counted_by_method_and_code_and_without_an_answer_as_errors() {
    let telemetry = Telemetry::of("hop");
    let server = tower::service_fn(|request: Request<()>| async move {
        let mut answer = Response::new(());
        *answer.status_mut() = StatusCode::CONFLICT;
        if request.uri() == "/lost" {
            Err(No)
        } else {
            Ok(answer)
        }
    });
    let client = telemetry.counted("server:6443", server);
    for (method, uri) in [("PUT", "/"), ("PUT", "/"), ("GET", "/lost")] {
        let request = Request::builder().method(method).uri(uri).body(()).unwrap();
        let _ = client.clone().oneshot(request).await;
    }
    let metrics = telemetry.metrics();
    for labels in [
        "{code=\"409\",host=\"server:6443\",method=\"PUT\"} 2\n",
        "{code=\"<error>\",host=\"server:6443\",method=\"GET\"} 1\n",
    ] {
        let line = format!("rest_client_requests_total{labels}");
        assert!(metrics.contains(&line), "{line} in {metrics}");
    }
}

#[tokio::test]
async fn the_page_for_operators_has_every_metric() {
    let page = include_str!("../../../../docs/operating.md");
    let telemetry = Telemetry::of("hop");
    passed(&telemetry, Err(No), 0).await;
    let server = tower::service_fn(|_: Request<()>| async { Err::<Response<()>, _>(No) });
    let _ = telemetry
        .counted("server", server)
        .oneshot(Request::default())
        .await;
    let metrics = telemetry.metrics();
    let types = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    let names: Vec<_> = types
        .map(|line| match line.split_once(' ') {
            Some((name, "counter")) => format!("{name}_total"),
            Some((name, _)) => name.into(),
            None => panic!("a metric without a type: {line}"),
        })
        .collect();
    assert_eq!(names.len(), 7, "{names:?}");
    for name in names {
        assert!(page.contains(&format!("| `{name}` |")), "{name}");
    }
}

#[test]
fn a_kind_is_checked_by_whether_it_is_listed_and_counted_by_what_there_is() {
    let telemetry = Telemetry::of("hop");
    let mut service = Service::default();
    service.metadata.name = Some("web".into());
    let (services, _services) = filled(Some(vec![service]));
    let (endpoints, _endpoints) = filled::<Endpoints>(None);
    telemetry.watches(&services);
    telemetry.watches(&endpoints);
    let checks = telemetry.checks();
    let checks: Vec<_> = checks
        .iter()
        .map(|one| (one.name.as_str(), one.holds))
        .collect();
    let wanted = [
        ("ping", true),
        ("informer-sync/Service", true),
        ("informer-sync/Endpoints", false),
    ];
    assert_eq!(checks, wanted);
    let metrics = telemetry.metrics();
    for line in [
        "hopwise_watched_objects{controller=\"hop\",kind=\"Service\"} 1\n",
        "hopwise_watched_objects{controller=\"hop\",kind=\"Endpoints\"} 0\n",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
}

#[test]
fn a_replica_that_waits_for_its_lease_is_ready_and_does_not_lead() {
    let telemetry = Telemetry::of("hop");
    assert!(telemetry.checks().iter().all(|check| check.holds));
    let line = |leads| format!("leader_election_master_status{{name=\"hop\"}} {leads}\n");
    assert!(telemetry.metrics().contains(&line(0)));
    telemetry.leads();
    assert!(telemetry.metrics().contains(&line(1)));
}
