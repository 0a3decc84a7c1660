//! The rows of the decision tables (`docs/protocol.md` §4), one by one.

use VirtualServer::{Absent, Failed, Realized, Unrealized};
use hopwise_protocol::{
    Address, Allocation, Answer, Downstream, Lane, Lifecycle, LoadBalancer, Payload, Place, Ports,
    Realization, Request, Seen, Stored, Told, Uid, Upstream, Version, VirtualServer, Watch,
    after_read, next_request,
};
use hopwise_vocab::{Hop, Replica, Safeguards, Verb};

fn uid() -> Uid {
    Uid::nth(1)
}

fn address() -> Address {
    Address::at(0)
}

fn upstream(lifecycle: Lifecycle, held: bool) -> Upstream {
    let object = Stored {
        uid: uid(),
        stands_for: uid(),
        origin: uid(),
        lifecycle,
        held,
        ports: Ports::A,
        told: Told::Nothing,
        balanced: true,
        annotated: false,
    };
    Upstream {
        object,
        version: Version::Current,
    }
}

fn live() -> Upstream {
    upstream(Lifecycle::Live, true)
}

fn deleting() -> Upstream {
    upstream(Lifecycle::Deleting, true)
}

fn mirrored() -> Downstream {
    let (uid, stands_for, lifecycle) = (uid(), uid(), Lifecycle::Live);
    Downstream {
        uid,
        stands_for,
        lifecycle,
        ports: Ports::A,
        told: Told::Nothing,
        annotated: false,
    }
}

fn foreign() -> Downstream {
    Downstream {
        stands_for: Uid::nth(2),
        told: Told::Address(address()),
        ..mirrored()
    }
}

fn going() -> Downstream {
    Downstream {
        lifecycle: Lifecycle::Deleting,
        ..mirrored()
    }
}

fn ccm(seen: Upstream, vm_service: Seen) -> Option<Request> {
    let mut lane = Lane::default();
    lane.ccm.service = Watch::having_seen(Some(seen));
    lane.ccm.vm_service = vm_service;
    let on = Safeguards::reference();
    next_request(&lane, Replica::First, &on, Hop::Ccm)
}

fn ccm_after_read(seen: Upstream, there: Option<Downstream>) -> Option<Request> {
    after_read(
        &Safeguards::reference(),
        Hop::Ccm,
        &seen,
        &Answer::Downstream(there),
    )
}

fn ncp_after_read(seen: Upstream, place: Place) -> Option<Request> {
    after_read(
        &Safeguards::reference(),
        Hop::Ncp,
        &seen,
        &Answer::Nsx(place),
    )
}

fn verb(request: Option<Request>) -> Option<Verb> {
    request.map(|request| request.verb)
}

fn allocated(realization: Realization) -> Place {
    let allocation = Some(Allocation {
        origin: uid(),
        realization,
    });
    Place {
        allocation,
        ..Place::default()
    }
}

fn programmed(servers: [VirtualServer; 2]) -> Place {
    let load_balancer = Some(LoadBalancer {
        origin: uid(),
        vip: address(),
        servers,
    });
    Place {
        load_balancer,
        ..allocated(Realization::Address(address()))
    }
}

#[test]
fn a_live_service_is_held_before_anything_else() {
    let new = upstream(Lifecycle::Live, false);
    assert_eq!(verb(ccm(new, Seen::NotPolled)), Some(Verb::Hold));
}

#[test]
fn a_held_service_waits_for_the_first_poll_and_then_is_mirrored() {
    assert_eq!(ccm(live(), Seen::NotPolled), None);
    assert_eq!(verb(ccm(live(), Seen::Absent)), Some(Verb::Create));
}

#[test]
fn a_foreign_or_terminating_mirror_is_waited_out() {
    assert_eq!(ccm(live(), Seen::There(foreign())), None);
    assert_eq!(ccm(live(), Seen::There(going())), None);
}

#[test]
fn ports_travel_down_before_an_address_travels_up() {
    let behind = Downstream {
        ports: Ports::B,
        told: Told::Address(address()),
        ..mirrored()
    };
    assert_eq!(verb(ccm(live(), Seen::There(behind))), Some(Verb::Update));
    let ready = Downstream {
        ports: Ports::A,
        ..behind
    };
    assert_eq!(verb(ccm(live(), Seen::There(ready))), Some(Verb::Publish));
}

#[test]
fn a_service_like_its_mirror_is_settled() {
    assert_eq!(ccm(live(), Seen::There(mirrored())), None);
}

#[test]
fn a_deleted_service_deletes_its_mirror_and_reads_when_it_seems_gone() {
    assert_eq!(ccm(deleting(), Seen::NotPolled), None);
    assert_eq!(
        verb(ccm(deleting(), Seen::There(mirrored()))),
        Some(Verb::Delete)
    );
    for seen in [Seen::Absent, Seen::There(foreign()), Seen::There(going())] {
        assert_eq!(verb(ccm(deleting(), seen)), Some(Verb::Read));
    }
}

#[test]
fn only_a_live_read_that_finds_nothing_of_ours_releases() {
    assert_eq!(verb(ccm_after_read(deleting(), None)), Some(Verb::Release));
    assert_eq!(
        verb(ccm_after_read(deleting(), Some(foreign()))),
        Some(Verb::Release)
    );
    assert_eq!(
        verb(ccm_after_read(deleting(), Some(mirrored()))),
        Some(Verb::Delete)
    );
    assert_eq!(ccm_after_read(deleting(), Some(going())), None);
}

#[test]
fn a_write_upwards_names_the_version_the_pass_began_with() {
    let seen = Upstream {
        version: Version::Old,
        ..deleting()
    };
    let release = ccm_after_read(seen, None).expect("absence releases");
    assert_eq!(
        (release.uid, release.version),
        (Some(uid()), Some(Version::Old))
    );
}

#[test]
fn ncp_allocates_then_programs_then_publishes() {
    assert_eq!(
        verb(ncp_after_read(live(), Place::default())),
        Some(Verb::Allocate)
    );
    assert_eq!(
        ncp_after_read(live(), allocated(Realization::Pending)),
        None
    );
    let addressed = allocated(Realization::Address(address()));
    assert_eq!(verb(ncp_after_read(live(), addressed)), Some(Verb::Program));
    let decided = |servers| ncp_after_read(live(), programmed(servers));
    for other in [
        [Absent, Realized],
        [Realized, Realized],
        [Realized, Unrealized],
        [Failed, Absent],
    ] {
        assert_eq!(verb(decided(other)), Some(Verb::Program), "{other:?}");
    }
    assert_eq!(decided([Unrealized, Absent]), None);
    assert_eq!(verb(decided([Realized, Absent])), Some(Verb::Publish));
}

#[test]
fn ncp_tells_of_a_failed_allocation_and_then_withdraws_it() {
    let failed = allocated(Realization::Failed);
    let told = ncp_after_read(live(), failed).map(|request| request.payload);
    assert_eq!(told, Some(Payload::Status(Told::Exhausted)));
    let mut already = live();
    already.object.told = Told::Exhausted;
    assert_eq!(verb(ncp_after_read(already, failed)), Some(Verb::Withdraw));
}

#[test]
fn a_service_of_another_type_is_torn_down_if_it_is_held() {
    let mut retyped = live();
    retyped.object.balanced = false;
    assert_eq!(
        verb(ccm(retyped, Seen::There(mirrored()))),
        Some(Verb::Delete)
    );
    retyped.object.held = false;
    assert_eq!(ccm(retyped, Seen::Absent), None);
}

#[test]
fn ncp_unprograms_then_withdraws_then_releases() {
    let serving = programmed([Realized, Absent]);
    assert_eq!(
        verb(ncp_after_read(deleting(), serving)),
        Some(Verb::Unprogram)
    );
    let pending = allocated(Realization::Pending);
    assert_eq!(
        verb(ncp_after_read(deleting(), pending)),
        Some(Verb::Withdraw)
    );
    assert_eq!(
        verb(ncp_after_read(deleting(), Place::default())),
        Some(Verb::Release)
    );
}
