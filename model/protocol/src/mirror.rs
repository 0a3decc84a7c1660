//! The decisions of ccm and vmop, which mirror an object downwards and its address upwards
//! (`docs/protocol.md` §4.1 and §4.2). The comments name the rows of its tables.

use crate::object::{Downstream, Kind, Lifecycle, Told, Upstream};
use crate::request::{Request, Upwards};
use crate::state::Seen;
use hopwise_vocab::{Hop, Safeguard, Safeguards};

/// A hop that mirrors, deciding about one upstream object as it was seen.
pub(crate) struct Mirror<'a> {
    pub hop: Hop,
    pub downstream: Kind,
    pub safeguards: &'a Safeguards,
    pub upstream: &'a Upstream,
}

impl Mirror<'_> {
    /// What a pass asks first.
    pub(crate) fn decide(&self, seen: Seen) -> Option<Request> {
        let upstream = &self.upstream.object;
        if upstream.is_served() {
            self.build_up(seen)
        } else if upstream.held {
            self.tear_down(seen)
        } else {
            None
        }
    }

    /// Rows L1 to L8. Endpoints, L6, are not in the model.
    fn build_up(&self, seen: Seen) -> Option<Request> {
        let is_held = self.upstream.object.held;
        let hold_first = self.safeguards.has(Safeguard::FinalizerBeforeCreate);
        match seen {
            _ if !is_held && hold_first => Some(self.upwards().hold()),
            Seen::NotPolled => None,
            Seen::Absent => Some(Request::create(self.downstream, self.upstream)),
            Seen::There(_) if !is_held => Some(self.upwards().hold()),
            Seen::There(there) => self.bring_in_line(&there),
        }
    }

    /// Rows L4 to L8.
    fn bring_in_line(&self, there: &Downstream) -> Option<Request> {
        let upstream = &self.upstream.object;
        let by_uid = self.safeguards.has(Safeguard::IdentityByUid);
        let is_deleting = there.lifecycle == Lifecycle::Deleting;
        if !self.is_ours(there) || (is_deleting && by_uid) {
            None
        } else if there.ports != upstream.ports || self.is_foreign_key_in_the_way(there) {
            Some(Request::update(
                self.safeguards,
                self.downstream,
                there,
                upstream.ports,
            ))
        } else {
            let told = self.to_tell(there);
            told.map(|told| self.upwards().publish(told))
        }
    }

    /// L7: what the upstream object is to be told, if that is something else.
    fn to_tell(&self, there: &Downstream) -> Option<Told> {
        let is_kept =
            there.told == Told::Exhausted && !self.safeguards.has(Safeguard::SurfaceExhaustion);
        let told = if is_kept { Told::Nothing } else { there.told };
        let may_be_empty = self.safeguards.has(Safeguard::ClearBeforeRelease);
        (told != self.upstream.object.told && (may_be_empty || told != Told::Nothing))
            .then_some(told)
    }

    /// Without `own-keys-only` ccm takes an annotation of somebody else for a difference.
    fn is_foreign_key_in_the_way(&self, there: &Downstream) -> bool {
        let whole = !self.safeguards.has(Safeguard::OwnKeysOnly);
        whole && self.hop == Hop::Ccm && there.annotated
    }

    /// Rows T1 to T3.
    fn tear_down(&self, seen: Seen) -> Option<Request> {
        match seen {
            Seen::NotPolled => None,
            Seen::There(there) if self.is_ours(&there) && there.lifecycle == Lifecycle::Live => {
                Some(Request::delete(self.safeguards, self.downstream, &there))
            }
            Seen::There(_) | Seen::Absent => Some(self.prove_absence()),
        }
    }

    /// T3: only a live read can say that there is nothing left.
    fn prove_absence(&self) -> Request {
        if self.safeguards.has(Safeguard::HoldUntilGone) {
            Request::read(self.hop, self.upstream)
        } else {
            self.upwards().release()
        }
    }

    /// Rows T3a to T3c.
    pub(crate) fn after_read(&self, answer: Option<&Downstream>) -> Option<Request> {
        match answer.filter(|there| self.is_ours(there)) {
            None => Some(self.upwards().release()),
            Some(there) => match there.lifecycle {
                Lifecycle::Live => Some(Request::delete(self.safeguards, self.downstream, there)),
                Lifecycle::Deleting => None,
            },
        }
    }

    fn is_ours(&self, there: &Downstream) -> bool {
        let by_uid = self.safeguards.has(Safeguard::IdentityByUid);
        !by_uid || there.stands_for == self.upstream.object.uid
    }

    fn upwards(&self) -> Upwards<'_> {
        Upwards {
            hop: self.hop,
            safeguards: self.safeguards,
            seen: self.upstream,
        }
    }
}
