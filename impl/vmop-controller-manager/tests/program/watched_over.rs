//! What the program tells of itself: over HTTP, and in its log.

use crate::supervisor::{Program, Supervisor, ask};
use std::time::Duration;

async fn has_service(supervisor: &Supervisor, name: &str) {
    while !supervisor.has_service(name).await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_program_is_ready_when_all_that_it_watches_is_listed() {
    let supervisor = Supervisor::start().await;
    let mut program = Program::start(&supervisor, &[]);
    let address = program.address().await;
    assert!(
        ask(address, "GET", "/healthz", "")
            .await
            .ends_with("\r\n\r\nok")
    );
    supervisor.ask_for_a_service("web").await;
    has_service(&supervisor, "web").await;
    let ready = ask(address, "GET", "/readyz?verbose", "").await;
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    for kind in [
        "VirtualMachineService",
        "Service",
        "Endpoints",
        "VirtualMachine",
    ] {
        assert!(
            ready.contains(&format!("[+]informer-sync/{kind} ok\n")),
            "{ready}"
        );
    }
    assert!(ready.ends_with("readyz check passed\n"), "{ready}");
}

#[tokio::test]
async fn the_numbers_are_those_of_what_happened() {
    let supervisor = Supervisor::start().await;
    supervisor.refuse_creates();
    let mut program = Program::start(&supervisor, &[]);
    let address = program.address().await;
    supervisor.ask_for_a_service("web").await;
    supervisor.creates_were_refused(1).await;
    supervisor.let_creates_go();
    has_service(&supervisor, "web").await;
    let metrics = ask(address, "GET", "/metrics", "").await;
    let media_type = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert!(metrics.contains(media_type), "{metrics}");
    assert!(metrics.ends_with("# EOF\n"), "{metrics}");
    let name = "controller=\"vmop-controller-manager\"";
    for line in [
        format!("controller_runtime_reconcile_errors_total{{{name}}} 1\n"),
        format!("controller_runtime_reconcile_total{{{name},result=\"error\"}} 1\n"),
        format!("hopwise_watched_objects{{{name},kind=\"VirtualMachineService\"}} 1\n"),
        "leader_election_master_status{name=\"vmop-controller-manager\"} 1\n".into(),
    ] {
        assert!(metrics.contains(&line), "{line} in {metrics}");
    }
    let refused = "rest_client_requests_total{code=\"500\",host=\"127.0.0.1:";
    assert!(metrics.contains(refused), "{metrics}");
    assert!(metrics.contains("method=\"POST\"} 1\n"), "{metrics}");
}

#[tokio::test]
async fn each_line_of_a_pass_names_object_uid_generation_and_pass() {
    let supervisor = Supervisor::start().await;
    supervisor.refuse_creates();
    let mut program = Program::start(&supervisor, &["--log-format", "json"]);
    let uid = supervisor.ask_for_a_service("web").await;
    let line = program.says("the pass failed").await;
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let span = &line["span"];
    assert_eq!(span["object"], "VirtualMachineService default/web");
    assert_eq!(
        (&span["uid"], &span["generation"]),
        (&uid.into(), &1.into())
    );
    assert!(span["pass"].as_u64().is_some_and(|pass| pass > 0), "{line}");
    assert_eq!(line["level"], "WARN");
    assert!(
        line["fields"]["reason"]
            .as_str()
            .is_some_and(|why| !why.is_empty()),
        "{line}"
    );
}

#[tokio::test]
async fn what_is_logged_changes_while_the_program_runs() {
    let supervisor = Supervisor::start().await;
    let mut program = Program::start(&supervisor, &[]);
    let address = program.address().await;
    supervisor.ask_for_a_service("quiet").await;
    has_service(&supervisor, "quiet").await;
    let set = ask(address, "PUT", "/debug/flags/v", "4").await;
    assert!(
        set.ends_with("successfully set the log filter to debug\n"),
        "{set}"
    );
    supervisor.ask_for_a_service("loud").await;
    has_service(&supervisor, "loud").await;
    let line = program.says("the pass ends").await;
    assert!(line.contains("DEBUG") && !line.contains("quiet"), "{line}");
}
