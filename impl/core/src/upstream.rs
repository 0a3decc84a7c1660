//! The upstream object of a hop, narrowed to what decisions need.

use crate::{Terms, Told};
use hopwise_vocab::{Safeguard, Safeguards};
use std::fmt;

/// The identity of an object across re-creation under one name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub String);

/// The opaque revision of an object; compared for equality only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceVersion(pub String);

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ResourceVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A layer 4 protocol that a Service port can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// The default of a Service port.
    Tcp,
    /// Datagrams.
    Udp,
    /// Kubernetes accepts it; NSX-T has no virtual server for it.
    Sctp,
}

impl Protocol {
    /// As Kubernetes spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
            Protocol::Sctp => "SCTP",
        }
    }
}

/// One port as it travels down the chain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    /// What clients of the address connect to.
    pub port: u16,
    /// The protocol on both sides.
    pub protocol: Protocol,
    /// Its name; empty when the only port of a Service has none.
    pub name: String,
    /// Where the traffic goes on the nodes: the guest's nodePort on every hop. Zero means that
    /// the guest cluster has not given one.
    pub target: u16,
}

/// Whether two lists ask for the same ports. Their order means nothing.
pub(crate) fn same_ports(left: &[Port], right: &[Port]) -> bool {
    let sorted = |ports: &[Port]| {
        let mut ports = ports.to_vec();
        ports.sort();
        ports
    };
    sorted(left) == sorted(right)
}

/// Whether somebody asked for an object's deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// It has no deletionTimestamp.
    Live,
    /// It has one, and is there only because finalizers hold it.
    Deleting,
}

/// Whether an object carries the hop's finalizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It does: it stays until the hop releases it.
    Held,
    /// It does not.
    NotHeld,
}

/// Whether an upstream object asks this hop for anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serving {
    /// It is of type LoadBalancer, and for ccm and ncp without class.
    Ours,
    /// It is something else, possibly after having been ours.
    NotOurs,
}

/// An upstream object as the hop's watch delivered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Its identity.
    pub uid: Uid,
    /// The revision that a guarded write names.
    pub resource_version: ResourceVersion,
    /// Whether it is being deleted.
    pub lifecycle: Lifecycle,
    /// Whether this hop holds it.
    pub hold: Hold,
    /// Whether it is ours to serve.
    pub serving: Serving,
    /// The ports it asks for.
    pub ports: Vec<Port>,
    /// What else it asks for.
    pub terms: Terms,
    /// What its status tells it.
    pub told: Told,
}

impl Upstream {
    /// Which half of the protocol's tables speaks of it.
    pub(crate) fn phase(&self) -> Phase {
        match (self.lifecycle, self.serving, self.hold) {
            (Lifecycle::Live, Serving::Ours, _) => Phase::BuildUp,
            (Lifecycle::Deleting, _, Hold::Held)
            | (Lifecycle::Live, Serving::NotOurs, Hold::Held) => Phase::TearDown,
            (Lifecycle::Deleting, _, Hold::NotHeld)
            | (Lifecycle::Live, Serving::NotOurs, Hold::NotHeld) => Phase::Over,
        }
    }

    /// The precondition of a hold, a release or a publish.
    pub(crate) fn guard(&self, safeguards: &Safeguards) -> Guard {
        if safeguards.has(Safeguard::GuardedWrites) {
            Guard::AsSeen {
                uid: self.uid.clone(),
                resource_version: self.resource_version.clone(),
            }
        } else {
            Guard::None
        }
    }
}

/// Which half of the tables an upstream object is in.
pub(crate) enum Phase {
    /// Live and ours to serve.
    BuildUp,
    /// Being deleted, or ours no longer, and held.
    TearDown,
    /// Not ours, or released.
    Over,
}

/// The precondition of a write to an upstream object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The object must still be the one that the pass saw.
    AsSeen {
        /// Its identity.
        uid: Uid,
        /// Its revision.
        resource_version: ResourceVersion,
    },
    /// None: guarded-writes is off, and the write hits whatever has the name.
    None,
}
