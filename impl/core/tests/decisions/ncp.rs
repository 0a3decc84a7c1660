//! The rows of `docs/protocol.md` §4.3.

use crate::fixtures::*;
use hopwise_core::ncp::{
    Allocation, AllocationId, Decision, Listener, LoadBalancer, Nsx, Observed, Parts, Realization,
    Server, Waiting, decide,
};
use hopwise_core::{Clients, Guard, Protocol, Told, Upstream};
use hopwise_vocab::{Object, Safeguard, Verb};
use std::net::{IpAddr, SocketAddr};

fn listener(port: u16) -> Listener {
    Listener {
        protocol: Protocol::Tcp,
        port,
    }
}

fn node(port: u16) -> SocketAddr {
    SocketAddr::new(NODE, port + 30_000)
}

/// A realized virtual server for `port` that fits what `seen` asks for.
fn server(port: u16, vip: IpAddr) -> (Listener, Server) {
    let server = Server {
        vip: Some(vip),
        members: Some([node(port)].into()),
        clients: Clients::All,
        health_port: None,
        realization: Realization::Realized,
    };
    (listener(port), server)
}

fn seen(upstream: Upstream) -> Observed {
    Observed {
        upstream: Some(upstream),
        backends: [subset(80, NODE)].into(),
        live: None,
    }
}

trait ReadExt {
    fn reading(
        self,
        allocation: Option<Allocation>,
        servers: impl IntoIterator<Item = (Listener, Server)>,
    ) -> Observed;
}

impl ReadExt for Upstream {
    fn reading(
        self,
        allocation: Option<Allocation>,
        servers: impl IntoIterator<Item = (Listener, Server)>,
    ) -> Observed {
        let live = Nsx::answered(allocation, servers.into_iter().collect());
        Observed {
            live: Some(live),
            ..seen(self)
        }
    }
}

const HAS_A: Option<Allocation> = Some(Allocation::Realized(A));

fn program_port_80_at(vip: IpAddr) -> LoadBalancer {
    LoadBalancer {
        vip,
        servers: [(listener(80), [node(80)].into())].into(),
        clients: Clients::All,
        health_port: None,
        stale: Parts::default(),
    }
}

fn parts<const N: usize>(ports: [u16; N]) -> Parts {
    Parts {
        servers: ports.map(listener).into(),
        ..Parts::default()
    }
}

fn withdraw() -> Decision {
    Decision::Withdraw {
        stands_for: uid("us"),
    }
}

fn unprogram() -> Decision {
    Decision::Unprogram(parts([80]))
}

#[test]
fn a_pass_without_a_service_does_nothing() {
    let mut nothing = seen(service());
    nothing.upstream = None;
    assert_eq!(decide(&nothing, &reference()), Decision::Settled);
}

#[test]
fn a_new_service_is_held_before_nsx_is_asked() {
    assert_eq!(
        decide(&seen(service()), &reference()),
        Decision::Hold(as_seen())
    );
}

#[test]
fn a_held_service_reads_nsx_in_every_pass() {
    assert_eq!(
        decide(&seen(service().held()), &reference()),
        Decision::Read
    );
}

#[test]
fn a_service_without_allocation_asks_for_one() {
    let allocate = Decision::Allocate {
        stands_for: uid("us"),
        id: AllocationId::OfIdentity,
        address: None,
    };
    assert_eq!(
        decide(&service().held().reading(None, []), &reference()),
        allocate
    );
}

#[test]
fn a_pending_allocation_is_waited_for() {
    let pending = service().held().reading(Some(Allocation::Pending), []);
    assert_eq!(
        decide(&pending, &reference()),
        Decision::Wait(Waiting::ForAddress)
    );
}

#[test]
fn a_failed_allocation_is_told_to_the_service_first() {
    for said in [Told::Nothing, Told::Address(A)] {
        let failed = service().held().told(said);
        let failed = failed.reading(Some(Allocation::Failed), []);
        let publish = Decision::Publish {
            guard: as_seen(),
            told: Told::Exhausted,
        };
        assert_eq!(decide(&failed, &reference()), publish);
    }
}

#[test]
fn a_failed_allocation_that_was_told_is_withdrawn_so_that_the_next_pass_asks_again() {
    let waiting = service().held().told(Told::Exhausted);
    let failed = waiting.reading(Some(Allocation::Failed), []);
    assert_eq!(decide(&failed, &reference()), withdraw());
}

#[test]
fn an_address_takes_the_place_of_exhaustion() {
    let waiting = service().held().told(Told::Exhausted);
    let served = waiting.reading(HAS_A, [server(80, A)]);
    let publish = Decision::Publish {
        guard: as_seen(),
        told: Told::Address(A),
    };
    assert_eq!(decide(&served, &reference()), publish);
}

#[test]
fn without_surface_exhaustion_a_failed_allocation_is_withdrawn_untold() {
    let failed = service().held().reading(Some(Allocation::Failed), []);
    let off = without(Safeguard::SurfaceExhaustion);
    assert_eq!(decide(&failed, &off), withdraw());
}

#[test]
fn an_address_is_programmed_with_all_ports_at_once() {
    let decision = decide(&service().held().reading(HAS_A, []), &reference());
    assert_eq!(decision, Decision::Program(program_port_80_at(A)));
}

#[test]
fn another_vip_is_programmed_again() {
    let decision = decide(
        &service().held().reading(HAS_A, [server(80, B)]),
        &reference(),
    );
    assert_eq!(decision, Decision::Program(program_port_80_at(A)));
}

#[test]
fn other_members_are_programmed_again() {
    let (listener, mut other) = server(80, A);
    other.members = Some([node(81)].into());
    let decision = decide(
        &service().held().reading(HAS_A, [(listener, other)]),
        &reference(),
    );
    assert_eq!(decision, Decision::Program(program_port_80_at(A)));
}

#[test]
fn a_virtual_server_without_its_pool_is_programmed_again() {
    let (listener, mut other) = server(80, A);
    other.members = None;
    let decision = decide(
        &service().held().reading(HAS_A, [(listener, other)]),
        &reference(),
    );
    assert_eq!(decision, Decision::Program(program_port_80_at(A)));
}

#[test]
fn a_port_that_is_wanted_no_longer_goes_with_the_same_request() {
    let found = [server(80, A), server(81, A)];
    let decision = decide(&service().held().reading(HAS_A, found), &reference());
    let expected = LoadBalancer {
        stale: parts([81]),
        ..program_port_80_at(A)
    };
    assert_eq!(decision, Decision::Program(expected));
}

#[test]
fn an_unrealized_load_balancer_is_waited_for() {
    let (listener, mut late) = server(80, A);
    late.realization = Realization::Unrealized;
    let decision = decide(
        &service().held().reading(HAS_A, [(listener, late)]),
        &reference(),
    );
    assert_eq!(decision, Decision::Wait(Waiting::ForRealization));
}

#[test]
fn a_load_balancer_of_which_something_failed_is_programmed_again_whole() {
    for other in [Realization::Realized, Realization::Unrealized] {
        let (one, mut failed) = server(80, A);
        failed.realization = Realization::Failed;
        let (two, mut beside) = server(81, A);
        beside.members = Some([].into());
        beside.realization = other;
        let both = service().held().on_ports(&[80, 81]);
        let decision = decide(
            &both.reading(HAS_A, [(one, failed), (two, beside)]),
            &reference(),
        );
        let mut expected = program_port_80_at(A);
        expected.servers.insert(listener(81), [].into());
        assert_eq!(decision, Decision::Program(expected));
    }
}

#[test]
fn a_service_that_shows_its_address_is_programmed_again_once_something_failed() {
    let (listener, mut failed) = server(80, A);
    failed.realization = Realization::Failed;
    let shown = service().held().showing(A);
    let decision = decide(&shown.reading(HAS_A, [(listener, failed)]), &reference());
    assert_eq!(decision, Decision::Program(program_port_80_at(A)));
}

#[test]
fn a_deleting_service_loses_a_load_balancer_that_failed_like_any_other() {
    let (listener, mut failed) = server(80, A);
    failed.realization = Realization::Failed;
    let doomed = service().held().deleting();
    let decision = decide(&doomed.reading(HAS_A, [(listener, failed)]), &reference());
    assert_eq!(decision, unprogram());
}

#[test]
fn a_realized_load_balancer_lets_the_address_be_published() {
    let decision = decide(
        &service().held().reading(HAS_A, [server(80, A)]),
        &reference(),
    );
    let publish = Decision::Publish {
        guard: as_seen(),
        told: Told::Address(A),
    };
    assert_eq!(decision, publish);
}

#[test]
fn a_service_that_shows_its_address_is_settled() {
    let settled = service().held().showing(A).reading(HAS_A, [server(80, A)]);
    assert_eq!(decide(&settled, &reference()), Decision::Settled);
}

#[test]
fn a_deleting_service_reads_nsx_before_anything_else() {
    assert_eq!(
        decide(&seen(service().held().deleting()), &reference()),
        Decision::Read
    );
}

#[test]
fn a_deleting_service_loses_its_load_balancer_before_its_address() {
    let both = service().held().deleting().reading(HAS_A, [server(80, A)]);
    assert_eq!(decide(&both, &reference()), unprogram());
}

#[test]
fn a_deleting_service_without_load_balancer_gives_its_address_back() {
    for allocation in [
        Allocation::Pending,
        Allocation::Failed,
        Allocation::Realized(A),
    ] {
        let address = service().held().deleting().reading(Some(allocation), []);
        assert_eq!(decide(&address, &reference()), withdraw());
    }
}

#[test]
fn a_deleting_service_of_which_nsx_has_nothing_is_released() {
    let nothing = service().held().deleting().reading(None, []);
    let decision = decide(&nothing, &reference());
    assert!(matches!(decision, Decision::Release { guard, .. } if guard == as_seen()));
}

#[test]
fn a_service_that_is_ours_no_longer_is_torn_down() {
    let flipped = service().held().not_ours().reading(HAS_A, [server(80, A)]);
    assert_eq!(decide(&flipped, &reference()), unprogram());
}

#[test]
fn a_released_or_foreign_service_is_left_alone() {
    assert_eq!(
        decide(&seen(service().deleting()), &reference()),
        Decision::Settled
    );
    assert_eq!(
        decide(&seen(service().not_ours()), &reference()),
        Decision::Settled
    );
}

#[test]
fn without_allocation_by_identity_every_request_has_an_id_of_its_own() {
    let off = without(Safeguard::AllocationByIdentity);
    let allocate = Decision::Allocate {
        stands_for: uid("us"),
        id: AllocationId::Fresh,
        address: None,
    };
    let nothing = service().held().reading(None, []);
    assert_eq!(decide(&nothing, &off), allocate);
}

#[test]
fn without_release_ip_last_the_address_goes_before_its_virtual_servers() {
    let off = without(Safeguard::ReleaseIpLast);
    let both = service().held().deleting().reading(HAS_A, [server(80, A)]);
    assert_eq!(decide(&both, &off), withdraw());
    let servers_only = service().held().deleting().reading(None, [server(80, A)]);
    assert_eq!(decide(&servers_only, &off), unprogram());
}

#[test]
fn without_wake_on_release_a_failed_allocation_stays_failed() {
    let waiting = service().held().told(Told::Exhausted);
    let failed = waiting.reading(Some(Allocation::Failed), []);
    let decision = decide(&failed, &without(Safeguard::WakeOnRelease));
    assert_eq!(decision, Decision::Wait(Waiting::ForRepair));
}

#[test]
fn without_guarded_writes_nothing_guards_a_write_to_the_service() {
    let off = without(Safeguard::GuardedWrites);
    assert_eq!(decide(&seen(service()), &off), Decision::Hold(Guard::None));
}

#[test]
fn ncp_names_its_requests_as_the_vocabulary_does() {
    assert_eq!(Decision::Read.request(), Some((Verb::Read, Object::Nsx)));
    assert_eq!(
        unprogram().request(),
        Some((Verb::Unprogram, Object::LoadBalancer))
    );
    assert_eq!(
        withdraw().request(),
        Some((Verb::Withdraw, Object::Allocation))
    );
    assert_eq!(Decision::Settled.request(), None);
}
