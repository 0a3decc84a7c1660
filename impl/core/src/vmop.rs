//! vmop-controller-manager: a Service and its Endpoints for every VirtualMachineService.
//!
//! *Sees* VirtualMachineServices, Services, Endpoints and VirtualMachines by watch · *Writes* the
//! first three · *Holds* the VirtualMachineService · *Promises* that it is released only when no
//! Service stands for it.

use crate::mirror::{self, Annotations, Downstream, Ends};
use crate::upstream::Phase;
use crate::{Protocol, Uid, Upstream};
use hopwise_vocab::{Object, Safeguards, Verb};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The hop's two objects.
pub const ENDS: Ends = Ends {
    upstream: Object::VmService,
    downstream: Object::SupervisorService,
};

/// One port of a set of backends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointPort {
    /// The name of the Service port it serves; empty when that has none.
    pub name: String,
    /// Its protocol.
    pub protocol: Protocol,
    /// Where the backends listen.
    pub port: u16,
}

/// Backends that all listen on the same ports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subset {
    /// Where they are.
    pub addresses: BTreeSet<IpAddr>,
    /// What they listen on.
    pub ports: BTreeSet<EndpointPort>,
}

/// The Endpoints object that has the Service's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// The VirtualMachineService it was made for; nobody's if it does not say.
    pub stands_for: Option<Uid>,
    /// Its backends. Ports without addresses are not kept.
    pub subsets: BTreeSet<Subset>,
}

/// Everything that a pass decides on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The VirtualMachineService and its Service.
    pub mirror: mirror::Observed,
    /// The Endpoints as seen.
    pub endpoints: Option<Endpoints>,
    /// The addresses of the VirtualMachines that the selector selects; none at all when there is
    /// no selector, and then Endpoints are somebody else's.
    pub backends: Option<BTreeSet<IpAddr>>,
}

/// What a pass does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// What a mirroring hop does.
    Mirror(mirror::Decision),
    /// Write the Endpoints, whether they exist or not.
    WriteEndpoints(Endpoints),
}

impl Decision {
    /// The request it makes, if any. Endpoints are a stuttering step and have no name.
    pub fn request(&self) -> Option<(Verb, Object)> {
        match self {
            Decision::Mirror(decision) => decision.request(ENDS),
            Decision::WriteEndpoints(_) => None,
        }
    }
}

/// What decides a pass: [`decide`], or what is to be compared with it.
pub type Decide = fn(&Observed, &Safeguards) -> Decision;

/// What a pass over one VirtualMachineService does.
pub fn decide(seen: &Observed, safeguards: &Safeguards) -> Decision {
    let Some(upstream) = &seen.mirror.upstream else {
        return Decision::Mirror(mirror::Decision::Settled);
    };
    match upstream.phase() {
        Phase::BuildUp => build_up(upstream, seen, safeguards),
        Phase::TearDown => Decision::Mirror(mirror::tear_down(upstream, &seen.mirror, safeguards)),
        Phase::Over => Decision::Mirror(mirror::Decision::Settled),
    }
}

/// Rows L1 to L8, with L6 in its place.
fn build_up(upstream: &Upstream, seen: &Observed, safeguards: &Safeguards) -> Decision {
    let below = &seen.mirror.downstream;
    let downstream = match mirror::build_up(upstream, below, Annotations::Left, safeguards) {
        Err(decision) => return Decision::Mirror(decision),
        Ok(downstream) => downstream,
    };
    if let Some(backends) = &seen.backends {
        let wanted = endpoints_of(upstream, downstream, backends);
        if seen.endpoints.as_ref() != Some(&wanted) {
            return Decision::WriteEndpoints(wanted);
        }
    }
    Decision::Mirror(mirror::report(upstream, downstream, safeguards))
}

/// Every backend on every target port.
fn endpoints_of(
    upstream: &Upstream,
    downstream: &Downstream,
    backends: &BTreeSet<IpAddr>,
) -> Endpoints {
    let ports = downstream.ports.iter().map(|port| EndpointPort {
        name: port.name.clone(),
        protocol: port.protocol,
        port: port.target,
    });
    let subset = Subset {
        addresses: backends.clone(),
        ports: ports.collect(),
    };
    Endpoints {
        stands_for: Some(upstream.uid.clone()),
        subsets: (!backends.is_empty())
            .then_some(subset)
            .into_iter()
            .collect(),
    }
}
