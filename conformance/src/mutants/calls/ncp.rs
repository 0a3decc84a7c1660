//! What ncp would send and hear wrongly.

use super::{answer, asked, asks_to, of, retargeted};
use crate::call::Asked;
use crate::gate::{Asks, Heard, Mistake};
use crate::mutants::{Cue, Killer, Mutant, Patch};
use crate::servers::CLUSTER;
use bytes::Bytes;
use hopwise_protocol::State;
use hopwise_vocab::{Action, Deed, Hop, Object, Replica, Slot, Verb};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The mutants.
pub(super) const MUTANTS: &[Mutant] = &[
    of(
        "ncp-reads-from-a-cache",
        "What ncp reads of an allocation is what it read the last time.",
        "BP11, BP23",
        ("create", Cue::Any),
        (Hop::Ncp, || Box::new(Cached::default())),
        "ncp call",
    ),
    of(
        "ncp-takes-a-failed-read-for-absence",
        "When its read fails ncp takes NSX-T for empty.",
        "BP27",
        ("once-lost", Cue::Step(loses_a_read)),
        misreads!(Hop::Ncp, Verb::Read, nothing),
        "ncp call",
    ),
    of(
        "ncp-allocates-by-name",
        "The id of an allocation follows from a name and not from the UID.",
        "BP4, BP31",
        ("create", Cue::Any),
        (Hop::Ncp, || Box::new(ByName)),
        "no word",
    ),
    of(
        "ncp-allocates-untagged",
        "ncp asks for an address without saying whose it is.",
        "BP7, BP31",
        ("create", Cue::Any),
        sends!(Hop::Ncp, Verb::Allocate, |body| body["tags"] = json!([])),
        "no word",
    ),
    of(
        "ncp-publishes-a-list",
        "ncp shows another address before the Service's own.",
        "BP17",
        ("create", Cue::Any),
        sends!(Hop::Ncp, Verb::Publish, |body| {
            let ingress = &mut body["status"]["loadBalancer"]["ingress"];
            if let Some(all) = ingress.as_array_mut() {
                all.insert(0, json!({"ip": "198.51.100.7"}));
            }
        }),
        "no word",
    ),
    of(
        "ncp-publishes-no-conditions",
        "ncp publishes no condition, so that an exhausted pool looks like a slow one.",
        "BP17, BP27",
        ("full", Cue::Any),
        sends!(Hop::Ncp, Verb::Publish, |body| {
            body["status"]["conditions"] = json!([]);
        }),
        "ncp call",
    ),
    of(
        "ncp-has-another-word",
        "ncp gives a reason that the hop above does not know.",
        "BP33",
        ("full", Cue::Any),
        sends!(Hop::Ncp, Verb::Publish, |body| {
            let conditions = body["status"]["conditions"].as_array_mut();
            for condition in conditions.into_iter().flatten() {
                condition["reason"] = json!("PoolEmpty");
            }
        }),
        "ncp call",
    ),
    of(
        "ncp-sweeps-unproved",
        "The sweep of ncp takes a Service that it does not see for gone.",
        "BP1, BP22",
        ("rewind-ncp", Cue::Step(forgets_a_service)),
        (Hop::Ncp, || Box::new(NobodyOwns)),
        "nsx services",
    ),
    of(
        "ncp-holds-with-another-key",
        "ncp holds the Service by a finalizer that it does not look for.",
        "BP13",
        ("create", Cue::Any),
        sends!(Hop::Ncp, Verb::Hold, |body| {
            body["metadata"]["finalizers"] = json!(["ncp.vmware.com/other"]);
        }),
        "ncp call",
    ),
    of(
        "ncp-withdraws-something-else",
        "ncp gives back an allocation that there is not, and hears that all is well.",
        "BP11, BP20",
        ("create", Cue::Any),
        (Hop::Ncp, || Box::new(WithdrawsElse)),
        "nsx services",
    ),
    Mutant {
        id: "ncp-never-looks-again",
        sentence: "ncp hears no tick: it does not learn what NSX-T has realized meanwhile.",
        stands_for: "BP18, BP30",
        scenario: "create",
        cue: Cue::Step(ticks_to_read),
        patch: Patch::Deaf(Hop::Ncp),
        killer: Killer::replay("ncp call"),
    },
];

/// A tick of ncp that leads to a call.
fn ticks_to_read(_: &State, action: &Action, after: &State) -> bool {
    action.deed == Deed::Tick(Hop::Ncp) && after.lane(Slot::A).ncp.pass.call.is_some()
}

/// ncp's read is lost when there is something to be read.
fn loses_a_read(before: &State, action: &Action, _: &State) -> bool {
    let mut places = before.lane(Slot::A).places.iter();
    let lose = Deed::Lose(Hop::Ncp, Verb::Read, Object::Nsx);
    action.deed == lose && places.any(|it| it.allocation.is_some())
}

/// ncp's watch has gone back to when there was no Service, and NSX-T has something for it.
fn forgets_a_service(_: &State, action: &Action, after: &State) -> bool {
    let lane = after.lane(Slot::A);
    let is_unseen = lane.upstream_seen(Hop::Ncp, Replica::First).is_none();
    let is_served = lane.places.iter().any(|it| it.allocation.is_some());
    let rewind = Deed::Rewind(Hop::Ncp, Object::SupervisorService);
    let is_there = lane.supervisor_service.object().is_some();
    action.deed == rewind && is_unseen && is_served && is_there
}

/// As NSX-T says that there is nothing.
fn nothing(_: &Request<Bytes>) -> Response<Bytes> {
    let error = json!({"httpStatus": "NOT_FOUND", "error_code": 600, "module_name": "policy",
        "error_message": "The object could not be found"});
    answer(StatusCode::NOT_FOUND, &error)
}

/// What was heard the last time, by target.
#[derive(Default)]
struct Cached(BTreeMap<String, Bytes>);

impl Mistake for Cached {
    fn hears(&mut self, request: &Request<Bytes>, heard: Heard) -> Heard {
        let is_read = asked(Hop::Ncp, request) == Asked::NsxRead;
        match heard {
            Heard::Answer(answer) if is_read && answer.status().is_success() => {
                let target = request.uri().to_string();
                let before = self.0.insert(target, answer.body().clone());
                Heard::Answer(answer.map(|now| before.unwrap_or(now)))
            }
            Heard::Answer(_) | Heard::Broken => heard,
        }
    }
}

/// Ids have the same in them whichever the UID.
struct ByName;

impl Mistake for ByName {
    fn asks(&mut self, request: Request<Bytes>) -> Asks {
        let named = |text: String| nameless(&text);
        let request = retargeted(request, named);
        Asks::Sends(request.map(|body| {
            String::from_utf8(body.to_vec()).map_or(body, |text| Bytes::from(nameless(&text)))
        }))
    }
}

/// The text with every UID in an id put out.
fn nameless(text: &str) -> String {
    const UID: usize = 36;
    let mark = format!("{CLUSTER}-");
    let mut parts = text.split(&mark);
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        all += &mark;
        let is_uid = part.get(8..9) == Some("-") && part.is_char_boundary(UID.min(part.len()));
        match part.get(UID..).filter(|_| is_uid) {
            Some(rest) => {
                all += "11111111-1111-1111-1111-111111111111";
                all += rest;
            }
            None => all += part,
        }
    }
    all
}

/// A sweep is told that there is no Service at all.
struct NobodyOwns;

impl Mistake for NobodyOwns {
    fn hears(&mut self, request: &Request<Bytes>, heard: Heard) -> Heard {
        let is_owner =
            asked(Hop::Ncp, request) == Asked::Sweep && request.uri().path().ends_with("/services");
        match heard {
            Heard::Answer(answer) if is_owner => Heard::Answer(answer.map(|body| {
                let mut list: Value = serde_json::from_slice(&body).unwrap_or_default();
                list["items"] = json!([]);
                Bytes::from(list.to_string())
            })),
            Heard::Answer(_) | Heard::Broken => heard,
        }
    }
}

/// A withdraw goes to another id.
struct WithdrawsElse;

impl Mistake for WithdrawsElse {
    fn asks(&mut self, request: Request<Bytes>) -> Asks {
        Asks::Sends(if asks_to(Hop::Ncp, Verb::Withdraw, &request) {
            retargeted(request, |target| format!("{target}-other"))
        } else {
            request
        })
    }
}
