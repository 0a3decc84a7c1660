//! The program as an operator meets it: a process with signals, a lease and an exit code.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its arrangement fails"
)]

mod supervisor;
mod waited_for;
mod watched_over;

use std::time::Duration;
use supervisor::{Program, Supervisor};

const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_program_that_is_asked_to_end_gives_its_lease_back_and_exits_with_0() {
    let supervisor = Supervisor::start().await;
    let mut program = Program::start(&supervisor, &[]);
    supervisor.holder_is(|holder| !holder.is_empty()).await;
    program.signal("TERM").await;
    assert_eq!(program.exit_code(SOON).await, Some(0));
    supervisor.holder_is(str::is_empty).await;
}

#[tokio::test]
async fn a_pass_under_way_is_finished_before_the_end() {
    let supervisor = Supervisor::start().await;
    supervisor.hold_creates();
    let mut program = Program::start(&supervisor, &[]);
    supervisor.ask_for_a_service("web").await;
    supervisor.a_create_is_held().await;
    program.signal("INT").await;
    assert_eq!(program.exit_code(Duration::from_millis(500)).await, None);
    assert!(!supervisor.has_service("web").await);
    supervisor.let_creates_go();
    assert_eq!(program.exit_code(SOON).await, Some(0));
    assert!(supervisor.has_service("web").await);
}

#[tokio::test]
async fn a_second_signal_ends_the_program_at_once() {
    let supervisor = Supervisor::start().await;
    supervisor.hold_creates();
    let mut program = Program::start(&supervisor, &[]);
    supervisor.ask_for_a_service("web").await;
    supervisor.a_create_is_held().await;
    program.signal("TERM").await;
    assert_eq!(program.exit_code(Duration::from_millis(500)).await, None);
    program.signal("TERM").await;
    assert_eq!(program.exit_code(SOON).await, Some(1));
    let said = program.said().await;
    assert!(said.contains("asked to end a second time"), "{said}");
    supervisor.holder_is(|holder| !holder.is_empty()).await;
}

#[tokio::test]
async fn a_pass_that_outlasts_the_grace_period_is_told_by_its_flag() {
    let supervisor = Supervisor::start().await;
    supervisor.hold_creates();
    let mut program = Program::start(&supervisor, &["--shutdown-grace-period", "300ms"]);
    supervisor.ask_for_a_service("web").await;
    supervisor.a_create_is_held().await;
    program.signal("TERM").await;
    assert_eq!(program.exit_code(SOON).await, Some(1));
    let said = program.said().await;
    assert!(said.contains("--shutdown-grace-period"), "{said}");
}

#[tokio::test]
async fn an_object_that_waits_for_its_next_try_does_not_delay_the_end() {
    let supervisor = Supervisor::start().await;
    supervisor.refuse_creates();
    let mut program = Program::start(&supervisor, &["--shutdown-grace-period", "300ms"]);
    supervisor.ask_for_a_service("web").await;
    supervisor.creates_were_refused(3).await;
    program.signal("TERM").await;
    assert_eq!(program.exit_code(SOON).await, Some(0));
}

#[tokio::test]
async fn a_second_replica_serves_only_when_the_first_has_ended() {
    let supervisor = Supervisor::start().await;
    let mut first = Program::start(&supervisor, &["--leader-elect-identity", "first"]);
    supervisor.holder_is(|holder| holder == "first").await;
    let mut second = Program::start(&supervisor, &["--leader-elect-identity", "second"]);
    second.says("waits for the lease").await;
    first.signal("TERM").await;
    assert_eq!(first.exit_code(SOON).await, Some(0));
    supervisor.holder_is(|holder| holder == "second").await;
    supervisor.ask_for_a_service("web").await;
    while !supervisor.has_service("web").await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    second.signal("TERM").await;
    assert_eq!(second.exit_code(SOON).await, Some(0));
}

#[tokio::test]
async fn without_leader_election_there_is_no_lease() {
    let supervisor = Supervisor::start().await;
    let mut program = Program::start(&supervisor, &["--leader-elect=false"]);
    supervisor.ask_for_a_service("web").await;
    while !supervisor.has_service("web").await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(supervisor.holder().await, None);
    program.signal("TERM").await;
    assert_eq!(program.exit_code(SOON).await, Some(0));
}
