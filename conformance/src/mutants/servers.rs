//! What the embedded servers would get wrong.

use super::{Cue, Killer, Mutant, Patch};
use crate::call::json;
use crate::gate::{Answer, Place};
use crate::servers::{Flaw, POOL, Servers};
use bytes::Bytes;
use hopwise_protocol::{Ports, State};
use hopwise_vocab::{Action, Deed, Hop, Object, Slot, Verb};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The mutants: of the API servers first, then of NSX-T.
pub(super) const MUTANTS: &[Mutant] = &[
    of(
        "api-ignores-versions",
        "The API server takes a write that names an old resourceVersion.",
        ("edit", Cue::Step(is_stale)),
        || {
            Box::new(|servers: &Servers, place, request: &Request<Bytes>| {
                let patched = edited(request, |body| {
                    drop_key(body, "metadata", "resourceVersion");
                });
                servers.sound(place).answer(&patched)
            })
        },
        "service",
    ),
    of(
        "api-ignores-finalizers",
        "The API server removes a held object at once.",
        ("create", Cue::Any),
        || {
            Box::new(|servers: &Servers, place, request: &Request<Bytes>| {
                let answer = servers.sound(place).answer(request);
                if request.method() == Method::DELETE && place != Place::Nsx {
                    let free = json!({"metadata": {"finalizers": null}});
                    servers.sound_request(place, (Method::PATCH, request.uri().path()), &free);
                }
                answer
            })
        },
        "service",
    ),
    of(
        "api-lets-status-touch-metadata",
        "A write of the status changes annotations, too.",
        ("create", Cue::Any),
        || {
            Box::new(|servers: &Servers, place, request: &Request<Bytes>| {
                let answer = servers.sound(place).answer(request);
                if let Some(path) = request.uri().path().strip_suffix("/status") {
                    let note = json!({"metadata": {"annotations": {"example.com/touched": "yes"}}});
                    servers.sound_request(place, (Method::PATCH, path), &note);
                }
                answer
            })
        },
        "supervisor-service",
    ),
    of(
        "api-ignores-uids",
        "The API server deletes an object of another UID than the request names.",
        ("late-recreate", Cue::Step(lands_on_a_successor)),
        || {
            Box::new(|servers: &Servers, place, request: &Request<Bytes>| {
                let patched = edited(request, |body| {
                    drop_key(body, "preconditions", "uid");
                });
                servers.sound(place).answer(&patched)
            })
        },
        "vm-service",
    ),
    of(
        "api-lists-ghosts",
        "A list has objects in it that are gone.",
        ("relist", Cue::Step(relists_nothing)),
        || Box::new(Ghosts::default()),
        "vmop upstream seen",
    ),
    of(
        "api-creates-over-what-is-there",
        "The API server replaces an object when another of its name is created.",
        (
            "once-unheard",
            Cue::Deed(Deed::LoseReply(Hop::Ccm, Verb::Create, Object::VmService)),
        ),
        || {
            Box::new(|servers: &Servers, place, request: &Request<Bytes>| {
                let name = json(request)["metadata"]["name"].as_str().map(String::from);
                if let (&Method::POST, Some(name)) = (request.method(), name) {
                    let path = format!("{}/{name}", request.uri().path());
                    servers.sound_request(place, (Method::DELETE, &path), &Value::Null);
                    let free = json!({"metadata": {"finalizers": null}});
                    servers.sound_request(place, (Method::PATCH, &path), &free);
                }
                servers.sound(place).answer(request)
            })
        },
        "vm-service",
    ),
    of(
        "nsx-frees-at-once",
        "NSX-T gives an address to the next in line the moment it is given back.",
        ("create", Cue::Any),
        || {
            Box::new(|servers: &Servers, place, request: &Request<Bytes>| {
                let answer = servers.sound(place).answer(request);
                let is_allocation = request.uri().path().contains("/ip-allocations/");
                if request.method() == Method::DELETE && is_allocation {
                    for found in servers.nsx.allocations(POOL) {
                        if let (Some(ip), true) = (found.ip, is_releasing(&found.state)) {
                            servers.nsx.release(POOL, ip);
                        }
                    }
                }
                answer
            })
        },
        "nsx pool",
    ),
    of(
        "nsx-realizes-in-words-only",
        "NSX-T says of everything that it is realized.",
        ("create", Cue::Step(reads_unrealized)),
        || {
            Box::new(|servers: &Servers, place, request: &Request<Bytes>| {
                let answer = servers.sound(place).answer(request);
                match answer {
                    Answer::Whole(whole) if place == Place::Nsx => {
                        Answer::Whole(whole.map(|body| {
                            let text = String::from_utf8_lossy(&body);
                            Bytes::from(text.replace("UNREALIZED", "REALIZED"))
                        }))
                    }
                    Answer::Whole(_) | Answer::Watch(_) => answer,
                }
            })
        },
        "ncp call",
    ),
    of(
        "nsx-shows-what-is-gone",
        "NSX-T goes on showing an allocation that was given back.",
        ("create", Cue::Any),
        || Box::new(Shown::default()),
        "ncp call",
    ),
    of(
        "nsx-applies-half",
        "NSX-T takes a hierarchical write apart and forgets its last part.",
        ("create", Cue::Any),
        || {
            Box::new(|servers: &Servers, place, request: &Request<Bytes>| {
                let halved = edited(request, |body| {
                    if let Some(children) = body["children"].as_array_mut()
                        && children.len() > 1
                    {
                        children.pop();
                    }
                });
                servers.sound(place).answer(&halved)
            })
        },
        "no word",
    ),
];

const fn of(
    id: &'static str,
    sentence: &'static str,
    (scenario, cue): (&'static str, Cue),
    flaw: fn() -> Box<dyn Flaw>,
    by: &'static str,
) -> Mutant {
    Mutant {
        id,
        sentence,
        stands_for: "a server that is not faithful",
        scenario,
        cue,
        patch: Patch::Servers(flaw),
        killer: Killer::replay(by),
    }
}

/// A flaw without memory.
impl<F: Fn(&Servers, Place, &Request<Bytes>) -> Answer + Send> Flaw for F {
    fn answer(&mut self, servers: &Servers, place: Place, request: &Request<Bytes>) -> Answer {
        self(servers, place, request)
    }
}

/// A request with another body, if it has one.
fn edited(request: &Request<Bytes>, edit: impl FnOnce(&mut Value)) -> Request<Bytes> {
    let mut body = json(request);
    if !body.is_object() {
        return request.clone();
    }
    edit(&mut body);
    request.clone().map(|_| Bytes::from(body.to_string()))
}

fn drop_key(body: &mut Value, of: &str, key: &str) {
    if let Some(object) = body.get_mut(of).and_then(Value::as_object_mut) {
        object.remove(key);
    }
}

fn is_releasing(state: &hopwise_nsxt::AllocationState) -> bool {
    *state == hopwise_nsxt::AllocationState::Releasing
}

/// ccm's hold reaches a server at which the Service is another by now.
fn is_stale(_: &State, action: &Action, after: &State) -> bool {
    let hold = Deed::Serve(Hop::Ccm, Verb::Hold, Object::Service);
    let there = after.lane(Slot::A).service.object();
    action.deed == hold && there.is_some_and(|there| !there.held)
}

/// A delete lands where its object is gone and another has its name.
fn lands_on_a_successor(before: &State, action: &Action, _: &State) -> bool {
    let lane = before.lane(Slot::A);
    let late = lane.late.and_then(|late| late.request.uid);
    let land = Deed::Land(Hop::Ccm, Verb::Delete, Object::VmService);
    let there = lane.vm_service.object().map(|it| it.uid);
    action.deed == land && there.is_some() && there != late
}

/// vmop's watch breaks when the object is gone that it saw.
fn relists_nothing(before: &State, action: &Action, _: &State) -> bool {
    let lane = before.lane(Slot::A);
    let relist = Deed::Relist(Hop::Vmop, Object::VmService);
    action.deed == relist && lane.vm_service.object().is_none()
}

/// ncp reads what NSX-T does not serve yet.
fn reads_unrealized(before: &State, action: &Action, _: &State) -> bool {
    let there = before.lane(Slot::A).places[0].load_balancer;
    let read = Deed::Serve(Hop::Ncp, Verb::Read, Object::Nsx);
    action.deed == read && there.is_some_and(|it| !it.serves(Ports::A))
}

/// The last object of every kind that an answer was about, by server.
#[derive(Default)]
struct Ghosts(BTreeMap<(Place, String), Value>);

impl Flaw for Ghosts {
    fn answer(&mut self, servers: &Servers, place: Place, request: &Request<Bytes>) -> Answer {
        let answer = servers.sound(place).answer(request);
        let Answer::Whole(whole) = answer else {
            return answer;
        };
        let mut body: Value = serde_json::from_slice(whole.body()).unwrap_or_default();
        let kind = body["kind"].as_str().unwrap_or_default().to_owned();
        let Some(listed) = kind.strip_suffix("List") else {
            self.0.insert((place, kind), body);
            return Answer::Whole(whole);
        };
        let ghost = self.0.get(&(place, listed.into()));
        if let (Some(items), Some(ghost)) = (body["items"].as_array_mut(), ghost)
            && items.is_empty()
        {
            items.push(ghost.clone());
        }
        Answer::Whole(whole.map(|_| Bytes::from(body.to_string())))
    }
}

/// Allocations that were shown, by target.
#[derive(Default)]
struct Shown(BTreeMap<String, Bytes>);

impl Flaw for Shown {
    fn answer(&mut self, servers: &Servers, place: Place, request: &Request<Bytes>) -> Answer {
        let answer = servers.sound(place).answer(request);
        let target = request.uri().to_string();
        if request.method() != Method::GET || !target.contains("ip-allocations") {
            return answer;
        }
        match answer {
            Answer::Whole(whole) if whole.status() == StatusCode::OK => {
                self.0.insert(target, whole.body().clone());
                Answer::Whole(whole)
            }
            Answer::Whole(mut whole) => {
                if let Some(shown) = self.0.get(&target) {
                    *whole.status_mut() = StatusCode::OK;
                    *whole.body_mut() = shown.clone();
                }
                Answer::Whole(whole)
            }
            Answer::Watch(_) => answer,
        }
    }
}
