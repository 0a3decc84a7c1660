//! The switches whose reasons the project shows.

use crate::UnknownName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

crate::names! {
    /// A rule of the protocol that can be switched off (`docs/protocol.md` §9).
    Safeguard ("safeguard") {
        /// A hop holds its upstream object before it writes downstream.
        FinalizerBeforeCreate = "finalizer-before-create",
        /// A finalizer is released only when a live read proved the downstream object gone.
        HoldUntilGone = "hold-until-gone",
        /// A mirrored object names the UID it stands for; a terminating or foreign one is never
        /// adopted.
        IdentityByUid = "identity-by-uid",
        /// Every write carries the resourceVersion it was decided on, or owns its fields.
        GuardedWrites = "guarded-writes",
        /// ccm polls also after success.
        RegularPoll = "regular-poll",
        /// The address is given back after the load balancer is gone.
        ReleaseIpLast = "release-ip-last",
        /// A failed allocation is asked for again, so that a freed address finds its waiter.
        WakeOnRelease = "wake-on-release",
        /// Every DELETE names the UID it is meant for.
        DeleteByUid = "delete-by-uid",
        /// What is told upwards is cleared when it is true no longer: emptiness travels too.
        ClearBeforeRelease = "clear-before-release",
        /// The id of an allocation is a function of cluster and UID, so a lost answer cannot
        /// allocate twice.
        AllocationByIdentity = "allocation-by-identity",
        /// After a restart, what is allocated is known before anything is allocated or released.
        LoadBeforeAllocate = "load-before-allocate",
        /// What stands for nobody is removed, once a live read has proved it.
        SweepOrphans = "sweep-orphans",
        /// Only the chain's own annotations are compared and written.
        OwnKeysOnly = "own-keys-only",
        /// An update is computed from the newest intent, never from a private old copy.
        FreshIntent = "fresh-intent",
        /// That the pool is exhausted travels back to the guest Service.
        SurfaceExhaustion = "surface-exhaustion",
    }
}

impl Safeguard {
    /// What the rule is, in one sentence to be read aloud.
    pub const fn sentence(self) -> &'static str {
        match self {
            Safeguard::FinalizerBeforeCreate => {
                "A hop holds its upstream object before it writes downstream."
            }
            Safeguard::HoldUntilGone => {
                "A finalizer is released only when a live read proved the downstream object gone."
            }
            Safeguard::IdentityByUid => {
                "A mirrored object names the UID it stands for; a terminating or foreign one is \
                 never adopted."
            }
            Safeguard::GuardedWrites => {
                "Every write carries the resourceVersion it was decided on, or owns its fields."
            }
            Safeguard::RegularPoll => "The Supervisor is polled also after success.",
            Safeguard::ReleaseIpLast => {
                "The address is given back after the load balancer is gone."
            }
            Safeguard::WakeOnRelease => {
                "A failed allocation is asked for again, so that a freed address finds its waiter."
            }
            Safeguard::DeleteByUid => "Every DELETE names the UID it is meant for.",
            Safeguard::ClearBeforeRelease => {
                "What is told upwards is cleared when it is true no longer: emptiness travels too."
            }
            Safeguard::AllocationByIdentity => {
                "The id of an allocation is a function of cluster and UID, so a lost answer cannot allocate twice."
            }
            Safeguard::LoadBeforeAllocate => {
                "After a restart, what is allocated is known before anything is allocated or released."
            }
            Safeguard::SweepOrphans => {
                "What stands for nobody is removed, once a live read has proved it."
            }
            Safeguard::OwnKeysOnly => "Only the chain's own annotations are compared and written.",
            Safeguard::FreshIntent => {
                "An update is computed from the newest intent, never from a private old copy."
            }
            Safeguard::SurfaceExhaustion => {
                "That the pool is exhausted travels back to the guest Service."
            }
        }
    }
}

/// Which safeguards are on. One value, understood by the model and by the controllers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Safeguards {
    off: BTreeSet<Safeguard>,
}

impl Safeguards {
    /// The `reference` profile: every safeguard is on.
    pub fn reference() -> Self {
        Self::default()
    }

    /// The `as-built` profile: what the open-source chain does today lacks these
    /// (`docs/protocol.md` §9).
    pub fn as_built() -> Self {
        let off = [
            Safeguard::HoldUntilGone,
            Safeguard::IdentityByUid,
            Safeguard::GuardedWrites,
            Safeguard::RegularPoll,
            Safeguard::WakeOnRelease,
            Safeguard::DeleteByUid,
            Safeguard::ClearBeforeRelease,
            Safeguard::AllocationByIdentity,
            Safeguard::OwnKeysOnly,
            Safeguard::FreshIntent,
            Safeguard::SurfaceExhaustion,
        ];
        Self { off: off.into() }
    }

    /// The same, with one safeguard off.
    #[must_use]
    pub fn without(mut self, safeguard: Safeguard) -> Self {
        self.off.insert(safeguard);
        self
    }

    /// Whether a safeguard is on.
    pub fn has(&self, safeguard: Safeguard) -> bool {
        !self.off.contains(&safeguard)
    }

    /// The safeguards that are off, in the order of the protocol.
    pub fn off(&self) -> impl Iterator<Item = Safeguard> + '_ {
        self.off.iter().copied()
    }

    /// Reads a list of safeguards to switch off.
    ///
    /// # Errors
    /// Names the first word that is no safeguard, and the ones there are.
    pub fn without_named<'a>(
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, UnknownName> {
        let off = names
            .into_iter()
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        Ok(Self { off })
    }
}

impl fmt::Display for Safeguards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.off.is_empty() {
            return f.write_str("reference");
        }
        let names: Vec<_> = self.off().map(Safeguard::name).collect();
        write!(f, "without {}", names.join(", "))
    }
}
