//! Which process of a hop asks, watches and hears.

use hopwise_vocab::{Hop, Replica, Slot};
use std::fmt;

/// A process of a hop: one of two replicas that both believe to lead, and of ccm that of one guest
/// cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Who {
    /// Its hop.
    pub hop: Hop,
    /// Which replica.
    pub replica: Replica,
    /// The cluster that it is part of, named by the first of its Services. What runs on the
    /// Supervisor is of the first.
    pub cluster: Slot,
}

impl From<Hop> for Who {
    /// The one that there always is.
    fn from(hop: Hop) -> Who {
        Who {
            hop,
            replica: Replica::First,
            cluster: Slot::A,
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.hop.to_string();
        if self.cluster != Slot::A {
            text += &format!(" of {}", self.cluster);
        }
        if self.replica != Replica::First {
            text += &format!(" by {}", self.replica);
        }
        f.pad(&text)
    }
}

/// A process, and the Service that it does something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct On {
    /// The process.
    pub who: Who,
    /// The Service.
    pub slot: Slot,
}
