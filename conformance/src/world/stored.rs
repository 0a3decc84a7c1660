//! What the API servers have of the Service and of what stands for it.

use super::World;
use crate::servers::NAMESPACE;
use crate::wire::Found;
use hopwise_protocol::Kind;
use hopwise_vocab::Object;
use serde_json::Value;
use std::sync::Arc;

impl World {
    /// The object of a kind at its server.
    pub fn stored(&self, kind: Kind) -> Option<Found> {
        Some(Found::of(Object::from(kind), self.object(kind)?))
    }

    /// The same as it is stored.
    pub(crate) fn object(&self, kind: Kind) -> Option<Arc<Value>> {
        let (server, group, plural, namespace) = match kind {
            Kind::Service => (&self.servers.guest, "", "services", "default"),
            Kind::VmService => (
                &self.servers.supervisor,
                "vmoperator.vmware.com",
                "virtualmachineservices",
                NAMESPACE,
            ),
            Kind::SupervisorService => (&self.servers.supervisor, "", "services", NAMESPACE),
        };
        let object = Object::from(kind);
        server.object(group, plural, namespace, self.subject.name_of(object))
    }

    /// Names the incarnations that are new at the servers.
    pub(crate) fn meet(&mut self) {
        for kind in [Kind::Service, Kind::VmService, Kind::SupervisorService] {
            if let Some(found) = self.stored(kind) {
                self.identities.meet(kind, &found.uid);
            }
        }
    }
}
