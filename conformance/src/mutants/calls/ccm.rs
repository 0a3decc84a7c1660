//! What ccm would send and hear wrongly.

use super::{asked, asks_to, conflict, edited, lost, not_found, of, retargeted, unguard};
use crate::call::{Asked, is_list};
use crate::gate::{Asks, Heard, Mistake};
use crate::mutants::{Cue, Killer, Mutant, Patch};
use bytes::Bytes;
use hopwise_protocol::{Seen, State};
use hopwise_vocab::{Action, AdminStep, Deed, Hop, Object, Replica, Slot, Verb};
use http::{Request, StatusCode};
use serde_json::{Value, json};

/// The mutants.
pub(super) const MUTANTS: &[Mutant] = &[
    of(
        "ccm-misses-a-failed-hold",
        "When its hold fails ccm goes on as if it had lost a race.",
        "BP10, BP27",
        ("once-lost", lost(Hop::Ccm, Verb::Hold, Object::Service)),
        misreads!(Hop::Ccm, Verb::Hold, conflict),
        "ccm call",
    ),
    of(
        "ccm-misses-a-failed-delete",
        "When its delete fails ccm takes the VirtualMachineService for gone.",
        "BP11, BP20",
        ("requests", lost(Hop::Ccm, Verb::Delete, Object::VmService)),
        misreads!(Hop::Ccm, Verb::Delete, not_found),
        "ccm call",
    ),
    of(
        "ccm-misses-a-failed-create",
        "When its create fails ccm takes it for done.",
        "BP27, BP30",
        ("once-lost", lost(Hop::Ccm, Verb::Create, Object::VmService)),
        misreads!(Hop::Ccm, Verb::Create, conflict),
        "ccm call",
    ),
    of(
        "ccm-takes-a-failed-read-for-absence",
        "When its live read fails ccm takes the VirtualMachineService for gone.",
        "BP27",
        ("requests", lost(Hop::Ccm, Verb::Read, Object::VmService)),
        misreads!(Hop::Ccm, Verb::Read, not_found),
        "ccm call",
    ),
    of(
        "ccm-takes-absence-for-a-failure",
        "ccm takes it for a failure when its live read finds nothing.",
        "BP20",
        ("create", Cue::Any),
        (Hop::Ccm, || Box::new(AbsenceFails)),
        "ccm call",
    ),
    of(
        "ccm-sweeps-unproved",
        "The sweep of ccm takes a Service that it does not see for gone.",
        "BP22",
        ("once-crashed", Cue::Step(polled_without_its_service)),
        (Hop::Ccm, || Box::new(NobodyOwns)),
        "vm-service",
    ),
    of(
        "ccm-releases-by-name",
        "ccm takes its finalizer off whatever has the name.",
        "BP12",
        ("create", Cue::Any),
        sends!(Hop::Ccm, Verb::Release, unguard),
        "ccm call",
    ),
    of(
        "ccm-deletes-by-name",
        "A delete of ccm hits whatever has the name.",
        "BP1, BP4, H9",
        ("create", Cue::Any),
        sends!(Hop::Ccm, Verb::Delete, |body| *body = json!({})),
        "ccm call",
    ),
    of(
        "ccm-creates-under-a-new-name",
        "ccm gives the VirtualMachineService a name that does not follow from the Service's.",
        "BP2",
        ("create", Cue::Any),
        sends!(Hop::Ccm, Verb::Create, |body| {
            let name = body["metadata"]["name"].as_str().unwrap_or_default();
            body["metadata"]["name"] = json!(format!("{name}-1"));
        }),
        "vm-service",
    ),
    of(
        "ccm-creates-unlabelled",
        "ccm creates a VirtualMachineService that its own poll does not find.",
        "BP31",
        ("create", Cue::Any),
        sends!(Hop::Ccm, Verb::Create, |body| drop_key(body, "labels")),
        "ccm poll",
    ),
    of(
        "ccm-creates-unowned",
        "ccm creates a VirtualMachineService that does not go with its cluster.",
        "BP19, H14",
        ("create", Cue::Any),
        sends!(Hop::Ccm, Verb::Create, |body| drop_key(
            body,
            "ownerReferences"
        )),
        "cluster of vm-service",
    ),
    of(
        "ccm-never-creates-twice",
        "What ccm has created once it takes to be there for ever.",
        "BP28",
        ("recreate", Cue::Any),
        (Hop::Ccm, || Box::new(CreatedOnce::default())),
        "ccm call",
    ),
    of(
        "ccm-expects-for-ever",
        "ccm goes on expecting what it has created, whatever its polls say.",
        "BP28, BP30",
        (
            "out-of-band",
            Cue::Deed(Deed::Admin(AdminStep::DeleteVmService)),
        ),
        (Hop::Ccm, || Box::new(Expecting::default())),
        "ccm call",
    ),
    of(
        "ccm-insists",
        "After a conflict ccm writes again without its precondition.",
        "BP15, BP17",
        ("edit", Cue::Step(loses_a_race)),
        (Hop::Ccm, || Box::new(Insists::default())),
        "ccm call",
    ),
    of(
        "ccm-lists-from-a-cache",
        "The watch of ccm begins with a list that any cache may answer.",
        "BP1",
        ("create", Cue::Any),
        (Hop::Ccm, || Box::new(ListsFromACache)),
        "no such step",
    ),
    Mutant {
        id: "ccm-never-polls",
        sentence: "ccm hears no tick, so that it never polls.",
        stands_for: "BP18, BP30, H3",
        scenario: "create",
        cue: Cue::Deed(Deed::Poll),
        patch: Patch::Deaf(Hop::Ccm),
        killer: Killer::replay("ccm poll"),
    },
];

/// ccm has restarted and polled, and has not seen the Service yet that is there.
fn polled_without_its_service(_: &State, action: &Action, after: &State) -> bool {
    let lane = after.lane(Slot::A);
    let is_polled = action.deed == Deed::Poll && matches!(lane.ccm.vm_service, Seen::There(_));
    let is_unseen = lane.upstream_seen(Hop::Ccm, Replica::First).is_none();
    is_polled && is_unseen && lane.service.object().is_some()
}

/// ccm's hold reaches a server at which the Service is another by now.
fn loses_a_race(_: &State, action: &Action, after: &State) -> bool {
    let hold = Deed::Serve(Hop::Ccm, Verb::Hold, Object::Service);
    let there = after.lane(Slot::A).service.object();
    action.deed == hold && there.is_some_and(|there| !there.held)
}

fn drop_key(body: &mut Value, key: &str) {
    if let Some(metadata) = body["metadata"].as_object_mut() {
        metadata.remove(key);
    }
}

/// The answer that there is nothing is taken for a failure.
struct AbsenceFails;

impl Mistake for AbsenceFails {
    fn hears(&mut self, request: &Request<Bytes>, heard: Heard) -> Heard {
        match heard {
            Heard::Answer(answer)
                if answer.status() == StatusCode::NOT_FOUND
                    && asks_to(Hop::Ccm, Verb::Read, request) =>
            {
                Heard::Broken
            }
            Heard::Answer(_) | Heard::Broken => heard,
        }
    }
}

/// A sweep is told that its owner is gone.
struct NobodyOwns;

impl Mistake for NobodyOwns {
    fn hears(&mut self, request: &Request<Bytes>, heard: Heard) -> Heard {
        match asked(Hop::Ccm, request) {
            Asked::Sweep => Heard::Answer(not_found(request)),
            Asked::Protocol(..)
            | Asked::NsxRead
            | Asked::Watch(_)
            | Asked::Beside
            | Asked::Unknown => heard,
        }
    }
}

/// Whether a name was created.
#[derive(Default)]
struct CreatedOnce(bool);

impl Mistake for CreatedOnce {
    fn asks(&mut self, request: Request<Bytes>) -> Asks {
        if !asks_to(Hop::Ccm, Verb::Create, &request) {
            return Asks::Sends(request);
        }
        if std::mem::replace(&mut self.0, true) {
            return Asks::Answers(conflict(&request));
        }
        Asks::Sends(request)
    }
}

/// What was created.
#[derive(Default)]
struct Expecting(Option<Value>);

impl Mistake for Expecting {
    fn hears(&mut self, request: &Request<Bytes>, heard: Heard) -> Heard {
        let Heard::Answer(answer) = heard else {
            return heard;
        };
        let mut body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if asks_to(Hop::Ccm, Verb::Create, request) && answer.status().is_success() {
            self.0 = Some(body);
            return Heard::Answer(answer);
        }
        let (Some(created), Some(items)) = (&self.0, body["items"].as_array_mut()) else {
            return Heard::Answer(answer);
        };
        if !asks_to(Hop::Ccm, Verb::List, request) || !items.is_empty() {
            return Heard::Answer(answer);
        }
        items.push(created.clone());
        Heard::Answer(answer.map(|_| Bytes::from(body.to_string())))
    }
}

/// Whether the last write lost a race.
#[derive(Default)]
struct Insists(bool);

impl Mistake for Insists {
    fn asks(&mut self, request: Request<Bytes>) -> Asks {
        Asks::Sends(if self.0 && asks_to(Hop::Ccm, Verb::Hold, &request) {
            edited(request, unguard)
        } else {
            request
        })
    }

    fn hears(&mut self, request: &Request<Bytes>, heard: Heard) -> Heard {
        if let Heard::Answer(answer) = &heard
            && asks_to(Hop::Ccm, Verb::Hold, request)
        {
            self.0 = answer.status() == StatusCode::CONFLICT;
        }
        heard
    }
}

/// Lists name a resourceVersion that every cache has.
struct ListsFromACache;

impl Mistake for ListsFromACache {
    fn asks(&mut self, request: Request<Bytes>) -> Asks {
        let begins = matches!(asked(Hop::Ccm, &request), Asked::Watch(_)) && is_list(&request);
        Asks::Sends(if begins {
            retargeted(request, |target| format!("{target}&resourceVersion=0"))
        } else {
            request
        })
    }
}
