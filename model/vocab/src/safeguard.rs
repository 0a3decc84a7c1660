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
