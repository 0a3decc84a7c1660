//! Guards of passes, calls and watches, and of what goes wrong with them.

use super::world::has_hops;
use super::{Guard, exists, has_watch, is_written_for, must, need};
use crate::ccm::wants_poll;
use crate::faults::is_cut_off;
use crate::model::Chain;
use crate::pass::Call;
use crate::request::Request;
use crate::scenarios::{Fault, Grain};
use crate::state::{Lane, Late, Poll, State};
use crate::steps::next_request;
use hopwise_vocab::{At, Deed, Hop, Object, Replica, Verb};

/// A call by its name.
type Named = (Hop, Verb, Object);

pub(super) fn poll(chain: &Chain, state: &State, at: At) -> Guard {
    polls(chain, state, at)?;
    match state.lane(at.service).ccm(at.replica).map(|it| it.poll) {
        Some(Poll::Idle) | None => (),
        Some(Poll::Sent) => return Err("a poll is under way: it waits to be served".into()),
        Some(Poll::Answered(_)) => return Err("a poll is under way: it waits to be heard".into()),
    }
    need(
        wants_poll(state, chain, at),
        "without regular-poll success ends the polling, and every Service that ccm serves shows \
         its address",
    )?;
    match chain.scenario.grain {
        Grain::Fine => Ok(()),
        Grain::Coarse | Grain::Passes => reaches(chain, state, at, Hop::Ccm, Object::VmService),
    }
}

/// `serve ccm list vm-service`, `hear ccm list vm-service`.
pub(super) fn list(chain: &Chain, state: &State, at: At, deed: Deed, of: Object) -> Guard {
    polls(chain, state, at)?;
    need(
        of == Object::VmService,
        "ccm lists VirtualMachineServices alone",
    )?;
    let poll = state.lane(at.service).ccm(at.replica).map(|it| it.poll);
    let waits_to_be = match poll {
        Some(Poll::Idle) | None => return Err("no poll is under way".into()),
        Some(Poll::Sent) => "served",
        Some(Poll::Answered(_)) => "heard",
    };
    let is_served = matches!(deed, Deed::Serve(..));
    must(is_served == (waits_to_be == "served"), || {
        format!("the poll waits to be {waits_to_be}")
    })?;
    match is_served {
        true => reaches(chain, state, at, Hop::Ccm, Object::VmService),
        false => Ok(()),
    }
}

/// Whether ccm polls, and this is how its polls are written.
fn polls(chain: &Chain, state: &State, at: At) -> Guard {
    has_hops(chain)?;
    exists(state.lane(at.service), at.replica, Hop::Ccm)?;
    is_written_for(chain, at.service, Hop::Ccm)
}

pub(super) fn tick(chain: &Chain, lane: &Lane, replica: Replica, hop: Hop) -> Guard {
    let has_timer = match hop {
        Hop::Ccm => Err("ccm has no timer but its poll".into()),
        Hop::Vmop => need(
            chain.scenario.grain != Grain::Fine,
            "in the fine grain only events begin a pass of vmop",
        ),
        Hop::Ncp => Ok(()),
    };
    has_timer?;
    exists(lane, replica, hop)?;
    let call = lane.pass(hop, replica).and_then(|pass| pass.call);
    must(call.is_none(), || waiting_for(call, hop))?;
    must(lane.upstream_seen(hop, replica).is_some(), || {
        format!("{hop} sees nothing to serve")
    })?;
    let asks = next_request(lane, replica, &chain.safeguards, hop);
    must(asks.is_some(), || {
        format!("a pass of {hop} that begins now has nothing to ask")
    })
}

pub(super) fn deliver(lane: &Lane, replica: Replica, hop: Hop, object: Object) -> Guard {
    is_watched(hop, object)?;
    exists(lane, replica, hop)?;
    must(lane.has_event(replica, hop, object).is_some(), || {
        format!("{hop} has been told all that happened to the {object}")
    })
}

pub(super) fn is_watched(hop: Hop, object: Object) -> Guard {
    must(has_watch(hop, object), || {
        format!("{hop} does not watch the {object}")
    })
}

/// Whether the pass of a hop waits for just this.
pub(super) fn waits(lane: &Lane, at: At, hop: Hop, deed: Deed) -> Guard {
    exists(lane, at.replica, hop)?;
    let call = lane.pass(hop, at.replica).and_then(|pass| pass.call);
    let is_next = call.is_some_and(|call| call.next_deed(hop) == deed);
    must(is_next, || waiting_for(call, hop))
}

/// What the pass of a hop waits for, in words.
fn waiting_for(call: Option<Call>, hop: Hop) -> String {
    let Some(call) = call else {
        return format!("no pass of {hop} is under way");
    };
    let (verb, object) = call.name(hop);
    let waits_to_be = if call.is_answered() {
        "heard"
    } else {
        "served"
    };
    format!("the pass of {hop} waits for \u{201c}{verb} {object}\u{201d} to be {waits_to_be}")
}

/// Whether a call of a hop reaches its server.
pub(super) fn reaches(chain: &Chain, state: &State, at: At, hop: Hop, of: Object) -> Guard {
    must(!is_cut_off(state, chain, at, hop, of), || {
        format!("{hop} is cut off from the Supervisor")
    })
}

/// A rival's writes are faults.
pub(super) fn may_write(state: &State, at: At, verb: Verb) -> Guard {
    let costs = at.replica == Replica::Rival && verb != Verb::Read;
    need(
        !costs || state.faults > 0,
        "the write of a second replica is a fault, and none is left in the budget",
    )
}

/// Whether a call of this name waits to be served.
fn is_waiting(state: &State, at: At, (hop, verb, object): Named) -> Result<Call, String> {
    let lane = state.lane(at.service);
    waits(lane, at, hop, Deed::Serve(hop, verb, object))?;
    let call = lane.pass(hop, at.replica).and_then(|pass| pass.call);
    call.ok_or_else(|| waiting_for(None, hop))
}

fn is_waiting_write(state: &State, at: At, named: Named) -> Result<Request, String> {
    match is_waiting(state, at, named)? {
        Call::Writing(request) => Ok(request),
        Call::Reading { .. } | Call::Read { .. } | Call::Written { .. } => {
            Err("it is a read, which changes nothing at the server".into())
        }
    }
}

pub(super) fn lose(chain: &Chain, state: &State, at: At, named: Named) -> Guard {
    is_waiting(state, at, named)?;
    let (hop, _, object) = named;
    match is_cut_off(state, chain, at, hop, object) {
        true => Ok(()),
        false => chain.lets(state, Fault::Lose, hop),
    }
}

pub(super) fn lose_reply(chain: &Chain, state: &State, at: At, named: Named) -> Guard {
    is_waiting_write(state, at, named)?;
    let (hop, _, object) = named;
    chain.lets(state, Fault::LoseReply, hop)?;
    reaches(chain, state, at, hop, object)
}

pub(super) fn delay(chain: &Chain, state: &State, at: At, named: Named) -> Guard {
    let request = is_waiting_write(state, at, named)?;
    chain.lets(state, Fault::Delay, named.0)?;
    need(
        request.version.is_none(),
        "it names the version that it was decided on, so that late it is a stale one",
    )?;
    let late = state.lane(at.service).late;
    must(late.is_none(), || is_late(late))
}

pub(super) fn land(lane: &Lane, named: Named) -> Guard {
    let late = lane.late;
    let name = |it: &Late| (it.hop, it.request.verb, it.request.object);
    must(late.as_ref().map(name) == Some(named), || is_late(late))
}

fn is_late(late: Option<Late>) -> String {
    late.map_or_else(
        || "no write is under way that its caller has given up".into(),
        |Late { hop, request }| {
            let Request { verb, object, .. } = request;
            format!("the write that is late is \u{201c}{hop} {verb} {object}\u{201d}")
        },
    )
}

pub(super) fn crash(chain: &Chain, state: &State, at: At, hop: Hop) -> Guard {
    chain.lets(state, Fault::Crash, hop)?;
    is_written_for(chain, at.service, hop)?;
    exists(state.lane(at.service), at.replica, hop)
}

pub(super) fn lag(chain: &Chain, state: &State, at: At, watched: (Hop, Object)) -> Guard {
    is_watched(watched.0, watched.1)?;
    chain.lets(state, Fault::Rewind, watched.0)?;
    let lane = state.lane(at.service);
    need(lane.laggard.is_none(), "a server stays behind already")?;
    exists(lane, at.replica, watched.0)
}

pub(super) fn rewind(lane: &Lane, replica: Replica, watched: (Hop, Object)) -> Guard {
    is_watched(watched.0, watched.1)?;
    let laggard = lane.laggard.filter(|it| it.replica == replica);
    let Some(laggard) = laggard else {
        return Err("no server stays behind".into());
    };
    let (hop, object) = laggard.view.watch();
    must((hop, object) == watched, || {
        format!("the server that stays behind is one for the watch of the {object} by {hop}")
    })?;
    exists(lane, replica, watched.0)?;
    must(lane.view(replica, watched) != Some(laggard.view), || {
        format!("{hop} sees the {object} as that server has it: nothing goes back")
    })
}
