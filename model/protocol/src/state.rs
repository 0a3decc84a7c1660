//! The state of the chain: servers, hops, NSX-T and the users.

use crate::cluster::Cluster;
use crate::laggard::Laggard;
use crate::nsx::{Occupancy, PLACES, Place};
use crate::object::{Address, Downstream, Kind, Ports, Uid, Upstream};
use crate::pass::Pass;
use crate::request::Request;
use crate::scenarios::Topology;
use crate::store::Store;
use crate::watch::Watch;
use hopwise_vocab::{Hop, Replica, Slot};

/// Everything there is. With one Service and no rival it is cloned without following a pointer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// What is about the first Service.
    pub(crate) first: Lane,
    /// What is about the others; most scenarios have none.
    pub(crate) others: Vec<Lane>,
    /// NSX-T's pool, by the address' index. What lies beyond the scenario's stays free and unused.
    pub pool: [Occupancy; Address::MOST as usize],
    /// Whether ccm's calls to the Supervisor fail; of two clusters, those of the first.
    pub is_cut: bool,
    /// How many faults may still happen.
    pub faults: u8,
}

/// One Service on its way through the chain: its objects at the servers, what NSX-T holds for it,
/// and what each hop knows and does about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Lane {
    /// The guest Service at the guest API server.
    pub service: Store,
    /// The VirtualMachineService at the Supervisor API server.
    pub vm_service: Store,
    /// The Supervisor Service at the Supervisor API server; in topology `direct` the user's own.
    pub supervisor_service: Store,
    /// What NSX-T holds, by the Supervisor Service's UID: incarnation n is at n - 1.
    pub places: [Place; PLACES],
    /// guest-cluster-cloud-provider.
    pub ccm: Ccm,
    /// vmop-controller-manager.
    pub vmop: Vmop,
    /// ncp.
    pub ncp: Ncp,
    /// A second live replica of one of them.
    pub rival: Option<Box<Rival>>,
    /// A write that its caller has given up.
    pub late: Option<Late>,
    /// A server that stays behind, at which a watch may be renewed.
    pub laggard: Option<Laggard>,
    /// The guest cluster.
    pub cluster: Cluster,
    /// The user and the administrators.
    pub user: User,
    /// Which controllers there are to watch it; the same in every state of a scenario.
    pub topology: Topology,
}

/// What ccm knows and does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ccm {
    /// Its watch of the guest Service, the upstream object.
    pub service: Watch<Upstream>,
    /// What the last poll it heard said of the VirtualMachineService, the downstream object.
    pub vm_service: Seen,
    /// The poll under way, beside the pass.
    pub poll: Poll,
    /// The pass under way.
    pub pass: Pass,
    /// What its node sync remembers; only without `fresh-intent`.
    pub copied: Option<Copied>,
}

/// What ccm's node sync remembers of the guest Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Copied {
    /// Its incarnation.
    pub uid: Uid,
    /// Its ports at that time.
    pub ports: Ports,
}

/// What a hop has seen of its downstream object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Seen {
    /// No poll has been answered, or no list delivered: nothing is known.
    #[default]
    NotPolled,
    /// There was none.
    Absent,
    /// There was this one.
    There(Downstream),
}

/// ccm's LIST, as far as it is about one Service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Poll {
    /// None is under way.
    #[default]
    Idle,
    /// It has been sent.
    Sent,
    /// It has been answered with this; ccm has not heard it yet.
    Answered(Option<Downstream>),
}

/// What vmop knows and does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Vmop {
    /// Its watch of the VirtualMachineService, the upstream object.
    pub vm_service: Watch<Upstream>,
    /// Its watch of the Supervisor Service, the downstream object.
    pub supervisor_service: Watch<Downstream>,
    /// The pass under way.
    pub pass: Pass,
}

/// What ncp knows and does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ncp {
    /// Its watch of the Supervisor Service, the upstream object.
    pub supervisor_service: Watch<Upstream>,
    /// Which places' allocations it made itself; only without `load-before-allocate`.
    pub knows: [bool; PLACES],
    /// The pass under way.
    pub pass: Pass,
}

/// A second live replica of a controller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Rival {
    /// Of ccm.
    Ccm(Ccm),
    /// Of vmop.
    Vmop(Vmop),
    /// Of ncp.
    Ncp(Ncp),
}

/// A write under way whose caller has given it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Late {
    /// Who sent it.
    pub hop: Hop,
    /// What it asks.
    pub request: Request,
}

/// What the user and the administrators may still do, and want.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct User {
    /// How often the Service can still be created.
    pub creates: u8,
    /// How often it can still be edited.
    pub edits: u8,
    /// How often it can still be deleted.
    pub deletes: u8,
    /// How often its type can still be changed.
    pub retypes: u8,
    /// How often its finalizers can still be taken away.
    pub strips: u8,
    /// How often something of the chain's can still be deleted behind its back.
    pub admin_deletes: u8,
    /// How often a foreign annotation can still be added.
    pub annotates: u8,
    /// How often the cluster can still be deleted, or made again after that.
    pub clusters: u8,
    /// The ports the user asked for last. No actor reads it; `intent_kept` does.
    pub asked: Ports,
    /// The VirtualMachineService that was given a foreign annotation. No actor reads it;
    /// `foreign_untouched` does.
    pub annotated: Option<Uid>,
}

impl State {
    /// One Service on its way through the chain.
    pub fn lane(&self, slot: Slot) -> &Lane {
        match slot {
            Slot::A => &self.first,
            Slot::B => &self.others[0],
            Slot::C => &self.others[1],
        }
    }

    pub(crate) fn lane_mut(&mut self, slot: Slot) -> &mut Lane {
        match slot {
            Slot::A => &mut self.first,
            Slot::B => &mut self.others[0],
            Slot::C => &mut self.others[1],
        }
    }

    /// Every Service, the first one first.
    pub fn lanes(&self) -> impl Iterator<Item = &Lane> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The lowest address in quarantine.
    pub fn lowest_quarantined(&self) -> Option<Address> {
        let mut pool = (0..Address::MOST).map(Address::at);
        pool.find(|&address| self.occupancy(address) == Occupancy::Quarantined)
    }

    /// What an address is used for.
    pub fn occupancy(&self, address: Address) -> Occupancy {
        self.pool[usize::from(address.index())]
    }

    pub(crate) fn occupancy_mut(&mut self, address: Address) -> &mut Occupancy {
        &mut self.pool[usize::from(address.index())]
    }

    /// Whether there is room for whatever can happen next: for events, and for incarnations in
    /// NSX-T.
    pub(crate) fn has_room(&self) -> bool {
        self.lanes().all(Lane::has_room)
    }
}

impl Lane {
    /// The store of a kind.
    pub fn store(&self, kind: Kind) -> &Store {
        match kind {
            Kind::Service => &self.service,
            Kind::VmService => &self.vm_service,
            Kind::SupervisorService => &self.supervisor_service,
        }
    }

    pub(crate) fn store_mut(&mut self, kind: Kind) -> &mut Store {
        match kind {
            Kind::Service => &mut self.service,
            Kind::VmService => &mut self.vm_service,
            Kind::SupervisorService => &mut self.supervisor_service,
        }
    }

    /// A replica of ccm, if there is such a one.
    pub fn ccm(&self, replica: Replica) -> Option<&Ccm> {
        (!self.cluster.deleted).then_some(())?;
        match replica {
            Replica::First => Some(&self.ccm),
            Replica::Rival => self.rival.as_ref()?.ccm(),
        }
    }

    /// A replica of vmop, if there is such a one.
    pub fn vmop(&self, replica: Replica) -> Option<&Vmop> {
        match replica {
            Replica::First => Some(&self.vmop),
            Replica::Rival => self.rival.as_ref()?.vmop(),
        }
    }

    /// A replica of ncp, if there is such a one.
    pub fn ncp(&self, replica: Replica) -> Option<&Ncp> {
        match replica {
            Replica::First => Some(&self.ncp),
            Replica::Rival => self.rival.as_ref()?.ncp(),
        }
    }

    pub(crate) fn ccm_mut(&mut self, replica: Replica) -> Option<&mut Ccm> {
        (!self.cluster.deleted).then_some(())?;
        match replica {
            Replica::First => Some(&mut self.ccm),
            Replica::Rival => self.rival.as_mut()?.ccm_mut(),
        }
    }

    pub(crate) fn vmop_mut(&mut self, replica: Replica) -> Option<&mut Vmop> {
        match replica {
            Replica::First => Some(&mut self.vmop),
            Replica::Rival => self.rival.as_mut()?.vmop_mut(),
        }
    }

    pub(crate) fn ncp_mut(&mut self, replica: Replica) -> Option<&mut Ncp> {
        match replica {
            Replica::First => Some(&mut self.ncp),
            Replica::Rival => self.rival.as_mut()?.ncp_mut(),
        }
    }

    /// The pass of a replica of a hop, if there is such a one.
    pub fn pass(&self, hop: Hop, replica: Replica) -> Option<&Pass> {
        match hop {
            Hop::Ccm => self.ccm(replica).map(|ccm| &ccm.pass),
            Hop::Vmop => self.vmop(replica).map(|vmop| &vmop.pass),
            Hop::Ncp => self.ncp(replica).map(|ncp| &ncp.pass),
        }
    }

    pub(crate) fn pass_mut(&mut self, hop: Hop, replica: Replica) -> Option<&mut Pass> {
        match hop {
            Hop::Ccm => self.ccm_mut(replica).map(|ccm| &mut ccm.pass),
            Hop::Vmop => self.vmop_mut(replica).map(|vmop| &mut vmop.pass),
            Hop::Ncp => self.ncp_mut(replica).map(|ncp| &mut ncp.pass),
        }
    }

    /// The upstream object as a replica of a hop has seen it.
    pub fn upstream_seen(&self, hop: Hop, replica: Replica) -> Option<Upstream> {
        match hop {
            Hop::Ccm => self.ccm(replica)?.service.seen(),
            Hop::Vmop => self.vmop(replica)?.vm_service.seen(),
            Hop::Ncp => self.ncp(replica)?.supervisor_service.seen(),
        }
    }

    fn has_room(&self) -> bool {
        let full = Replica::ALL.iter().any(|&replica| {
            let ccm = self.ccm(replica);
            let vmop = self.vmop(replica);
            let ncp = self.ncp(replica);
            ccm.is_some_and(|ccm| ccm.service.events.is_full())
                || vmop.is_some_and(|vmop| vmop.vm_service.events.is_full())
                || vmop.is_some_and(|vmop| vmop.supervisor_service.events.is_full())
                || ncp.is_some_and(|ncp| ncp.supervisor_service.events.is_full())
        });
        let named = self.service.incarnations.max(self.vm_service.incarnations);
        let placed = usize::from(self.supervisor_service.incarnations);
        !full && named < Uid::MOST && placed <= PLACES
    }
}

impl Rival {
    fn ccm(&self) -> Option<&Ccm> {
        match self {
            Rival::Ccm(ccm) => Some(ccm),
            Rival::Vmop(_) | Rival::Ncp(_) => None,
        }
    }

    fn ccm_mut(&mut self) -> Option<&mut Ccm> {
        match self {
            Rival::Ccm(ccm) => Some(ccm),
            Rival::Vmop(_) | Rival::Ncp(_) => None,
        }
    }

    fn vmop(&self) -> Option<&Vmop> {
        match self {
            Rival::Vmop(vmop) => Some(vmop),
            Rival::Ccm(_) | Rival::Ncp(_) => None,
        }
    }

    fn vmop_mut(&mut self) -> Option<&mut Vmop> {
        match self {
            Rival::Vmop(vmop) => Some(vmop),
            Rival::Ccm(_) | Rival::Ncp(_) => None,
        }
    }

    fn ncp(&self) -> Option<&Ncp> {
        match self {
            Rival::Ncp(ncp) => Some(ncp),
            Rival::Ccm(_) | Rival::Vmop(_) => None,
        }
    }

    fn ncp_mut(&mut self) -> Option<&mut Ncp> {
        match self {
            Rival::Ncp(ncp) => Some(ncp),
            Rival::Ccm(_) | Rival::Vmop(_) => None,
        }
    }
}
