//! Sweeps, which wait at the gate beside the passes.

use super::*;

impl World {
    /// One object that stands for nobody is removed: the reads that prove it, and the next write.
    pub(super) fn sweep(&mut self, action: Action, on: On) -> Result<(), Error> {
        if self.sweep_write(on.who).is_none() {
            if self.sweep_read(on.who).is_none() {
                self.tick_for_nobody(on.who);
            }
            while let Some(id) = self.sweep_read(on.who) {
                self.serve_of_sweep(id, on.who);
            }
        }
        let of_it = |id: &Id| {
            self.gate.look(|waiting| {
                let call = waiting.call(*id);
                call.is_some_and(|call| self.lanes.is_about(call, on.slot))
            })
        };
        let why = "no sweep of it waits";
        let id = self.sweep_write(on.who).filter(of_it);
        self.serve_of_sweep(id.ok_or(Error::NoStep { action, why })?, on.who);
        Ok(())
    }

    /// A sweep that waits goes on to its end: it may remove only what the model sweeps.
    pub(crate) fn sweep_to_the_end(&mut self, who: Who) {
        self.tick_for_nobody(who);
        for _ in 0..PATIENCE {
            let next = self.sweep_write(who).or_else(|| self.sweep_read(who));
            let Some(id) = next else {
                return;
            };
            self.serve_of_sweep(id, who);
        }
    }

    /// An ncp that sees no Service begins a sweep at its tick, and no pass.
    fn tick_for_nobody(&mut self, who: Who) {
        let sees = |slot: Slot| self.lanes[slot].seen.upstream(who).is_some();
        if who.hop == Hop::Ncp && !self.lanes.of(who).any(sees) {
            self.tick(who);
        }
    }

    /// Serves a call of a sweep. What its process asks next about it belongs to the sweep.
    fn serve_of_sweep(&mut self, id: Id, who: Who) {
        let before = self.ids(who);
        self.serve(id);
        self.hear(id);
        let new = self.ids(who);
        self.sweeping.extend(new.difference(&before));
    }

    fn sweep_read(&self, who: Who) -> Option<Id> {
        let is_read = |call: &Call| call.who == who && call.asked == Asked::Sweep;
        self.call_that(is_read, |id, _| id)
    }

    fn sweep_write(&self, who: Who) -> Option<Id> {
        self.gate.look(|waiting| {
            let calls = waiting.calls().into_iter();
            let mut ours = calls.filter(|(id, call)| {
                let is_write = matches!(call.asked, Asked::Protocol(..));
                call.who == who && is_write && self.sweeping.contains(id)
            });
            ours.next().map(|(id, _)| id)
        })
    }

    /// What an older sweep still asks fails: the next answer begins another.
    pub(super) fn give_up_sweep(&mut self, who: Who) {
        let calls = self.ids(who).into_iter();
        let is_read = |id: Id| {
            let asked = self
                .gate
                .look(|waiting| waiting.call(id).map(|call| call.asked));
            asked == Some(Asked::Sweep)
        };
        let old: Vec<Id> = calls
            .filter(|id| self.sweeping.contains(id) || is_read(*id))
            .collect();
        for id in old {
            self.gate.fail(id);
            self.settle(who);
        }
    }
}
