//! What hops are doing, in the words of this lane: at most one pass at a time, the next one when
//! something asked for it meanwhile, as the controllers' work queue has them.

use super::passes::At;
use super::runner::{Endpoints, Input};
use hopwise_protocol::{Kind, Lane, Seen, State, Stored, Version};
use hopwise_vocab::{Hop, Replica, Slot};

/// What a hop is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Turn {
    /// The pass that waits.
    pub paused: Option<Paused>,
    /// Whether another is to follow.
    pub again: bool,
}

/// A pass that waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Paused {
    /// How far it has come.
    pub at: At,
    /// Whether the server still has the upstream object as it began with.
    pub version: Version,
    /// How far it will have come when it hears the answer, once that is given.
    pub then: Option<At>,
}

/// What all hops are doing, in hop order.
pub(super) type Turns = [Turn; 3];

/// What a controller does that has no place in a step.
#[derive(Debug)]
pub(super) struct Odd {
    pub hop: Hop,
    pub what: &'static str,
    pub model: String,
    pub controller: String,
}

pub(super) fn waiting(hop: Hop, turn: &Turn) -> Result<Paused, Odd> {
    turn.paused
        .ok_or_else(|| odd(hop, "call", "a call that waits", "nothing".into()))
}

pub(super) fn odd(hop: Hop, what: &'static str, model: &str, controller: String) -> Odd {
    Odd {
        hop,
        what,
        model: model.into(),
        controller,
    }
}

/// A version that a request names: the one that the pass began with, or one that nobody has.
pub(super) fn seen_as(named: Version, begun: Version) -> Version {
    match named {
        Version::Current => begun,
        Version::Old => Version::Old,
    }
}

/// The one Service of the lane's scenarios.
pub(super) fn lane(state: &State) -> &Lane {
    state.lane(Slot::A)
}

pub(super) fn object(state: &State, kind: Kind) -> Option<Stored> {
    lane(state).store(kind).object()
}

/// What a pass would begin with, if the hop sees its upstream object.
pub(super) fn seen(state: &State, hop: Hop) -> Option<(Input, Version)> {
    let lane = lane(state);
    let upstream = lane.upstream_seen(hop, Replica::First)?;
    let downstream = match hop {
        Hop::Ccm => lane.ccm(Replica::First)?.vm_service,
        Hop::Vmop => lane.vmop(Replica::First)?.downstream_seen(),
        Hop::Ncp => Seen::NotPolled,
    };
    let input = Input {
        hop,
        upstream: upstream.object,
        downstream,
        endpoints: Endpoints::Missing,
    };
    Some((input, upstream.version))
}
