//! A world: the three servers, the complete controllers on their runtimes, and the gate between
//! them. Nothing in it moves by itself.

use crate::call::{Asked, begins_nsx_read};
use crate::dictionary::Identities;
use crate::gate::{Gate, GateService, Id, Mistake, Place};
use crate::process::Process;
use crate::seen::{Seen, Subject};
use crate::servers::{CLUSTER, NAMESPACE, Servers};
use crate::transcript::{Keep, Transcript};
use crate::wire::Found;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::BoxFuture;
use hopwise_api::names::vm_service_name;
use hopwise_protocol::{Kind, Ports};
use hopwise_vocab::{Hop, Object, Safeguards, Verb};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Makes a controller out of its ways to the servers and its ticks.
pub type Boot = Arc<dyn Fn(Ways, UnboundedReceiver<()>) -> BoxFuture<'static, ()>>;

/// The ways of one hop to the servers, each through the gate.
pub struct Ways {
    gate: Gate,
    hop: Hop,
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
    /// Whether the conversation is kept.
    pub keep: Keep,
    /// A mistake made by the controllers on their way to the gate.
    pub mistake: Option<Mistake>,
    /// The controllers.
    pub controllers: BTreeMap<Hop, Boot>,
}

impl Setup {
    /// The complete controllers with these safeguards.
    pub fn new(safeguards: &Safeguards, addresses: u8) -> Self {
        Setup {
            addresses,
            keep: Keep::Nothing,
            mistake: None,
            controllers: crate::controllers::all(safeguards),
        }
    }
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
    processes: BTreeMap<Hop, Process>,
    ticks: BTreeMap<Hop, UnboundedSender<()>>,
    newest: Option<Id>,
}

impl World {
    /// A world whose controllers have started, and wait for their first answers.
    pub fn start(setup: &Setup) -> Self {
        let guest = "web";
        let mut world = World {
            servers: Servers::fresh(setup.addresses),
            gate: Gate::with_mistake(setup.mistake),
            seen: Seen::default(),
            reads: BTreeMap::new(),
            subject: Subject {
                guest: guest.into(),
                supervisor: vm_service_name(CLUSTER, guest, "default"),
            },
            identities: Identities::default(),
            asked: Ports::default(),
            transcript: Transcript::new(setup.keep),
            processes: BTreeMap::new(),
            ticks: BTreeMap::new(),
            newest: None,
        };
        world.transcript.step("start");
        for (hop, boot) in &setup.controllers {
            let (tick, ticks) = unbounded();
            let ways = Ways {
                gate: world.gate.clone(),
                hop: *hop,
            };
            world.ticks.insert(*hop, tick);
            world
                .processes
                .insert(*hop, Process::start(|| boot(ways, ticks)));
        }
        world.notice();
        world
    }

    /// Where the guest Service is.
    pub fn guest_path(&self) -> String {
        format!("/api/v1/namespaces/default/services/{}", self.subject.guest)
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
        if let Some(ticks) = self.ticks.get(&hop) {
            // A controller that has ended is found out by `ended`.
            let _ = ticks.unbounded_send(());
        }
        self.settle(hop);
    }

    /// The object of a kind at its server.
    pub fn stored(&self, kind: Kind) -> Option<Found> {
        let (server, group, plural, namespace) = match kind {
            Kind::Service => (&self.servers.guest, "", "services", "default"),
            Kind::VmService => (
                &self.servers.supervisor,
                "vmoperator.vmware.com",
                "virtualmachineservices",
                NAMESPACE,
            ),
            Kind::SupervisorService => (&self.servers.supervisor, "", "services", NAMESPACE),
        };
        let object = Object::from(kind);
        let stored = server.object(group, plural, namespace, self.subject.name_of(object))?;
        Some(Found::of(object, &stored))
    }

    /// Names the incarnations that are new at the servers.
    pub(crate) fn meet(&mut self) {
        for kind in [Kind::Service, Kind::VmService, Kind::SupervisorService] {
            if let Some(found) = self.stored(kind) {
                self.identities.meet(kind, &found.uid);
            }
        }
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
                    Asked::Protocol(..) | Asked::Watch(_) | Asked::Beside | Asked::Unknown => false,
                };
                if begins {
                    reads.insert(call.hop, seen.upstream(call.hop).cloned());
                }
            }
            *newest = last;
        });
    }
}
