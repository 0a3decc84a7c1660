//! What a Service asks for besides ports, on every hop.

use crate::fixtures::*;
use hopwise_core::mirror::{self, Annotations};
use hopwise_core::ncp::{
    self, Allocation, ClientList, Listener, LoadBalancer, Nsx, Observed, Parts, Realization, Server,
};
use hopwise_core::{Clients, Protocol, Terms, Upstream, ccm};
use std::collections::BTreeMap;
use std::net::SocketAddr;

fn some() -> Clients {
    Clients::Of(["198.51.100.0/24".parse().expect("it is a network")].into())
}

fn terms() -> Terms {
    Terms {
        clients: some(),
        address: Some(B),
        health_port: Some(30_100),
    }
}

fn asking(terms: Terms) -> Upstream {
    Upstream {
        terms,
        ..service().held()
    }
}

/// What a pass of ncp decides that has read this server on port 80.
fn decided(terms: Terms, found: Option<Server>) -> ncp::Decision {
    let one = |server| (LISTENER, server);
    let servers: BTreeMap<_, _> = found.map(one).into_iter().collect();
    let seen = Observed {
        upstream: Some(asking(terms)),
        backends: [subset(80, NODE)].into(),
        live: Some(Nsx::answered(Some(Allocation::Realized(A)), servers)),
    };
    ncp::decide(&seen, &reference())
}

const LISTENER: Listener = Listener {
    protocol: Protocol::Tcp,
    port: 80,
};

fn server(clients: Clients, health_port: Option<u16>) -> Server {
    Server {
        vip: Some(A),
        members: Some([SocketAddr::new(NODE, 30_080)].into()),
        clients,
        health_port,
        realization: Realization::Unrealized,
    }
}

fn program(clients: Clients, health_port: Option<u16>, stale: Parts) -> ncp::Decision {
    ncp::Decision::Program(LoadBalancer {
        vip: A,
        servers: [(LISTENER, [SocketAddr::new(NODE, 30_080)].into())].into(),
        clients,
        health_port,
        stale,
    })
}

fn stale(clients: ClientList, health_ports: &[u16]) -> Parts {
    Parts {
        clients,
        health_ports: health_ports.iter().copied().collect(),
        ..Parts::default()
    }
}

#[test]
fn each_term_travels_down_by_itself() {
    let none = Terms::default;
    for terms in [
        Terms {
            clients: some(),
            ..none()
        },
        Terms {
            address: Some(B),
            ..none()
        },
        Terms {
            health_port: Some(30_100),
            ..none()
        },
    ] {
        let update = |terms| mirror::Decision::Update {
            uid: uid("ds"),
            ports: vec![port(80)],
            terms,
            annotations: Annotations::Left,
        };
        let comes = asking(terms.clone()).beside(mirrored());
        assert_eq!(ccm::decide(&comes, &reference()), update(terms.clone()));
        let mut below = mirrored();
        below.terms = terms.clone();
        let goes = asking(none()).beside(below.clone());
        assert_eq!(ccm::decide(&goes, &reference()), update(none()));
        let stays = asking(terms).beside(below);
        assert_eq!(ccm::decide(&stays, &reference()), mirror::Decision::Settled);
    }
}

#[test]
fn a_new_object_has_the_terms() {
    let create = mirror::Decision::Create {
        stands_for: uid("us"),
        ports: vec![port(80)],
        terms: terms(),
    };
    assert_eq!(ccm::decide(&asking(terms()).alone(), &reference()), create);
}

#[test]
fn an_address_is_asked_for_once() {
    let seen = Observed {
        upstream: Some(asking(terms())),
        backends: [].into(),
        live: Some(Nsx::answered(None, BTreeMap::new())),
    };
    let allocate = ncp::Decision::Allocate {
        stands_for: uid("us"),
        id: ncp::AllocationId::OfIdentity,
        address: Some(B),
    };
    assert_eq!(ncp::decide(&seen, &reference()), allocate);
    let has_another = decided(terms(), Some(server(some(), Some(30_100))));
    assert_eq!(
        has_another,
        ncp::Decision::Wait(ncp::Waiting::ForRealization)
    );
}

#[test]
fn clients_and_health_port_are_programmed_and_taken_away() {
    let nobody = Clients::Of([].into());
    let limited = Terms {
        address: None,
        ..terms()
    };
    let all = program(some(), Some(30_100), Parts::default());
    assert_eq!(decided(limited.clone(), None), all);
    for (clients, port) in [
        (Clients::All, Some(30_100)),
        (nobody, Some(30_100)),
        (some(), None),
    ] {
        assert_eq!(decided(limited.clone(), Some(server(clients, port))), all);
    }
    let moved = program(some(), Some(30_100), stale(ClientList::Absent, &[30_200]));
    assert_eq!(decided(limited, Some(server(some(), Some(30_200)))), moved);
    let gone = program(Clients::All, None, stale(ClientList::Present, &[30_100]));
    assert_eq!(
        decided(Terms::default(), Some(server(some(), Some(30_100)))),
        gone
    );
}

#[test]
fn all_of_a_load_balancer_is_unprogrammed() {
    let servers = [(LISTENER, server(some(), Some(30_100)))].into();
    let seen = Observed {
        upstream: Some(asking(terms()).deleting()),
        backends: [].into(),
        live: Some(Nsx::answered(Some(Allocation::Realized(A)), servers)),
    };
    let parts = Parts {
        servers: [LISTENER].into(),
        ..stale(ClientList::Present, &[30_100])
    };
    assert_eq!(
        ncp::decide(&seen, &reference()),
        ncp::Decision::Unprogram(parts)
    );
}
