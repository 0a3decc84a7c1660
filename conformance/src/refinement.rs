//! The refinement mapping: a world in the words of the model, field by field
//! (`docs/refinement.md`).
//!
//! [`View`] is what model and world have in common. It leaves out what no mapping can see from
//! outside a controller: whether a pass is to be followed by another (`again`).

pub(crate) mod calls;
pub(crate) mod requests;

use crate::call::Asked;
use crate::dictionary::{self, Unmapped};
use crate::difference::Difference;
use crate::nsx::{self, Nsx};
use crate::seen::{Polled, event};
use crate::wire::Found;
use crate::words::Words;
use crate::world::World;
use calls::{call_of, poll_of};
use hopwise_protocol::{
    Call, Downstream, Kind, Laggard, Late, Lifecycle, Poll, Seen, State, Stored, Topology,
    Upstream, View as Delivered, Watch,
};
use hopwise_vocab::{Hop, Object, Replica, Slot};

/// What model and world have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The guest Service at its server.
    pub service: Option<Stored>,
    /// The VirtualMachineService at its server.
    pub vm_service: Option<Stored>,
    /// The Supervisor Service at its server.
    pub supervisor_service: Option<Stored>,
    /// How many incarnations there have been, in hop order.
    pub incarnations: [u8; 3],
    /// Whether there is no guest cluster.
    pub is_cluster_gone: bool,
    /// Whether there is a VirtualMachineService whose guest cluster is gone.
    pub is_abandoned: bool,
    /// NSX-T.
    pub nsx: Nsx,
    /// The write that was given up and may land.
    pub late: Option<Late>,
    /// What a server that stays behind knows.
    pub laggard: Option<Laggard>,
    /// What ccm has seen of its upstream object, what waits for it, and its pass.
    pub ccm: HopView,
    /// What ccm's polls told it.
    pub ccm_polled: Seen,
    /// ccm's poll under way.
    pub ccm_poll: Poll,
    /// The same of vmop.
    pub vmop: HopView,
    /// What vmop has seen of its downstream object.
    pub vmop_downstream: Option<Downstream>,
    /// What waits for it there.
    pub vmop_downstream_events: Vec<Option<Downstream>>,
    /// The same of ncp.
    pub ncp: HopView,
}

/// What is the same for all hops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopView {
    /// The upstream object as seen.
    pub upstream: Option<Upstream>,
    /// What has happened to it since.
    pub events: Vec<Option<Upstream>>,
    /// The call that its pass waits for.
    pub call: Option<Call>,
}

impl View {
    /// What the model's state says.
    pub fn of_model(state: &State) -> View {
        let lane = state.lane(Slot::A);
        let has_ccm = lane.topology == Topology::Hops;
        let hop = |hop, watch: &Watch<Upstream>| HopView {
            upstream: watch.seen(),
            events: watch.events.iter().collect(),
            call: lane
                .pass(hop, Replica::First)
                .and_then(|pass| pass.call)
                .map(calls::without_what_is_not_sent),
        };
        View {
            service: lane.service.object(),
            vm_service: lane.vm_service.object(),
            supervisor_service: lane.supervisor_service.object(),
            incarnations: [lane.service, lane.vm_service, lane.supervisor_service]
                .map(|store| store.incarnations),
            is_cluster_gone: lane.cluster.deleted,
            is_abandoned: lane
                .vm_service
                .object()
                .is_some_and(|it| lane.cluster.is_gone(it.origin)),
            nsx: Nsx::of_model(state, &lane.places),
            late: lane.late.map(|late| Late {
                request: calls::as_sent(late.request),
                ..late
            }),
            laggard: lane.laggard,
            ccm: hop(Hop::Ccm, &lane.ccm.service),
            // The model's ccm polls in `direct` too, where there is none.
            ccm_polled: if has_ccm {
                lane.ccm.vm_service
            } else {
                Seen::NotPolled
            },
            ccm_poll: if has_ccm { lane.ccm.poll } else { Poll::Idle },
            vmop: hop(Hop::Vmop, &lane.vmop.vm_service),
            vmop_downstream: lane.vmop.supervisor_service.seen(),
            vmop_downstream_events: lane.vmop.supervisor_service.events.iter().collect(),
            ncp: hop(Hop::Ncp, &lane.ncp.supervisor_service),
        }
    }

    /// What the world says.
    ///
    /// # Errors
    /// Names what in it the model has no word for.
    pub fn of_world(world: &World) -> Result<View, Unmapped> {
        let stored = |kind| {
            let found = world.stored(kind);
            found.map(|found| stored(world, kind, &found)).transpose()
        };
        let below = world.seen.watched(Hop::Vmop, Object::SupervisorService);
        let below = below.map(|found| downstream(world, Kind::SupervisorService, found));
        Ok(View {
            service: stored(Kind::Service)?,
            vm_service: stored(Kind::VmService)?,
            supervisor_service: stored(Kind::SupervisorService)?,
            incarnations: KINDS.map(|kind| world.identities.count(kind)),
            is_cluster_gone: world.servers.cluster.is_none(),
            is_abandoned: world
                .stored(Kind::VmService)
                .is_some_and(|it| !world.is_owned(&it)),
            nsx: nsx::view(world)?,
            late: calls::late_of(world)?,
            laggard: laggard_of(world)?,
            ccm: hop_view(world, Hop::Ccm)?,
            ccm_polled: polled(world)?,
            ccm_poll: poll_of(world)?,
            vmop: hop_view(world, Hop::Vmop)?,
            vmop_downstream: below.transpose()?,
            vmop_downstream_events: events(world, Hop::Vmop, Kind::SupervisorService, downstream)?,
            ncp: hop_view(world, Hop::Ncp)?,
        })
    }

    /// Where this, the model's, and the world's differ.
    pub fn differences(&self, world: &View) -> Vec<Difference> {
        let field = |name: &str, of: fn(&View) -> String| {
            Difference::between_texts(name, of(self), of(world))
        };
        let fields = [
            field("service", |view| format!("{:?}", view.service)),
            field("vm-service", |view| format!("{:?}", view.vm_service)),
            field("supervisor-service", |view| {
                format!("{:?}", view.supervisor_service)
            }),
            field("incarnations", |view| format!("{:?}", view.incarnations)),
            field("cluster", |view| gone(view.is_cluster_gone)),
            field("cluster of vm-service", |view| gone(view.is_abandoned)),
            field("nsx services", |view| format!("{:?}", view.nsx.services)),
            field("nsx pool", |view| format!("{:?}", view.nsx.pool)),
            field("late", |view| format!("{:?}", view.late)),
            field("laggard", |view| format!("{:?}", view.laggard)),
            field("ccm upstream seen", |view| {
                format!("{:?}", view.ccm.upstream)
            }),
            field("ccm upstream events", |view| {
                format!("{:?}", view.ccm.events)
            }),
            field("ccm call", |view| format!("{:?}", view.ccm.call)),
            field("ccm polled", |view| format!("{:?}", view.ccm_polled)),
            field("ccm poll", |view| format!("{:?}", view.ccm_poll)),
            field("vmop upstream seen", |view| {
                format!("{:?}", view.vmop.upstream)
            }),
            field("vmop upstream events", |view| {
                format!("{:?}", view.vmop.events)
            }),
            field("vmop call", |view| format!("{:?}", view.vmop.call)),
            field("vmop downstream seen", |view| {
                format!("{:?}", view.vmop_downstream)
            }),
            field("vmop downstream events", |view| {
                format!("{:?}", view.vmop_downstream_events)
            }),
            field("ncp upstream seen", |view| {
                format!("{:?}", view.ncp.upstream)
            }),
            field("ncp upstream events", |view| {
                format!("{:?}", view.ncp.events)
            }),
            field("ncp call", |view| format!("{:?}", view.ncp.call)),
        ];
        fields.into_iter().flatten().collect()
    }
}

fn gone(is_gone: bool) -> String {
    if is_gone { "gone" } else { "there" }.into()
}

const KINDS: [Kind; 3] = [Kind::Service, Kind::VmService, Kind::SupervisorService];

/// The kind of object above.
fn above(kind: Kind) -> Kind {
    match kind {
        Kind::Service | Kind::VmService => Kind::Service,
        Kind::SupervisorService => Kind::VmService,
    }
}

pub(crate) fn stored(words: &dyn Words, kind: Kind, found: &Found) -> Result<Stored, Unmapped> {
    let named = |kind, uid: &Option<String>, what| {
        let uid = uid
            .as_deref()
            .ok_or_else(|| Unmapped::new(what, "nothing"))?;
        words.uid(kind, uid)
    };
    let uid = words.uid(kind, &found.uid)?;
    // In `direct` the Supervisor Service is the user's own.
    let (stands_for, origin) = match words.topology() {
        Topology::Direct => (uid, uid),
        Topology::Hops => (
            named(above(kind), &found.stands_for, "an owner")?,
            named(Kind::Service, &found.origin, "an annotation")?,
        ),
    };
    Ok(Stored {
        uid,
        stands_for,
        origin,
        lifecycle: if found.is_deleting {
            Lifecycle::Deleting
        } else {
            Lifecycle::Live
        },
        held: found.is_held,
        ports: dictionary::ports_of(found)?,
        told: dictionary::told(found.told)?,
        balanced: found.is_balanced,
        annotated: found.is_annotated,
    })
}

/// An object as its upper hop saw it. Versions are compared with the server's for equality only.
pub(crate) fn upstream(words: &dyn Words, kind: Kind, found: &Found) -> Result<Upstream, Unmapped> {
    Ok(Upstream {
        object: stored(words, kind, found)?,
        version: words.version(kind, &found.version),
    })
}

pub(crate) fn downstream(
    words: &dyn Words,
    kind: Kind,
    found: &Found,
) -> Result<Downstream, Unmapped> {
    Ok(stored(words, kind, found)?.as_downstream())
}

fn hop_view(world: &World, hop: Hop) -> Result<HopView, Unmapped> {
    let kind = hopwise_protocol::upstream(hop);
    let seen = world.seen.upstream(hop);
    Ok(HopView {
        upstream: seen.map(|found| upstream(world, kind, found)).transpose()?,
        events: events(world, hop, kind, upstream)?,
        call: call_of(world, hop)?,
    })
}

fn laggard_of(world: &World) -> Result<Option<Laggard>, Unmapped> {
    let Some(laggard) = &world.laggard else {
        return Ok(None);
    };
    let found = laggard.found.as_ref();
    let kind = hopwise_protocol::upstream(laggard.hop);
    let view = if Object::from(kind) == laggard.object {
        let seen = found
            .map(|found| upstream(world, kind, found))
            .transpose()?;
        Delivered::Upstream(laggard.hop, seen)
    } else {
        let below = found.map(|found| downstream(world, Kind::SupervisorService, found));
        Delivered::Downstream(below.transpose()?)
    };
    let replica = Replica::First;
    Ok(Some(Laggard { replica, view }))
}

fn polled(world: &World) -> Result<Seen, Unmapped> {
    Ok(match &world.seen.polled {
        Polled::Never => Seen::NotPolled,
        Polled::Absent => Seen::Absent,
        Polled::There(found) => Seen::There(downstream(world, Kind::VmService, found)?),
    })
}

/// The events of a watch that nobody has delivered yet.
fn events<T>(
    world: &World,
    hop: Hop,
    kind: Kind,
    map: fn(&dyn Words, Kind, &Found) -> Result<T, Unmapped>,
) -> Result<Vec<Option<T>>, Unmapped> {
    let object = Object::from(kind);
    let listed = world.list_of(hop, object);
    if let Some((found, lines)) = listed {
        let events = lines.iter().filter_map(|line| {
            let line = serde_json::from_slice(line).unwrap_or_default();
            event(&world.subject, object, &line)
        });
        return std::iter::once(Some(found))
            .chain(events)
            .map(|found| found.map(|found| map(world, kind, &found)).transpose())
            .collect();
    }
    let lines = world.gate.look(|waiting| {
        let watches = waiting.watches();
        let ours = watches.iter().filter(|(_, watch)| {
            watch.hop == hop && watch.asked == Asked::Watch(object) && watch.lag() > 0
        });
        ours.flat_map(|(_, watch)| watch.waiting())
            .collect::<Vec<_>>()
    });
    let events = lines.iter().filter_map(|line| {
        let line = serde_json::from_slice(line).unwrap_or_default();
        event(&world.subject, object, &line)
    });
    events
        .map(|found| found.map(|found| map(world, kind, &found)).transpose())
        .collect()
}
