//! Lane 5: free runs are behaviours of the model; runs that were tampered with, or are of
//! controllers that make mistakes, are not.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use bytes::Bytes;
use hopwise_conformance::accept::{MOST, Refusal, Verdict, accept};
use hopwise_conformance::chaos::{Chaos, run};
use hopwise_conformance::corrupt::corrupt;
use hopwise_conformance::gate::{Edit, Seed};
use hopwise_conformance::recording::{Line, Recording};
use hopwise_vocab::{Hop, Safeguard, Safeguards};
use http::{Method, Request};
use std::fs;

/// How many lines the runs of these tests have; `examples/accept.rs` takes longer ones.
const EVENTS: usize = 300;

fn recorded(seed: u64) -> Recording {
    run(&Chaos::new(seed, EVENTS)).unwrap()
}

#[track_caller]
fn is_accepted(recording: &Recording) {
    let verdict = accept(recording, MOST);
    assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict}");
}

/// The refusal of the first run that is refused, of some.
#[track_caller]
fn first_refused(chaos: impl Fn(u64) -> Chaos, seeds: u64) -> Refusal {
    let mut verdicts = (0..seeds).map(|seed| accept(&run(&chaos(seed)).unwrap(), MOST));
    let first = verdicts.find_map(|verdict| match verdict {
        Verdict::Refused(refusal) => Some(*refusal),
        Verdict::Accepted(_) => None,
        Verdict::Undecided(undecided) => panic!("{undecided:?}"),
    });
    first.expect("one of the runs is refused")
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    // In long runs the back-offs of a call and of a watch race now and then.
    let long = |seed| run(&Chaos::new(seed, 1000)).unwrap().to_text();
    for seed in 0..20 {
        assert_eq!(long(seed), long(seed), "seed {seed}");
    }
    assert_ne!(recorded(5).lines, recorded(6).lines);
}

#[test]
fn a_free_run_is_a_behaviour_of_the_model() {
    for seed in 0..8 {
        let recording = recorded(seed);
        is_accepted(&Recording::parse(&recording.to_text()).unwrap());
    }
}

#[test]
fn a_free_run_is_a_behaviour_without_the_order_between_its_logs_too() {
    for seed in 0..8 {
        is_accepted(&recorded(seed).by_log());
    }
}

#[test]
fn the_kept_recordings_are_accepted() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/recordings");
    let mut count = 0;
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        is_accepted(&Recording::parse(&text).unwrap());
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn a_recording_that_was_tampered_with_is_refused_at_the_event() {
    for seed in 0..4 {
        let recording = recorded(seed);
        for tampering in 0..10 {
            let corrupted = corrupt(&recording, tampering).unwrap();
            let (line, latest) = (corrupted.line, corrupted.latest);
            match accept(&corrupted.recording, MOST) {
                Verdict::Refused(refusal) => assert!(
                    (line..=latest).contains(&refusal.line),
                    "{:?} {line}..={latest}: {refusal}",
                    corrupted.how
                ),
                verdict @ (Verdict::Accepted(_) | Verdict::Undecided(_)) => {
                    panic!(
                        "{:?} {}: {verdict}",
                        corrupted.how,
                        corrupted.event.to_text()
                    )
                }
            }
        }
    }
}

#[test]
fn a_recording_that_ends_before_a_hop_has_asked_what_it_must_is_refused_at_its_end() {
    let mut recording = recorded(5);
    let is_write = |line: &Line| match line {
        Line::Asks { hop, method, .. } => *hop == Hop::Vmop && method != "GET",
        Line::Starts { .. }
        | Line::Acts { .. }
        | Line::Hears { .. }
        | Line::Fails { .. }
        | Line::Delivers { .. }
        | Line::Requests { .. }
        | Line::Ends { .. } => false,
    };
    let owed = recording.lines.iter().position(is_write).unwrap();
    recording.lines.truncate(owed + 1);
    is_accepted(&recording);
    recording.lines.truncate(owed);
    let Verdict::Refused(refusal) = accept(&recording, MOST) else {
        panic!("it is not refused")
    };
    assert_eq!(refusal.accepted, owed);
    assert_eq!(refusal.event, "the end of the recording");
}

#[test]
fn a_search_that_is_cut_short_is_not_decided() {
    let verdict = accept(&recorded(0), 10);
    assert!(matches!(verdict, Verdict::Undecided(_)), "{verdict}");
}

/// What runs of controllers without a safeguard are refused for, and of how many some are.
const MISSED: [(Safeguard, u64, &str); 6] = [
    (
        Safeguard::FinalizerBeforeCreate,
        1,
        "serve ccm hold service",
    ),
    (Safeguard::HoldUntilGone, 4, "serve ccm release service"),
    (Safeguard::GuardedWrites, 1, "serve ccm hold service"),
    (Safeguard::DeleteByUid, 8, "serve ccm delete vm-service"),
    (Safeguard::OwnKeysOnly, 8, "serve ccm update vm-service"),
    (Safeguard::SurfaceExhaustion, 8, "serve ncp"),
];

#[test]
fn controllers_without_a_safeguard_are_refused_where_they_ask_what_the_model_does_not() {
    for (off, seeds, action) in MISSED {
        let chaos = |seed| Chaos {
            safeguards: Safeguards::reference().without(off),
            ..Chaos::new(seed, EVENTS)
        };
        let refusal = first_refused(chaos, seeds);
        let closest = refusal.action.map(|action| action.to_string());
        let closest = closest.unwrap_or_default();
        assert!(closest.starts_with(action), "without {off}: {refusal}");
    }
}

#[test]
fn controllers_without_a_safeguard_are_behaviours_of_the_model_without_it() {
    for off in [
        Safeguard::FinalizerBeforeCreate,
        Safeguard::HoldUntilGone,
        Safeguard::ReleaseIpLast,
    ] {
        let without = Safeguards::reference().without(off);
        let chaos = Chaos {
            safeguards: without.clone(),
            claimed: without,
            ..Chaos::new(1, EVENTS)
        };
        is_accepted(&run(&chaos).unwrap());
    }
}

/// Writes a status whatever became of the object since it was seen.
const BLIND_STATUS: Edit = |request| {
    if request.method() != Method::PATCH || !request.uri().path().ends_with("/status") {
        return request;
    }
    without_field(request, "metadata")
};

/// Deletes whatever has the name.
const DELETE_BY_NAME: Edit = |request| {
    if request.method() != Method::DELETE {
        return request;
    }
    without_field(request, "preconditions")
};

/// Gives what it creates no owner.
const ORPHAN_BY_BIRTH: Edit = |request| {
    if request.method() != Method::POST {
        return request;
    }
    let (head, body) = request.into_parts();
    let mut object: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let metadata = object["metadata"].as_object_mut().unwrap();
    metadata.remove("ownerReferences");
    Request::from_parts(head, Bytes::from(object.to_string()))
};

fn without_field(request: Request<Bytes>, field: &str) -> Request<Bytes> {
    let (head, body) = request.into_parts();
    let Ok(mut body) = serde_json::from_slice::<serde_json::Value>(&body) else {
        return Request::from_parts(head, body);
    };
    if let Some(fields) = body.as_object_mut() {
        fields.remove(field);
    }
    Request::from_parts(head, Bytes::from(body.to_string()))
}

#[test]
fn controllers_that_make_mistakes_are_refused_at_their_first_one() {
    let mistakes: [(Seed, &str); 3] = [
        ((Hop::Ncp, || Box::new(BLIND_STATUS)), "publish"),
        ((Hop::Ccm, || Box::new(DELETE_BY_NAME)), "delete"),
        (
            (Hop::Ccm, || Box::new(ORPHAN_BY_BIRTH)),
            "serve ccm create vm-service",
        ),
    ];
    for (mistake, action) in mistakes {
        let chaos = |seed| Chaos {
            mistake: Some(mistake),
            ..Chaos::new(seed, EVENTS)
        };
        let refusal = first_refused(chaos, 8);
        let closest = refusal.action.map(|action| action.to_string());
        assert!(closest.unwrap_or_default().contains(action), "{refusal}");
        assert!(refusal.event.contains("\"asks\""), "{refusal}");
    }
}
