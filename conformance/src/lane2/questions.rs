//! What is asked in a state, of the model and of the core.

use super::core::Core;
use super::translation::{
    Error, as_decided, listeners, mirror_request, mirrored, ncp_observed, ncp_request, upstream,
    vmop_observed, vmop_request,
};
use hopwise_core::ccm;
use hopwise_protocol::{
    Answer, Call, Chain, Downstream, Lifecycle, Payload, Place, Poll, Request, Seen, State, Uid,
    Upstream, after_read, next_request,
};
use hopwise_vocab::{Action, Hop, Object, Verb};
use stateright::Model;
use std::collections::HashMap;

/// A question, with all that its answer may depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Question {
    /// What does a pass of ccm or vmop ask first?
    Pass {
        hop: Hop,
        upstream: Option<Upstream>,
        downstream: Seen,
    },
    /// What does it ask after its read? What it had seen before is then of no concern.
    AfterRead {
        hop: Hop,
        upstream: Upstream,
        seen: Seen,
        answer: Option<Downstream>,
    },
    /// What does a pass of ncp ask first?
    NcpPass { upstream: Option<Upstream> },
    /// What does it ask after its read?
    NcpAfterRead { upstream: Upstream, answer: Place },
    /// Does a tick of ccm poll, when no poll is under way?
    Poll { upstream: Option<Upstream> },
}

/// The questions of a state: what a pass of every hop would ask if it began now, and what a pass
/// that has been answered a read asks next.
pub(super) fn of(state: &State) -> Vec<Question> {
    let upstream = |hop| state.upstream_seen(hop).copied();
    let pass = |hop, downstream| Question::Pass {
        hop,
        upstream: upstream(hop),
        downstream,
    };
    let mut questions = vec![
        pass(Hop::Ccm, state.ccm.vm_service),
        pass(Hop::Vmop, state.vmop.downstream_seen()),
        Question::NcpPass {
            upstream: upstream(Hop::Ncp),
        },
    ];
    if state.ccm.poll == Poll::Idle {
        questions.push(Question::Poll {
            upstream: upstream(Hop::Ccm),
        });
    }
    for hop in [Hop::Ccm, Hop::Vmop] {
        if let Some(Call::Read { upstream, answer }) = state.pass(hop).call {
            let before = [Seen::Absent, Seen::There(foreign(upstream.object.uid))];
            let asks = before.map(|seen| Question::AfterRead {
                hop,
                upstream,
                seen,
                answer,
            });
            questions.extend(asks);
        }
    }
    if let Some(Call::Reading { upstream }) = state.ncp.pass.call {
        let answer = *state.nsx.place(upstream.object.uid);
        questions.push(Question::NcpAfterRead { upstream, answer });
    }
    questions
}

/// A downstream object that leads to a read like none does: it is being deleted, and so only a
/// read can tell whether it is gone.
fn foreign(stands_for: Uid) -> Downstream {
    Downstream {
        uid: Uid::nth(Uid::MOST),
        stands_for,
        lifecycle: Lifecycle::Deleting,
        ports: hopwise_protocol::Ports::A,
        ip: None,
    }
}

impl Question {
    /// Whose decision it is about.
    pub(super) fn hop(&self) -> Hop {
        match self {
            Question::Pass { hop, .. } | Question::AfterRead { hop, .. } => *hop,
            Question::NcpPass { .. } | Question::NcpAfterRead { .. } => Hop::Ncp,
            Question::Poll { .. } => Hop::Ccm,
        }
    }

    /// What the model asks for; nothing if it idles.
    pub(super) fn ask_model(&self, chain: &Chain, state: &State) -> Option<Request> {
        let on = &chain.safeguards;
        let asked = match self {
            Question::Pass { hop, .. } => next_request(state, on, *hop),
            Question::NcpPass { .. } => next_request(state, on, Hop::Ncp),
            Question::AfterRead {
                hop,
                upstream,
                answer,
                ..
            } => after_read(on, *hop, upstream, &Answer::Downstream(*answer)),
            Question::NcpAfterRead { upstream, answer } => {
                after_read(on, Hop::Ncp, upstream, &Answer::Nsx(*answer))
            }
            Question::Poll { .. } => chain.next_state(state, Action::Poll).map(|_| list()),
        };
        asked.map(as_decided)
    }

    fn ask_core(&self, core: &Core) -> Result<Option<Request>, Error> {
        let on = &core.safeguards;
        let mirror = |hop, observed| match hop {
            Hop::Ccm => mirror_request(hop, &(core.ccm)(&observed, on)),
            Hop::Vmop | Hop::Ncp => vmop_request(&(core.vmop)(&vmop_observed(observed), on)),
        };
        match self {
            Question::Pass {
                hop,
                upstream,
                downstream,
            } => mirror(*hop, mirrored(*hop, upstream.as_ref(), downstream, None)),
            Question::AfterRead {
                hop,
                upstream,
                seen,
                answer,
            } => mirror(
                *hop,
                mirrored(*hop, Some(upstream), seen, Some(answer.as_ref())),
            ),
            Question::NcpPass { upstream } => {
                let decision = (core.ncp)(&ncp_observed(upstream.as_ref(), None), on);
                ncp_request(
                    upstream.map(|seen| seen.object.uid),
                    &listeners(None),
                    &decision,
                )
            }
            Question::NcpAfterRead { upstream, answer } => {
                let decision = (core.ncp)(&ncp_observed(Some(upstream), Some(answer)), on);
                ncp_request(
                    Some(upstream.object.uid),
                    &listeners(Some(answer)),
                    &decision,
                )
            }
            Question::Poll { upstream: seen } => {
                let service = seen.as_ref().map(|seen| upstream(Hop::Ccm, seen));
                Ok(match (core.poll)(service.as_ref(), on) {
                    ccm::Poll::Send => Some(list()),
                    ccm::Poll::Skip => None,
                })
            }
        }
    }
}

/// The poll as a request.
fn list() -> Request {
    Request {
        verb: Verb::List,
        object: Object::VmService,
        uid: None,
        version: None,
        payload: Payload::Nothing,
    }
}

/// The answers of a core, which is a pure function and is asked once per observation.
pub(super) struct Memory<'a> {
    core: &'a Core,
    answers: HashMap<Question, Result<Option<Request>, Error>>,
}

impl<'a> Memory<'a> {
    pub(super) fn new(core: &'a Core) -> Self {
        Memory {
            core,
            answers: HashMap::new(),
        }
    }

    /// What the core decides; nothing if it idles.
    pub(super) fn ask(&mut self, question: &Question) -> &Result<Option<Request>, Error> {
        let core = self.core;
        self.answers
            .entry(*question)
            .or_insert_with(|| question.ask_core(core))
    }

    /// How many different observations there were.
    pub(super) fn len(&self) -> usize {
        self.answers.len()
    }
}
