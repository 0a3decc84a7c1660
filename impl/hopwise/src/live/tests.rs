use super::fixture::{at, exhausted, place, settled, supervisor, without_an_address};
use super::*;
use hopwise_api::strings::reason;

fn answer(seen: &Seen) -> String {
    let page = seen.page(at(1000));
    page.split("\n\n").next().unwrap().replace('\n', " ")
}

#[test]
fn where_ncp_serves_the_guest_itself_one_hop_is_told_of_and_where_the_credential_is() {
    let mut seen = Seen {
        guest: place("Service", "default/web", finalizer::NCP),
        supervisor: None,
    };
    assert_eq!(
        answer(&seen),
        "Service default/web serves at 192.0.2.7; nothing is waited for"
    );
    let page = seen.page(at(1000));
    assert!(page.contains("credential of NSX-T"), "{page}");
    assert_eq!(page.matches("waits for").count(), 1, "{page}");
    seen.guest.address = None;
    let waits = answer(&seen);
    assert!(waits.contains("waits for NSX-T to realize it"), "{waits}");
}

#[test]
fn a_service_that_serves_waits_for_nothing() {
    assert_eq!(
        answer(&settled()),
        "Service default/web serves at 192.0.2.7; nothing is waited for"
    );
}

#[test]
fn an_address_that_the_guest_has_not_heard_of_waits_for_a_poll() {
    let mut seen = settled();
    seen.guest.address = None;
    assert!(
        answer(&seen).contains("the next poll of guest-cluster-cloud-provider"),
        "{}",
        answer(&seen)
    );
}

#[test]
fn the_hop_farthest_down_that_waits_is_the_answer() {
    let mut seen = settled();
    seen.guest.address = None;
    let below = supervisor(&mut seen);
    below.vm_service.as_mut().unwrap().address = None;
    below.service = None;
    assert!(
        answer(&seen).contains("vmop-controller-manager to create its Service"),
        "{}",
        answer(&seen)
    );
    supervisor(&mut seen).vm_service = None;
    assert!(
        answer(&seen).contains("to create its VirtualMachineService"),
        "{}",
        answer(&seen)
    );
    seen.guest.finalizers.clear();
    assert!(answer(&seen).contains("to take it on"), "{}", answer(&seen));
}

#[test]
fn what_nsx_fails_to_realize_is_said_with_its_reason() {
    let mut seen = without_an_address();
    let service = supervisor(&mut seen).service.as_mut().unwrap();
    service.conditions.clear();
    assert!(answer(&seen).contains("NSX-T to realize it; ncp asks"));
    let service = supervisor(&mut seen).service.as_mut().unwrap();
    let event = service.last_event.as_mut().unwrap();
    event.is_warning = true;
    event.reason = reason::UNREALIZABLE.into();
    event.note = "cannot listen on 1.2.3.4:80".into();
    assert!(answer(&seen).contains("which failed"), "{}", answer(&seen));
    assert!(answer(&seen).contains("1.2.3.4:80"), "{}", answer(&seen));
}

#[test]
fn an_edit_waits_until_the_ports_are_copied() {
    let mut seen = settled();
    seen.guest.ports = vec![(81, 30_080)];
    assert!(
        answer(&seen).contains("to copy its ports"),
        "{}",
        answer(&seen)
    );
}

#[test]
fn a_service_of_the_same_name_waits_for_the_earlier_one() {
    let mut seen = settled();
    seen.guest.uid = "u2".into();
    assert!(
        answer(&seen).contains("an earlier Service of this name"),
        "{}",
        answer(&seen)
    );
}

#[test]
fn a_deletion_waits_from_hop_to_hop() {
    let mut seen = settled();
    seen.guest.deleted = Some(at(990));
    assert!(
        answer(&seen).contains("VirtualMachineService ns/demo-1 to be gone"),
        "{}",
        answer(&seen)
    );
    supervisor(&mut seen).vm_service.as_mut().unwrap().deleted = Some(at(991));
    assert!(
        answer(&seen).contains("Service ns/demo-1 on the Supervisor to be gone"),
        "{}",
        answer(&seen)
    );
    supervisor(&mut seen).service.as_mut().unwrap().deleted = Some(at(992));
    assert!(
        answer(&seen).contains("give its address back in NSX-T"),
        "{}",
        answer(&seen)
    );
    *supervisor(&mut seen) = Supervisor::default();
    assert!(
        answer(&seen).contains("to let go of it, with its next poll"),
        "{}",
        answer(&seen)
    );
    seen.guest.finalizers = vec!["example.com/mine".into()];
    assert!(
        answer(&seen).contains("whoever takes away example.com/mine"),
        "{}",
        answer(&seen)
    );
}

#[test]
fn a_service_of_another_type_waits_for_nothing() {
    let mut seen = settled();
    *supervisor(&mut seen) = Supervisor::default();
    (seen.guest.is_balanced, seen.guest.address) = (false, None);
    seen.guest.finalizers.clear();
    assert_eq!(
        answer(&seen),
        "Service default/web has no load balancer, and wants none"
    );
}

#[test]
fn whoever_may_not_read_the_supervisor_is_told_what_the_guest_knows() {
    let mut seen = settled();
    seen.supervisor = None;
    seen.guest.address = None;
    let page = seen.page(at(1000));
    assert!(
        page.contains("learns with a poll") && page.contains("not asked"),
        "{page}"
    );
    seen.guest.conditions.push(exhausted());
    assert!(
        answer(&seen).contains("a free address in NSX-T"),
        "{}",
        answer(&seen)
    );
}

#[test]
fn the_page_of_a_service_without_an_address_says_why() {
    insta::assert_snapshot!(without_an_address().page(at(1000)));
}
