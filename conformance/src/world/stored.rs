//! What the API servers have of a Service and of what stands for it.

use super::World;
use crate::servers::NAMESPACE;
use crate::wire::Found;
use hopwise_protocol::Kind;
use hopwise_vocab::{Object, Slot};
use serde_json::Value;
use std::sync::Arc;

impl World {
    /// The object of a kind at its server.
    pub fn stored(&self, slot: Slot, kind: Kind) -> Option<Found> {
        Some(Found::of(Object::from(kind), self.object(slot, kind)?))
    }

    /// The same as it is stored.
    pub(crate) fn object(&self, slot: Slot, kind: Kind) -> Option<Arc<Value>> {
        let cluster = self.lanes.cluster_of(slot) as usize;
        let (server, group, plural, namespace) = match kind {
            Kind::Service => (
                &*self.servers.clusters[cluster].guest,
                "",
                "services",
                "default",
            ),
            Kind::VmService => (
                &*self.servers.supervisor,
                "vmoperator.vmware.com",
                "virtualmachineservices",
                NAMESPACE,
            ),
            Kind::SupervisorService => (&*self.servers.supervisor, "", "services", NAMESPACE),
        };
        let name = self.lanes[slot].subject.name_of(Object::from(kind));
        server.object(group, plural, namespace, name)
    }

    /// The Endpoints of a Service at their server.
    pub(crate) fn endpoints(&self, slot: Slot) -> Option<Arc<Value>> {
        let name = &self.lanes[slot].subject.supervisor;
        self.servers
            .supervisor
            .object("", "endpoints", NAMESPACE, name)
    }

    /// Names the incarnations that are new at the servers.
    pub(crate) fn meet(&mut self) {
        for slot in self.lanes.slots() {
            for kind in [Kind::Service, Kind::VmService, Kind::SupervisorService] {
                if let Some(found) = self.stored(slot, kind) {
                    self.lanes[slot].identities.meet(kind, &found.uid);
                }
            }
        }
    }
}
