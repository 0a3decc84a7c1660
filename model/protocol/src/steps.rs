//! The steps that all hops have in common: passes begin, calls are served and heard.

use crate::nsx;
use crate::object::{Downstream, Stored, Upstream};
use crate::pass::Call;
use crate::request::{Request, downstream, upstream};
use crate::state::State;
use crate::{ccm, ncp, vmop};
use hopwise_vocab::{Hop, Object, Safeguards, Verb};

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
pub fn next_request(state: &State, safeguards: &Safeguards, hop: Hop) -> Option<Request> {
    let seen = state.upstream_seen(hop)?;
    match hop {
        Hop::Ccm => ccm::mirror(safeguards, seen).decide(state.ccm.vm_service),
        Hop::Vmop => vmop::mirror(safeguards, seen).decide(state.vmop.downstream_seen()),
        Hop::Ncp => ncp::decide(safeguards, seen),
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

/// `serve HOP VERB OBJECT`: the waiting request reaches its server.
pub(crate) fn serve(before: &State, safeguards: &Safeguards, hop: Hop) -> Option<State> {
    let call = before.pass(hop).call.filter(|call| !call.is_answered())?;

    let mut after = before.clone();
    match call {
        Call::Reading { upstream } => match downstream(hop) {
            Some(kind) => {
                let answer = before.store(kind).object.map(Stored::as_downstream);
                after.pass_mut(hop).call = Some(Call::Read { upstream, answer });
            }
            None => {
                let answer = Answer::Nsx(*before.nsx.place(upstream.object.uid));
                after.go_on(
                    safeguards,
                    hop,
                    after_read(safeguards, hop, &upstream, &answer),
                );
            }
        },
        Call::Writing(request) => after.serve_pass_write(hop, &request),
        Call::Read { .. } | Call::Written { .. } => return None,
    }
    Some(after)
}

/// `hear HOP VERB OBJECT`: the answer reaches the hop, which goes on.
pub(crate) fn hear(before: &State, safeguards: &Safeguards, hop: Hop) -> Option<State> {
    let call = before.pass(hop).call.filter(Call::is_answered)?;

    let mut after = before.clone();
    match call {
        Call::Read { upstream, answer } => {
            let answer = Answer::Downstream(answer);
            after.go_on(
                safeguards,
                hop,
                after_read(safeguards, hop, &upstream, &answer),
            );
        }
        Call::Written { object, .. } => {
            // Nobody can watch NSX-T, so the hop looks again by itself.
            after.pass_mut(hop).again |= nsx::holds(object);
            after.go_on(safeguards, hop, None);
        }
        Call::Reading { .. } | Call::Writing(_) => return None,
    }
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
}

impl State {
    /// Begins a pass, now or as soon as the one under way ends.
    pub(crate) fn wake(&mut self, safeguards: &Safeguards, hop: Hop) {
        if self.pass(hop).is_idle() {
            self.begin(safeguards, hop);
        } else {
            self.pass_mut(hop).again = true;
        }
    }

    fn begin(&mut self, safeguards: &Safeguards, hop: Hop) {
        let call = next_request(self, safeguards, hop).map(|request| {
            if request.verb == Verb::Read {
                let upstream = *self
                    .upstream_seen(hop)
                    .expect("only what is seen is decided on");
                Call::Reading { upstream }
            } else {
                Call::Writing(request)
            }
        });
        let pass = self.pass_mut(hop);
        pass.call = call;
        pass.again = false;
    }

    /// Goes on with a pass: to its write, or to its end and perhaps to the next pass.
    fn go_on(&mut self, safeguards: &Safeguards, hop: Hop, write: Option<Request>) {
        let pass = self.pass_mut(hop);
        pass.call = write.map(Call::Writing);
        if pass.is_idle() && pass.again {
            self.begin(safeguards, hop);
        }
    }

    fn serve_pass_write(&mut self, hop: Hop, request: &Request) {
        let Request { verb, object, .. } = *request;
        self.pass_mut(hop).call = Some(Call::Written { verb, object });
        let kinds = [Some(upstream(hop)), downstream(hop)];
        match kinds
            .into_iter()
            .flatten()
            .find(|&kind| Object::from(kind) == object)
        {
            Some(kind) => self.serve_write(kind, request),
            None => self.nsx.serve(request),
        }
    }
}
