//! What a Service asks of its load balancer besides its ports.

use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What travels down the chain beside the ports (`docs/protocol.md` §2). A difference in it is one
/// in the ports: the rows of §4 that compare or write ports mean both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Whom the address serves.
    pub clients: Clients,
    /// The address that is asked for. It is looked at when one is allocated, and not again.
    pub address: Option<IpAddr>,
    /// Where a node says by HTTP whether it has a backend of its own. Traffic then goes to those
    /// nodes only: `externalTrafficPolicy: Local`. Never zero.
    pub health_port: Option<u16>,
}

/// The clients that an address serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Clients {
    /// Whoever comes.
    #[default]
    All,
    /// Those of these networks, whose host bits are zero. Of none, nobody is served.
    Of(BTreeSet<IpNet>),
}
