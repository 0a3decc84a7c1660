//! The steps that all hops have in common: passes begin, calls are served and heard.

use crate::faults::is_cut_off;
use crate::model::Chain;
use crate::nsx::{self, Hearing};
use crate::object::{Downstream, Kind, Stored, Upstream};
use crate::pass::Call;
use crate::request::{Request, downstream, upstream};
use crate::scenarios::Grain;
use crate::state::{Lane, State};
use crate::{ccm, ncp, vmop};
use hopwise_vocab::{At, Deed, Hop, Object, Replica, Safeguard, Safeguards, Verb};

/// What a live read found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The downstream object at its server, or that there is none: ccm and vmop.
    Downstream(Option<Downstream>),
    /// What NSX-T holds for the upstream object's UID: ncp.
    Nsx(nsx::Place),
}

/// What a pass of this hop that begins in this state asks first: a write, a live read, or nothing,
/// and then the pass ends at once.
pub fn next_request(
    lane: &Lane,
    replica: Replica,
    safeguards: &Safeguards,
    hop: Hop,
) -> Option<Request> {
    let seen = lane.upstream_seen(hop, replica)?;
    match hop {
        Hop::Ccm => ccm::mirror(safeguards, &seen).decide(lane.ccm(replica)?.vm_service),
        Hop::Vmop => vmop::mirror(safeguards, &seen).decide(lane.vmop(replica)?.downstream_seen()),
        Hop::Ncp => ncp::decide(safeguards, &seen),
    }
}

/// What a pass asks after its live read: a write, or nothing, and then the pass ends. `seen` is
/// the upstream object as the pass saw it when it began.
///
/// # Panics
/// Where the answer is of the other sort of read.
pub fn after_read(
    safeguards: &Safeguards,
    hop: Hop,
    seen: &Upstream,
    answer: &Answer,
) -> Option<Request> {
    match (hop, answer) {
        (Hop::Ccm, Answer::Downstream(there)) => {
            ccm::mirror(safeguards, seen).after_read(there.as_ref())
        }
        (Hop::Vmop, Answer::Downstream(there)) => {
            vmop::mirror(safeguards, seen).after_read(there.as_ref())
        }
        (Hop::Ncp, Answer::Nsx(place)) => ncp::after_read(safeguards, seen, place),
        (Hop::Ccm | Hop::Vmop, Answer::Nsx(_)) | (Hop::Ncp, Answer::Downstream(_)) => {
            panic!("{hop} does not read {answer:?}")
        }
    }
}

/// `HOP tick`: a pass begins if none is under way. One that asks nothing, or learns and does
/// nothing in the one step that it takes, is no step.
pub(crate) fn tick(before: &State, chain: &Chain, at: At, hop: Hop) -> Option<State> {
    let lane = before.lane(at.service);
    lane.pass(hop, at.replica)?.is_idle().then_some(())?;
    next_request(lane, at.replica, &chain.safeguards, hop)?;

    let mut after = before.clone();
    after.wake(chain, at, hop);
    after.finish_pass(chain, at, hop);
    // A pass that only begins is always one.
    let is_step = chain.scenario.grain != Grain::Passes || after != *before;
    is_step.then_some(after)
}

/// `deliver HOP OBJECT`: the next event of that watch, and a pass begins.
pub(crate) fn deliver(
    before: &State,
    chain: &Chain,
    at: At,
    (hop, object): (Hop, Object),
) -> Option<State> {
    before.lane(at.service).has_event(at.replica, hop, object)?;

    let mut after = before.clone();
    let lane = after.lane_mut(at.service);
    match (hop, object) {
        (Hop::Ccm, Object::Service) => lane.ccm_mut(at.replica)?.service.deliver(),
        (Hop::Vmop, Object::VmService) => lane.vmop_mut(at.replica)?.vm_service.deliver(),
        (Hop::Vmop, Object::SupervisorService) => {
            lane.vmop_mut(at.replica)?.supervisor_service.deliver();
        }
        (Hop::Ncp, Object::SupervisorService) => {
            lane.ncp_mut(at.replica)?.supervisor_service.deliver();
        }
        _ => return None,
    }
    after.wake(chain, at, hop);
    after.finish_pass(chain, at, hop);
    Some(after)
}

/// `serve HOP VERB OBJECT`: the waiting request reaches its server, and in the coarse grain its
/// answer the hop.
pub(crate) fn serve(before: &State, chain: &Chain, at: At, hop: Hop) -> Option<State> {
    let call = before.lane(at.service).pass(hop, at.replica)?.call;
    let call = call.filter(|call| !call.is_answered())?;
    before.lets_write(at, &call).then_some(())?;

    let mut after = before.clone();
    after.serve(chain, at, hop, &call);
    match chain.scenario.grain {
        Grain::Fine => (),
        Grain::Coarse => after.hear(chain, at, hop),
        Grain::Passes => {
            after.hear(chain, at, hop);
            if matches!(call, Call::Reading { .. }) {
                after.finish_pass(chain, at, hop);
            }
        }
    }
    Some(after)
}

/// `hear HOP VERB OBJECT`: the answer reaches the hop, which goes on.
pub(crate) fn hear(before: &State, chain: &Chain, at: At, hop: Hop) -> Option<State> {
    let call = before.lane(at.service).pass(hop, at.replica)?.call;
    call.filter(Call::is_answered)?;

    let mut after = before.clone();
    after.hear(chain, at, hop);
    Some(after)
}

impl Call {
    /// The verb and object of the call, as in its action.
    pub fn name(&self, hop: Hop) -> (Verb, Object) {
        match *self {
            Call::Reading { .. } | Call::Read { .. } => (
                Verb::Read,
                downstream(hop).map_or(Object::Nsx, Object::from),
            ),
            Call::Writing(Request { verb, object, .. }) | Call::Written { verb, object } => {
                (verb, object)
            }
        }
    }

    /// Whether it has been served, so that it is to be heard next.
    pub fn is_answered(&self) -> bool {
        match self {
            Call::Reading { .. } | Call::Writing(_) => false,
            Call::Read { .. } | Call::Written { .. } => true,
        }
    }

    /// What happens to it next.
    pub fn next_deed(&self, hop: Hop) -> Deed {
        let (verb, object) = self.name(hop);
        if self.is_answered() {
            Deed::Hear(hop, verb, object)
        } else {
            Deed::Serve(hop, verb, object)
        }
    }
}

impl Lane {
    /// Something if the watch has an event to deliver; a watch that there is not has none.
    pub(crate) fn has_event(&self, replica: Replica, hop: Hop, object: Object) -> Option<()> {
        let is_empty = match (hop, object) {
            (Hop::Ccm, Object::Service) => self.ccm(replica)?.service.events.is_empty(),
            (Hop::Vmop, Object::VmService) => self.vmop(replica)?.vm_service.events.is_empty(),
            (Hop::Vmop, Object::SupervisorService) => {
                self.vmop(replica)?.supervisor_service.events.is_empty()
            }
            (Hop::Ncp, Object::SupervisorService) => {
                self.ncp(replica)?.supervisor_service.events.is_empty()
            }
            _ => true,
        };
        (!is_empty).then_some(())
    }

    /// What NSX-T holds for a Supervisor Service, as far as this replica of ncp knows where to
    /// look.
    fn place_as_read(&self, chain: &Chain, replica: Replica, upstream: &Upstream) -> nsx::Place {
        let uid = upstream.object.uid;
        let place = *self.place(uid);
        let knows = chain.safeguards.has(Safeguard::LoadBeforeAllocate)
            || self.ncp(replica).is_some_and(|ncp| ncp.knows(uid));
        if knows {
            place
        } else {
            place.without_allocation()
        }
    }
}

impl State {
    /// The server acts on a waiting call and answers. What NSX-T is asked is also heard at once.
    fn serve(&mut self, chain: &Chain, at: At, hop: Hop, call: &Call) {
        match *call {
            Call::Reading { upstream } => match downstream(hop) {
                Some(kind) => {
                    let object = self.lane(at.service).store(kind).object();
                    let answer = object.map(Stored::as_downstream);
                    self.set_call(at, hop, Call::Read { upstream, answer });
                }
                None => {
                    let lane = self.lane(at.service);
                    let answer = Answer::Nsx(lane.place_as_read(chain, at.replica, &upstream));
                    let write = after_read(&chain.safeguards, hop, &upstream, &answer);
                    self.go_on(chain, at, hop, write);
                }
            },
            Call::Writing(request) => {
                let Request { verb, object, .. } = request;
                self.set_call(at, hop, Call::Written { verb, object });
                if at.replica == Replica::Rival {
                    self.faults -= 1;
                }
                self.serve_write(at, hop, &request, Hearing::Heard);
                self.remember_allocation(chain, at, &request);
            }
            Call::Read { .. } | Call::Written { .. } => (),
        }
    }

    /// The hop hears the answer to its call, if there is one, and goes on.
    fn hear(&mut self, chain: &Chain, at: At, hop: Hop) {
        let Some(pass) = self.lane_mut(at.service).pass_mut(hop, at.replica) else {
            return;
        };
        match pass.call {
            Some(Call::Read { upstream, answer }) => {
                let answer = Answer::Downstream(answer);
                let write = after_read(&chain.safeguards, hop, &upstream, &answer);
                self.go_on(chain, at, hop, write);
            }
            Some(Call::Written { object, .. }) => {
                // Nobody can watch NSX-T, so the hop looks again by itself.
                pass.again |= nsx::holds(object);
                self.go_on(chain, at, hop, None);
            }
            Some(Call::Reading { .. } | Call::Writing(_)) | None => (),
        }
    }

    /// Where a pass is one step, serves and hears its calls until it has written something or has
    /// nothing to ask. What it goes on with then is another step.
    pub(crate) fn finish_pass(&mut self, chain: &Chain, at: At, hop: Hop) {
        if chain.scenario.grain != Grain::Passes {
            return;
        }
        loop {
            let call = self.lane(at.service).pass(hop, at.replica);
            let Some(call) = call.and_then(|pass| pass.call) else {
                return;
            };
            if is_cut_off(self, chain, at, hop, call.name(hop).1) || !self.lets_write(at, &call) {
                return;
            }
            self.serve(chain, at, hop, &call);
            self.hear(chain, at, hop);
            match call {
                Call::Writing(_) => return,
                Call::Reading { .. } | Call::Read { .. } | Call::Written { .. } => (),
            }
        }
    }

    /// Whether a call may be served. A rival's writes are faults: two writers that race for ever
    /// defeat every fairness, so that theirs take from the budget.
    fn lets_write(&self, at: At, call: &Call) -> bool {
        match (at.replica, call) {
            (Replica::Rival, Call::Writing(_)) => self.faults > 0,
            (Replica::First | Replica::Rival, _) => true,
        }
    }

    fn set_call(&mut self, at: At, hop: Hop, call: Call) {
        if let Some(pass) = self.lane_mut(at.service).pass_mut(hop, at.replica) {
            pass.call = Some(call);
        }
    }

    /// Begins a pass, now or as soon as the one under way ends.
    pub(crate) fn wake(&mut self, chain: &Chain, at: At, hop: Hop) {
        let Some(pass) = self.lane_mut(at.service).pass_mut(hop, at.replica) else {
            return;
        };
        pass.again = true;
        if pass.is_idle() {
            self.begin(chain, at, hop);
        }
    }

    fn begin(&mut self, chain: &Chain, at: At, hop: Hop) {
        let lane = self.lane_mut(at.service);
        let request = next_request(lane, at.replica, &chain.safeguards, hop);
        let seen = lane.upstream_seen(hop, at.replica);
        let call = request.map(|request| {
            if request.verb == Verb::Read {
                let upstream = seen.expect("only what is seen is decided on");
                Call::Reading { upstream }
            } else {
                Call::Writing(request)
            }
        });
        if let Some(pass) = lane.pass_mut(hop, at.replica) {
            pass.call = call;
            pass.again = false;
        }
    }

    /// Goes on with a pass: to its write, or to its end and perhaps to the next pass.
    pub(crate) fn go_on(&mut self, chain: &Chain, at: At, hop: Hop, write: Option<Request>) {
        let Some(pass) = self.lane_mut(at.service).pass_mut(hop, at.replica) else {
            return;
        };
        pass.call = write.map(Call::Writing);
        if pass.is_idle() && pass.again {
            self.begin(chain, at, hop);
        }
    }

    /// The server acts on a write of a hop.
    pub(crate) fn serve_write(&mut self, at: At, hop: Hop, request: &Request, hearing: Hearing) {
        match written(hop, request.object) {
            Some(kind) => self.lane_mut(at.service).serve_write(kind, request),
            None => self.serve_nsx(at.service, request, hearing),
        }
    }

    /// Without `load-before-allocate` ncp knows of the allocations whose making it heard of.
    fn remember_allocation(&mut self, chain: &Chain, at: At, request: &Request) {
        let by_memory = !chain.safeguards.has(Safeguard::LoadBeforeAllocate);
        if let (true, Verb::Allocate, Some(uid)) = (by_memory, request.verb, request.uid)
            && let Some(ncp) = self.lane_mut(at.service).ncp_mut(at.replica)
        {
            ncp.learn(uid);
        }
    }
}

/// The kind of object at an API server that a hop writes; none if it is in NSX-T.
fn written(hop: Hop, object: Object) -> Option<Kind> {
    let kinds = [Some(upstream(hop)), downstream(hop)];
    let mut kinds = kinds.into_iter().flatten();
    kinds.find(|&kind| Object::from(kind) == object)
}
