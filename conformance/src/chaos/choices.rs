//! What can happen next in a world.

use super::Run;
use crate::call::Asked;
use crate::gate::{Call, Id, Place};
use hopwise_protocol::Kind;
use hopwise_vocab::{AdminStep, At, Deed, Hop, Object, Realizable, Slot, UserStep, Verb};

/// One thing that can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A server acts on a call.
    Serve(Id),
    /// A hop hears an answer.
    Hear(Id),
    /// A call is lost on its way to the server.
    Lose(Id),
    /// The server acts on a call, and the connection breaks.
    LoseReply(Id),
    /// A call is given up, and is still under way.
    Delay(Id),
    /// A hop that backed off tries again.
    Wake(Hop),
    /// ccm cannot reach the Supervisor any more, or can again.
    Cut,
    /// A controller restarts; a write of its may still be under way, and is if it is so said.
    Crash(Hop, bool),
    /// Anything else that the protocol has a word for.
    Do(Deed),
}

/// Every watch: the hop and what it watches.
const WATCHES: [(Hop, Object); 4] = [
    (Hop::Ccm, Object::Service),
    (Hop::Vmop, Object::VmService),
    (Hop::Vmop, Object::SupervisorService),
    (Hop::Ncp, Object::SupervisorService),
];

/// What can happen, each as often as its weight says.
pub(super) struct Choices(Vec<(u32, Step)>);

impl Choices {
    pub(super) fn of(run: &Run) -> Choices {
        let mut choices = Choices(Vec::new());
        choices.add_calls(run);
        choices.add_watches(run);
        choices.add_nsx(run);
        choices.add_users(run);
        choices.add_faults(run);
        choices
    }

    pub(super) fn steps(&self) -> impl Iterator<Item = Step> {
        self.0.iter().map(|(_, step)| *step)
    }

    /// One of them. Where a controller restarts, one may be under way if none is yet.
    pub(super) fn draw(&self, choose: &mut fastrand::Rng, run: &Run) -> Step {
        let drawn = self.draw_one(choose);
        if let Step::Crash(hop, _) = drawn {
            return Step::Crash(
                hop,
                run.world.lanes[Slot::A].late.is_none() && choose.bool(),
            );
        }
        drawn
    }

    fn draw_one(&self, choose: &mut fastrand::Rng) -> Step {
        let all: u32 = self.0.iter().map(|(weight, _)| weight).sum();
        let mut left = choose.u32(..all);
        let mut steps = self.0.iter();
        let drawn = steps.find(|(weight, _)| match left.checked_sub(*weight) {
            Some(rest) => {
                left = rest;
                false
            }
            None => true,
        });
        drawn.expect("a tick can always happen").1
    }

    fn add(&mut self, weight: u32, step: Step) {
        self.0.push((weight, step));
    }

    fn add_calls(&mut self, run: &Run) {
        let may_delay = run.world.lanes[Slot::A].late.is_none();
        run.world.gate.look(|waiting| {
            for (id, call) in waiting.calls() {
                if call.asked.stutters() {
                    continue;
                }
                if call.is_answered() {
                    self.add(60, Step::Hear(id));
                    continue;
                }
                let is_cut =
                    run.is_cut && (call.who.hop, call.place) == (Hop::Ccm, Place::Supervisor);
                if !is_cut {
                    self.add(60, Step::Serve(id));
                }
                self.add(if is_cut { 20 } else { 2 }, Step::Lose(id));
                let is_sweep = run.world.sweeping.contains(&id);
                if is_write(call) && !is_cut {
                    self.add(3, Step::LoseReply(id));
                }
                if may_delay && !is_sweep && may_be_late(call) && may_still_come(run, call) {
                    self.add(3, Step::Delay(id));
                }
            }
        });
    }

    fn add_watches(&mut self, run: &Run) {
        for (hop, object) in WATCHES {
            if run.world.has_event(run.world.on(hop, At::FIRST), object) {
                self.add(50, Step::Do(Deed::Deliver(hop, object)));
            }
        }
        self.add(8, Step::Do(Deed::Poll));
        self.add(3, Step::Do(Deed::Tick(Hop::Vmop)));
        self.add(3, Step::Do(Deed::Tick(Hop::Ncp)));
        for &hop in &run.backs_off {
            self.add(30, Step::Wake(hop));
        }
    }

    fn add_nsx(&mut self, run: &Run) {
        for what in [Realizable::Allocation, Realizable::LoadBalancer] {
            if run.world.waits_for(Slot::A, what) {
                self.add(20, Step::Do(Deed::Realize(what)));
            }
        }
        if run.world.waits_for(Slot::A, Realizable::LoadBalancer) {
            self.add(2, Step::Do(Deed::Fail(Realizable::LoadBalancer)));
        }
        if run.world.has_quarantine() {
            self.add(2, Step::Do(Deed::Free));
        }
    }

    fn add_users(&mut self, run: &Run) {
        let world = &run.world;
        let user = |step| Step::Do(Deed::User(step));
        match world.stored(Slot::A, Kind::Service) {
            None if run.incarnations > 0
                || world.lanes[Slot::A].identities.count(Kind::Service) == 0 =>
            {
                self.add(6, user(UserStep::Create));
            }
            None => {}
            Some(there) if there.is_deleting => self.add(1, user(UserStep::Strip)),
            Some(there) => {
                if run.edits > 0 && there.is_balanced {
                    self.add(3, user(UserStep::Edit));
                }
                if run.incarnations > 0 {
                    self.add(3, user(UserStep::Delete));
                    self.add(1, user(UserStep::Retype));
                } else if !there.is_balanced {
                    self.add(3, user(UserStep::Retype));
                }
            }
        }
        let is_live = |kind| {
            world
                .stored(Slot::A, kind)
                .is_some_and(|there| !there.is_deleting)
        };
        let admin = |step| Step::Do(Deed::Admin(step));
        if is_live(Kind::VmService) {
            self.add(1, admin(AdminStep::Annotate));
            if run.incarnations > 0 {
                self.add(1, admin(AdminStep::DeleteVmService));
            }
        }
        if is_live(Kind::SupervisorService) && run.incarnations > 0 {
            self.add(1, admin(AdminStep::DeleteSupervisorService));
        }
        for kind in [Kind::VmService, Kind::SupervisorService] {
            let stored = world.stored(Slot::A, kind);
            if stored.is_some_and(|there| !there.is_deleting && !world.is_owned(Slot::A, &there)) {
                self.add(20, Step::Do(Deed::Collect(kind.into())));
            }
        }
    }

    fn add_faults(&mut self, run: &Run) {
        for &hop in Hop::ALL {
            self.add(1, Step::Crash(hop, false));
        }
        for (hop, object) in WATCHES {
            if run.world.can_break(run.world.on(hop, At::FIRST), object) {
                self.add(1, Step::Do(Deed::Relist(hop, object)));
            }
        }
        self.add(if run.is_cut { 20 } else { 1 }, Step::Cut);
        if let Some(late) = &run.world.lanes[Slot::A].late
            && (late.place != Place::Nsx || !is_reading_nsx(run))
        {
            let (verb, object) = late.asked;
            self.add(10, Step::Do(Deed::Land(late.who.hop, verb, object)));
        }
    }
}

/// Whether ncp is in the middle of a read, which is one action of the protocol: no late write
/// lands between its GETs (`docs/protocol.md` §8).
fn is_reading_nsx(run: &Run) -> bool {
    run.world.gate.look(|waiting| {
        let calls = waiting.calls();
        calls.iter().any(|(_, call)| call.asked == Asked::NsxRead)
    })
}

fn is_write(call: &Call) -> bool {
    match call.asked {
        Asked::Protocol(verb, _) => verb != Verb::Read && verb != Verb::List,
        Asked::NsxRead | Asked::Watch(_) | Asked::Sweep | Asked::Beside | Asked::Unknown => false,
    }
}

/// A late write is one that names no version.
pub(super) fn may_be_late(call: &Call) -> bool {
    let is_excluded = matches!(
        call.asked,
        Asked::Protocol(Verb::Hold | Verb::Release | Verb::Publish, _)
    );
    is_write(call) && !is_excluded
}

/// A creation that lands late may be one of one more incarnation.
pub(super) fn may_still_come(run: &Run, call: &Call) -> bool {
    run.incarnations > 0 || !creates(call)
}

pub(super) fn creates(call: &Call) -> bool {
    matches!(call.asked, Asked::Protocol(Verb::Create, _))
}
