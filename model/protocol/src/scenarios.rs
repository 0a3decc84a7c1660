//! Named bounds: how much happens, and to how many Services.

use crate::object::Edits;
use hopwise_vocab::{Hop, Object};

mod named;

pub use named::{NIGHTLY, SCENARIOS, SMALL, every_scenario};

/// Bounds of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Its name, in traces and on the command line.
    pub name: &'static str,
    /// What happens in it.
    pub sentence: &'static str,
    /// Where it begins.
    pub begins: Beginning,
    /// What happens to each Service, one after the other.
    pub users: &'static [Budget],
    /// What an administrator's deletions can hit.
    pub behind: &'static [Object],
    /// In which guest clusters the Services are.
    pub clusters: Clusters,
    /// Which controllers there are.
    pub topology: Topology,
    /// The size of the pool.
    pub addresses: u8,
    /// How finely calls are told apart.
    pub grain: Grain,
    /// The hop of which a second live replica is there.
    pub rival: Option<Hop>,
    /// What may go wrong.
    pub faults: Faults,
    /// What edits do to the ports.
    pub edits: Edits,
}

/// How often something is done to one Service, at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// The user creates it, the beginning included.
    pub creates: u8,
    /// The user edits its ports.
    pub edits: u8,
    /// The user deletes it.
    pub deletes: u8,
    /// The user changes its type.
    pub retypes: u8,
    /// The user takes its finalizers away.
    pub strips: u8,
    /// An administrator deletes something of the chain's.
    pub admin_deletes: u8,
    /// An administrator adds an annotation.
    pub annotates: u8,
    /// The cluster of the first Service is deleted, and then made again.
    pub clusters: u8,
}

/// Where a scenario begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// With nothing: the controllers have started and seen that there is nothing.
    Empty,
    /// With the first Service showing its address, when nothing but ticks and polls is left to do.
    Settled,
}

/// In which guest clusters the Services are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clusters {
    /// All in one: one ccm polls for all of them.
    One,
    /// Each in a cluster of its own, with a ccm of its own.
    Each,
}

/// Which controllers there are (`docs/protocol.md` §1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Topology {
    /// All three.
    #[default]
    Hops,
    /// ncp alone, in the user's cluster.
    Direct,
}

/// How finely calls are told apart (`docs/protocol.md` §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// Served, and heard later.
    Fine,
    /// Served and heard at once.
    Coarse,
    /// A pass is one step, from what begins it to its write.
    Passes,
}

/// What may go wrong, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faults {
    /// How often, all kinds together.
    pub budget: u8,
    /// The kinds.
    pub kinds: &'static [Fault],
    /// The hop whose calls they happen to; none if to every hop's.
    pub hop: Option<Hop>,
}

/// A kind of fault (`docs/protocol.md` §7a).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A call fails, and no server has seen it.
    Lose,
    /// A write is applied, and its answer is lost.
    LoseReply,
    /// A write is given up and may land later.
    Delay,
    /// A controller restarts.
    Crash,
    /// A watch breaks and begins again with a list.
    Relist,
    /// ccm can not reach the Supervisor for a while.
    Cut,
    /// NSX-T fails to realize a virtual server.
    Fail,
    /// A watch is renewed at a server that stayed behind.
    Rewind,
}

impl Faults {
    /// Nothing goes wrong.
    pub const NONE: Faults = Faults {
        budget: 0,
        kinds: &[],
        hop: None,
    };
}

impl Budget {
    /// Nothing happens.
    pub const NONE: Budget = Budget {
        creates: 0,
        edits: 0,
        deletes: 0,
        retypes: 0,
        strips: 0,
        admin_deletes: 0,
        annotates: 0,
        clusters: 0,
    };
}

/// The error of asking for a scenario that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown scenario {name:?}: one of {known}")]
pub struct UnknownScenario {
    /// What was asked for.
    pub name: String,
    /// The names there are, separated by commas.
    pub known: String,
}

/// The scenario of this name, whatever its size.
///
/// # Errors
/// Lists the names there are.
pub fn scenario(name: &str) -> Result<Scenario, UnknownScenario> {
    let found = every_scenario().find(|scenario| scenario.name == name);
    found.copied().ok_or_else(|| UnknownScenario {
        name: name.into(),
        known: every_scenario()
            .map(|it| it.name)
            .collect::<Vec<_>>()
            .join(", "),
    })
}
