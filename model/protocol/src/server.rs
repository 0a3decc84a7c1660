//! The API servers: verbs on objects, and the events they cause (`docs/protocol.md` §5).

use crate::object::{Kind, Lifecycle, Stored, Upstream, Version};
use crate::request::{Payload, Request};
use crate::state::State;
use crate::watch::Watch;
use hopwise_vocab::Verb;

impl State {
    /// Serves a write to an object of this kind. One that lost a race changes nothing.
    pub(crate) fn serve_write(&mut self, kind: Kind, request: &Request) {
        if request.verb == Verb::Create {
            self.create(kind, request);
        } else if let Some(before) = self.store(kind).object
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
        if self.store(kind).object.is_some() {
            return;
        }
        let uid = self.store_mut(kind).next_uid();
        let lifecycle = Lifecycle::Live;
        let object = Stored {
            uid,
            stands_for,
            origin,
            lifecycle,
            held: false,
            ports,
            ip: None,
        };
        self.put(kind, Some(object));
    }

    /// Makes this the object of its kind: one event for every watcher if that changes anything.
    pub(crate) fn put(&mut self, kind: Kind, object: Option<Stored>) {
        if self.store(kind).object == object {
            return;
        }
        self.store_mut(kind).object = object;
        let upstream = object.map(Stored::as_upstream);
        match kind {
            Kind::Service => {
                self.ccm.pass.expire();
                announce(&mut self.ccm.service, upstream);
            }
            Kind::VmService => {
                self.vmop.pass.expire();
                announce(&mut self.vmop.vm_service, upstream);
            }
            Kind::SupervisorService => {
                self.vmop
                    .supervisor_service
                    .events
                    .push(object.map(Stored::as_downstream));
                self.ncp.pass.expire();
                announce(&mut self.ncp.supervisor_service, upstream);
            }
        }
    }
}

fn announce(watch: &mut Watch<Upstream>, event: Option<Upstream>) {
    watch.expire();
    watch.events.push(event);
}

/// Whether the preconditions hold. A version that is current implies the UID.
fn admits(object: &Stored, request: &Request) -> bool {
    request.uid.is_none_or(|uid| uid == object.uid) && request.version != Some(Version::Old)
}

/// What an admitted write makes of an object; none if it is gone then.
fn changed(before: Stored, request: &Request) -> Option<Stored> {
    let mut after = before;
    match (request.verb, request.payload) {
        (Verb::Publish, Payload::Status(ip)) => after.ip = ip,
        (Verb::Update, Payload::Spec(ports)) => after.ports = ports,
        // A PUT of the whole object writes neither status nor deletionTimestamp.
        (
            Verb::Hold,
            Payload::Whole(Stored {
                ports,
                stands_for,
                origin,
                ..
            }),
        ) => {
            after = Stored {
                ports,
                stands_for,
                origin,
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
