//! Seeded mistakes: each lane catches them, and says where.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use bytes::Bytes;
use hopwise_conformance::caller::Caller;
use hopwise_conformance::gate::Edit;
use hopwise_conformance::lane2::{self, Core};
use hopwise_conformance::replay::{self, Divergence, Error, Why};
use hopwise_conformance::world::Setup;
use hopwise_core::{Guard, Lifecycle, mirror, vmop};
use hopwise_protocol::{Chain, scenario};
use hopwise_vocab::{Action, Deed, Hop, Object, Safeguard, Safeguards, Step, Trace, Verb};
use http::{Method, Request};
use stateright::Model;
use std::time::Duration;

fn timeless<T>(run: impl FnOnce(&mut Caller<'_>) -> T) -> T {
    run(&mut Caller {
        clock: &|| Duration::ZERO,
        progress: &mut |_, _| (),
        limit: None,
    })
}

fn reference(name: &str) -> Chain {
    Chain {
        scenario: scenario(name).unwrap(),
        safeguards: Safeguards::reference(),
    }
}

/// What lane 2 says of a mistaken core: the hop, the fields that differ, and the way there.
fn caught(core: &Core, name: &str) -> (Hop, Vec<String>, Trace) {
    let chain = reference(name);
    let report =
        timeless(|caller| lane2::run_with(core, &chain.scenario, &chain.safeguards, caller));
    let divergence = report.divergence.expect("the mistake is caught");
    let fields = divergence
        .differences
        .into_iter()
        .map(|difference| difference.field);
    (
        divergence.hop,
        fields.collect(),
        Trace::parse(&divergence.trace).unwrap(),
    )
}

fn without(safeguard: Safeguard) -> Safeguards {
    Safeguards::reference().without(safeguard)
}

/// What lane 4 says of mistaken controllers on a trace of the reference.
fn diverges(setup: &Setup, name: &str, trace: &Trace) -> Divergence {
    let chain = reference(name);
    match timeless(|caller| replay::run_on(setup, &chain, trace, caller)) {
        Err(Error::Diverged(divergence)) => *divergence,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("the mistake is not caught"),
    }
}

fn fields(divergence: &Divergence) -> Vec<&str> {
    let Why::Differs(differences) = &divergence.why else {
        panic!("{divergence}")
    };
    differences
        .iter()
        .map(|difference| difference.field.as_str())
        .collect()
}

/// A trace of the reference, with the calls of a hop's pass served and heard until another pass
/// has begun. Lane 2 asks what a pass would decide if it began now; lane 4 has to let it begin.
fn up_to_the_next_pass(name: &str, hop: Hop, mut trace: Trace) -> Trace {
    let chain = reference(name);
    let mut state = chain.init_states().remove(0);
    for action in trace.actions() {
        state = chain.next_state(&state, action).unwrap();
    }
    for _ in 0..4 {
        let mut offered = Vec::new();
        chain.actions(&state, &mut offered);
        let of_pass = |action: &Action| {
            matches!(action.deed, Deed::Serve(other, verb, _) | Deed::Hear(other, verb, _)
                if other == hop && verb != Verb::List)
        };
        let steps = offered.into_iter().filter(of_pass);
        let mut steps =
            steps.filter_map(|action| Some((action, chain.next_state(&state, action)?)));
        let Some((action, after)) = steps.next() else {
            break;
        };
        trace.steps.push(Step {
            action,
            cycle: false,
        });
        state = after;
    }
    trace
}

/// Both lanes on the same mistake: lane 4 takes the way that lane 2 found.
#[track_caller]
fn both_lanes_catch(off: Safeguard, name: &str, step: &str, differing: &[&str]) {
    let (hop, fields_of_request, trace) = caught(&Core::reference(without(off)), name);
    assert_eq!(hop, Hop::Ccm);
    assert_eq!(fields_of_request, differing);
    let trace = up_to_the_next_pass(name, hop, trace);
    let divergence = diverges(&Setup::new(&without(off), 1), name, &trace);
    println!("{divergence}");
    let action = divergence
        .action
        .expect("the start is as it should be")
        .to_string();
    assert_eq!(
        (action.as_str(), fields(&divergence)),
        (step, vec!["ccm call"])
    );
}

#[test]
fn a_finalizer_released_too_early_is_caught_by_both_lanes() {
    both_lanes_catch(
        Safeguard::HoldUntilGone,
        "create",
        "hear ccm hold service",
        &["verb", "object", "uid", "version"],
    );
}

#[test]
fn a_name_taken_for_an_identity_and_a_status_from_its_stale_object_are_caught_by_both_lanes() {
    both_lanes_catch(
        Safeguard::IdentityByUid,
        "recreate",
        "hear ccm hold service",
        &["request"],
    );
}

#[test]
fn a_status_from_a_terminating_object_is_caught_by_the_decisions_lane() {
    let mut core = Core::reference(Safeguards::reference());
    core.vmop = |seen, on| {
        let decision = hopwise_core::vmop::decide(seen, on);
        let waits = mirror::Decision::Wait(mirror::Waiting::ForDeletion);
        if decision != vmop::Decision::Mirror(waits) {
            return decision;
        }
        let mut as_live = seen.clone();
        if let mirror::Seen::Present(there) = &mut as_live.mirror.downstream {
            there.lifecycle = Lifecycle::Live;
        }
        hopwise_core::vmop::decide(&as_live, on)
    };
    let (hop, fields, trace) = caught(&core, "create");
    assert_eq!((hop, fields), (Hop::Vmop, vec!["request".into()]));
    let last = trace.steps.last().map(|step| step.action.to_string());
    assert_eq!(last.as_deref(), Some("deliver vmop supervisor-service"));
}

#[test]
fn a_status_that_may_come_from_a_stale_view_is_caught_by_the_decisions_lane() {
    let mut core = Core::reference(Safeguards::reference());
    core.vmop = |seen, on| {
        let decision = hopwise_core::vmop::decide(seen, on);
        let vmop::Decision::Mirror(mirror::Decision::Publish { told, .. }) = decision else {
            return decision;
        };
        let guard = Guard::None;
        vmop::Decision::Mirror(mirror::Decision::Publish { guard, told })
    };
    let (hop, fields, _) = caught(&core, "create");
    assert_eq!(
        (hop, fields),
        (Hop::Vmop, vec!["uid".into(), "version".into()])
    );
}

/// Writes a status whatever became of the object since it was seen.
const BLIND_STATUS: Edit = |request| {
    if request.method() != Method::PATCH || !request.uri().path().ends_with("/status") {
        return request;
    }
    let (head, body) = request.into_parts();
    let mut patch: serde_json::Value = serde_json::from_slice(&body).unwrap();
    patch.as_object_mut().unwrap().remove("metadata");
    Request::from_parts(head, Bytes::from(patch.to_string()))
};

#[test]
fn a_status_that_may_come_from_a_stale_view_is_caught_by_the_replay_lane() {
    let trace = Trace::parse(include_str!("../traces/create.ndjson")).unwrap();
    let setup = Setup {
        mistake: Some((Hop::Ncp, || Box::new(BLIND_STATUS))),
        ..Setup::new(&Safeguards::reference(), 1)
    };
    let divergence = diverges(&setup, "create", &trace);
    let Why::Differs(differences) = &divergence.why else {
        panic!("{divergence}")
    };
    let [difference] = differences.as_slice() else {
        panic!("{divergence}")
    };
    assert_eq!(difference.field, "ncp call");
    let is_publish = |call: &str| call.contains("verb: Publish");
    assert!(is_publish(&difference.model) && difference.model.contains("version: Some"));
    assert!(is_publish(&difference.world) && difference.world.contains("version: None"));
}

/// Creates what nobody owns.
const ORPHAN_BY_BIRTH: Edit = |request| {
    if request.method() != Method::POST || !is_vm_service(&request) {
        return request;
    }
    let (head, body) = request.into_parts();
    let mut object: serde_json::Value = serde_json::from_slice(&body).unwrap();
    object["metadata"]
        .as_object_mut()
        .unwrap()
        .remove("ownerReferences");
    Request::from_parts(head, Bytes::from(object.to_string()))
};

#[test]
fn a_vm_service_without_its_cluster_as_owner_is_caught_by_the_replay_lane() {
    let trace = Trace::parse(include_str!("../traces/create.ndjson")).unwrap();
    let setup = Setup {
        mistake: Some((Hop::Ccm, || Box::new(ORPHAN_BY_BIRTH))),
        ..Setup::new(&Safeguards::reference(), 1)
    };
    let divergence = diverges(&setup, "create", &trace);
    assert_eq!(fields(&divergence), ["cluster of vm-service"]);
}

fn is_vm_service(request: &Request<Bytes>) -> bool {
    request.uri().path().ends_with("/virtualmachineservices")
}

/// Deletes whatever has the name.
const DELETE_BY_NAME: Edit = |request| {
    if request.method() != Method::DELETE {
        return request;
    }
    let (head, _) = request.into_parts();
    Request::from_parts(head, Bytes::from_static(b"{}"))
};

#[test]
fn a_delete_by_name_is_caught_by_the_replay_lane() {
    let text = include_str!("../traces/delete.ndjson");
    let trace = Trace::parse(text).unwrap();
    let setup = Setup {
        mistake: Some((Hop::Ccm, || Box::new(DELETE_BY_NAME))),
        ..Setup::new(&Safeguards::reference(), 1)
    };
    let divergence = diverges(&setup, "recreate", &trace);
    assert_eq!(
        divergence.action,
        Some(Deed::Deliver(Hop::Ccm, Object::Service).into())
    );
    let Why::Differs(differences) = &divergence.why else {
        panic!("{divergence}")
    };
    let [difference] = differences.as_slice() else {
        panic!("{divergence}")
    };
    assert_eq!(difference.field, "ccm call");
    assert!(difference.model.contains("verb: Delete") && difference.model.contains("uid: Some"));
    assert!(difference.world.contains("verb: Delete") && difference.world.contains("uid: None"));
}

/// The steps of a trace that the reference has too.
fn as_far_as_the_reference_goes(name: &str, mut trace: Trace) -> Trace {
    let chain = reference(name);
    let mut state = chain.init_states().remove(0);
    let mut common = 0;
    for action in trace.actions() {
        let Some(after) = chain.next_state(&state, action) else {
            break;
        };
        state = after;
        common += 1;
    }
    assert!(
        common < trace.steps.len(),
        "the mistake makes no difference"
    );
    trace.steps.truncate(common);
    trace
}

#[test]
fn a_status_from_a_stale_view_is_caught_by_the_replay_lane_before_it_is_written() {
    let text = include_str!("../traces/status-true-without-identity-by-uid.ndjson");
    let trace = as_far_as_the_reference_goes("recreate", Trace::parse(text).unwrap());
    let setup = Setup::new(&without(Safeguard::IdentityByUid), 1);
    let divergence = diverges(&setup, "recreate", &trace);
    assert_eq!(fields(&divergence), ["ccm call"]);
    let Why::Differs(differences) = &divergence.why else {
        panic!("{divergence}")
    };
    let [difference] = differences.as_slice() else {
        panic!("{divergence}")
    };
    assert!(difference.world.contains("Publish"), "{divergence}");
    assert!(!difference.model.contains("Publish"), "{divergence}");
}
