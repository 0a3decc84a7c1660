//! Objects with adjectives: `service().held().showing(A)`.

use hopwise_core::mirror::{Decision, Downstream, ForeignKeys, Observed, Seen};
use hopwise_core::vmop::{EndpointPort, Subset};
use hopwise_core::{
    Guard, Hold, Lifecycle, Live, Port, Protocol, ResourceVersion, Serving, Terms, Told, Uid,
    Upstream,
};
use hopwise_vocab::{Safeguard, Safeguards};
use std::net::{IpAddr, Ipv4Addr};

pub const A: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
pub const B: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));
pub const NODE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

pub fn reference() -> Safeguards {
    Safeguards::reference()
}

pub fn without(safeguard: Safeguard) -> Safeguards {
    reference().without(safeguard)
}

pub fn uid(text: &str) -> Uid {
    Uid(text.into())
}

pub fn port(port: u16) -> Port {
    Port {
        port,
        protocol: Protocol::Tcp,
        name: format!("p{port}"),
        target: port + 30_000,
    }
}

/// A live Service on port 80 that nobody holds yet, with UID `us` at revision 7.
pub fn service() -> Upstream {
    Upstream {
        uid: uid("us"),
        resource_version: ResourceVersion("7".into()),
        lifecycle: Lifecycle::Live,
        hold: Hold::NotHeld,
        serving: Serving::Ours,
        ports: vec![port(80)],
        terms: Terms::default(),
        told: Told::Nothing,
    }
}

/// A live downstream object that fits `service()`, with UID `ds`.
pub fn mirrored() -> Downstream {
    Downstream {
        uid: uid("ds"),
        lifecycle: Lifecycle::Live,
        stands_for: Some(uid("us")),
        ports: vec![port(80)],
        terms: Terms::default(),
        told: Told::Nothing,
        foreign_keys: ForeignKeys::Absent,
    }
}

/// The delete of `mirrored()`.
pub fn delete_the_mirrored_one() -> Decision {
    Decision::Delete {
        uid: Some(uid("ds")),
    }
}

/// The create for `service()`.
pub fn create_for_the_service() -> Decision {
    Decision::Create {
        stands_for: uid("us"),
        ports: vec![port(80)],
        terms: Terms::default(),
    }
}

/// The precondition that a write to `service()` carries.
pub fn as_seen() -> Guard {
    Guard::AsSeen {
        uid: uid("us"),
        resource_version: ResourceVersion("7".into()),
    }
}

/// One node behind `port`.
pub fn subset(port: u16, node: IpAddr) -> Subset {
    Subset {
        addresses: [node].into(),
        ports: [EndpointPort {
            name: format!("p{port}"),
            protocol: Protocol::Tcp,
            port: port + 30_000,
        }]
        .into(),
    }
}

/// Adjectives of the upstream object, and what was seen beside it.
pub trait UpstreamExt: Sized {
    fn held(self) -> Self;
    fn deleting(self) -> Self;
    fn not_ours(self) -> Self;
    fn told(self, told: Told) -> Self;
    fn showing(self, address: IpAddr) -> Self;
    fn on_ports(self, ports: &[u16]) -> Self;
    fn not_polled(self) -> Observed;
    fn alone(self) -> Observed;
    fn beside(self, downstream: Downstream) -> Observed;
}

impl UpstreamExt for Upstream {
    fn held(mut self) -> Self {
        self.hold = Hold::Held;
        self
    }

    fn deleting(mut self) -> Self {
        self.lifecycle = Lifecycle::Deleting;
        self
    }

    fn not_ours(mut self) -> Self {
        self.serving = Serving::NotOurs;
        self
    }

    fn told(mut self, told: Told) -> Self {
        self.told = told;
        self
    }

    fn showing(self, address: IpAddr) -> Self {
        self.told(Told::Address(address))
    }

    fn on_ports(mut self, ports: &[u16]) -> Self {
        self.ports = ports.iter().copied().map(port).collect();
        self
    }

    fn not_polled(self) -> Observed {
        seen(self, Seen::NotPolled)
    }

    fn alone(self) -> Observed {
        seen(self, Seen::Absent)
    }

    fn beside(self, downstream: Downstream) -> Observed {
        seen(self, Seen::Present(downstream))
    }
}

/// Adjectives of the downstream object.
pub trait DownstreamExt {
    fn terminating(self) -> Self;
    fn foreign(self) -> Self;
    fn annotated_by_others(self) -> Self;
    fn on_port(self, number: u16) -> Self;
    fn told(self, told: Told) -> Self;
    fn at(self, address: IpAddr) -> Self;
}

impl DownstreamExt for Downstream {
    fn terminating(mut self) -> Self {
        self.lifecycle = Lifecycle::Deleting;
        self
    }

    fn foreign(mut self) -> Self {
        self.stands_for = Some(uid("somebody else"));
        self
    }

    fn annotated_by_others(mut self) -> Self {
        self.foreign_keys = ForeignKeys::Present;
        self
    }

    fn on_port(mut self, number: u16) -> Self {
        self.ports = vec![port(number)];
        self
    }

    fn told(mut self, told: Told) -> Self {
        self.told = told;
        self
    }

    fn at(self, address: IpAddr) -> Self {
        self.told(Told::Address(address))
    }
}

/// What the pass's own read answered.
pub trait ObservedExt {
    fn with_live(self, found: Option<Downstream>) -> Self;
}

impl ObservedExt for Observed {
    fn with_live(mut self, found: Option<Downstream>) -> Self {
        self.live = Some(Live::answered(found));
        self
    }
}

fn seen(upstream: Upstream, downstream: Seen) -> Observed {
    Observed {
        upstream: Some(upstream),
        downstream,
        live: None,
    }
}
