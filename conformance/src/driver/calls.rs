//! What becomes of a call that waits, and of an event that does.

use super::*;
use bytes::Bytes;

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
        let whose = gate.look(|waiting| waiting.call(id).map(|call| (call.who, call.place)));
        if let Some((who, place)) = whose {
            gate.serve(id, &servers.of(who.cluster, place));
            gate.look(|waiting| {
                if let Some(call) = waiting.call(id) {
                    transcript.serves(call);
                }
            });
        }
    }

    pub(crate) fn hear(&mut self, id: Id) {
        let heard = self.gate.look(|waiting| {
            let call = waiting.call(id)?;
            let is_list = is_list(&call.request);
            let answer = call.answer().filter(|answer| answer.status().is_success());
            let body = answer.and_then(|it| serde_json::from_slice::<Value>(it.body()).ok());
            self.transcript.hears(call);
            Some((call.who, call.asked, body.filter(|_| is_list)))
        });
        let Some((who, asked, list)) = heard else {
            return;
        };
        if asked == POLL {
            self.give_up_sweep(who);
        }
        if let Some(list) = list {
            self.hear_list(who, asked, &list);
        }
        self.gate.hear(id);
        self.settle(who);
    }

    /// What a list does not have is seen no more; what it has is an event of its own, but for ccm's
    /// poll.
    fn hear_list(&mut self, who: Who, asked: Asked, list: &Value) {
        for slot in self.lanes.of(who) {
            let lane = &mut self.lanes[slot];
            if asked == POLL {
                let answer = listed(&lane.subject, Object::VmService, list);
                lane.seen.hear_poll(who, answer);
            } else if let Asked::Watch(object) = asked
                && listed(&lane.subject, object, list).is_none()
            {
                lane.seen.deliver(who, object, None);
            }
        }
    }

    /// Delivers the next event of a watch, of this Service if one is named. Whether there was one.
    pub(super) fn deliver_next(&mut self, id: Id, of: Option<(Object, Slot)>) -> bool {
        let sent = self.send_next(id, of);
        if let Some(who) = sent {
            self.settle(who);
        }
        sent.is_some()
    }

    /// Sends the next event of a watch on its way, and does not let anybody run yet. Events of
    /// different Services come in any order.
    pub(super) fn send_next(&mut self, id: Id, of: Option<(Object, Slot)>) -> Option<Who> {
        let (who, place) = self.gate.look(|waiting| {
            let watches = waiting.watches();
            let watch = watches.into_iter().find(|(other, _)| *other == id);
            watch.map(|(_, watch)| (watch.who, watch.place))
        })?;
        let serves_one = self.lanes.serves_one(who);
        let line = self.gate.deliver(id, |line| match of {
            Some((object, slot)) if !serves_one => {
                event(&self.lanes[slot].subject, object, &parsed(line)).is_some()
            }
            Some(_) | None => true,
        })?;
        let line = parsed(&line);
        self.transcript.delivers(who, place, &line);
        if let Some((object, slot)) = of
            && let Some(found) = event(&self.lanes[slot].subject, object, &line)
        {
            self.lanes[slot].seen.deliver(who, object, found);
        }
        Some(who)
    }

    /// A watch beside the model that has something to deliver. What ncp watches there, and a vmop
    /// that has a rival, would begin a pass, which is not for a stuttering step to do: see
    /// [`World::deliver_endpoints`]. Nor is it to tell vmop that Endpoints are gone, which a
    /// kube-apiserver deletes along with their Service.
    pub(super) fn watch_that_stutters(&self) -> Option<Id> {
        let is_quiet = |who: Who| match who.hop {
            Hop::Ccm => true,
            Hop::Vmop => self.rival != Some(Hop::Vmop),
            Hop::Ncp => false,
        };
        let is_foreign = self.servers.are_foreign();
        let begins_a_pass = |watch: &crate::gate::Watch| {
            let first = watch.waiting().first().map(parsed);
            let is_gone = first.is_some_and(|line| line["type"] == "DELETED");
            is_foreign && is_gone && watch.who.hop == Hop::Vmop
        };
        self.gate.look(|waiting| {
            let watches = waiting.watches();
            let mut beside = watches.into_iter().filter(|(_, watch)| {
                watch.asked == Asked::Beside
                    && is_quiet(watch.who)
                    && watch.lag() > 0
                    && !begins_a_pass(watch)
            });
            beside.next().map(|(id, _)| id)
        })
    }

    /// What a process watches beside the model travels with the next thing that begins a pass over
    /// the same Service. Whether there was something; nobody has run yet.
    pub(super) fn deliver_endpoints(&mut self, on: On) -> bool {
        let watches: Vec<Id> = self.gate.look(|waiting| {
            let watches = waiting.watches();
            let ours = watches
                .into_iter()
                .filter(|(_, watch)| watch.asked == Asked::Beside && watch.who == on.who);
            ours.map(|(id, _)| id).collect()
        });
        let serves_one = self.lanes.serves_one(on.who);
        let mut has_sent = false;
        for id in watches {
            let name = self.lanes[on.slot].subject.supervisor.clone();
            let is_its =
                |line: &Bytes| serves_one || parsed(line)["object"]["metadata"]["name"] == *name;
            while let Some(line) = self.gate.deliver(id, is_its) {
                self.transcript
                    .delivers(on.who, Place::Supervisor, &parsed(&line));
                has_sent = true;
            }
        }
        has_sent
    }
}

fn parsed(line: &Bytes) -> Value {
    serde_json::from_slice(line).unwrap_or_default()
}
