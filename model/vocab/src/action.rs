//! The steps of the protocol: one action is one step of the model and one thing that the
//! conformance gate does.

use crate::{Hop, Object, UnknownName, Verb};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

crate::names! {
    /// What the user does with the one Service.
    UserStep ("user step") {
        /// Apply the Service.
        Create = "create",
        /// Change its ports.
        Edit = "edit",
        /// Delete it.
        Delete = "delete",
    }
}

crate::names! {
    /// What NSX-T realizes some time after it accepted it.
    Realizable ("realizable") {
        /// An IP allocation gets its address, or fails.
        Allocation = "allocation",
        /// A load balancer starts to serve.
        LoadBalancer = "load-balancer",
    }
}

/// A step. Written as in `docs/protocol.md` §8, for example `serve ccm create vm-service`; that
/// text is also its serde form, so a trace is read and written by people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// The user's request, applied at once.
    User(UserStep),
    /// ccm sends its LIST.
    Poll,
    /// A pass of ncp begins because its timer says so.
    Tick,
    /// The next event of a watch reaches the hop.
    Deliver(Hop, Object),
    /// The hop's waiting request reaches the server, which acts and answers.
    Serve(Hop, Verb, Object),
    /// The answer reaches the hop, which goes on.
    Hear(Hop, Verb, Object),
    /// NSX-T realizes what it accepted.
    Realize(Realizable),
    /// The quarantine of the lowest quarantined address ends.
    Free,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::User(step) => write!(f, "user {step}"),
            Action::Poll => write!(f, "ccm poll"),
            Action::Tick => write!(f, "ncp tick"),
            Action::Deliver(hop, object) => write!(f, "deliver {hop} {object}"),
            Action::Serve(hop, verb, object) => write!(f, "serve {hop} {verb} {object}"),
            Action::Hear(hop, verb, object) => write!(f, "hear {hop} {verb} {object}"),
            Action::Realize(what) => write!(f, "realize {what}"),
            Action::Free => write!(f, "free address"),
        }
    }
}

impl FromStr for Action {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let words: Vec<&str> = text.split(' ').collect();
        Ok(match words[..] {
            ["user", step] => Action::User(step.parse()?),
            ["ccm", "poll"] => Action::Poll,
            ["ncp", "tick"] => Action::Tick,
            ["deliver", hop, object] => Action::Deliver(hop.parse()?, object.parse()?),
            ["serve", hop, verb, object] => {
                Action::Serve(hop.parse()?, verb.parse()?, object.parse()?)
            }
            ["hear", hop, verb, object] => {
                Action::Hear(hop.parse()?, verb.parse()?, object.parse()?)
            }
            ["realize", what] => Action::Realize(what.parse()?),
            ["free", "address"] => Action::Free,
            _ => return Err(unknown_action(text)),
        })
    }
}

fn unknown_action(text: &str) -> UnknownName {
    let known = "user STEP, ccm poll, ncp tick, deliver HOP OBJECT, serve HOP VERB OBJECT, \
                 hear HOP VERB OBJECT, realize WHAT, free address";
    UnknownName {
        what: "action",
        name: text.into(),
        known: known.into(),
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

    #[test]
    fn an_action_reads_back_from_its_own_text() {
        let actions = [
            Action::User(UserStep::Edit),
            Action::Poll,
            Action::Tick,
            Action::Deliver(Hop::Vmop, Object::SupervisorService),
            Action::Serve(Hop::Ccm, Verb::Create, Object::VmService),
            Action::Hear(Hop::Ncp, Verb::Program, Object::LoadBalancer),
            Action::Realize(Realizable::Allocation),
            Action::Free,
        ];
        for action in actions {
            assert_eq!(action.to_string().parse(), Ok(action));
        }
    }

    #[test]
    fn an_unknown_word_is_named_with_what_is_known() {
        let error = "serve ccm creat vm-service"
            .parse::<Action>()
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("unknown verb \"creat\"") && error.contains("create"),
            "{error}"
        );
    }
}
