//! The words that the wire is read in: what a UID and a version stand for, at one moment.

use crate::dictionary::Unmapped;
use crate::world::World;
use hopwise_protocol::{Kind, Topology, Uid, Version};
use hopwise_vocab::Slot;

/// What reads the wire in the words of the model: a world, or a recording of one.
pub(crate) trait Words {
    /// Which incarnation a UID is.
    ///
    /// # Errors
    /// When no object of this kind was met with it.
    fn uid(&self, kind: Kind, uid: &str) -> Result<Uid, Unmapped>;

    /// Whether a resourceVersion is that of the object at the server: compared for equality only.
    fn version(&self, kind: Kind, version: &str) -> Version;

    /// Which controllers there are.
    fn topology(&self) -> Topology;

    /// Which of the users' Services is read about.
    fn slot(&self) -> Slot {
        Slot::A
    }
}

/// The words of a world about one of its Services.
pub(crate) struct Of<'a> {
    /// The world.
    pub world: &'a World,
    /// The Service.
    pub slot: Slot,
}

impl Words for Of<'_> {
    fn uid(&self, kind: Kind, uid: &str) -> Result<Uid, Unmapped> {
        self.world.lanes[self.slot].identities.uid(kind, uid)
    }

    fn version(&self, kind: Kind, version: &str) -> Version {
        let stored = self.world.object(self.slot, kind);
        let is_current =
            stored.is_some_and(|stored| stored["metadata"]["resourceVersion"] == version);
        if is_current {
            Version::Current
        } else {
            Version::Old
        }
    }

    fn topology(&self) -> Topology {
        self.world.topology
    }

    fn slot(&self) -> Slot {
        self.slot
    }
}
