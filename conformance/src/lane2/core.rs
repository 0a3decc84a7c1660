//! The decisions under comparison.

use hopwise_core::{Upstream, ccm, ncp, vmop};
use hopwise_vocab::Safeguards;

/// A core: its functions, and the safeguards they are called with. The functions are a parameter
/// so that a mistake can be seeded between the core and the comparison.
#[derive(Clone)]
pub struct Core {
    /// What the functions are told.
    pub safeguards: Safeguards,
    /// A pass of ccm.
    pub ccm: ccm::Decide,
    /// Whether a tick of ccm polls, by what it has seen of its Services.
    pub poll: fn(&[Upstream], &Safeguards) -> ccm::Poll,
    /// A pass of vmop.
    pub vmop: vmop::Decide,
    /// A pass of ncp.
    pub ncp: ncp::Decide,
}

impl Core {
    /// `hopwise-core` as it is.
    pub fn reference(safeguards: Safeguards) -> Core {
        Core {
            safeguards,
            ccm: ccm::decide,
            poll: |services, safeguards| ccm::wants_poll(services, safeguards),
            vmop: vmop::decide,
            ncp: ncp::decide,
        }
    }
}
