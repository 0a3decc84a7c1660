//! vmop-controller-manager: mirrors the VirtualMachineService to a Supervisor Service.
//!
//! *Sees* both by watch. *Writes* both. *Holds* the VirtualMachineService.

use crate::mirror::Mirror;
use crate::object::{Kind, Upstream};
use crate::state::{Seen, Vmop};
use hopwise_vocab::{Hop, Safeguards};

impl Vmop {
    /// What was seen of the Supervisor Service. Where it would look absent only because its list is
    /// not delivered yet, vmop waits like ccm for its first poll.
    pub fn downstream_seen(&self) -> Seen {
        if !self.supervisor_service.is_listed() {
            return Seen::NotPolled;
        }
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
