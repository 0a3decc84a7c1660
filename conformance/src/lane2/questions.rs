//! What is asked in a state, of the model and of the core.

use super::core::Core;
use super::translation::{
    Error, as_decided, mirror_request, mirrored, ncp_observed, ncp_request, upstream,
    vmop_observed, vmop_request,
};
use hopwise_core::ccm;
use hopwise_protocol::{
    Answer, Call, Chain, Clusters, Downstream, Lane, Lifecycle, Payload, Place, Poll, Ports,
    Request, Seen, State, Stored, Told, Topology, Uid, Upstream, after_read, next_request,
    wants_poll,
};
use hopwise_vocab::{At, Hop, Object, Safeguard, Slot, Verb};
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
    /// What does it ask after its read, having seen this before?
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
    /// Does a tick of ccm poll, when no poll is under way, having seen this of its Services?
    Poll { services: [Option<Upstream>; 3] },
}

/// The questions of a state, for every Service and every replica: what a pass of every hop would
/// ask if it began now, what it would ask after a read that is answered now, and what a pass that
/// waits for a read asks next.
pub(super) fn of(chain: &Chain, state: &State) -> Vec<(At, Question)> {
    let mut questions = Vec::with_capacity(8);
    for service in chain.slots() {
        for &replica in chain.replicas() {
            let at = At { service, replica };
            of_lane(chain, state, at, &mut |question| {
                questions.push((at, question));
            });
        }
    }
    questions
}

fn of_lane(chain: &Chain, state: &State, at: At, ask: &mut impl FnMut(Question)) {
    let lane = state.lane(at.service);
    let has_mirrors = chain.scenario.topology == Topology::Hops;
    if let Some(ccm) = lane.ccm(at.replica).filter(|_| has_mirrors) {
        mirror_questions(chain, lane, at, (Hop::Ccm, ccm.vm_service), ask);
        if ccm.poll == Poll::Idle && !state.is_cut && polls_for(chain, at.service) {
            let seen = poll_question(chain, state, at);
            if !is_left_open(chain, &seen) {
                ask(seen);
            }
        }
    }
    if let Some(vmop) = lane.vmop(at.replica).filter(|_| has_mirrors) {
        mirror_questions(chain, lane, at, (Hop::Vmop, vmop.downstream_seen()), ask);
    }
    if lane.ncp(at.replica).is_some() {
        ncp_questions(chain, lane, at, ask);
    }
}

fn mirror_questions(
    chain: &Chain,
    lane: &Lane,
    at: At,
    (hop, downstream): (Hop, Seen),
    ask: &mut impl FnMut(Question),
) {
    let upstream = lane.upstream_seen(hop, at.replica);
    ask(Question::Pass {
        hop,
        upstream,
        downstream,
    });
    let below = hopwise_protocol::downstream(hop).expect("only ccm and vmop mirror");
    let there = lane.store(below).object().map(Stored::as_downstream);
    let mut after = |upstream, seen, answer| {
        ask(Question::AfterRead {
            hop,
            upstream,
            seen,
            answer,
        });
    };
    let begins = next_request(lane, at.replica, &chain.safeguards, hop);
    if let (Some(upstream), Some(Verb::Read)) = (upstream, begins.map(|begins| begins.verb)) {
        after(upstream, downstream, there);
    }
    // What it had seen before it read is then of no concern.
    let waits = match lane.pass(hop, at.replica).and_then(|pass| pass.call) {
        Some(Call::Reading { upstream }) => Some((upstream, there)),
        Some(Call::Read { upstream, answer }) => Some((upstream, answer)),
        Some(Call::Writing(_) | Call::Written { .. }) | None => None,
    };
    if let Some((upstream, answer)) = waits {
        after(upstream, Seen::Absent, answer);
        after(upstream, Seen::There(foreign(upstream.object.uid)), answer);
    }
}

fn ncp_questions(chain: &Chain, lane: &Lane, at: At, ask: &mut impl FnMut(Question)) {
    let upstream = lane.upstream_seen(Hop::Ncp, at.replica);
    ask(Question::NcpPass { upstream });
    let waits = match lane.pass(Hop::Ncp, at.replica).and_then(|pass| pass.call) {
        Some(Call::Reading { upstream }) => Some(upstream),
        Some(Call::Read { .. } | Call::Writing(_) | Call::Written { .. }) | None => None,
    };
    let reads = |upstream: &Upstream| upstream.object.held;
    let begins = upstream
        .filter(reads)
        .filter(|begins| waits != Some(*begins));
    for upstream in waits.into_iter().chain(begins) {
        let answer = as_read(chain, lane, at, &upstream);
        ask(Question::NcpAfterRead { upstream, answer });
    }
}

/// What a read of NSX-T tells ncp: nothing of allocations that it has no id of.
fn as_read(chain: &Chain, lane: &Lane, at: At, upstream: &Upstream) -> Place {
    let uid = upstream.object.uid;
    let place = *lane.place(uid);
    let remembers = lane
        .ncp(at.replica)
        .is_some_and(|ncp| ncp.knows[usize::from(uid.number()) - 1]);
    let knows = remembers || chain.safeguards.has(Safeguard::LoadBeforeAllocate);
    Place {
        allocation: place.allocation.filter(|_| knows),
        load_balancer: place.load_balancer,
        ..Place::default()
    }
}

/// Whether the poll for a Service is asked about with this one: one poll is for a whole cluster.
fn polls_for(chain: &Chain, service: Slot) -> bool {
    match chain.scenario.clusters {
        Clusters::One => service == Slot::A,
        Clusters::Each => true,
    }
}

fn poll_question(chain: &Chain, state: &State, at: At) -> Question {
    let is_polled = |slot: &Slot| match chain.scenario.clusters {
        Clusters::One => true,
        Clusters::Each => *slot == at.service,
    };
    let mut services = [None; 3];
    for (place, slot) in services.iter_mut().zip(chain.slots().filter(is_polled)) {
        *place = state.lane(slot).upstream_seen(Hop::Ccm, at.replica);
    }
    Question::Poll { services }
}

/// Without regular-poll the page leaves open whether a Service that is neither of type
/// LoadBalancer nor held is worth a poll: it shows no address, and asks for none. The model polls
/// for it, the core does not.
fn is_left_open(chain: &Chain, question: &Question) -> bool {
    let Question::Poll { services } = question else {
        return false;
    };
    let is_nobodys = |seen: &Upstream| !seen.object.balanced && !seen.object.held;
    !chain.safeguards.has(Safeguard::RegularPoll) && services.iter().flatten().any(is_nobodys)
}

/// A downstream object that leads to a read like none does: it is being deleted, and so only a
/// read can tell whether it is gone.
fn foreign(stands_for: Uid) -> Downstream {
    Downstream {
        uid: Uid::nth(Uid::MOST),
        stands_for,
        lifecycle: Lifecycle::Deleting,
        ports: Ports::A,
        told: Told::Nothing,
        annotated: false,
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
    pub(super) fn ask_model(&self, chain: &Chain, state: &State, at: At) -> Option<Request> {
        let on = &chain.safeguards;
        let lane = state.lane(at.service);
        let asked = match self {
            Question::Pass { hop, .. } => next_request(lane, at.replica, on, *hop),
            Question::NcpPass { .. } => next_request(lane, at.replica, on, Hop::Ncp),
            Question::AfterRead {
                hop,
                upstream,
                answer,
                ..
            } => after_read(on, *hop, upstream, &Answer::Downstream(*answer)),
            Question::NcpAfterRead { upstream, answer } => {
                after_read(on, Hop::Ncp, upstream, &Answer::Nsx(*answer))
            }
            Question::Poll { .. } => {
                // Whether it is a step depends on what it would tell, too.
                wants_poll(state, chain, at).then(list)
            }
        };
        asked.map(as_decided)
    }

    /// What a core decides; nothing if it idles.
    pub(super) fn ask_core(&self, core: &Core) -> Result<Option<Request>, Error> {
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
                ncp_request(upstream.map(|seen| seen.object.uid), &decision)
            }
            Question::NcpAfterRead { upstream, answer } => {
                let decision = (core.ncp)(&ncp_observed(Some(upstream), Some(answer)), on);
                ncp_request(Some(upstream.object.uid), &decision)
            }
            Question::Poll { services } => {
                let services = services.iter().flatten();
                let services: Vec<_> = services.map(|seen| upstream(Hop::Ccm, seen)).collect();
                Ok(match (core.poll)(&services, on) {
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
