//! A pass under way: at most one live read, at most one write (`docs/protocol.md` §3).

use crate::object::{Downstream, Upstream, Version};
use crate::request::Request;
use hopwise_vocab::{Object, Verb};

/// What a hop is doing about its upstream object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pass {
    /// The call it waits for; none if no pass is under way.
    pub call: Option<Call>,
    /// Whether something that begins a pass has happened during this one.
    pub again: bool,
}

/// A call of a pass. Calls that need no answer's content forget what they carried once served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// A live read has been sent.
    Reading {
        /// The upstream object as the pass saw it when it began; the decision goes on with it.
        upstream: Upstream,
    },
    /// A live read of a Kubernetes object has been answered; the hop has not heard it yet.
    Read {
        /// As in [`Call::Reading`].
        upstream: Upstream,
        /// The downstream object at its server at that moment.
        answer: Option<Downstream>,
    },
    /// A write has been sent.
    Writing(Request),
    /// A write has been answered; whatever the outcome, it ends the pass.
    Written {
        /// The request's verb.
        verb: Verb,
        /// The request's object.
        object: Object,
    },
}

impl Pass {
    /// Whether no pass is under way.
    pub fn is_idle(&self) -> bool {
        self.call.is_none()
    }

    /// Makes old what the pass knows of its upstream object, because that changes now.
    pub(crate) fn expire(&mut self) {
        match &mut self.call {
            Some(Call::Reading { upstream } | Call::Read { upstream, .. }) => {
                upstream.version = Version::Old;
            }
            Some(Call::Writing(request)) => request.expire(),
            Some(Call::Written { .. }) | None => (),
        }
    }
}
