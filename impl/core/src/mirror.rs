//! What ccm and vmop share: keeping one downstream object for one upstream object
//! (`docs/protocol.md` §4.1 and §4.2).

use crate::upstream::same_ports;
use crate::{Guard, Hold, Lifecycle, Live, Port, ProvenAbsent, Terms, Told, Uid, Upstream};
use hopwise_vocab::{Object, Safeguard, Safeguards, Verb};

/// The downstream object that has the name which belongs to the upstream object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downstream {
    /// Its identity.
    pub uid: Uid,
    /// Whether it is being deleted.
    pub lifecycle: Lifecycle,
    /// The upstream object it was made for; nobody's if it does not say.
    pub stands_for: Option<Uid>,
    /// The ports it asks for.
    pub ports: Vec<Port>,
    /// What else it asks for.
    pub terms: Terms,
    /// What its status tells it.
    pub told: Told,
    /// Whether it carries annotations that are not the chain's.
    pub foreign_keys: ForeignKeys,
}

/// Annotations of an object that are not the chain's. Only ccm compares them, and only when
/// own-keys-only is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignKeys {
    /// It has none.
    Absent,
    /// Somebody else wrote some.
    Present,
}

/// What the hop has seen of the downstream object. It may be old.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The first poll's answer was not heard yet.
    NotPolled,
    /// The last answer had none.
    Absent,
    /// The last answer had this one.
    Present(Downstream),
}

/// Everything that a pass decides on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The upstream object as the watch delivered it.
    pub upstream: Option<Upstream>,
    /// The downstream object as seen when the pass began.
    pub downstream: Seen,
    /// The answer of this pass's read, once it was made.
    pub live: Option<Live<Downstream>>,
}

/// Why a pass waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Nothing is known of the downstream object yet.
    ForFirstPoll,
    /// The downstream object stands for somebody else.
    ForForeign,
    /// The downstream object is being deleted.
    ForDeletion,
}

/// On what ground a finalizer is released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// A live read found nothing that stands for the upstream object.
    Proven(ProvenAbsent),
    /// hold-until-gone is off.
    Waived(Waiver),
}

/// Says that hold-until-gone is off, so that no proof is needed. Only safeguards can make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver(());

impl Waiver {
    fn of(safeguards: &Safeguards) -> Option<Waiver> {
        (!safeguards.has(Safeguard::HoldUntilGone)).then_some(Waiver(()))
    }
}

/// What an update does with the annotations of the downstream object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Annotations {
    /// It leaves them alone.
    Left,
    /// It replaces all of them by the chain's own: others' are gone.
    Replaced,
}

/// What a pass does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Take the hop's finalizer on the upstream object.
    Hold(Guard),
    /// Create the downstream object.
    Create {
        /// The upstream object it stands for.
        stands_for: Uid,
        /// The ports it asks for.
        ports: Vec<Port>,
        /// What else it asks for.
        terms: Terms,
    },
    /// Bring what the downstream object asks for to what the upstream one does.
    Update {
        /// The identity it must still have.
        uid: Uid,
        /// The ports it is to ask for.
        ports: Vec<Port>,
        /// What else it is to ask for.
        terms: Terms,
        /// What becomes of its annotations.
        annotations: Annotations,
    },
    /// Write what the downstream object is told into the upstream's status.
    Publish {
        /// What must still hold of the upstream object.
        guard: Guard,
        /// What the status is to say.
        told: Told,
    },
    /// Delete the downstream object.
    Delete {
        /// The identity it must still have; none when delete-by-uid is off, and the request hits
        /// whatever has the name.
        uid: Option<Uid>,
    },
    /// Read the downstream object at its server, then decide again.
    Read,
    /// Give up the hop's finalizer on the upstream object.
    Release {
        /// What must still hold of the upstream object.
        guard: Guard,
        /// Why that is safe.
        ground: Ground,
    },
    /// Nothing can be done before something else happens.
    Wait(Waiting),
    /// Nothing is left to be done.
    Settled,
}

/// The two objects of a hop, in the words of the vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// What the hop holds and publishes to.
    pub upstream: Object,
    /// What the hop creates, updates, reads and deletes.
    pub downstream: Object,
}

impl Decision {
    /// The request it makes, if any, in the words of the vocabulary.
    pub fn request(&self, ends: Ends) -> Option<(Verb, Object)> {
        match self {
            Decision::Hold(_) => Some((Verb::Hold, ends.upstream)),
            Decision::Create { .. } => Some((Verb::Create, ends.downstream)),
            Decision::Update { .. } => Some((Verb::Update, ends.downstream)),
            Decision::Publish { .. } => Some((Verb::Publish, ends.upstream)),
            Decision::Delete { .. } => Some((Verb::Delete, ends.downstream)),
            Decision::Read => Some((Verb::Read, ends.downstream)),
            Decision::Release { .. } => Some((Verb::Release, ends.upstream)),
            Decision::Wait(_) | Decision::Settled => None,
        }
    }
}

/// Rows L1 to L5: the decision, or the downstream object that fits and may be reported upwards.
pub(crate) fn build_up<'a>(
    upstream: &Upstream,
    downstream: &'a Seen,
    annotations: Annotations,
    safeguards: &Safeguards,
) -> Result<&'a Downstream, Decision> {
    let hold = hold_first(upstream, safeguards);
    if safeguards.has(Safeguard::FinalizerBeforeCreate) {
        hold.clone()?;
    }
    let found = match downstream {
        Seen::NotPolled => return Err(Decision::Wait(Waiting::ForFirstPoll)),
        Seen::Absent => return Err(create_for(upstream)),
        Seen::Present(found) => found,
    };
    hold?;
    wait_for_ours(upstream, found, safeguards)?;
    as_wanted(upstream, found, annotations)
}

/// Row L5: the downstream object if it asks for what the upstream one does, or the update.
pub(crate) fn as_wanted<'a>(
    upstream: &Upstream,
    found: &'a Downstream,
    annotations: Annotations,
) -> Result<&'a Downstream, Decision> {
    if is_as_wanted(found, upstream, annotations) {
        return Ok(found);
    }
    Err(Decision::Update {
        uid: found.uid.clone(),
        ports: upstream.ports.clone(),
        terms: upstream.terms.clone(),
        annotations,
    })
}

/// Who writes the whole annotations compares the whole annotations.
fn is_as_wanted(found: &Downstream, upstream: &Upstream, annotations: Annotations) -> bool {
    let has_own_keys_only = match annotations {
        Annotations::Left => true,
        Annotations::Replaced => found.foreign_keys == ForeignKeys::Absent,
    };
    has_own_keys_only && same_ports(&found.ports, &upstream.ports) && found.terms == upstream.terms
}

/// Row L1.
fn hold_first(upstream: &Upstream, safeguards: &Safeguards) -> Result<(), Decision> {
    match upstream.hold {
        Hold::Held => Ok(()),
        Hold::NotHeld => Err(Decision::Hold(upstream.guard(safeguards))),
    }
}

/// Row L3.
fn create_for(upstream: &Upstream) -> Decision {
    Decision::Create {
        stands_for: upstream.uid.clone(),
        ports: upstream.ports.clone(),
        terms: upstream.terms.clone(),
    }
}

/// Row L4. Without identity-by-uid whatever has the name is taken as it is.
fn wait_for_ours(
    upstream: &Upstream,
    found: &Downstream,
    safeguards: &Safeguards,
) -> Result<(), Decision> {
    if !safeguards.has(Safeguard::IdentityByUid) {
        return Ok(());
    }
    if !is_ours(found, upstream, safeguards) {
        return Err(Decision::Wait(Waiting::ForForeign));
    }
    match found.lifecycle {
        Lifecycle::Live => Ok(()),
        Lifecycle::Deleting => Err(Decision::Wait(Waiting::ForDeletion)),
    }
}

/// Rows L7 and L8.
pub(crate) fn report(
    upstream: &Upstream,
    downstream: &Downstream,
    safeguards: &Safeguards,
) -> Decision {
    let told = heard_from_below(downstream, safeguards);
    let is_silenced = told == Told::Nothing && !safeguards.has(Safeguard::ClearBeforeRelease);
    if told == upstream.told || is_silenced {
        return Decision::Settled;
    }
    Decision::Publish {
        guard: upstream.guard(safeguards),
        told,
    }
}

/// What the downstream object is told. Without surface-exhaustion that word does not travel.
fn heard_from_below(downstream: &Downstream, safeguards: &Safeguards) -> Told {
    match downstream.told {
        Told::Exhausted if !safeguards.has(Safeguard::SurfaceExhaustion) => Told::Nothing,
        Told::Nothing | Told::Address(_) | Told::Exhausted => downstream.told,
    }
}

/// Rows T1 to T3.
pub(crate) fn tear_down(upstream: &Upstream, seen: &Observed, safeguards: &Safeguards) -> Decision {
    match &seen.downstream {
        Seen::NotPolled => return Decision::Wait(Waiting::ForFirstPoll),
        Seen::Present(found)
            if is_ours(found, upstream, safeguards) && found.lifecycle == Lifecycle::Live =>
        {
            return delete(found, safeguards);
        }
        Seen::Present(_) | Seen::Absent => {}
    }
    if let Some(waiver) = Waiver::of(safeguards) {
        return release(upstream, Ground::Waived(waiver), safeguards);
    }
    match &seen.live {
        None => Decision::Read,
        Some(live) => after_read(upstream, live, safeguards),
    }
}

/// Rows T3a to T3c.
fn after_read(upstream: &Upstream, live: &Live<Downstream>, safeguards: &Safeguards) -> Decision {
    let ours = live.concerning(|found| is_ours(found, upstream, safeguards));
    match ours.or_absent() {
        Err(proof) => release(upstream, Ground::Proven(proof), safeguards),
        Ok(found) => match found.lifecycle {
            Lifecycle::Live => delete(found, safeguards),
            Lifecycle::Deleting => Decision::Wait(Waiting::ForDeletion),
        },
    }
}

pub(crate) fn delete(found: &Downstream, safeguards: &Safeguards) -> Decision {
    let is_by_uid = safeguards.has(Safeguard::DeleteByUid);
    Decision::Delete {
        uid: is_by_uid.then(|| found.uid.clone()),
    }
}

fn release(upstream: &Upstream, ground: Ground, safeguards: &Safeguards) -> Decision {
    Decision::Release {
        guard: upstream.guard(safeguards),
        ground,
    }
}

/// Whether the downstream object stands for the upstream object.
fn is_ours(found: &Downstream, upstream: &Upstream, safeguards: &Safeguards) -> bool {
    !safeguards.has(Safeguard::IdentityByUid) || found.stands_for.as_ref() == Some(&upstream.uid)
}
