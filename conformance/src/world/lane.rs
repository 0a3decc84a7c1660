//! What a world keeps about each Service, and which Service a call is about.

use crate::call::json;
use crate::dictionary::Identities;
use crate::gate::{Call, Id, Place};
use crate::seen::{Seen, Subject};
use crate::servers::CLUSTER;
use crate::who::Who;
use crate::wire::Found;
use bytes::Bytes;
use hopwise_api::names::vm_service_name;
use hopwise_protocol::{Clusters, Kind, Ports, Topology};
use hopwise_vocab::{Hop, Object, Slot, Verb};
use http::Request;
use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};

/// One Service on its way through the chain.
pub struct Lane {
    /// Its names.
    pub subject: Subject,
    /// What each process has seen of it.
    pub seen: Seen,
    /// The upstream object as each process had seen it when it sent its last live read.
    pub reads: BTreeMap<Who, Option<Found>>,
    /// The incarnations there have been.
    pub identities: Identities,
    /// How many writes to NSX-T of each process have followed each other.
    pub runs: BTreeMap<Who, usize>,
    /// What the user asked for last.
    pub asked: Ports,
    /// The write that its caller has given up.
    pub late: Option<Late>,
    /// What a replica of an API server knows that stays behind.
    pub laggard: Option<Laggard>,
}

/// A write under way whose caller has given it up.
pub struct Late {
    /// The call that it was.
    pub call: Id,
    /// Who sent it.
    pub who: Who,
    /// Where it is going.
    pub place: Place,
    /// What it asks.
    pub asked: (Verb, Object),
    /// The same on the wire.
    pub request: Request<Bytes>,
}

/// What a watch had delivered of the subject when a replica of its server stopped learning.
pub struct Laggard {
    /// Whose watch.
    pub who: Who,
    /// Of which kind.
    pub object: Object,
    /// What it had delivered last.
    pub found: Option<Found>,
}

impl Lane {
    fn new(subject: Subject) -> Lane {
        Lane {
            subject,
            seen: Seen::default(),
            reads: BTreeMap::new(),
            identities: Identities::default(),
            runs: BTreeMap::new(),
            asked: Ports::default(),
            late: None,
            laggard: None,
        }
    }

    /// Whether a call names this Service: by its name in the path or in the body, or to NSX-T by
    /// the UID of what stands for it.
    fn is_named_by(&self, call: &Call) -> bool {
        let path = call.request.uri().path();
        let names = [&self.subject.guest, &self.subject.supervisor];
        match call.place {
            Place::Guest | Place::Supervisor => {
                let body = json(&call.request);
                let is_it = |name: &String| {
                    let name = name.as_str();
                    path.split('/').any(|part| part == name) || body["metadata"]["name"] == name
                };
                names.into_iter().any(is_it)
            }
            Place::Nsx => {
                let line = call.line();
                let body = String::from_utf8_lossy(call.request.body());
                let mut uids = self.identities.all(Kind::SupervisorService);
                uids.any(|uid| line.contains(uid) || body.contains(uid))
            }
        }
    }
}

/// The Services of a world.
pub struct Lanes {
    all: Vec<Lane>,
    clusters: Clusters,
}

/// The users' names for their Services in one cluster. In clusters of their own all have the first.
const NAMES: [&str; 3] = ["web", "shop", "mail"];

impl Lanes {
    pub(super) fn new(services: usize, clusters: Clusters, topology: Topology) -> Lanes {
        let lane = |slot: &Slot| {
            let (cluster, guest) = match (clusters, slot) {
                (Clusters::One, slot) => (CLUSTER.into(), NAMES[*slot as usize]),
                (Clusters::Each, Slot::A) => (CLUSTER.into(), NAMES[0]),
                (Clusters::Each, Slot::B | Slot::C) => (format!("{CLUSTER}-{slot}"), NAMES[0]),
            };
            Lane::new(Subject {
                guest: guest.into(),
                supervisor: match topology {
                    Topology::Hops => vm_service_name(&cluster, guest, "default"),
                    Topology::Direct => guest.into(),
                },
            })
        };
        let all = Slot::ALL.iter().take(services).map(lane).collect();
        Lanes { all, clusters }
    }

    /// Every Service by its slot.
    pub fn slots(&self) -> impl Iterator<Item = Slot> + use<> {
        Slot::ALL.iter().copied().take(self.all.len())
    }

    /// Every guest cluster, by the first of its Services.
    pub fn clusters(&self) -> impl Iterator<Item = Slot> + use<> {
        let count = match self.clusters {
            Clusters::One => 1,
            Clusters::Each => self.all.len(),
        };
        self.slots().take(count)
    }

    /// The guest cluster of a Service.
    pub fn cluster_of(&self, slot: Slot) -> Slot {
        match self.clusters {
            Clusters::One => Slot::A,
            Clusters::Each => slot,
        }
    }

    /// The Services that a process serves.
    pub fn of(&self, who: Who) -> impl Iterator<Item = Slot> + use<> {
        let only = (who.hop == Hop::Ccm && self.clusters == Clusters::Each).then_some(who.cluster);
        self.slots()
            .filter(move |slot| only.is_none_or(|only| *slot == only))
    }

    /// Whether a process serves one Service only, so that all that it does is about that.
    pub fn serves_one(&self, who: Who) -> bool {
        self.of(who).count() == 1
    }

    /// Whether a call is about this Service.
    pub fn is_about(&self, call: &Call, slot: Slot) -> bool {
        let is_served = self.of(call.who).any(|served| served == slot);
        is_served && (self.serves_one(call.who) || self[slot].is_named_by(call))
    }

    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Lane> {
        self.all.iter_mut()
    }
}

impl Index<Slot> for Lanes {
    type Output = Lane;

    fn index(&self, slot: Slot) -> &Lane {
        &self.all[slot as usize]
    }
}

impl IndexMut<Slot> for Lanes {
    fn index_mut(&mut self, slot: Slot) -> &mut Lane {
        &mut self.all[slot as usize]
    }
}
