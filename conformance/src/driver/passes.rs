//! Passes that are one step (`docs/protocol.md` §8), done call by call; and ticks.

use super::*;
use bytes::Bytes;

impl World {
    /// Where a pass is one step, serves and hears its calls until it has written something, asks
    /// nothing, or asks what cannot be served. What its hop goes on with then is another step.
    ///
    /// # Errors
    /// As [`World::stutter`].
    pub(super) fn finish_pass(&mut self, on: On) -> Result<(), Error> {
        if self.grain != Grain::Passes {
            return Ok(());
        }
        loop {
            self.stutter()?;
            let next = self.call_of_pass(on);
            let Some((id, asked)) = next.filter(|(_, asked)| self.lets(on.who, *asked)) else {
                return Ok(());
            };
            if asked == Asked::NsxRead {
                self.read_nsx(id, on);
            } else {
                self.serve(id);
                self.hear_of_pass(id, on);
            }
            if !is_read(asked) {
                self.faults -= u8::from(on.who.replica == Replica::Rival);
                return Ok(());
            }
        }
    }

    /// Whether a call can be served: a rival's writes are faults, and what is cut off fails.
    fn lets(&self, who: Who, asked: Asked) -> bool {
        let is_spent = self.faults == 0 && who.replica == Replica::Rival && !is_read(asked);
        let crosses = matches!(asked, Asked::Protocol(_, Object::VmService));
        let is_cut = self.is_cut && crosses && (who.hop, who.cluster) == (Hop::Ccm, Slot::A);
        !is_spent && !is_cut
    }

    /// `HOP tick`: a pass over one Service begins.
    pub(super) fn tick_over(&mut self, on: On) -> Result<(), Error> {
        self.begin_pass(on);
        self.finish_pass(on)
    }

    /// A pass over one Service begins. A tick of a controller begins one over each that it has: in
    /// the model these are as many steps. Where there are several, an event that says nothing new
    /// of a Service's Endpoints begins that Service's pass alone.
    pub(super) fn begin_pass(&mut self, on: On) {
        let has_begun = self.deliver_endpoints(on);
        if self.lanes.serves_one(on.who) {
            self.tick(on.who);
        } else if !has_begun && !self.is_deaf(on.who) {
            self.touch_endpoints(on);
        }
        self.settle(on.who);
    }

    fn touch_endpoints(&mut self, on: On) {
        let touch = match self.endpoints(on.slot) {
            Some(there) => json!({"type": "MODIFIED", "object": &*there}),
            None => {
                let name = &self.lanes[on.slot].subject.supervisor;
                let metadata =
                    json!({"name": name, "namespace": NAMESPACE, "resourceVersion": "1"});
                let object = json!({"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata});
                json!({"type": "DELETED", "object": object})
            }
        };
        let watch = self.gate.look(|waiting| {
            let mut watches = waiting.watches().into_iter();
            let found =
                watches.find(|(_, it)| it.who == on.who && it.target.contains("/endpoints?"));
            found.map(|(id, watch)| (id, watch.place))
        });
        if let Some((id, place)) = watch {
            self.transcript.delivers(on.who, place, &touch);
            self.gate.tell(id, Bytes::from(format!("{touch}\n")));
        }
    }
}

fn is_read(asked: Asked) -> bool {
    matches!(asked, Asked::NsxRead | Asked::Protocol(Verb::Read, _))
}

/// The hop that takes a step, or to whose calls and watches it happens.
pub(super) fn hop_of(deed: Deed) -> Option<Hop> {
    match deed {
        Deed::Poll | Deed::Remember | Deed::Rewrite => Some(Hop::Ccm),
        Deed::Tick(hop)
        | Deed::Deliver(hop, _)
        | Deed::Serve(hop, ..)
        | Deed::Hear(hop, ..)
        | Deed::Sweep(hop)
        | Deed::Lose(hop, ..)
        | Deed::LoseReply(hop, ..)
        | Deed::Delay(hop, ..)
        | Deed::Crash(hop)
        | Deed::Relist(hop, _)
        | Deed::Lag(hop, _)
        | Deed::Rewind(hop, _) => Some(hop),
        Deed::User(_)
        | Deed::Admin(_)
        | Deed::Realize(_)
        | Deed::Free
        | Deed::Collect(_)
        | Deed::Land(..)
        | Deed::Cut
        | Deed::Mend
        | Deed::Fail(_) => None,
    }
}
