//! What stands for nobody: how it is noticed, and what proves it (`docs/protocol.md` §4.4).
//!
//! A request that was given up may still land, and a finalizer can be taken away by hand. What is
//! then left behind is found by the UID that it stands for. A UID never comes back, so that the
//! proof stays true however long the removal takes.

use crate::mirror::{self, Decision, Downstream};
use crate::{Lifecycle, Live, Uid};
use hopwise_vocab::{Safeguard, Safeguards};
use std::collections::BTreeSet;

/// A live read proved that no object has this UID, now or ever again.
///
/// What was seen of owners may be old, so it never removes anything. This does, and only a
/// [`Live`] answer can make it:
///
/// ```compile_fail
/// let proof = hopwise_core::sweep::Nobody(hopwise_core::Uid("u".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nobody(Uid);

impl Nobody {
    /// The proof, unless the owner was found. The only maker.
    ///
    /// # Assumes
    /// The read was one of the name that the owner has, or of all objects of its kind.
    pub fn proven(owner: Uid, live: &Live<Uid>) -> Option<Nobody> {
        (live.found() != Some(&owner)).then_some(Nobody(owner))
    }

    /// Whose UID it was.
    pub fn uid(&self) -> &Uid {
        &self.0
    }
}

/// The owner to be read live: the first of `owners`, which things stand for, that is not among
/// the objects seen. Where one could not be swept the last time it is the first behind that one, so
/// that none keeps the others from it. Without sweep-orphans nobody is looked for.
pub fn suspect(
    owners: &BTreeSet<Uid>,
    seen: &BTreeSet<Uid>,
    failed: Option<&Uid>,
    safeguards: &Safeguards,
) -> Option<Uid> {
    if !safeguards.has(Safeguard::SweepOrphans) {
        return None;
    }
    let mut all = owners.difference(seen);
    let first = all.clone().next();
    all.find(|one| failed.is_some_and(|failed| *one > failed))
        .or(first)
        .cloned()
}

/// Whom an object stands for, as far as ccm's sweep goes: it is live, and it says so.
pub fn owner(downstream: &Downstream) -> Option<&Uid> {
    match downstream.lifecycle {
        Lifecycle::Live => downstream.stands_for.as_ref(),
        Lifecycle::Deleting => None,
    }
}

/// The removal of an object that stands for nobody.
pub fn remove(downstream: &Downstream, nobody: &Nobody, safeguards: &Safeguards) -> Decision {
    if owner(downstream) == Some(nobody.uid()) {
        mirror::delete(downstream, safeguards)
    } else {
        Decision::Settled
    }
}
