//! The alphabet of the chain: hops, verbs, objects, actions, safeguards and the trace form.
//!
//! Names only: nothing here decides anything, so that the specification and the controllers can
//! share it and stay independent. Their meaning is in `docs/protocol.md`.

mod action;
mod deed;
mod hop;
mod safeguard;
mod trace;

pub use action::{Action, At, Replica, Slot};
pub use deed::{AdminStep, Deed, Realizable, UserStep};
pub use hop::{Hop, Object, Verb};
pub use safeguard::{Safeguard, Safeguards};
pub use trace::{Claim, Error, Header, Step, Trace};

/// The error of parsing a name that the vocabulary does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} {name:?}: one of {known}")]
pub struct UnknownName {
    /// What was looked for, such as "safeguard".
    pub what: &'static str,
    /// What was given.
    pub name: String,
    /// The names there are, separated by commas.
    pub known: String,
}

/// Gives an enum of names its serde form, its `Display` and its parser, all from one table.
macro_rules! names {
    ($(#[$meta:meta])* $type:ident ($what:literal) { $($(#[$doc:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        pub enum $type { $($(#[$doc])* #[serde(rename = $name)] $variant,)+ }

        impl $type {
            /// Every name, in the order of the protocol.
            pub const ALL: &'static [$type] = &[$($type::$variant,)+];

            /// The name as it is written in traces, reports and flags.
            pub const fn name(self) -> &'static str {
                match self { $($type::$variant => $name,)+ }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = crate::UnknownName;
            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|known| known.name() == name).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|known| known.name()).collect();
                    crate::UnknownName { what: $what, name: name.into(), known: known.join(", ") }
                })
            }
        }
    };
}
pub(crate) use names;
