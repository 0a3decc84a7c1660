//! A world: the three servers, the complete controllers on their runtimes, and the gate between
//! them. Nothing in it moves by itself.

mod stored;

use crate::call::{Asked, begins_nsx_read, is_list};
use crate::dictionary::Identities;
use crate::gate::{Answer, Call, Gate, GateService, Id, Place, Seed, Server};
use crate::lane2::Core;
use crate::nsx::{is_fresh, uid_in};
use crate::process::Process;
use crate::recording::Recorder;
use crate::seen::{Seen, Subject, listed};
use crate::servers::{CLUSTER, Flaw, Servers};
use crate::transcript::{Keep, Transcript};
use crate::wire::Found;
use bytes::Bytes;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::BoxFuture;
use hopwise_api::names::vm_service_name;
use hopwise_protocol::{Chain, Edits, Grain, Ports, Topology};
use hopwise_vocab::{Hop, Object, Safeguards, Verb};
use http::{Method, Request};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Makes a controller out of its ways to the servers and its ticks.
pub type Boot = Arc<dyn Fn(Ways, UnboundedReceiver<()>) -> BoxFuture<'static, ()>>;

/// The ways of one hop to the servers, each through the gate.
pub struct Ways {
    gate: Gate,
    hop: Hop,
    /// How often the controller was started before.
    pub(crate) restarts: u64,
    /// The owner of what the guest cluster asks for.
    pub(crate) owner: OwnerReference,
}

impl Ways {
    /// The way to one server.
    pub fn to(&self, place: Place) -> GateService {
        self.gate.service(self.hop, place)
    }
}

/// How a world differs from another.
#[derive(Clone)]
pub struct Setup {
    /// The size of the pool.
    pub addresses: u8,
    /// Whether a call is served and heard at once.
    pub grain: Grain,
    /// Which controllers there are.
    pub topology: Topology,
    /// What edits do to the ports.
    pub edits: Edits,
    /// Whether the conversation is kept.
    pub keep: Keep,
    /// Who writes down what passes the gate.
    pub recorder: Option<Recorder>,
    /// A mistake made by the controllers on their way to the gate.
    pub mistake: Option<Seed>,
    /// A hop that hears no tick.
    pub deaf: Option<Hop>,
    /// A flaw of the servers.
    pub flaw: Option<fn() -> Box<dyn Flaw>>,
    /// The controllers.
    pub controllers: BTreeMap<Hop, Boot>,
}

impl Setup {
    /// The complete controllers with these safeguards.
    pub fn new(safeguards: &Safeguards, addresses: u8) -> Self {
        Setup {
            addresses,
            grain: Grain::Fine,
            topology: Topology::Hops,
            edits: Edits::Replace,
            keep: Keep::Nothing,
            recorder: None,
            mistake: None,
            deaf: None,
            flaw: None,
            controllers: crate::controllers::all(&Core::reference(safeguards.clone())),
        }
    }

    /// The controllers of a model.
    pub fn of(chain: &Chain) -> Self {
        let scenario = &chain.scenario;
        let mut setup = Setup {
            grain: scenario.grain,
            topology: scenario.topology,
            edits: scenario.edits,
            ..Setup::new(&chain.safeguards, scenario.addresses)
        };
        if scenario.topology == Topology::Direct {
            setup.controllers.retain(|hop, _| *hop == Hop::Ncp);
        }
        setup
    }
}

/// A write under way whose caller has given it up.
pub struct Late {
    /// The call that it was.
    pub call: Id,
    /// Who sent it.
    pub hop: Hop,
    /// Where it is going.
    pub place: Place,
    /// What it asks.
    pub asked: (Verb, Object),
    /// The same on the wire.
    pub request: Request<Bytes>,
}

/// What a watch had delivered of the subject when a replica of its server stopped learning.
pub struct Laggard {
    /// Whose watch.
    pub hop: Hop,
    /// Of which kind.
    pub object: Object,
    /// What it had delivered last.
    pub found: Option<Found>,
}

/// A world.
pub struct World {
    /// The servers.
    pub servers: Servers,
    /// Between the controllers and the servers.
    pub gate: Gate,
    /// What each hop has seen.
    pub seen: Seen,
    /// The upstream object as each hop had seen it when it sent its last live read.
    pub reads: BTreeMap<Hop, Option<Found>>,
    /// The one Service.
    pub subject: Subject,
    /// The incarnations there have been.
    pub identities: Identities,
    /// What the user asked for last.
    pub asked: Ports,
    /// The conversation.
    pub transcript: Transcript,
    /// Which controllers there are.
    pub topology: Topology,
    /// The calls that belong to a sweep.
    pub sweeping: BTreeSet<Id>,
    /// The write that its caller has given up.
    pub late: Option<Late>,
    /// What a replica of an API server knows that stays behind.
    pub laggard: Option<Laggard>,
    pub(crate) grain: Grain,
    pub(crate) edits: Edits,
    known: BTreeMap<String, String>,
    controllers: BTreeMap<Hop, Boot>,
    deaf: Option<Hop>,
    restarts: u64,
    processes: BTreeMap<Hop, Process>,
    ticks: BTreeMap<Hop, UnboundedSender<()>>,
    newest: Option<Id>,
}

impl World {
    /// A world whose controllers have started, and wait for their first answers.
    pub fn start(setup: &Setup) -> Self {
        let guest = "web";
        let mut world = World {
            servers: Servers::fresh(setup.addresses, setup.flaw.map(|flaw| flaw())),
            gate: Gate::with(setup.mistake, setup.recorder.clone()),
            seen: Seen::default(),
            reads: BTreeMap::new(),
            subject: Subject {
                guest: guest.into(),
                supervisor: match setup.topology {
                    Topology::Hops => vm_service_name(CLUSTER, guest, "default"),
                    Topology::Direct => guest.into(),
                },
            },
            identities: Identities::default(),
            asked: Ports::default(),
            transcript: Transcript::new(setup.keep),
            topology: setup.topology,
            sweeping: BTreeSet::new(),
            late: None,
            laggard: None,
            grain: setup.grain,
            edits: setup.edits,
            known: BTreeMap::new(),
            controllers: setup.controllers.clone(),
            deaf: setup.deaf,
            restarts: 0,
            processes: BTreeMap::new(),
            ticks: BTreeMap::new(),
            newest: None,
        };
        world.transcript.step("start");
        for hop in setup.controllers.keys() {
            world.boot(*hop);
        }
        world.notice();
        world
    }

    fn boot(&mut self, hop: Hop) {
        let (tick, ticks) = unbounded();
        let ways = Ways {
            gate: self.gate.clone(),
            hop,
            restarts: self.restarts,
            owner: self.servers.cluster.clone().unwrap_or_default(),
        };
        self.gate.starts(hop);
        if let Some(boot) = self.controllers.get(&hop) {
            self.ticks.insert(hop, tick);
            self.processes
                .insert(hop, Process::start(|| boot(ways, ticks)));
        }
    }

    /// A controller is killed where it stands, and started again.
    pub fn restart(&mut self, hop: Hop) {
        self.kill(hop);
        self.revive(hop);
    }

    /// A controller is killed where it stands.
    pub(crate) fn kill(&mut self, hop: Hop) {
        self.processes.remove(&hop);
        self.ticks.remove(&hop);
        self.gate.forget(hop);
        self.seen.forget(hop);
        self.reads.remove(&hop);
    }

    /// A controller that was killed is started, and remembers nothing.
    pub(crate) fn revive(&mut self, hop: Hop) {
        self.restarts += 1;
        self.boot(hop);
        self.notice();
    }

    /// A call of a hop has failed: the hop goes on, and after its back-off it tries again.
    pub(crate) fn try_again(&mut self, hop: Hop) {
        let list = Asked::Protocol(Verb::List, Object::VmService);
        let goes_on = self.gate.look(|waiting| {
            let calls = waiting.calls().into_iter();
            let mut ours =
                calls.filter(|(id, call)| call.hop == hop && !self.sweeping.contains(id));
            ours.any(|(_, call)| match call.asked {
                Asked::NsxRead => true,
                Asked::Protocol(..) => call.asked != list,
                Asked::Watch(_) | Asked::Sweep | Asked::Beside | Asked::Unknown => false,
            })
        });
        if goes_on {
            self.settle(hop);
        } else {
            self.fire_next_timer(hop);
        }
    }

    /// Lets the next timer of a hop fire, and lets it go on.
    pub(crate) fn fire_next_timer(&mut self, hop: Hop) {
        if let Some(process) = self.processes.get(&hop) {
            process.fire_next_timer();
        }
        self.settle(hop);
    }

    /// Whether ncp has the id of an allocation.
    pub fn knows(&self, id: &str) -> bool {
        let known = uid_in(id).and_then(|uid| self.known.get(uid));
        !is_fresh(id) || known.is_some_and(|known| known == id)
    }

    /// ncp hears that the allocation of a request is accepted.
    pub(crate) fn learn(&mut self, request: &Request<Bytes>) {
        let id = request.uri().path().rsplit('/').next().unwrap_or_default();
        if let Some(uid) = uid_in(id) {
            self.known.insert(uid.into(), id.into());
        }
    }

    /// Whether a call is one that a pass waits for: no poll, and nothing of a sweep.
    pub(crate) fn is_of_pass(&self, id: Id, call: &Call) -> bool {
        let is_poll = call.asked == Asked::Protocol(Verb::List, Object::VmService);
        let is_sweep = call.asked == Asked::Sweep || self.sweeping.contains(&id);
        !call.asked.stutters() && !is_poll && !is_sweep
    }

    /// Whether a call is a list that tells of the subject and was not heard yet: until it is, it
    /// is an event to be delivered.
    pub(crate) fn is_telling(&self, call: &Call) -> bool {
        self.told_by(call).is_some()
    }

    fn told_by(&self, call: &Call) -> Option<Found> {
        let Asked::Watch(object) = call.asked else {
            return None;
        };
        let answer = call.answer().filter(|_| is_list(&call.request))?;
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        listed(&self.subject, object, &body)
    }

    /// The list that tells a hop of the subject and was not heard yet.
    pub(crate) fn telling_list(&self, hop: Hop, object: Object) -> Option<(Id, Found)> {
        self.gate.look(|waiting| {
            let calls = waiting.calls().into_iter();
            let mut ours =
                calls.filter(|(_, call)| call.hop == hop && call.asked == Asked::Watch(object));
            ours.find_map(|(id, call)| Some((id, self.told_by(call)?)))
        })
    }

    /// The same, with the events that follow it.
    pub(crate) fn list_of(&self, hop: Hop, object: Object) -> Option<(Found, Vec<Bytes>)> {
        let (id, found) = self.telling_list(hop, object)?;
        let (place, path, version) = self.gate.look(|waiting| {
            let call = waiting.call(id)?;
            let body: Value = serde_json::from_slice(call.answer()?.body()).ok()?;
            let version = body["metadata"]["resourceVersion"].as_str()?.to_owned();
            Some((call.place, call.request.uri().path().to_owned(), version))
        })?;
        let uri = format!("{path}?watch=true&resourceVersion={version}");
        let request = Request::builder().method(Method::GET).uri(uri);
        let request = request.body(Bytes::new()).ok()?;
        match self.servers.at(place).answer(&request) {
            Answer::Watch(feed) => Some((found, feed.waiting())),
            Answer::Whole(_) => None,
        }
    }

    /// Lets a hop go on until it waits again.
    pub fn settle(&mut self, hop: Hop) {
        if let Some(process) = self.processes.get(&hop) {
            process.settle();
        }
        self.notice();
    }

    /// Gives a hop a tick, and lets it go on.
    pub fn tick(&mut self, hop: Hop) {
        if let Some(ticks) = self.ticks.get(&hop).filter(|_| self.deaf != Some(hop)) {
            // A controller that has ended is found out by `ended`.
            let _ = ticks.unbounded_send(());
        }
        self.settle(hop);
    }

    /// A controller that has returned or panicked.
    pub fn ended(&self) -> Option<Hop> {
        let mut ended = self
            .processes
            .iter()
            .filter(|(_, process)| process.has_ended());
        ended.next().map(|(hop, _)| *hop)
    }

    /// Notes the calls that came since the last look, by content.
    fn notice(&mut self) {
        let World {
            gate,
            transcript,
            reads,
            seen,
            newest,
            ..
        } = self;
        gate.look(|waiting| {
            let calls = waiting.calls();
            let mut last = *newest;
            for (id, call) in calls.into_iter().filter(|(id, _)| Some(*id) > *newest) {
                transcript.asks(call);
                last = last.max(Some(id));
                let begins = match call.asked {
                    Asked::Protocol(Verb::Read, _) => true,
                    Asked::NsxRead => begins_nsx_read(&call.request),
                    Asked::Protocol(..)
                    | Asked::Watch(_)
                    | Asked::Sweep
                    | Asked::Beside
                    | Asked::Unknown => false,
                };
                if begins {
                    reads.insert(call.hop, seen.upstream(call.hop).cloned());
                }
            }
            *newest = last;
        });
    }
}
