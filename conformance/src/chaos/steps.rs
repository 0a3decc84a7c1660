//! One step of a free run, done to its world.

use super::Run;
use super::choices::{Step, creates, may_be_late, may_still_come};
use crate::call::Asked;
use crate::driver::Error;
use crate::gate::Id;
use crate::who::Who;
use crate::world::Late;
use hopwise_vocab::{AdminStep, At, Deed, Hop, Slot, UserStep, Verb};

/// How many timers of a controller may fire until it tries again.
const TIMERS: usize = 3;

impl Run {
    /// Takes a step, and all the stuttering that follows it.
    pub(super) fn take(&mut self, step: Step) -> Result<(), Error> {
        match step {
            Step::Serve(id) => self.world.serve(id),
            Step::Hear(id) => self.hear(id),
            Step::Lose(id) => self.lose(id),
            Step::LoseReply(id) => {
                self.world.serve_unheard(id);
                self.lose(id);
            }
            Step::Delay(id) => {
                self.keep(id);
                self.lose(id);
            }
            Step::Wake(hop) => self.wake(hop),
            Step::Cut => self.is_cut = !self.is_cut,
            Step::Crash(hop, sends) => self.crash(hop, sends),
            Step::Do(deed) => {
                self.pay(deed);
                self.world.perform(deed.into())?;
            }
        }
        self.world.stutter()?;
        self.world.meet();
        Ok(())
    }

    /// A hop hears an answer. What it asks next about a sweep belongs to the sweep.
    fn hear(&mut self, id: Id) {
        let world = &mut self.world;
        let call = world.gate.look(|waiting| {
            let call = waiting.call(id);
            call.map(|call| (call.who, call.asked == Asked::Sweep))
        });
        let Some((who, is_sweep)) = call else { return };
        let before = world.ids(who);
        world.hear(id);
        if is_sweep || world.sweeping.contains(&id) {
            let new = world.ids(who);
            world.sweeping.extend(new.difference(&before));
        }
    }

    /// A call fails for its hop, which waits a while before it tries again.
    fn lose(&mut self, id: Id) {
        let Some((who, _, asked, _)) = self.world.gate.fail(id) else {
            return;
        };
        self.world.settle(who);
        if self.world.sweeping.contains(&id) {
            return;
        }
        match asked {
            // A poll that fails is forgotten, and so is a sweep.
            Asked::Sweep | Asked::Protocol(Verb::List, _) => {}
            Asked::Protocol(..)
            | Asked::NsxRead
            | Asked::Watch(_)
            | Asked::Beside
            | Asked::Unknown => {
                self.backs_off.insert(who.hop);
            }
        }
    }

    /// Keeps a call that is about to be given up, so that it may land.
    fn keep(&mut self, id: Id) {
        let kept = self.world.gate.look(|waiting| {
            let call = waiting.call(id)?;
            let Asked::Protocol(verb, object) = call.asked else {
                return None;
            };
            let late = Late {
                call: id,
                who: call.who,
                place: call.place,
                asked: (verb, object),
                request: call.request.clone(),
            };
            Some((late, creates(call)))
        });
        if let Some((late, creates)) = kept {
            self.incarnations -= u8::from(creates);
            self.world.lanes[Slot::A].late = Some(late);
        }
    }

    fn wake(&mut self, hop: Hop) {
        self.backs_off.remove(&hop);
        for _ in 0..TIMERS {
            let on = self.world.on(hop, At::FIRST);
            if self.world.call_of_pass(on).is_some() {
                return;
            }
            self.world.fire_next_timer(hop.into());
        }
    }

    /// A controller restarts. A write of its may be under way at that moment, and lands.
    fn crash(&mut self, hop: Hop, sends: bool) {
        if sends {
            let write = self.world.gate.look(|waiting| {
                let calls = waiting.calls();
                let mut ours = calls.into_iter().filter(|(id, call)| {
                    let is_ours = call.who == Who::from(hop) && !call.is_answered();
                    is_ours
                        && !self.world.sweeping.contains(id)
                        && may_be_late(call)
                        && may_still_come(self, call)
                });
                ours.next().map(|(id, _)| id)
            });
            write.into_iter().for_each(|id| self.keep(id));
        }
        self.backs_off.remove(&hop);
        self.world.restart(hop.into());
    }

    /// What ends in one more incarnation is paid for.
    fn pay(&mut self, deed: Deed) {
        let creates = u8::from(
            self.world.lanes[Slot::A]
                .identities
                .count(hopwise_protocol::Kind::Service)
                > 0,
        );
        match deed {
            Deed::User(UserStep::Create) => self.incarnations -= creates,
            Deed::User(UserStep::Retype) => {
                self.incarnations = self.incarnations.saturating_sub(1);
            }
            Deed::Admin(AdminStep::DeleteVmService | AdminStep::DeleteSupervisorService) => {
                self.incarnations -= 1;
            }
            Deed::User(UserStep::Edit) => self.edits -= 1,
            Deed::User(UserStep::Delete | UserStep::Strip)
            | Deed::Admin(
                AdminStep::DeleteLoadBalancer
                | AdminStep::Annotate
                | AdminStep::DeleteCluster
                | AdminStep::CreateCluster,
            )
            | Deed::Poll
            | Deed::Tick(_)
            | Deed::Deliver(..)
            | Deed::Serve(..)
            | Deed::Hear(..)
            | Deed::Realize(_)
            | Deed::Free
            | Deed::Sweep(_)
            | Deed::Collect(_)
            | Deed::Remember
            | Deed::Rewrite
            | Deed::Lose(..)
            | Deed::LoseReply(..)
            | Deed::Delay(..)
            | Deed::Land(..)
            | Deed::Crash(_)
            | Deed::Relist(..)
            | Deed::Cut
            | Deed::Mend
            | Deed::Fail(_)
            | Deed::Lag(..)
            | Deed::Rewind(..) => {}
        }
    }
}
