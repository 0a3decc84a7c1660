//! vmop-controller-manager: mirrors the VirtualMachineService to a Supervisor Service.
//!
//! *Sees* both by watch. *Writes* both. *Holds* the VirtualMachineService.

use crate::mirror::Mirror;
use crate::object::{Kind, Upstream};
use crate::state::{Seen, Vmop};
use hopwise_vocab::{Hop, Safeguards};

impl Vmop {
    /// What was seen of the Supervisor Service; its watch is synced from the start.
    pub fn downstream_seen(&self) -> Seen {
        self.supervisor_service
            .seen()
            .map_or(Seen::Absent, Seen::There)
    }
}

/// The decisions of vmop about this VirtualMachineService.
pub(crate) fn mirror<'a>(safeguards: &'a Safeguards, upstream: &'a Upstream) -> Mirror<'a> {
    Mirror {
        hop: Hop::Vmop,
        downstream: Kind::SupervisorService,
        safeguards,
        upstream,
    }
}
