//! Passes of ncp that follow each other at once after writes to NSX-T: eight at most, and the next
//! tick goes on from there (`docs/protocol.md` §3). The model does not count them.

use super::*;

/// How many writes to NSX-T follow each other until ncp waits for a tick.
const MOST: usize = 8;

impl World {
    /// A process hears the answer to a call of its pass over a Service. Where that ends a run of
    /// passes, the tick that goes on with it comes at once.
    pub(super) fn hear_of_pass(&mut self, id: Id, on: On) {
        let asked = self.gate.look(|waiting| Some(waiting.call(id)?.asked));
        self.hear(id);
        match asked {
            Some(Asked::Protocol(_, Object::Allocation | Object::LoadBalancer)) => {
                let run = self.lanes[on.slot].runs.entry(on.who).or_default();
                *run += 1;
                if *run == MOST {
                    self.end_run(on);
                    if self.call_of_pass(on).is_none() {
                        self.begin_pass(on);
                    }
                }
            }
            Some(_) => self.end_run(on),
            None => {}
        }
    }

    /// A run has come to its end.
    pub(super) fn end_run(&mut self, on: On) {
        self.lanes[on.slot].runs.remove(&on.who);
    }
}
