//! Without a safeguard, the properties that name it break: each is able to fail.

use hopwise_checker::{Bounds, Graph, explore};
use hopwise_protocol::{Chain, Control, INVARIANTS, LEADS_TO, scenario};
use hopwise_vocab::{Safeguard, Safeguards};

/// The controls of this safeguard.
fn controls(off: Safeguard) -> impl Iterator<Item = &'static Control> {
    let invariants = INVARIANTS.iter().flat_map(|found| found.controls);
    let all = invariants.chain(LEADS_TO.iter().flat_map(|found| found.controls));
    all.filter(move |control| control.off == off)
}

/// The properties that name this safeguard and this scenario, each with whether it breaks.
fn verdicts(graph: &Graph<'_, Chain>, off: Safeguard) -> Vec<(&'static str, bool)> {
    let here =
        |control: &Control| control.off == off && control.scenario == graph.model().scenario.name;
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

/// Searches where the controls of the safeguard say, and compares which properties break.
fn assert_breaks(off: Safeguard, expected: &[&str]) {
    let control = controls(off)
        .next()
        .expect("every safeguard is some property's control");
    assert!(
        controls(off).all(|other| other.scenario == control.scenario),
        "one search is enough"
    );
    let chain = Chain {
        scenario: scenario(control.scenario).expect("controls name scenarios"),
        safeguards: Safeguards::reference().without(off),
    };
    let graph = explore(
        &chain,
        &Bounds {
            depth: control.depth,
            ..Bounds::default()
        },
    );
    let expected: Vec<_> = expected.iter().map(|&id| (id, true)).collect();
    assert_eq!(verdicts(&graph, off), expected);
}

#[test]
fn every_safeguard_is_the_control_of_some_property() {
    for &safeguard in Safeguard::ALL {
        assert!(controls(safeguard).next().is_some(), "{safeguard}");
    }
}

#[test]
fn without_finalizer_before_create_an_early_deletion_leaves_an_orphan() {
    let broken = ["hop_order", "deleted ⇝ gone"];
    assert_breaks(Safeguard::FinalizerBeforeCreate, &broken);
}

#[test]
fn without_hold_until_gone_the_upstream_goes_first() {
    assert_breaks(Safeguard::HoldUntilGone, &["hop_order"]);
}

#[test]
fn without_identity_by_uid_a_new_service_shows_the_address_of_the_old_one() {
    assert_breaks(Safeguard::IdentityByUid, &["status_true"]);
}

/// The search is cut: stale objects written back make many more states, and four steps are enough.
#[test]
fn without_guarded_writes_an_edit_is_undone() {
    assert_breaks(Safeguard::GuardedWrites, &["intent_kept"]);
}

#[test]
fn without_regular_poll_an_edit_that_is_taken_back_is_not_seen() {
    assert_breaks(Safeguard::RegularPoll, &["edited ⇝ realized"]);
}

#[test]
fn without_release_ip_last_a_load_balancer_serves_at_an_address_given_back() {
    assert_breaks(Safeguard::ReleaseIpLast, &["vip_allocated"]);
}

#[test]
fn without_wake_on_release_a_service_waits_for_ever() {
    assert_breaks(Safeguard::WakeOnRelease, &["created ⇝ published"]);
}
