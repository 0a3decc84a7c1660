//! The rows of `docs/protocol.md` §4.1 and §4.2 as ccm takes them.

use crate::fixtures::*;
use hopwise_core::ccm::{Poll, decide, request, wants_poll};
use hopwise_core::mirror::{Annotations, Decision, Ground, Observed, Seen, Waiting};
use hopwise_core::{Guard, Terms, Told};
use hopwise_vocab::{Object, Verb};

fn is_proven_release(decision: &Decision) -> bool {
    matches!(decision, Decision::Release { guard, ground: Ground::Proven(_) } if *guard == as_seen())
}

#[test]
fn a_pass_without_a_service_does_nothing() {
    let seen = Observed {
        upstream: None,
        downstream: Seen::Present(mirrored()),
        live: None,
    };
    assert_eq!(decide(&seen, &reference()), Decision::Settled);
}

#[test]
fn a_new_service_is_held_before_anything_else() {
    let decision = decide(&service().not_polled(), &reference());
    assert_eq!(decision, Decision::Hold(as_seen()));
}

#[test]
fn a_held_service_waits_for_the_first_poll() {
    let decision = decide(&service().held().not_polled(), &reference());
    assert_eq!(decision, Decision::Wait(Waiting::ForFirstPoll));
}

#[test]
fn a_held_service_without_a_downstream_object_gets_one_with_its_ports() {
    assert_eq!(
        decide(&service().held().alone(), &reference()),
        create_for_the_service()
    );
}

#[test]
fn a_foreign_downstream_object_is_waited_out() {
    let seen = service().held().beside(mirrored().foreign().at(A));
    assert_eq!(
        decide(&seen, &reference()),
        Decision::Wait(Waiting::ForForeign)
    );
}

#[test]
fn a_downstream_object_that_stands_for_nobody_is_foreign() {
    let mut nobodys = mirrored();
    nobodys.stands_for = None;
    let seen = service().held().beside(nobodys);
    assert_eq!(
        decide(&seen, &reference()),
        Decision::Wait(Waiting::ForForeign)
    );
}

#[test]
fn a_terminating_downstream_object_is_never_adopted() {
    let seen = service().held().beside(mirrored().terminating().at(A));
    assert_eq!(
        decide(&seen, &reference()),
        Decision::Wait(Waiting::ForDeletion)
    );
}

#[test]
fn edited_ports_travel_down_to_the_object_that_was_seen() {
    let seen = service().held().on_ports(&[80, 443]).beside(mirrored());
    let update = Decision::Update {
        uid: uid("ds"),
        ports: vec![port(80), port(443)],
        terms: Terms::default(),
        annotations: Annotations::Left,
    };
    assert_eq!(decide(&seen, &reference()), update);
}

#[test]
fn the_order_of_ports_means_nothing() {
    let mut downstream = mirrored();
    downstream.ports = vec![port(443), port(80)];
    let seen = service().held().on_ports(&[80, 443]).beside(downstream);
    assert_eq!(decide(&seen, &reference()), Decision::Settled);
}

#[test]
fn a_new_address_is_published() {
    let seen = service().held().beside(mirrored().at(A));
    let publish = Decision::Publish {
        guard: as_seen(),
        told: Told::Address(A),
    };
    assert_eq!(decide(&seen, &reference()), publish);
}

#[test]
fn a_lost_address_is_published_as_none() {
    let seen = service().held().showing(A).beside(mirrored());
    let publish = Decision::Publish {
        guard: as_seen(),
        told: Told::Nothing,
    };
    assert_eq!(decide(&seen, &reference()), publish);
}

#[test]
fn exhaustion_travels_up() {
    let seen = service().held().beside(mirrored().told(Told::Exhausted));
    let publish = Decision::Publish {
        guard: as_seen(),
        told: Told::Exhausted,
    };
    assert_eq!(decide(&seen, &reference()), publish);
}

#[test]
fn a_service_that_was_told_of_exhaustion_is_told_when_it_is_over() {
    let waiting = service().held().told(Told::Exhausted);
    let told = |told| Decision::Publish {
        guard: as_seen(),
        told,
    };
    let still = waiting.clone().beside(mirrored().told(Told::Exhausted));
    assert_eq!(decide(&still, &reference()), Decision::Settled);
    let cleared = waiting.clone().beside(mirrored());
    assert_eq!(decide(&cleared, &reference()), told(Told::Nothing));
    let served = waiting.beside(mirrored().at(A));
    assert_eq!(decide(&served, &reference()), told(Told::Address(A)));
}

#[test]
fn a_service_that_shows_its_address_is_settled() {
    let seen = service().held().showing(A).beside(mirrored().at(A));
    assert_eq!(decide(&seen, &reference()), Decision::Settled);
}

#[test]
fn a_deleting_service_waits_for_the_first_poll() {
    let decision = decide(&service().held().deleting().not_polled(), &reference());
    assert_eq!(decision, Decision::Wait(Waiting::ForFirstPoll));
}

#[test]
fn a_deleting_service_takes_its_downstream_object_along() {
    let seen = service().held().deleting().beside(mirrored());
    assert_eq!(decide(&seen, &reference()), delete_the_mirrored_one());
}

#[test]
fn an_absence_that_was_only_seen_is_read_live() {
    let seen = service().held().deleting().alone();
    assert_eq!(decide(&seen, &reference()), Decision::Read);
}

#[test]
fn a_foreign_downstream_object_is_read_live_and_not_deleted() {
    let seen = service().held().deleting().beside(mirrored().foreign());
    assert_eq!(decide(&seen, &reference()), Decision::Read);
}

#[test]
fn a_terminating_downstream_object_is_read_live() {
    let seen = service().held().deleting().beside(mirrored().terminating());
    assert_eq!(decide(&seen, &reference()), Decision::Read);
}

#[test]
fn a_live_absence_releases_the_service() {
    let seen = service()
        .held()
        .deleting()
        .beside(mirrored().terminating())
        .with_live(None);
    assert!(is_proven_release(&decide(&seen, &reference())));
}

#[test]
fn a_foreign_object_found_live_releases_the_service() {
    let seen = service()
        .held()
        .deleting()
        .alone()
        .with_live(Some(mirrored().foreign()));
    assert!(is_proven_release(&decide(&seen, &reference())));
}

#[test]
fn an_object_that_the_cache_missed_is_deleted() {
    let seen = service()
        .held()
        .deleting()
        .alone()
        .with_live(Some(mirrored()));
    assert_eq!(decide(&seen, &reference()), delete_the_mirrored_one());
}

#[test]
fn a_deleting_service_keeps_its_finalizer_while_the_downstream_object_is_still_there() {
    let seen = service()
        .held()
        .deleting()
        .alone()
        .with_live(Some(mirrored().terminating()));
    assert_eq!(
        decide(&seen, &reference()),
        Decision::Wait(Waiting::ForDeletion)
    );
}

#[test]
fn a_service_that_is_ours_no_longer_is_torn_down() {
    let seen = service().held().not_ours().beside(mirrored());
    assert_eq!(decide(&seen, &reference()), delete_the_mirrored_one());
}

#[test]
fn a_service_that_never_was_ours_is_left_alone() {
    let seen = service().not_ours().beside(mirrored());
    assert_eq!(decide(&seen, &reference()), Decision::Settled);
}

#[test]
fn a_released_service_is_settled() {
    assert_eq!(
        decide(&service().deleting().beside(mirrored()), &reference()),
        Decision::Settled
    );
}

#[test]
fn the_annotations_of_others_are_no_difference() {
    let annotated = service().held().beside(mirrored().annotated_by_others());
    assert_eq!(decide(&annotated, &reference()), Decision::Settled);
}

#[test]
fn every_tick_polls() {
    let settled = service().held().showing(A);
    assert_eq!(wants_poll([&settled], &reference()), Poll::Send);
    assert_eq!(wants_poll([], &reference()), Poll::Send);
}

#[test]
fn ccm_reads_and_writes_its_own_two_objects() {
    let read = request(&Decision::Read);
    assert_eq!(read, Some((Verb::Read, Object::VmService)));
    let hold = request(&Decision::Hold(Guard::None));
    assert_eq!(hold, Some((Verb::Hold, Object::Service)));
}
