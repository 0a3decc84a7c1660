//! Passes that are one step (`docs/protocol.md` §8), done call by call.

use super::*;

impl World {
    /// Where a pass is one step, serves and hears its calls until it has written something or asks
    /// nothing. What its hop goes on with then is another step.
    ///
    /// # Errors
    /// As [`World::stutter`].
    pub(super) fn finish_pass(&mut self, hop: Hop) -> Result<(), Error> {
        if self.grain != Grain::Passes {
            return Ok(());
        }
        loop {
            self.stutter()?;
            let Some((id, asked)) = self.call_of_pass(hop) else {
                return Ok(());
            };
            if asked == Asked::NsxRead {
                self.read_nsx(id);
            } else {
                self.serve(id);
                self.hear(id);
            }
            let is_read = matches!(asked, Asked::NsxRead | Asked::Protocol(Verb::Read, _));
            if !is_read {
                return Ok(());
            }
        }
    }

    /// The call that a hop's pass waits for.
    fn call_of_pass(&self, hop: Hop) -> Option<(Id, Asked)> {
        self.gate.look(|waiting| {
            let calls = waiting.calls().into_iter();
            let mut ours = calls.filter(|(id, call)| call.hop == hop && self.is_of_pass(*id, call));
            ours.next().map(|(id, call)| (id, call.asked))
        })
    }
}
