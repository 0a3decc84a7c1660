//! The steps of the protocol: one action is one step of the model and one thing that the
//! conformance gate does.

use crate::{Deed, UnknownName};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

crate::names! {
    /// Which of the users' Services an action is about.
    Slot ("Service") {
        /// The first, which every scenario has.
        A = "a",
        /// The second.
        B = "b",
        /// The third.
        C = "c",
    }
}

crate::names! {
    /// Which of two live replicas of a controller acts.
    Replica ("replica") {
        /// The one that every scenario has.
        First = "first",
        /// A second one that believes to be the leader too.
        Rival = "rival",
    }
}

/// Where an action happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    /// The Service it is about.
    pub service: Slot,
    /// The replica that takes it, where a controller does.
    pub replica: Replica,
}

impl At {
    /// The first Service and the first replica: all there is in a small scenario.
    pub const FIRST: At = At {
        service: Slot::A,
        replica: Replica::First,
    };
}

/// A step. Written as in `docs/protocol.md` §8, for example `serve ccm create vm-service` or
/// `ccm poll of b by rival`; that text is also its serde form, so a trace is read and written by
/// people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Action {
    /// What is done.
    pub deed: Deed,
    /// Where.
    pub at: At,
}

impl From<Deed> for Action {
    fn from(deed: Deed) -> Action {
        Action {
            deed,
            at: At::FIRST,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Action { deed, at } = self;
        let mut text = deed.to_string();
        if at.service != Slot::A {
            text += &format!(" of {}", at.service);
        }
        if at.replica != Replica::First {
            text += &format!(" by {}", at.replica);
        }
        f.pad(&text)
    }
}

impl FromStr for Action {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let (rest, replica) = suffix(text, " by ", Replica::First)?;
        let (deed, service) = suffix(rest, " of ", Slot::A)?;
        Ok(Action {
            deed: deed.parse()?,
            at: At { service, replica },
        })
    }
}

/// Splits off what follows a word, if that word is there.
fn suffix<'a, T>(text: &'a str, word: &str, otherwise: T) -> Result<(&'a str, T), UnknownName>
where
    T: FromStr<Err = UnknownName>,
{
    match text.split_once(word) {
        None => Ok((text, otherwise)),
        Some((rest, name)) => Ok((rest, name.parse()?)),
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hop, Object, Verb};

    #[test]
    fn an_action_reads_back_from_its_own_text() {
        let deed = Deed::Serve(Hop::Ccm, Verb::Create, Object::VmService);
        for &service in Slot::ALL {
            for &replica in Replica::ALL {
                let action = Action {
                    deed,
                    at: At { service, replica },
                };
                assert_eq!(action.to_string().parse(), Ok(action));
            }
        }
    }

    #[test]
    fn the_first_service_and_replica_are_not_named() {
        assert_eq!(Action::from(Deed::Poll).to_string(), "ccm poll");
    }

    #[test]
    fn a_service_that_there_is_not_is_named() {
        let error = "ccm poll of d".parse::<Action>().unwrap_err().to_string();
        assert_eq!(error, "unknown Service \"d\": one of a, b, c");
    }
}
