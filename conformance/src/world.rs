//! A world: the servers, the complete controllers on their runtimes, and the gate between them.
//! Nothing in it moves by itself.

mod lane;
mod lists;
mod setup;
mod stored;

pub use lane::{Laggard, Lane, Lanes, Late};
pub use setup::Setup;

use crate::call::{Asked, Stage};
use crate::gate::{Call, Gate, GateService, Id, Place};
use crate::nsx::{is_fresh, uid_in};
use crate::process::Process;
use crate::servers::Servers;
use crate::transcript::Transcript;
use crate::who::{On, Who};
use bytes::Bytes;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::BoxFuture;
use guest_cluster_cloud_provider::Tick;
use hopwise_protocol::{Edits, Grain, Topology};
use hopwise_vocab::{At, Hop, Object, Replica, Slot, Verb};
use http::Request;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Makes a controller out of its ways to the servers and its ticks.
pub type Boot = Arc<dyn Fn(Ways, UnboundedReceiver<Tick>) -> BoxFuture<'static, ()>>;

/// The ways of one process to the servers, each through the gate.
pub struct Ways {
    gate: Gate,
    who: Who,
    /// How many controllers were started after the first ones.
    pub(crate) restarts: u64,
    /// The name of its guest cluster.
    pub(crate) cluster: String,
    /// The owner of what its guest cluster asks for.
    pub(crate) owner: OwnerReference,
}

impl Ways {
    /// The way to one server.
    pub fn to(&self, place: Place) -> GateService {
        self.gate.service(self.who, place)
    }
}

/// A world.
pub struct World {
    /// The servers.
    pub servers: Servers,
    /// Between the controllers and the servers.
    pub gate: Gate,
    /// The Services.
    pub lanes: Lanes,
    /// The conversation.
    pub transcript: Transcript,
    /// Which controllers there are.
    pub topology: Topology,
    /// The calls that belong to a sweep.
    pub sweeping: BTreeSet<Id>,
    /// How many faults may still happen, of which a rival's writes are some.
    pub faults: u8,
    /// The hop of which a second replica runs.
    pub rival: Option<Hop>,
    /// The process that takes the step under way, and about which Service.
    pub(crate) acts: Option<On>,
    /// Whether the first guest cluster's ccm cannot reach the Supervisor.
    pub(crate) is_cut: bool,
    pub(crate) grain: Grain,
    pub(crate) edits: Edits,
    known: BTreeMap<String, String>,
    /// The Services of those calls of ncp's reads that name none: its lists.
    unnamed: BTreeMap<Id, Slot>,
    /// How far the last read of NSX-T for each Service has come.
    reading: BTreeMap<(Who, Slot), Stage>,
    controllers: BTreeMap<Hop, Boot>,
    other: Option<Boot>,
    deaf: Option<Hop>,
    has_second_loop: bool,
    restarts: u64,
    processes: BTreeMap<Who, Process>,
    ticks: BTreeMap<Who, UnboundedSender<Tick>>,
    newest: Option<Id>,
}

impl World {
    /// A world whose controllers have started, and wait for their first answers.
    pub fn start(setup: &Setup) -> Self {
        let lanes = Lanes::new(setup.services, setup.clusters, setup.topology);
        let (clusters, flaw) = (lanes.clusters().count(), setup.flaw.map(|flaw| flaw()));
        let mut world = World {
            servers: Servers::fresh(clusters, setup.addresses, flaw, setup.planes.clone()),
            gate: Gate::with(setup.mistake, setup.recorder.clone()),
            lanes,
            transcript: Transcript::new(setup.keep),
            topology: setup.topology,
            sweeping: BTreeSet::new(),
            faults: 0,
            rival: None,
            acts: None,
            is_cut: false,
            grain: setup.grain,
            edits: setup.edits,
            known: BTreeMap::new(),
            unnamed: BTreeMap::new(),
            reading: BTreeMap::new(),
            controllers: setup.controllers.clone(),
            other: setup.rival.clone(),
            deaf: setup.deaf,
            has_second_loop: setup.has_second_loop,
            restarts: 0,
            processes: BTreeMap::new(),
            ticks: BTreeMap::new(),
            newest: None,
        };
        world.transcript.step("start");
        for &hop in setup.controllers.keys() {
            for who in world.replicas(hop, Replica::First) {
                world.boot(who);
            }
        }
        world.notice();
        world
    }

    /// The process of a hop that serves a Service.
    pub fn on(&self, hop: Hop, at: At) -> On {
        let cluster = match hop {
            Hop::Ccm => self.lanes.cluster_of(at.service),
            Hop::Vmop | Hop::Ncp => Who::from(hop).cluster,
        };
        let who = Who {
            hop,
            replica: at.replica,
            cluster,
        };
        On {
            who,
            slot: at.service,
        }
    }

    /// The processes of a hop that are this replica: of ccm one in each cluster.
    pub(crate) fn replicas(&self, hop: Hop, replica: Replica) -> Vec<Who> {
        let of = |service| self.on(hop, At { service, replica }).who;
        let all: BTreeSet<Who> = self.lanes.slots().map(of).collect();
        all.into_iter().collect()
    }

    /// All processes of a hop.
    pub(crate) fn all_of(&self, hop: Hop) -> Vec<Who> {
        let mut all = self.replicas(hop, Replica::First);
        if self.rival == Some(hop) {
            all.extend(self.replicas(hop, Replica::Rival));
        }
        all
    }

    pub(crate) fn boot(&mut self, who: Who) {
        let (tick, ticks) = unbounded();
        let cluster = &self.servers.clusters[who.cluster as usize];
        let ways = Ways {
            gate: self.gate.clone(),
            who,
            restarts: self.restarts,
            cluster: cluster.name.clone(),
            owner: cluster.owner.clone().unwrap_or_default(),
        };
        self.gate.starts(who);
        let other = self
            .other
            .as_ref()
            .filter(|_| who.replica == Replica::Rival);
        if let Some(boot) = other.or_else(|| self.controllers.get(&who.hop)) {
            self.ticks.insert(who, tick);
            self.processes
                .insert(who, Process::start(|| boot(ways, ticks)));
        }
    }

    /// A controller is killed where it stands, and started again.
    pub fn restart(&mut self, who: Who) {
        self.kill(who);
        self.revive(who);
    }

    /// A controller is killed where it stands.
    pub(crate) fn kill(&mut self, who: Who) {
        self.processes.remove(&who);
        self.ticks.remove(&who);
        self.gate.forget(who);
        self.reading.retain(|(of, _), _| *of != who);
        for lane in self.lanes.all_mut() {
            lane.seen.forget(who);
            lane.reads.remove(&who);
            lane.runs.remove(&who);
        }
    }

    /// A controller that was killed is started, and remembers nothing.
    pub(crate) fn revive(&mut self, who: Who) {
        self.restarts += 1;
        self.boot(who);
        self.notice();
    }

    /// A call about a Service has failed: its process goes on, and after its back-off it tries
    /// again.
    pub(crate) fn try_again(&mut self, on: On) {
        if self.call_of_pass(on).is_some() {
            self.settle(on.who);
        } else {
            self.fire_next_timer(on.who);
        }
    }

    /// The call that the pass of a process over a Service waits for.
    pub(crate) fn call_of_pass(&self, on: On) -> Option<(Id, Asked)> {
        self.gate.look(|waiting| {
            let calls = waiting.calls().into_iter();
            let mut ours = calls.filter(|(id, call)| self.is_of_pass(*id, call, on));
            ours.next().map(|(id, call)| (id, call.asked))
        })
    }

    /// Whether a call is one that the pass of a process over a Service waits for.
    pub(crate) fn is_of_pass(&self, id: Id, call: &Call, on: On) -> bool {
        let is_about =
            self.unnamed.get(&id) == Some(&on.slot) || self.lanes.is_about(call, on.slot);
        call.who == on.who && self.is_of_some_pass(id, call) && is_about
    }

    /// Whether a call of a pass is about no Service there is.
    pub(crate) fn is_nobodys(&self, id: Id, call: &Call) -> bool {
        let mut slots = self.lanes.of(call.who);
        let who = call.who;
        self.is_of_some_pass(id, call)
            && !slots.any(|slot| self.is_of_pass(id, call, On { who, slot }))
    }

    /// Whether a call is one that a pass waits for: no poll, and nothing of a sweep.
    pub(crate) fn is_of_some_pass(&self, id: Id, call: &Call) -> bool {
        let is_poll = call.asked == Asked::Protocol(Verb::List, Object::VmService);
        let is_sweep = call.asked == Asked::Sweep || self.sweeping.contains(&id);
        !call.asked.stutters() && !is_poll && !is_sweep
    }

    /// Lets the next timer of a process fire, and lets it go on.
    pub(crate) fn fire_next_timer(&mut self, who: Who) {
        if let Some(process) = self.processes.get(&who) {
            process.fire_next_timer();
        }
        self.settle(who);
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

    /// Lets a process go on until it waits again.
    pub fn settle(&mut self, who: Who) {
        if let Some(process) = self.processes.get(&who) {
            process.settle();
        }
        self.notice();
    }

    /// Gives a process a tick, and lets it go on.
    pub fn tick(&mut self, who: Who) {
        self.tick_for(who, Tick::Poll);
        if who.hop == Hop::Ccm && !self.has_second_loop {
            self.tick_for(who, Tick::Sync);
        }
    }

    /// The same, for what is due.
    pub(crate) fn tick_for(&mut self, who: Who, due: Tick) {
        if let Some(ticks) = self.ticks.get(&who).filter(|_| !self.is_deaf(who)) {
            // A controller that has ended is found out by `ended`.
            let _ = ticks.unbounded_send(due);
        }
        self.settle(who);
    }

    /// Whether a process hears no tick.
    pub(crate) fn is_deaf(&self, who: Who) -> bool {
        self.deaf == Some(who.hop)
    }

    /// A controller that has returned or panicked.
    pub fn ended(&self) -> Option<Who> {
        let mut ended = self
            .processes
            .iter()
            .filter(|(_, process)| process.has_ended());
        ended.next().map(|(who, _)| *who)
    }

    /// Notes the calls that came since the last look, by content.
    pub(crate) fn notice(&mut self) {
        let World {
            gate,
            transcript,
            lanes,
            newest,
            reading,
            unnamed,
            acts,
            ..
        } = self;
        gate.look(|waiting| {
            let calls = waiting.calls();
            let mut last = *newest;
            for (id, call) in calls.into_iter().filter(|(id, _)| Some(*id) > *newest) {
                transcript.asks(call);
                last = last.max(Some(id));
                let mut slot = lanes.slots().find(|slot| lanes.is_about(call, *slot));
                if call.asked == Asked::NsxRead && slot.is_none() {
                    slot = acts.filter(|on| on.who == call.who).map(|on| on.slot);
                    unnamed.extend(slot.map(|slot| (id, slot)));
                }
                let Some(slot) = slot else { continue };
                let begins = match call.asked {
                    Asked::NsxRead => {
                        let stage = Stage::of(&call.request);
                        let before = reading.insert((call.who, slot), stage);
                        before.is_none_or(|before| stage.begins_after(before))
                    }
                    Asked::Protocol(verb, _) => verb == Verb::Read,
                    Asked::Watch(_) | Asked::Sweep | Asked::Beside | Asked::Unknown => false,
                };
                if begins {
                    let lane = &mut lanes[slot];
                    let seen = lane.seen.upstream(call.who).cloned();
                    lane.reads.insert(call.who, seen);
                }
            }
            *newest = last;
        });
    }
}
