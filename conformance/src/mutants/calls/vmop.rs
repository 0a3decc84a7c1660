//! What vmop would send and hear wrongly.

use super::{asks_to, conflict, lost, of, unguard};
use crate::call::json;
use crate::gate::{Asks, Mistake};
use crate::mutants::{Cue, Killer, Mutant, Patch};
use bytes::Bytes;
use hopwise_protocol::State;
use hopwise_vocab::{Action, Deed, Hop, Object, Slot, Verb};
use http::Request;
use serde_json::{Value, json};

/// The mutants.
pub(super) const MUTANTS: &[Mutant] = &[
    of(
        "vmop-creates-for-another-owner",
        "vmop creates a Supervisor Service that is owned by another incarnation.",
        "BP19",
        ("create", Cue::Any),
        sends!(Hop::Vmop, Verb::Create, |body| {
            body["metadata"]["ownerReferences"][0]["uid"] =
                json!("00000000-0000-0000-0000-000000000000");
        }),
        "no word",
    ),
    of(
        "vmop-forgets-the-origin",
        "vmop creates a Supervisor Service that does not say which guest Service it goes back to.",
        "BP31",
        ("create", Cue::Any),
        sends!(Hop::Vmop, Verb::Create, |body| {
            body["metadata"]["annotations"] = Value::Null;
        }),
        "no word",
    ),
    of(
        "vmop-misses-a-failed-create",
        "When its create fails vmop takes it for done.",
        "BP27, BP30",
        (
            "once-lost",
            lost(Hop::Vmop, Verb::Create, Object::SupervisorService),
        ),
        misreads!(Hop::Vmop, Verb::Create, conflict),
        "vmop call",
    ),
    of(
        "vmop-publishes-blindly",
        "vmop writes a status whatever became of the object since it was seen.",
        "BP14, H17",
        ("create", Cue::Any),
        sends!(Hop::Vmop, Verb::Publish, unguard),
        "vmop call",
    ),
    of(
        "vmop-publishes-once",
        "vmop does not publish an address that it has published before.",
        "BP15",
        ("recreate", Cue::Any),
        (Hop::Vmop, || Box::new(PublishedOnce::default())),
        "vmop call",
    ),
    of(
        "vmop-updates-by-name",
        "An update of vmop hits whatever has the name.",
        "BP4",
        ("edit", Cue::Any),
        sends!(Hop::Vmop, Verb::Update, unguard),
        "vmop call",
    ),
    Mutant {
        id: "vmop-never-looks-again",
        sentence: "vmop hears no tick: what a broken watch has hidden stays hidden.",
        stands_for: "BP3, BP18",
        scenario: "relist",
        cue: Cue::Step(ticks_to_act),
        patch: Patch::Deaf(Hop::Vmop),
        killer: Killer::replay("vmop call"),
    },
];

/// A tick of vmop that leads to a call.
fn ticks_to_act(_: &State, action: &Action, after: &State) -> bool {
    action.deed == Deed::Tick(Hop::Vmop) && after.lane(Slot::A).vmop.pass.call.is_some()
}

/// What was published.
#[derive(Default)]
struct PublishedOnce(Option<Value>);

impl Mistake for PublishedOnce {
    fn asks(&mut self, request: Request<Bytes>) -> Asks {
        if !asks_to(Hop::Vmop, Verb::Publish, &request) {
            return Asks::Sends(request);
        }
        let balancer = json(&request)["status"]["loadBalancer"].take();
        if self.0.as_ref() == Some(&balancer) {
            return Asks::Answers(conflict(&request));
        }
        self.0 = Some(balancer);
        Asks::Sends(request)
    }
}
