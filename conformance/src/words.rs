//! The words that the wire is read in: what a UID and a version stand for, at one moment.

use crate::dictionary::Unmapped;
use crate::world::World;
use hopwise_protocol::{Kind, Topology, Uid, Version};

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
}

impl Words for World {
    fn uid(&self, kind: Kind, uid: &str) -> Result<Uid, Unmapped> {
        self.identities.uid(kind, uid)
    }

    fn version(&self, kind: Kind, version: &str) -> Version {
        let stored = self.object(kind);
        let is_current =
            stored.is_some_and(|stored| stored["metadata"]["resourceVersion"] == version);
        if is_current {
            Version::Current
        } else {
            Version::Old
        }
    }

    fn topology(&self) -> Topology {
        self.topology
    }
}
