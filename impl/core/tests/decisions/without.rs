//! The rows of `docs/protocol.md` §4.1 and §4.2 as ccm takes them with one safeguard off (§9).

use crate::fixtures::*;
use hopwise_core::ccm::{Poll, decide, sync, wants_poll};
use hopwise_core::mirror::{Annotations, Decision, Ground, Seen, Waiting};
use hopwise_core::{Guard, Terms, Told, Upstream};
use hopwise_vocab::Safeguard;

#[test]
fn without_finalizer_before_create_a_service_is_held_after_the_create() {
    let off = without(Safeguard::FinalizerBeforeCreate);
    assert_eq!(decide(&service().alone(), &off), create_for_the_service());
    assert_eq!(
        decide(&service().beside(mirrored()), &off),
        Decision::Hold(as_seen())
    );
    assert_eq!(
        decide(&service().not_polled(), &off),
        Decision::Wait(Waiting::ForFirstPoll)
    );
}

#[test]
fn without_hold_until_gone_a_service_is_released_on_what_was_seen() {
    let off = without(Safeguard::HoldUntilGone);
    let seen = service().held().deleting().beside(mirrored().terminating());
    let is_waived = matches!(
        decide(&seen, &off),
        Decision::Release {
            ground: Ground::Waived(_),
            ..
        }
    );
    assert!(is_waived);
}

#[test]
fn without_identity_by_uid_whatever_has_the_name_is_ours() {
    let off = without(Safeguard::IdentityByUid);
    let foreign = mirrored().foreign().terminating().at(A);
    let publish = Decision::Publish {
        guard: as_seen(),
        told: Told::Address(A),
    };
    assert_eq!(decide(&service().held().beside(foreign), &off), publish);
    let deleting = service().held().deleting();
    let seen = deleting.clone().beside(mirrored().foreign());
    assert_eq!(decide(&seen, &off), delete_the_mirrored_one());
    let found = deleting.alone().with_live(Some(mirrored().foreign()));
    assert_eq!(decide(&found, &off), delete_the_mirrored_one());
}

#[test]
fn without_guarded_writes_nothing_guards_a_write_to_the_service() {
    let off = without(Safeguard::GuardedWrites);
    assert_eq!(
        decide(&service().alone(), &off),
        Decision::Hold(Guard::None)
    );
    let publish = Decision::Publish {
        guard: Guard::None,
        told: Told::Address(A),
    };
    assert_eq!(
        decide(&service().held().beside(mirrored().at(A)), &off),
        publish
    );
    let gone = service().held().deleting().alone().with_live(None);
    let is_unguarded = matches!(
        decide(&gone, &off),
        Decision::Release {
            guard: Guard::None,
            ..
        }
    );
    assert!(is_unguarded);
}

#[test]
fn without_surface_exhaustion_exhaustion_below_counts_as_nothing() {
    let off = without(Safeguard::SurfaceExhaustion);
    let exhausted = mirrored().told(Told::Exhausted);
    let seen = service().held().beside(exhausted.clone());
    assert_eq!(decide(&seen, &off), Decision::Settled);
    let lost = service().held().showing(A).beside(exhausted);
    let publish = Decision::Publish {
        guard: as_seen(),
        told: Told::Nothing,
    };
    assert_eq!(decide(&lost, &off), publish);
}

#[test]
fn without_clear_before_release_emptiness_does_not_travel() {
    let off = without(Safeguard::ClearBeforeRelease);
    let lost = service().held().showing(A).beside(mirrored());
    assert_eq!(decide(&lost, &off), Decision::Settled);
    let moved = service().held().showing(A).beside(mirrored().at(B));
    let publish = Decision::Publish {
        guard: as_seen(),
        told: Told::Address(B),
    };
    assert_eq!(decide(&moved, &off), publish);
    let silenced = off.without(Safeguard::SurfaceExhaustion);
    let exhausted = service()
        .held()
        .showing(A)
        .beside(mirrored().told(Told::Exhausted));
    assert_eq!(decide(&exhausted, &silenced), Decision::Settled);
}

#[test]
fn without_delete_by_uid_a_delete_hits_whatever_has_the_name() {
    let off = without(Safeguard::DeleteByUid);
    let anyone = Decision::Delete { uid: None };
    let deleting = service().held().deleting();
    let seen = deleting.clone().beside(mirrored());
    assert_eq!(decide(&seen, &off), anyone);
    let found = deleting.alone().with_live(Some(mirrored()));
    assert_eq!(decide(&found, &off), anyone);
}

#[test]
fn without_own_keys_only_the_annotations_of_others_are_a_difference_and_are_replaced() {
    let off = without(Safeguard::OwnKeysOnly);
    let replace = Decision::Update {
        uid: uid("ds"),
        ports: vec![port(80)],
        terms: Terms::default(),
        annotations: Annotations::Replaced,
    };
    let annotated = service().held().beside(mirrored().annotated_by_others());
    assert_eq!(decide(&annotated, &off), replace);
    let edited = mirrored().on_port(443);
    let edited = service().held().beside(edited);
    assert_eq!(decide(&edited, &off), replace);
    let settled = service().held().beside(mirrored());
    assert_eq!(decide(&settled, &off), Decision::Settled);
}

#[test]
fn without_regular_poll_only_an_open_service_is_worth_a_poll() {
    let off = without(Safeguard::RegularPoll);
    let wants = |service: Upstream| wants_poll([&service], &off);
    assert_eq!(wants(service().held()), Poll::Send);
    assert_eq!(wants(service().held().told(Told::Exhausted)), Poll::Send);
    assert_eq!(wants(service()), Poll::Send);
    assert_eq!(wants(service().held().showing(A).deleting()), Poll::Send);
    assert_eq!(wants(service().held().showing(A)), Poll::Skip);
    assert_eq!(wants(service().not_ours()), Poll::Skip);
    assert_eq!(wants_poll([], &off), Poll::Skip);
}

#[test]
fn without_fresh_intent_what_was_asked_for_once_is_written_again() {
    let off = without(Safeguard::FreshIntent);
    let edited_since = Seen::Present(mirrored().on_port(443));
    let back = Decision::Update {
        uid: uid("ds"),
        ports: vec![port(80)],
        terms: Terms::default(),
        annotations: Annotations::Left,
    };
    let remembered = service().held();
    assert_eq!(sync(&remembered, &edited_since, &off), back);
    assert_eq!(
        sync(&remembered, &edited_since, &reference()),
        Decision::Settled
    );
}

#[test]
fn the_second_loop_does_nothing_but_update() {
    let off = without(Safeguard::FreshIntent);
    let nothing = |remembered: Upstream, below| {
        assert_eq!(sync(&remembered, &below, &off), Decision::Settled);
    };
    let other = || Seen::Present(mirrored().on_port(443));
    nothing(service().held(), Seen::Absent);
    nothing(service(), other());
    nothing(service().held().deleting(), other());
    nothing(service().held(), Seen::Present(mirrored().at(A)));
}

#[test]
fn the_second_loop_does_not_ask_whose_it_is() {
    let off = without(Safeguard::FreshIntent);
    for other in [mirrored().foreign(), mirrored().terminating()] {
        let decision = sync(&service().held(), &Seen::Present(other.on_port(443)), &off);
        assert!(matches!(decision, Decision::Update { .. }), "{decision:?}");
    }
}
