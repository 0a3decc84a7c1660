//! The rows of `docs/protocol.md` §4.1 that are vmop's own.

use crate::fixtures::*;
use hopwise_core::mirror;
use hopwise_core::vmop::{Decision, Endpoints, Observed, decide};
use hopwise_core::{Guard, Told, Uid};
use hopwise_vocab::{Object, Safeguard, Verb};
use std::collections::BTreeSet;
use std::net::IpAddr;

fn endpoints(stands_for: Uid, node: IpAddr) -> Endpoints {
    Endpoints {
        stands_for: Some(stands_for),
        subsets: [subset(80, node)].into(),
    }
}

fn with_backends(mirror: mirror::Observed, endpoints: Option<Endpoints>) -> Observed {
    Observed {
        mirror,
        endpoints,
        backends: Some([NODE].into()),
    }
}

fn created_with_address() -> mirror::Observed {
    service().held().beside(mirrored().at(A))
}

#[test]
fn missing_endpoints_are_written_with_every_selected_machine_on_the_target_port() {
    let seen = with_backends(created_with_address(), None);
    let expected = Decision::WriteEndpoints(endpoints(uid("us"), NODE));
    assert_eq!(decide(&seen, &reference()), expected);
}

#[test]
fn endpoints_with_another_machine_are_written_again() {
    let seen = with_backends(created_with_address(), Some(endpoints(uid("us"), B)));
    assert!(matches!(
        decide(&seen, &reference()),
        Decision::WriteEndpoints(_)
    ));
}

#[test]
fn endpoints_of_an_earlier_incarnation_are_written_again() {
    let seen = with_backends(
        created_with_address(),
        Some(endpoints(uid("earlier"), NODE)),
    );
    assert!(matches!(
        decide(&seen, &reference()),
        Decision::WriteEndpoints(_)
    ));
}

#[test]
fn endpoints_that_fit_let_the_address_be_published() {
    let seen = with_backends(created_with_address(), Some(endpoints(uid("us"), NODE)));
    let publish = mirror::Decision::Publish {
        guard: as_seen(),
        told: Told::Address(A),
    };
    assert_eq!(decide(&seen, &reference()), Decision::Mirror(publish));
}

#[test]
fn endpoints_come_after_the_service_itself() {
    let seen = with_backends(service().held().alone(), None);
    let is_create = matches!(
        decide(&seen, &reference()),
        Decision::Mirror(mirror::Decision::Create { .. })
    );
    assert!(is_create);
}

#[test]
fn no_selected_machine_makes_endpoints_without_subsets() {
    let mut seen = with_backends(created_with_address(), None);
    seen.backends = Some(BTreeSet::new());
    let empty = Endpoints {
        stands_for: Some(uid("us")),
        subsets: BTreeSet::new(),
    };
    assert_eq!(decide(&seen, &reference()), Decision::WriteEndpoints(empty));
}

#[test]
fn without_a_selector_endpoints_are_somebody_elses() {
    let mut seen = with_backends(service().held().beside(mirrored()), None);
    seen.backends = None;
    let settled = Decision::Mirror(mirror::Decision::Settled);
    assert_eq!(decide(&seen, &reference()), settled);
}

#[test]
fn a_deleting_vm_service_leaves_endpoints_alone() {
    let seen = with_backends(service().held().deleting().beside(mirrored()), None);
    let delete = mirror::Decision::Delete {
        uid: Some(uid("ds")),
    };
    assert_eq!(decide(&seen, &reference()), Decision::Mirror(delete));
}

#[test]
fn vmop_compares_no_annotations_whatever_the_safeguards() {
    let below = mirrored().annotated_by_others();
    let mut seen = with_backends(service().held().beside(below), None);
    seen.backends = None;
    let settled = Decision::Mirror(mirror::Decision::Settled);
    assert_eq!(decide(&seen, &without(Safeguard::OwnKeysOnly)), settled);
}

#[test]
fn a_pass_without_a_vm_service_does_nothing() {
    let mut seen = with_backends(created_with_address(), None);
    seen.mirror.upstream = None;
    let settled = Decision::Mirror(mirror::Decision::Settled);
    assert_eq!(decide(&seen, &reference()), settled);
}

#[test]
fn vmop_reads_and_writes_its_own_two_objects() {
    let request = |decision| Decision::Mirror(decision).request();
    let publish = mirror::Decision::Publish {
        guard: Guard::None,
        told: Told::Nothing,
    };
    assert_eq!(request(publish), Some((Verb::Publish, Object::VmService)));
    let read = Some((Verb::Read, Object::SupervisorService));
    assert_eq!(request(mirror::Decision::Read), read);
}
