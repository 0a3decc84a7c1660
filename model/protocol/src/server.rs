//! The API servers: verbs on objects, and the events they cause (`docs/protocol.md` §5).

use crate::laggard::View;
use crate::object::{Kind, Lifecycle, Stored, Version};
use crate::request::{Payload, Request};
use crate::scenarios::Topology;
use crate::state::{Lane, Late};
use hopwise_vocab::{Hop, Replica, Verb};

impl Lane {
    /// Serves a write to an object of this kind. One that lost a race changes nothing.
    pub(crate) fn serve_write(&mut self, kind: Kind, request: &Request) {
        if request.verb == Verb::Create {
            self.create(kind, request);
        } else if let Some(before) = self.store(kind).object()
            && admits(&before, request)
        {
            self.put(kind, changed(before, request));
        }
    }

    fn create(&mut self, kind: Kind, request: &Request) {
        let Payload::New {
            ports,
            stands_for,
            origin,
        } = request.payload
        else {
            unreachable!("a create carries a new object: {request:?}")
        };
        if self.store(kind).object().is_none() {
            let uid = self.store_mut(kind).next_uid();
            self.put(kind, Some(Stored::new(uid, stands_for, origin, ports)));
        }
    }

    /// A live object is deleted: at once if no finalizer holds it.
    pub(crate) fn delete(&mut self, kind: Kind, object: Stored) {
        let lifecycle = Lifecycle::Deleting;
        let rest = object.held.then_some(Stored {
            lifecycle,
            ..object
        });
        self.put(kind, rest);
    }

    /// Makes this the object of its kind: one event for every watcher if that changes anything.
    pub(crate) fn put(&mut self, kind: Kind, object: Option<Stored>) {
        if self.store(kind).object() == object {
            return;
        }
        self.store_mut(kind).set_object(object);
        self.expire(kind.above());
        let upstream = object.map(Stored::as_upstream);
        for &replica in Replica::ALL {
            match kind {
                Kind::Service => {
                    if let Some(ccm) = self.ccm_mut(replica) {
                        ccm.service.expire();
                        ccm.service.events.push(upstream);
                    }
                }
                Kind::VmService => {
                    if let Some(vmop) = self.vmop_mut(replica) {
                        vmop.vm_service.expire();
                        vmop.vm_service.events.push(upstream);
                    }
                }
                Kind::SupervisorService => {
                    let has_vmop = self.topology == Topology::Hops;
                    if let Some(vmop) = self.vmop_mut(replica).filter(|_| has_vmop) {
                        let downstream = object.map(Stored::as_downstream);
                        vmop.supervisor_service.events.push(downstream);
                    }
                    if let Some(ncp) = self.ncp_mut(replica) {
                        ncp.supervisor_service.expire();
                        ncp.supervisor_service.events.push(upstream);
                    }
                }
            }
        }
    }

    /// Makes old what calls of this hop know of its upstream object, because that changes now.
    fn expire(&mut self, hop: Hop) {
        for &replica in Replica::ALL {
            if let Some(pass) = self.pass_mut(hop, replica) {
                pass.expire();
            }
        }
        if let Some(Late { hop: of, request }) = &mut self.late
            && *of == hop
        {
            request.expire();
        }
        if let Some(laggard) = &mut self.laggard
            && let View::Upstream(of, Some(view)) = &mut laggard.view
            && *of == hop
        {
            view.version = Version::Old;
        }
    }
}

impl Kind {
    /// The hop whose upstream object it is.
    fn above(self) -> Hop {
        match self {
            Kind::Service => Hop::Ccm,
            Kind::VmService => Hop::Vmop,
            Kind::SupervisorService => Hop::Ncp,
        }
    }
}

/// Whether the preconditions hold. A version that is current implies the UID.
fn admits(object: &Stored, request: &Request) -> bool {
    request.uid.is_none_or(|uid| uid == object.uid) && request.version != Some(Version::Old)
}

/// What an admitted write makes of an object; none if it is gone then.
fn changed(before: Stored, request: &Request) -> Option<Stored> {
    let mut after = before;
    match (request.verb, request.payload) {
        // An address is refused in the status of a Service that is not of type LoadBalancer.
        (Verb::Publish, Payload::Status(told)) => {
            let fits = before.balanced || told.address().is_none();
            after.told = if fits { told } else { before.told };
        }
        (Verb::Update, Payload::Spec(ports)) => after.ports = ports,
        (Verb::Update, Payload::SpecAndAnnotations(ports)) => {
            after.ports = ports;
            after.annotated = false;
        }
        // A PUT of the whole object writes neither status nor deletionTimestamp.
        (Verb::Hold, Payload::Whole(whole)) => {
            after = Stored {
                ports: whole.ports,
                stands_for: whole.stands_for,
                origin: whole.origin,
                balanced: whole.balanced,
                annotated: whole.annotated,
                ..before
            };
            after.held |= before.is_live();
        }
        (Verb::Hold, _) => after.held |= before.is_live(),
        (Verb::Release, _) if before.is_live() => after.held = false,
        (Verb::Release, _) => return None,
        (Verb::Delete, _) if before.held => after.lifecycle = Lifecycle::Deleting,
        (Verb::Delete, _) => return None,
        _ => unreachable!("no hop asks this of an API server: {request:?}"),
    }
    Some(after)
}
