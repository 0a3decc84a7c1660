//! The Kubernetes objects of the chain, at their server and as a hop sees them.

use std::num::NonZeroU8;

/// The identity of one incarnation of an object: the n-th of its kind, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(NonZeroU8);

impl Uid {
    /// The most incarnations of one kind that a state can tell apart.
    pub const MOST: u8 = 7;

    /// The UID of the `n`-th incarnation.
    ///
    /// # Panics
    /// Where `n` is 0 or above [`Uid::MOST`]: the bounds of a scenario are to exclude it.
    pub fn nth(n: u8) -> Uid {
        assert!(
            n <= Uid::MOST,
            "a state has room for {} incarnations of a kind",
            Uid::MOST
        );
        Uid(NonZeroU8::new(n).expect("incarnations are counted from 1"))
    }

    /// Which incarnation it is, counted from 1.
    pub fn number(self) -> u8 {
        self.0.get()
    }
}

/// An address of the pool; they are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(NonZeroU8);

impl Address {
    /// The most addresses that a pool can have.
    pub const MOST: u8 = 2;

    /// The address at `index` in the pool, counted from 0.
    ///
    /// # Panics
    /// Where the pool can not have that many.
    pub fn at(index: u8) -> Address {
        assert!(
            index < Address::MOST,
            "a pool has at most {} addresses",
            Address::MOST
        );
        Address(NonZeroU8::new(index + 1).expect("one more than something is not zero"))
    }

    /// Where it is in the pool, counted from 0.
    pub fn index(self) -> u8 {
        self.0.get() - 1
    }
}

/// What the user asks for: one of two ports, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ports {
    /// The lower one, with which a Service is created.
    #[default]
    A,
    /// The higher one.
    B,
    /// Both.
    Both,
}

impl Ports {
    /// Every choice.
    pub const ALL: [Ports; 3] = [Ports::A, Ports::B, Ports::Both];

    /// What an edit makes of them (`docs/protocol.md` §7).
    #[must_use]
    pub fn edited(self, edits: Edits) -> Ports {
        match (edits, self) {
            (Edits::Replace, Ports::A) | (Edits::Several, Ports::Both) => Ports::B,
            (Edits::Several, Ports::A) => Ports::Both,
            (Edits::Replace, Ports::B | Ports::Both) | (Edits::Several, Ports::B) => Ports::A,
        }
    }

    /// Whether the port at this index, counted from the lowest, is one of them.
    pub fn has(self, index: usize) -> bool {
        match self {
            Ports::A => index == 0,
            Ports::B => index == 1,
            Ports::Both => true,
        }
    }

    /// Those at the indices that are; nothing if none is.
    pub fn at([lower, higher]: [bool; 2]) -> Option<Ports> {
        match (lower, higher) {
            (true, true) => Some(Ports::Both),
            (true, false) => Some(Ports::A),
            (false, true) => Some(Ports::B),
            (false, false) => None,
        }
    }
}

/// What edits do to the ports of a Service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edits {
    /// The one port is replaced by the other.
    #[default]
    Replace,
    /// A second port is added, then the first one taken away, then replaced.
    Several,
}

/// What the status of an object says (`docs/protocol.md` §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Told {
    /// Nothing.
    #[default]
    Nothing,
    /// Its address.
    Address(Address),
    /// That there is no address left for it.
    Exhausted,
}

impl Told {
    /// The address, if that is what it says.
    pub fn address(self) -> Option<Address> {
        match self {
            Told::Address(address) => Some(address),
            Told::Nothing | Told::Exhausted => None,
        }
    }
}

/// Whether somebody has asked for an object's deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lifecycle {
    /// It has no deletionTimestamp.
    Live,
    /// It has one, and waits for its finalizer to be released.
    Deleting,
}

/// What a resourceVersion says, being compared for equality only: whether the object at the server
/// is still the one that was seen. Two old versions are never compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// Of an object that has been changed since, or is gone.
    Old,
    /// Of the object as it is at the server.
    Current,
}

/// An object at its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stored {
    /// Its incarnation.
    pub uid: Uid,
    /// The incarnation of its upstream object that it stands for; a guest Service's is its own.
    pub stands_for: Uid,
    /// The guest Service's incarnation, as the annotation copied down says.
    pub origin: Uid,
    /// Whether it is being deleted. If so, it is held: else it would be gone.
    pub lifecycle: Lifecycle,
    /// Whether it carries the finalizer of the hop whose upstream object it is.
    pub held: bool,
    /// Its spec.
    pub ports: Ports,
    /// Its status.
    pub told: Told,
    /// Whether it is of type LoadBalancer; only a user's Service ever is not.
    pub balanced: bool,
    /// Whether it carries an annotation that is not the chain's.
    pub annotated: bool,
}

impl Stored {
    /// A new object of type LoadBalancer, not held yet.
    pub(crate) fn new(uid: Uid, stands_for: Uid, origin: Uid, ports: Ports) -> Stored {
        Stored {
            uid,
            stands_for,
            origin,
            lifecycle: Lifecycle::Live,
            held: false,
            ports,
            told: Told::Nothing,
            balanced: true,
            annotated: false,
        }
    }

    /// Whether nobody has asked for its deletion.
    pub fn is_live(&self) -> bool {
        self.lifecycle == Lifecycle::Live
    }

    /// Whether its hop is to serve it: it is live and of type LoadBalancer.
    pub fn is_served(&self) -> bool {
        self.is_live() && self.balanced
    }

    /// What the hop that mirrors it downwards sees of it.
    pub fn as_upstream(self) -> Upstream {
        Upstream {
            object: self,
            version: Version::Current,
        }
    }

    /// What the hop that made it sees of it.
    pub fn as_downstream(self) -> Downstream {
        let Stored {
            uid,
            stands_for,
            lifecycle,
            ports,
            told,
            annotated,
            ..
        } = self;
        Downstream {
            uid,
            stands_for,
            lifecycle,
            ports,
            told,
            annotated,
        }
    }
}

/// A hop's upstream object as it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Upstream {
    /// The object at that moment.
    pub object: Stored,
    /// Whether the server still has exactly this.
    pub version: Version,
}

/// A hop's downstream object as it was seen: what the decisions of `docs/protocol.md` §4 read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Downstream {
    /// Its incarnation.
    pub uid: Uid,
    /// The incarnation of the upstream object that it stands for.
    pub stands_for: Uid,
    /// Whether it is being deleted.
    pub lifecycle: Lifecycle,
    /// Its spec.
    pub ports: Ports,
    /// Its status.
    pub told: Told,
    /// Whether it carries an annotation that is not the chain's.
    pub annotated: bool,
}

/// The three kinds of Kubernetes objects, each at its server under one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The guest Service.
    Service,
    /// The VirtualMachineService.
    VmService,
    /// The Supervisor Service.
    SupervisorService,
}
