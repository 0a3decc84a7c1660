//! The sweeps of `docs/protocol.md` §4.4.

use crate::fixtures::*;
use hopwise_core::mirror::Decision;
use hopwise_core::sweep::{Nobody, owner, remove, suspect};
use hopwise_core::{Live, Uid};
use hopwise_vocab::Safeguard;
use std::collections::BTreeSet;

fn uids<const N: usize>(texts: [&str; N]) -> BTreeSet<Uid> {
    texts.map(uid).into()
}

fn nobody(text: &str) -> Nobody {
    Nobody::proven(uid(text), &Live::answered(None)).expect("nothing was found")
}

#[test]
fn whom_nobody_has_seen_is_read_live() {
    let found = suspect(&uids(["a", "b", "c"]), &uids(["a"]), None, &reference());
    assert_eq!(found, Some(uid("b")));
}

#[test]
fn who_could_not_be_swept_does_not_keep_the_others_from_it() {
    let after = |failed: &str| {
        let failed = uid(failed);
        suspect(
            &uids(["a", "b", "c"]),
            &uids(["b"]),
            Some(&failed),
            &reference(),
        )
    };
    assert_eq!(after("a"), Some(uid("c")));
    assert_eq!(after("c"), Some(uid("a")), "and then it is tried again");
    assert_eq!(after("b"), Some(uid("c")), "it need not be there any more");
}

#[test]
fn whoever_was_seen_is_no_suspect() {
    let found = suspect(&uids(["a"]), &uids(["a", "b"]), None, &reference());
    assert_eq!(found, None);
}

#[test]
fn without_sweep_orphans_nobody_is_suspected() {
    let off = without(Safeguard::SweepOrphans);
    assert_eq!(suspect(&uids(["a"]), &uids([]), None, &off), None);
}

#[test]
fn an_owner_that_is_absent_or_of_another_uid_is_proven_to_be_nobody() {
    let of = |found: Option<Uid>| Nobody::proven(uid("a"), &Live::answered(found));
    assert_eq!(of(None).map(|proof| proof.uid().clone()), Some(uid("a")));
    assert!(of(Some(uid("b"))).is_some());
    assert_eq!(of(Some(uid("a"))), None);
}

#[test]
fn what_stands_for_nobody_is_deleted_by_its_uid() {
    let delete = Decision::Delete {
        uid: Some(uid("ds")),
    };
    assert_eq!(remove(&mirrored(), &nobody("us"), &reference()), delete);
}

#[test]
fn the_proof_of_one_owner_removes_nothing_of_another() {
    let decision = remove(&mirrored().foreign(), &nobody("us"), &reference());
    assert_eq!(decision, Decision::Settled);
}

#[test]
fn what_is_being_deleted_is_left_to_its_deletion() {
    assert_eq!(owner(&mirrored().terminating()), None);
    let decision = remove(&mirrored().terminating(), &nobody("us"), &reference());
    assert_eq!(decision, Decision::Settled);
}
