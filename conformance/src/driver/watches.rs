//! What becomes of a watch.

use super::*;
use crate::call::upstream;
use crate::gate::{Answer, Feed, Server};
use crate::world::Laggard;
use bytes::Bytes;
use hopwise_protocol::Kind;
use http::Request;

/// How many timers of a controller may fire until a broken watch is begun again.
const TIMERS: usize = 10;

impl World {
    /// A watch breaks: its server has forgotten what it was to deliver. The controller's watcher
    /// backs off, and lists again.
    pub(super) fn relist(&mut self, action: Action, on: On, object: Object) -> Result<(), Error> {
        self.renew(action, on, object).map(|_| ())
    }

    /// A replica of the API server stays behind at what the watch has delivered.
    pub(super) fn lag(&mut self, action: Action, on: On, object: Object) -> Result<(), Error> {
        let (who, lane) = (on.who, &mut self.lanes[on.slot]);
        if lane.laggard.is_some() {
            return Err(Error::Nothing { action });
        }
        let found = lane.seen.watched(who, object).cloned();
        lane.laggard = Some(Laggard { who, object, found });
        Ok(())
    }

    /// The watch is renewed at that replica: what it remembers is listed, and then comes what there is
    /// now.
    pub(super) fn rewind(&mut self, action: Action, on: On, object: Object) -> Result<(), Error> {
        let lane = &mut self.lanes[on.slot];
        let laggard = lane
            .laggard
            .take_if(|it| (it.who, it.object) == (on.who, object));
        let before = laggard.ok_or(Error::Nothing { action })?.found;
        let now = self.stored_as(on.slot, object);
        let list = self.renew(action, on, object)?;
        let (place, subject) = (upstream(on.who.hop).0, &self.lanes[on.slot].subject);
        let name = subject.name_of(object).to_owned();
        let item = before.as_ref().map(|it| Value::clone(&it.whole));
        let behind = Behind { name, item };
        let server = self.servers.of(on.who.cluster, place);
        self.gate
            .serve(list, &Edited(&server, |answer| behind.list(answer)));
        self.deliver_endpoints(on);
        let seen = &mut self.lanes[on.slot].seen;
        seen.deliver(on.who, object, before.clone());
        self.hear(list);
        let watch = self.opening(on.who, object);
        let watch = watch.ok_or(Error::NoEvent { action })?;
        let news = news(before.as_ref(), now.as_ref());
        let server = self.servers.of(on.who.cluster, place);
        let first = |answer| with_first(answer, news.clone());
        self.gate.serve(watch, &Edited(&server, first));
        self.hear(watch);
        // A list without the object delivers nothing, so that no pass begins.
        match before {
            Some(_) => self.finish_pass(on),
            None => Ok(()),
        }
    }

    /// Breaks a watch, and lets its process go on until it lists again.
    fn renew(&mut self, action: Action, on: On, object: Object) -> Result<Id, Error> {
        let who = on.who;
        if !self.lanes.serves_one(who) {
            let why = "the list that follows tells of several Services";
            return Err(Error::NoStep { action, why });
        }
        if let Some((id, _)) = self.telling_list(on, object) {
            self.gate.fail(id);
        } else {
            let id = self.watch_of(who, object);
            self.gate.expire(id.ok_or(Error::NoEvent { action })?);
        }
        self.transcript.happens(upstream(who.hop).0, || {
            format!("{who}'s watch of {object} breaks")
        });
        self.settle(who);
        for _ in 0..TIMERS {
            if let Some(id) = self.list_that_waits(who, object) {
                return Ok(id);
            }
            self.fire_next_timer(who);
        }
        Err(Error::NoEvent { action })
    }

    fn stored_as(&self, slot: Slot, object: Object) -> Option<Found> {
        let kinds = [Kind::Service, Kind::VmService, Kind::SupervisorService];
        let kind = kinds.into_iter().find(|kind| Object::from(*kind) == object);
        self.stored(slot, kind?)
    }

    /// Whether a watch has something to deliver.
    pub(crate) fn has_event(&self, on: On, object: Object) -> bool {
        let waits = |watch: &crate::gate::Watch| watch.lag() > 0;
        self.telling_list(on, object).is_some() || self.watches(on.who, object, waits)
    }

    /// Whether there is a watch that can break.
    pub(crate) fn can_break(&self, on: On, object: Object) -> bool {
        self.telling_list(on, object).is_some() || self.watches(on.who, object, |_| true)
    }

    fn watches(&self, who: Who, object: Object, fits: fn(&crate::gate::Watch) -> bool) -> bool {
        self.gate.look(|waiting| {
            let watches = waiting.watches();
            watches.iter().any(|(_, watch)| {
                watch.who == who && watch.asked == Asked::Watch(object) && fits(watch)
            })
        })
    }

    /// The open watch of a process.
    pub(super) fn watch_of(&self, who: Who, object: Object) -> Option<Id> {
        self.gate.look(|waiting| {
            let watches = waiting.watches();
            let mut ours = watches
                .into_iter()
                .filter(|(_, watch)| watch.who == who && watch.asked == Asked::Watch(object));
            ours.next().map(|(id, _)| id)
        })
    }

    /// The list that a watch begins with, before its server has acted on it.
    fn list_that_waits(&self, who: Who, object: Object) -> Option<Id> {
        let is_it = |call: &Call| begins(call, who, object) && is_list(&call.request);
        self.call_that(is_it, |id, _| id)
    }

    /// The watch that follows the list, before its server has acted on it.
    fn opening(&self, who: Who, object: Object) -> Option<Id> {
        let is_it = |call: &Call| begins(call, who, object) && !is_list(&call.request);
        self.call_that(is_it, |id, _| id)
    }
}

fn begins(call: &Call, who: Who, object: Object) -> bool {
    call.who == who && call.asked == Asked::Watch(object) && !call.is_answered()
}

/// What a replica that stays behind has instead of the subject.
struct Behind {
    name: String,
    item: Option<Value>,
}

impl Behind {
    fn list(&self, answer: Answer) -> Answer {
        let Answer::Whole(whole) = answer else {
            return answer;
        };
        Answer::Whole(whole.map(|body| {
            let mut list: Value = serde_json::from_slice(&body).unwrap_or_default();
            if let Some(items) = list["items"].as_array_mut() {
                items.retain(|item| item["metadata"]["name"] != self.name);
                items.extend(self.item.clone());
            }
            Bytes::from(list.to_string())
        }))
    }
}

/// The event that leads from what was to what is, if they differ.
fn news(before: Option<&Found>, now: Option<&Found>) -> Option<Bytes> {
    let (kind, object) = match (before, now) {
        (Some(before), Some(now)) if before.version == now.version => return None,
        (Some(_), Some(now)) => ("MODIFIED", now),
        (None, Some(now)) => ("ADDED", now),
        (Some(before), None) => ("DELETED", before),
        (None, None) => return None,
    };
    let event = json!({"type": kind, "object": object.whole});
    Some(Bytes::from(format!("{event}\n")))
}

fn with_first(answer: Answer, first: Option<Bytes>) -> Answer {
    match answer {
        Answer::Watch(rest) => Answer::Watch(Box::new(Led { first, rest })),
        Answer::Whole(_) => answer,
    }
}

/// A server whose answers are changed on their way.
struct Edited<'a, F>(&'a dyn Server, F);

impl<F: Fn(Answer) -> Answer> Server for Edited<'_, F> {
    fn answer(&self, request: &Request<Bytes>) -> Answer {
        self.1(self.0.answer(request))
    }
}

/// A watch that begins with an event of its own.
struct Led {
    first: Option<Bytes>,
    rest: Box<dyn Feed>,
}

impl Feed for Led {
    fn next(&mut self) -> Option<Bytes> {
        self.first.take().or_else(|| self.rest.next())
    }

    fn waiting(&self) -> Vec<Bytes> {
        let first = self.first.clone().into_iter();
        first.chain(self.rest.waiting()).collect()
    }

    fn lag(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.lag()
    }
}
