//! Without a safeguard, the properties that name it break: each is able to fail.

use hopwise_checker::{Bounds, Graph, explore};
use hopwise_protocol::{Chain, INVARIANTS, LEADS_TO, scenario};
use hopwise_vocab::{Safeguard, Safeguards};

/// The properties that name this safeguard and this scenario, each with whether it breaks.
fn verdicts(graph: &Graph<'_, Chain>, off: Safeguard) -> Vec<(&'static str, bool)> {
    let here = |control: &hopwise_protocol::Control| {
        control.off == off && control.scenario == graph.model().scenario.name
    };
    let invariants = INVARIANTS
        .iter()
        .filter(|found| found.controls.iter().any(here));
    let families = LEADS_TO
        .iter()
        .filter(|found| found.controls.iter().any(here));
    invariants
        .map(|invariant| {
            let judgement = invariant.judge(graph);
            (invariant.id, judgement.counterexample().is_some())
        })
        .chain(families.map(|family| {
            let mut instances = (family.instances)(&graph.model().scenario).into_iter();
            let breaks = |of| family.judge(graph, &of).counterexample().is_some();
            (family.id, instances.any(breaks))
        }))
        .collect()
}

fn assert_breaks(off: Safeguard, name: &str, expected: &[&str], bounds: &Bounds<'_>) {
    let safeguards = Safeguards::reference().without(off);
    let chain = Chain {
        scenario: scenario(name).expect("controls name scenarios"),
        safeguards,
    };
    let graph = explore(&chain, bounds);
    let expected: Vec<_> = expected.iter().map(|&id| (id, true)).collect();
    assert_eq!(verdicts(&graph, off), expected);
}

fn everything() -> Bounds<'static> {
    Bounds::default()
}

#[test]
fn without_finalizer_before_create_an_early_deletion_leaves_an_orphan() {
    let broken = ["hop_order", "deleted ⇝ gone"];
    assert_breaks(
        Safeguard::FinalizerBeforeCreate,
        "create",
        &broken,
        &everything(),
    );
}

#[test]
fn without_hold_until_gone_the_upstream_goes_first() {
    assert_breaks(
        Safeguard::HoldUntilGone,
        "delete-race",
        &["hop_order"],
        &everything(),
    );
}

#[test]
fn without_identity_by_uid_a_new_service_shows_the_address_of_the_old_one() {
    assert_breaks(
        Safeguard::IdentityByUid,
        "recreate",
        &["status_true"],
        &everything(),
    );
}

/// The search is cut: stale objects written back make many more states, and four steps are enough.
#[test]
fn without_guarded_writes_an_edit_is_undone() {
    let shallow = Bounds {
        depth: Some(8),
        ..Bounds::default()
    };
    assert_breaks(Safeguard::GuardedWrites, "edit", &["intent_kept"], &shallow);
}

#[test]
fn without_regular_poll_an_edit_that_is_taken_back_is_not_seen() {
    assert_breaks(
        Safeguard::RegularPoll,
        "edit",
        &["edited ⇝ realized"],
        &everything(),
    );
}

#[test]
fn without_release_ip_last_a_load_balancer_serves_at_an_address_given_back() {
    assert_breaks(
        Safeguard::ReleaseIpLast,
        "delete-race",
        &["vip_allocated"],
        &everything(),
    );
}

#[test]
fn without_wake_on_release_a_service_waits_for_ever() {
    assert_breaks(
        Safeguard::WakeOnRelease,
        "recreate",
        &["created ⇝ published"],
        &everything(),
    );
}
