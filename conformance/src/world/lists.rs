//! Lists that a watch begins with. One that tells of a Service is an event until it is heard.

use super::World;
use crate::call::{Asked, is_list};
use crate::gate::{Answer, Call, Id, Server};
use crate::seen::listed;
use crate::who::{On, Who};
use crate::wire::Found;
use bytes::Bytes;
use hopwise_vocab::{Object, Slot};
use http::{Method, Request};
use serde_json::Value;

impl World {
    /// Whether a call is a list that tells of some Service and was not heard yet.
    pub(crate) fn is_telling(&self, call: &Call) -> bool {
        let mut served = self.lanes.of(call.who);
        served.any(|slot| self.told_by(call, slot).is_some())
    }

    fn told_by(&self, call: &Call, slot: Slot) -> Option<Found> {
        let Asked::Watch(object) = call.asked else {
            return None;
        };
        let answer = call.answer().filter(|_| is_list(&call.request))?;
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        listed(&self.lanes[slot].subject, object, &body)
    }

    /// The list that tells a process of a Service and was not heard yet.
    pub(crate) fn telling_list(&self, on: On, object: Object) -> Option<(Id, Found)> {
        self.gate.look(|waiting| {
            let calls = waiting.calls().into_iter();
            let mut ours =
                calls.filter(|(_, call)| call.who == on.who && call.asked == Asked::Watch(object));
            ours.find_map(|(id, call)| Some((id, self.told_by(call, on.slot)?)))
        })
    }

    /// Of how many Services a list tells a process that was not heard yet.
    pub(crate) fn told_at_once(&self, who: Who, object: Object) -> usize {
        let served = self.lanes.of(who);
        let told = served.filter(|&slot| self.telling_list(On { who, slot }, object).is_some());
        told.count()
    }

    /// The list that tells a process of a Service, with the events that follow it.
    pub(crate) fn list_of(&self, on: On, object: Object) -> Option<(Found, Vec<Bytes>)> {
        let (id, found) = self.telling_list(on, object)?;
        let (place, path, version) = self.gate.look(|waiting| {
            let call = waiting.call(id)?;
            let body: Value = serde_json::from_slice(call.answer()?.body()).ok()?;
            let version = body["metadata"]["resourceVersion"].as_str()?.to_owned();
            Some((call.place, call.request.uri().path().to_owned(), version))
        })?;
        let uri = format!("{path}?watch=true&resourceVersion={version}");
        let request = Request::builder().method(Method::GET).uri(uri);
        let request = request.body(Bytes::new()).ok()?;
        match self.servers.of(on.who.cluster, place).answer(&request) {
            Answer::Watch(feed) => Some((found, feed.waiting())),
            Answer::Whole(_) => None,
        }
    }
}
