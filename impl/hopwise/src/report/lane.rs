//! The lifelines of the chain, and how what happens between them is drawn.

use super::words::program;
use hopwise_protocol::Topology;
use hopwise_vocab::{Hop, Object};

/// A lifeline, from the user to NSX-T.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    User,
    Guest,
    Ccm,
    Supervisor,
    Vmop,
    Ncp,
    Nsx,
}

impl Lane {
    pub const ALL: [Lane; 7] = [
        Lane::User,
        Lane::Guest,
        Lane::Ccm,
        Lane::Supervisor,
        Lane::Vmop,
        Lane::Ncp,
        Lane::Nsx,
    ];

    /// Its name, as in sentences.
    pub const fn name(self) -> &'static str {
        match self {
            Lane::User => "User",
            Lane::Guest => "Guest API",
            Lane::Ccm => "ccm",
            Lane::Supervisor => "Supervisor API",
            Lane::Vmop => "vmop",
            Lane::Ncp => "ncp",
            Lane::Nsx => "NSX-T",
        }
    }

    /// Its name where there is little room.
    pub const fn short(self) -> &'static str {
        match self {
            Lane::User => "User",
            Lane::Guest => "Guest",
            Lane::Ccm => "ccm",
            Lane::Supervisor => "Superv.",
            Lane::Vmop => "vmop",
            Lane::Ncp => "ncp",
            Lane::Nsx => "NSX-T",
        }
    }

    /// What stands under the name.
    pub const fn below(self) -> &'static str {
        match self {
            Lane::User => "kubectl",
            Lane::Guest => "Service",
            Lane::Ccm => program(Hop::Ccm),
            Lane::Supervisor => "VirtualMachineService, Service",
            Lane::Vmop => program(Hop::Vmop),
            Lane::Ncp => "NSX-T container plug-in",
            Lane::Nsx => "address, load balancer",
        }
    }

    pub const fn of_hop(hop: Hop) -> Lane {
        match hop {
            Hop::Ccm => Lane::Ccm,
            Hop::Vmop => Lane::Vmop,
            Hop::Ncp => Lane::Ncp,
        }
    }

    /// The hop whose lifeline it is, if it is one's.
    pub const fn hop(self) -> Option<Hop> {
        match self {
            Lane::Ccm => Some(Hop::Ccm),
            Lane::Vmop => Some(Hop::Vmop),
            Lane::Ncp => Some(Hop::Ncp),
            Lane::User | Lane::Guest | Lane::Supervisor | Lane::Nsx => None,
        }
    }

    /// The server that keeps an object.
    pub const fn of_object(object: Object) -> Lane {
        match object {
            Object::Service => Lane::Guest,
            Object::VmService | Object::SupervisorService => Lane::Supervisor,
            Object::Allocation | Object::LoadBalancer | Object::Nsx => Lane::Nsx,
        }
    }

    /// The server that keeps the users' own Services.
    pub const fn of_users(topology: Topology) -> Lane {
        match topology {
            Topology::Hops => Lane::Guest,
            Topology::Direct => Lane::Supervisor,
        }
    }
}

/// How a step is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stroke {
    Write,
    Read,
    Watch,
    Answer,
    NsxWrite,
    NsxRead,
    Local,
}

impl Stroke {
    /// The class in the style sheet.
    pub const fn class(self) -> &'static str {
        match self {
            Stroke::Write => "w",
            Stroke::Read => "r",
            Stroke::Watch => "e",
            Stroke::Answer => "s",
            Stroke::NsxWrite => "c",
            Stroke::NsxRead => "q",
            Stroke::Local => "l",
        }
    }
}

/// What becomes of what a step sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It arrives.
    Arrives,
    /// It never does.
    Lost,
    /// It arrives, and the answer never does.
    ReplyLost,
    /// Whoever takes the step loses what it had.
    Broken,
}
