//! A place in the search: a state of the model, and what of the recording it has to remember.

use super::calls::Index;
use crate::dictionary::Unmapped;
use crate::words::Words;
use hopwise_protocol::{Kind, Lane, State, Topology, Uid, Version};
use hopwise_vocab::{Action, Hop, Replica, Slot};
use std::rc::Rc;

/// A state of the model with what the recording adds to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub state: State,
    /// The resourceVersion that each kind's object has at its server.
    pub current: [Option<Rc<str>>; 3],
    /// What is known of each hop.
    pub hops: [Side; 3],
    /// The call that is the model's late write.
    pub late: Option<u64>,
    /// The writes of sweeps that are under way.
    pub sweeps: Vec<u64>,
}

/// What the recording says of a hop and the model does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Side {
    /// Whether it has started before.
    pub has_started: bool,
    /// The call that is the one which the model's pass waits for.
    pub call: Option<u64>,
    /// Whether it may let the model's next call wait: it backs off, or has tried often enough.
    pub may_idle: bool,
    /// Whether it is still reading what the model's read has read already.
    pub is_reading: bool,
    /// How many passes in a row ended with a write to NSX-T.
    pub run: u8,
}

impl Node {
    pub(super) fn new(state: State) -> Node {
        Node {
            state,
            current: [None, None, None],
            hops: Default::default(),
            late: None,
            sweeps: Vec::new(),
        }
    }

    pub(super) fn lane(&self) -> &Lane {
        self.state.lane(Slot::A)
    }

    pub(super) fn side(&self, hop: Hop) -> &Side {
        &self.hops[hop as usize]
    }

    pub(super) fn side_mut(&mut self, hop: Hop) -> &mut Side {
        &mut self.hops[hop as usize]
    }

    /// The call that the model's pass of a hop waits for.
    pub(super) fn call(&self, hop: Hop) -> Option<hopwise_protocol::Call> {
        self.lane().pass(hop, Replica::First)?.call
    }

    /// The call that the model has sent and the hop has not.
    pub(super) fn owed(&self, hop: Hop) -> Option<hopwise_protocol::Call> {
        let side = self.side(hop);
        let is_excused = side.may_idle || side.is_reading || side.call.is_some();
        self.call(hop).filter(|_| !is_excused)
    }

    /// The words of the recording at this place.
    pub(super) fn words<'a>(&'a self, index: &'a Index) -> Reading<'a> {
        Reading { node: self, index }
    }
}

/// The words of a recording at one place of it.
pub(super) struct Reading<'a> {
    node: &'a Node,
    index: &'a Index,
}

impl Words for Reading<'_> {
    fn uid(&self, kind: Kind, uid: &str) -> Result<Uid, Unmapped> {
        self.index.identities.uid(kind, uid)
    }

    fn version(&self, kind: Kind, version: &str) -> Version {
        if self.node.current[kind as usize].as_deref() == Some(version) {
            Version::Current
        } else {
            Version::Old
        }
    }

    fn topology(&self) -> Topology {
        Topology::Hops
    }
}

/// A way to explain a line: where it leads, and the actions it takes.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub node: Node,
    pub taken: Vec<Action>,
}

impl Way {
    pub(super) fn from(node: &Node) -> Way {
        Way {
            node: node.clone(),
            taken: Vec::new(),
        }
    }
}
