//! A second replica of a hop.

use super::*;
use crate::seen::Polled;

impl World {
    /// A second replica of a hop starts, and sees what the first one has seen. Where everything is
    /// settled it has nothing to write.
    ///
    /// # Errors
    /// When it does write, or as [`World::stutter`].
    pub fn start_rival(&mut self, hop: Hop) -> Result<(), Error> {
        self.transcript.step("a rival starts");
        self.rival = Some(hop);
        self.acts = None;
        for who in self.replicas(hop, Replica::Rival) {
            self.revive(who);
            self.stutter()?;
            self.see_all(who)?;
            let first = Who {
                replica: Replica::First,
                ..who
            };
            let mut served = self.lanes.of(who);
            let has_polled = |slot| *self.lanes[slot].seen.polled(first) != Polled::Never;
            if hop == Hop::Ccm && served.any(has_polled) {
                self.tick(who);
                self.answer_reads(who)?;
            }
        }
        Ok(())
    }

    /// A process hears every list, and the answers to what it asks then.
    fn see_all(&mut self, who: Who) -> Result<(), Error> {
        let telling = |world: &World| {
            let tells = |call: &Call| call.who == who && world.is_telling(call);
            world.call_that(tells, |id, call| (id, call.asked))
        };
        while let Some((id, told)) = telling(self) {
            if let Asked::Watch(object) = told {
                for slot in self.lanes.of(who) {
                    let told = self.telling_list(On { who, slot }, object);
                    if let Some((_, found)) = told {
                        self.lanes[slot].seen.deliver(who, object, Some(found));
                    }
                }
            }
            self.hear(id);
            self.stutter()?;
        }
        for slot in self.lanes.of(who) {
            self.deliver_endpoints(On { who, slot });
        }
        self.settle(who);
        self.answer_reads(who)
    }

    fn answer_reads(&mut self, who: Who) -> Result<(), Error> {
        for _ in 0..PATIENCE {
            self.stutter()?;
            let asks = |call: &Call| call.who == who && !call.asked.stutters();
            let Some((id, asked, line)) =
                self.call_that(asks, |id, call| (id, call.asked, call.line()))
            else {
                return Ok(());
            };
            match asked {
                Asked::NsxRead | Asked::Protocol(Verb::Read | Verb::List, _) | Asked::Sweep => {
                    self.serve(id);
                    self.hear(id);
                }
                Asked::Protocol(..) | Asked::Watch(_) | Asked::Beside | Asked::Unknown => {
                    return Err(Error::Unknown { who, line });
                }
            }
        }
        let last = "what a rival asks at its start".into();
        Err(Error::Restless { last })
    }
}
