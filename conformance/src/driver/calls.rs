//! What becomes of a call that waits, and of an event that does.

use super::*;

impl World {
    /// The first call, by content, that fits.
    pub(super) fn call_that<T>(
        &self,
        fits: impl Fn(&Call) -> bool,
        take: impl Fn(Id, &Call) -> T,
    ) -> Option<T> {
        self.gate.look(|waiting| {
            let calls = waiting.calls();
            let found = calls.into_iter().find(|(_, call)| fits(call));
            found.map(|(id, call)| take(id, call))
        })
    }

    pub(crate) fn serve(&mut self, id: Id) {
        let allocates = Asked::Protocol(Verb::Allocate, Object::Allocation);
        let request = self.gate.look(|waiting| {
            let call = waiting.call(id).filter(|call| call.asked == allocates);
            call.map(|call| call.request.clone())
        });
        if let Some(request) = request {
            self.learn(&request);
        }
        self.serve_unheard(id);
    }

    pub(crate) fn serve_unheard(&mut self, id: Id) {
        let World {
            gate,
            servers,
            transcript,
            ..
        } = self;
        let place = gate.look(|waiting| waiting.call(id).map(|call| call.place));
        if let Some(place) = place {
            gate.serve(id, &servers.at(place));
            gate.look(|waiting| {
                if let Some(call) = waiting.call(id) {
                    transcript.serves(call);
                }
            });
        }
    }

    pub(crate) fn hear(&mut self, id: Id) {
        let list = Asked::Protocol(Verb::List, Object::VmService);
        if self
            .gate
            .look(|waiting| waiting.call(id).is_some_and(|call| call.asked == list))
        {
            self.give_up_sweep(Hop::Ccm);
        }
        let World {
            gate,
            transcript,
            seen,
            subject,
            ..
        } = self;
        let hop = gate.look(|waiting| {
            let call = waiting.call(id)?;
            transcript.hears(call);
            if let Asked::Watch(object) = call.asked
                && is_list(&call.request)
                && let Some(answer) = call.answer()
            {
                let body = serde_json::from_slice(answer.body()).unwrap_or_default();
                if listed(subject, object, &body).is_none() {
                    seen.deliver(call.hop, object, None);
                }
            }
            if call.asked == Asked::Protocol(Verb::List, Object::VmService) {
                let answer = call
                    .answer()
                    .filter(|answer| answer.status().is_success())?;
                let body = serde_json::from_slice(answer.body()).unwrap_or_default();
                seen.hear_poll(listed(subject, Object::VmService, &body));
            }
            Some(call.hop)
        });
        gate.hear(id);
        if let Some(hop) = hop {
            self.settle(hop);
        }
    }

    /// What an older sweep still asks fails: the next answer begins another.
    pub(super) fn give_up_sweep(&mut self, hop: Hop) {
        let calls = self.ids(hop).into_iter();
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
            self.settle(hop);
        }
    }

    pub(super) fn deliver_next(&mut self, id: Id, object: Option<Object>) {
        if let Some(hop) = self.send_next(id, object) {
            self.settle(hop);
        }
    }

    /// Sends the next event of a watch on its way, and does not let anybody run yet.
    pub(super) fn send_next(&mut self, id: Id, object: Option<Object>) -> Option<Hop> {
        let World {
            gate,
            transcript,
            seen,
            subject,
            ..
        } = self;
        let (hop, place) = gate.look(|waiting| {
            let watches = waiting.watches();
            let watch = watches.into_iter().find(|(other, _)| *other == id);
            watch.map(|(_, watch)| (watch.hop, watch.place))
        })?;
        let line = gate.deliver(id)?;
        let line: Value = serde_json::from_slice(&line).unwrap_or_default();
        transcript.delivers(hop, place, &line);
        if let Some(object) = object
            && let Some(found) = event(subject, object, &line)
        {
            seen.deliver(hop, object, found);
        }
        Some(hop)
    }

    /// A watch beside the model that has something to deliver. What ncp watches there would begin
    /// a pass, which is not for a stuttering step to do: see [`World::deliver_endpoints_to_ncp`].
    pub(super) fn watch_that_stutters(&self) -> Option<Id> {
        self.beside(|hop| hop != Hop::Ncp)
    }

    /// What ncp watches beside the model travels with the next thing that begins a pass of it.
    pub(super) fn deliver_endpoints_to_ncp(&mut self) {
        while let Some(id) = self.beside(|hop| hop == Hop::Ncp) {
            self.send_next(id, None);
        }
    }

    pub(super) fn beside(&self, fits: impl Fn(Hop) -> bool) -> Option<Id> {
        self.gate.look(|waiting| {
            let watches = waiting.watches();
            let mut beside = watches.into_iter().filter(|(_, watch)| {
                watch.asked == Asked::Beside && fits(watch.hop) && watch.lag() > 0
            });
            beside.next().map(|(id, _)| id)
        })
    }
}
