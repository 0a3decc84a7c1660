//! What a hop asks of a server: the verbs of `docs/protocol.md` §5 with what they carry.

use crate::object::{Address, Downstream, Kind, Ports, Told, Uid, Upstream, Version};
use hopwise_vocab::{Hop, Object, Safeguard, Safeguards, Verb};

/// One call. Two hops ask the same exactly if their requests are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// What is asked.
    pub verb: Verb,
    /// Of what.
    pub object: Object,
    /// The incarnation it is meant for. Of a Kubernetes object it is a precondition; in NSX-T it
    /// is that of the Supervisor Service, part of the id. None where the name alone decides.
    pub uid: Option<Uid>,
    /// The resourceVersion it was decided on, as precondition. None where there is none.
    pub version: Option<Version>,
    /// What is written.
    pub payload: Payload,
}

/// What a request writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Payload {
    /// Nothing but what the verb says.
    Nothing,
    /// The status: publish.
    Status(Told),
    /// The spec: update.
    Spec(Ports),
    /// The spec, and the chain's annotations in place of all there are: update without
    /// `own-keys-only`.
    SpecAndAnnotations(Ports),
    /// A new object: create.
    New {
        /// Its spec.
        ports: Ports,
        /// The upstream incarnation that it stands for.
        stands_for: Uid,
        /// The guest Service's incarnation.
        origin: Uid,
    },
    /// The whole object as seen, plus the finalizer: hold without `guarded-writes`.
    Whole(crate::object::Stored),
    /// The tags: allocate.
    Tags {
        /// The guest Service's incarnation.
        origin: Uid,
        /// Whether the allocation's id follows from the UID.
        id: AllocationId,
    },
    /// The load balancer: program.
    Tree {
        /// Its address.
        vip: Address,
        /// Its ports.
        ports: Ports,
        /// The guest Service's incarnation, a tag.
        origin: Uid,
        /// The ports whose virtual servers were found and are not to be.
        stale: Option<Ports>,
    },
    /// The ports whose virtual servers were found: unprogram.
    Found(Ports),
}

/// What the id of an allocation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AllocationId {
    /// A function of the Service's UID.
    Identity,
    /// A new one, which only the answer's hearer knows.
    Fresh,
}

/// The upstream object of a hop.
pub fn upstream(hop: Hop) -> Kind {
    match hop {
        Hop::Ccm => Kind::Service,
        Hop::Vmop => Kind::VmService,
        Hop::Ncp => Kind::SupervisorService,
    }
}

/// The downstream object of a hop; that of ncp is in NSX-T and no Kubernetes object.
pub fn downstream(hop: Hop) -> Option<Kind> {
    match hop {
        Hop::Ccm => Some(Kind::VmService),
        Hop::Vmop => Some(Kind::SupervisorService),
        Hop::Ncp => None,
    }
}

impl From<Kind> for Object {
    fn from(kind: Kind) -> Object {
        match kind {
            Kind::Service => Object::Service,
            Kind::VmService => Object::VmService,
            Kind::SupervisorService => Object::SupervisorService,
        }
    }
}

/// Requests about the hop's upstream object: guarded by what was seen, if `guarded-writes` is on.
pub(crate) struct Upwards<'a> {
    pub hop: Hop,
    pub safeguards: &'a Safeguards,
    pub seen: &'a Upstream,
}

impl Upwards<'_> {
    pub(crate) fn hold(&self) -> Request {
        let payload = if self.is_guarded() {
            Payload::Nothing
        } else {
            let mut whole = self.seen.object;
            whole.held = true;
            Payload::Whole(whole)
        };
        self.request(Verb::Hold, payload)
    }

    pub(crate) fn release(&self) -> Request {
        self.request(Verb::Release, Payload::Nothing)
    }

    pub(crate) fn publish(&self, told: Told) -> Request {
        self.request(Verb::Publish, Payload::Status(told))
    }

    fn is_guarded(&self) -> bool {
        self.safeguards.has(Safeguard::GuardedWrites)
    }

    fn request(&self, verb: Verb, payload: Payload) -> Request {
        let guarded = self.is_guarded();
        Request {
            verb,
            object: upstream(self.hop).into(),
            uid: guarded.then_some(self.seen.object.uid),
            version: guarded.then_some(self.seen.version),
            payload,
        }
    }
}

impl Request {
    /// Reads the downstream object at its server: for ncp the two in NSX-T, by UID.
    pub(crate) fn read(hop: Hop, seen: &Upstream) -> Request {
        let object = downstream(hop).map_or(Object::Nsx, Object::from);
        let uid = downstream(hop).is_none().then_some(seen.object.uid);
        Request {
            verb: Verb::Read,
            object,
            uid,
            version: None,
            payload: Payload::Nothing,
        }
    }

    pub(crate) fn create(kind: Kind, upstream: &Upstream) -> Request {
        let payload = Payload::New {
            ports: upstream.object.ports,
            stands_for: upstream.object.uid,
            origin: upstream.object.origin,
        };
        Request {
            verb: Verb::Create,
            object: kind.into(),
            uid: None,
            version: None,
            payload,
        }
    }

    /// Of the hops that mirror, ccm alone takes whole annotations for its own.
    pub(crate) fn update(on: &Safeguards, kind: Kind, seen: &Downstream, ports: Ports) -> Request {
        let replaces = kind == Kind::VmService && !on.has(Safeguard::OwnKeysOnly);
        let payload = if replaces {
            Payload::SpecAndAnnotations(ports)
        } else {
            Payload::Spec(ports)
        };
        Request::downwards(Verb::Update, kind.into(), seen.uid, payload)
    }

    pub(crate) fn delete(on: &Safeguards, kind: Kind, seen: &Downstream) -> Request {
        let request = Request::downwards(Verb::Delete, kind.into(), seen.uid, Payload::Nothing);
        Request {
            uid: request.uid.filter(|_| on.has(Safeguard::DeleteByUid)),
            ..request
        }
    }

    /// Makes old the version it carries. Only requests about the upstream object carry one.
    pub(crate) fn expire(&mut self) {
        self.version = self.version.map(|_| Version::Old);
    }

    /// A request that names an incarnation and no version.
    pub(crate) fn downwards(verb: Verb, object: Object, uid: Uid, payload: Payload) -> Request {
        Request {
            verb,
            object,
            uid: Some(uid),
            version: None,
            payload,
        }
    }
}
