//! The state of the chain: servers, hops, NSX-T and the user.

use crate::nsx::{Nsx, PLACES};
use crate::object::{Downstream, Kind, Ports, Stored, Uid, Upstream};
use crate::pass::Pass;
use crate::scenarios::Scenario;
use crate::watch::Watch;
use hopwise_vocab::Hop;

/// Everything there is. It is a plain value: cloned and hashed without following a pointer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The guest Service at the guest API server.
    pub service: Store,
    /// The VirtualMachineService at the Supervisor API server.
    pub vm_service: Store,
    /// The Supervisor Service at the Supervisor API server.
    pub supervisor_service: Store,
    /// NSX-T.
    pub nsx: Nsx,
    /// guest-cluster-cloud-provider.
    pub ccm: Ccm,
    /// vmop-controller-manager.
    pub vmop: Vmop,
    /// ncp.
    pub ncp: Ncp,
    /// The user.
    pub user: User,
}

/// One name of one kind at its server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Store {
    /// The object that has the name now.
    pub object: Option<Stored>,
    /// How many incarnations there have been.
    pub incarnations: u8,
}

/// What ccm knows and does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ccm {
    /// Its watch of the guest Service, the upstream object.
    pub service: Watch<Upstream>,
    /// What the last poll it heard said of the VirtualMachineService, the downstream object.
    pub vm_service: Seen,
    /// The poll under way, beside the pass.
    pub poll: Poll,
    /// The pass under way.
    pub pass: Pass,
}

/// What a hop has seen of its downstream object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Seen {
    /// No poll has been answered: nothing is known.
    NotPolled,
    /// There was none.
    Absent,
    /// There was this one.
    There(Downstream),
}

/// ccm's LIST.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Poll {
    /// None is under way.
    Idle,
    /// It has been sent.
    Sent,
    /// It has been answered with this; ccm has not heard it yet.
    Answered(Option<Downstream>),
}

/// What vmop knows and does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Vmop {
    /// Its watch of the VirtualMachineService, the upstream object.
    pub vm_service: Watch<Upstream>,
    /// Its watch of the Supervisor Service, the downstream object.
    pub supervisor_service: Watch<Downstream>,
    /// The pass under way.
    pub pass: Pass,
}

/// What ncp knows and does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ncp {
    /// Its watch of the Supervisor Service, the upstream object.
    pub supervisor_service: Watch<Upstream>,
    /// The pass under way.
    pub pass: Pass,
}

/// What the user may still do, and wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct User {
    /// How often the Service can still be created.
    pub creates: u8,
    /// How often it can still be edited.
    pub edits: u8,
    /// How often it can still be deleted.
    pub deletes: u8,
    /// The ports the user asked for last. No actor reads it; `intent_kept` does.
    pub asked: Ports,
}

impl State {
    /// The beginning: the controllers have started, there is nothing yet, nothing is polled.
    pub fn new(scenario: &Scenario) -> State {
        let Scenario {
            creates,
            edits,
            deletes,
            ..
        } = *scenario;
        State {
            service: Store::default(),
            vm_service: Store::default(),
            supervisor_service: Store::default(),
            nsx: Nsx::new(),
            ccm: Ccm {
                service: Watch::new(),
                vm_service: Seen::NotPolled,
                poll: Poll::Idle,
                pass: Pass::default(),
            },
            vmop: Vmop {
                vm_service: Watch::new(),
                supervisor_service: Watch::new(),
                pass: Pass::default(),
            },
            ncp: Ncp {
                supervisor_service: Watch::new(),
                pass: Pass::default(),
            },
            user: User {
                creates,
                edits,
                deletes,
                asked: Ports::default(),
            },
        }
    }

    /// The store of a kind.
    pub fn store(&self, kind: Kind) -> &Store {
        match kind {
            Kind::Service => &self.service,
            Kind::VmService => &self.vm_service,
            Kind::SupervisorService => &self.supervisor_service,
        }
    }

    /// The pass of a hop.
    pub fn pass(&self, hop: Hop) -> &Pass {
        match hop {
            Hop::Ccm => &self.ccm.pass,
            Hop::Vmop => &self.vmop.pass,
            Hop::Ncp => &self.ncp.pass,
        }
    }

    /// The upstream object as a hop has seen it.
    pub fn upstream_seen(&self, hop: Hop) -> Option<&Upstream> {
        match hop {
            Hop::Ccm => self.ccm.service.seen.as_ref(),
            Hop::Vmop => self.vmop.vm_service.seen.as_ref(),
            Hop::Ncp => self.ncp.supervisor_service.seen.as_ref(),
        }
    }

    /// Whether there is room for whatever can happen next: for events, and for incarnations in
    /// NSX-T.
    pub(crate) fn has_room(&self) -> bool {
        let full = self.ccm.service.events.is_full()
            || self.vmop.vm_service.events.is_full()
            || self.vmop.supervisor_service.events.is_full()
            || self.ncp.supervisor_service.events.is_full();
        let stores = [&self.service, &self.vm_service, &self.supervisor_service];
        !full
            && stores
                .iter()
                .all(|store| usize::from(store.incarnations) <= PLACES)
    }

    pub(crate) fn store_mut(&mut self, kind: Kind) -> &mut Store {
        match kind {
            Kind::Service => &mut self.service,
            Kind::VmService => &mut self.vm_service,
            Kind::SupervisorService => &mut self.supervisor_service,
        }
    }

    pub(crate) fn pass_mut(&mut self, hop: Hop) -> &mut Pass {
        match hop {
            Hop::Ccm => &mut self.ccm.pass,
            Hop::Vmop => &mut self.vmop.pass,
            Hop::Ncp => &mut self.ncp.pass,
        }
    }
}

impl Store {
    /// The object, if it has this UID.
    pub fn incarnation(&self, uid: Uid) -> Option<&Stored> {
        self.object.as_ref().filter(|object| object.uid == uid)
    }

    /// The UID of the next incarnation.
    pub(crate) fn next_uid(&mut self) -> Uid {
        self.incarnations += 1;
        Uid::nth(self.incarnations)
    }
}
