//! The refinement mapping: a world in the words of the model, field by field
//! (`docs/refinement.md`).
//!
//! [`View`] is what model and world have in common. It leaves out what no mapping can see from
//! outside a controller: whether a pass is to be followed by another (`again`).

pub(crate) mod calls;
mod hops;
pub(crate) mod requests;

pub use hops::{Below, HopView};

use crate::dictionary::{self, Unmapped};
use crate::difference::Difference;
use crate::nsx::{self, Nsx};
use crate::wire::Found;
use crate::words::{Of, Words};
use crate::world::World;
use hopwise_protocol::{
    Downstream, Kind, Laggard, Lane, Late, Lifecycle, State, Stored, Topology, Upstream,
    View as Delivered,
};
use hopwise_vocab::{At, Hop, Object, Replica, Slot};

/// What model and world have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Each of the users' Services.
    pub lanes: Vec<LaneView>,
    /// NSX-T.
    pub nsx: Nsx,
}

/// What model and world have in common of one Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneView {
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
    /// The write that was given up and may land.
    pub late: Option<Late>,
    /// What a server that stays behind knows.
    pub laggard: Option<Laggard>,
    /// What the first replica of each hop knows and does, in hop order.
    pub hops: [HopView; 3],
    /// The same of a rival.
    pub rival: Option<(Hop, HopView)>,
}

impl View {
    /// What the model's state says.
    pub fn of_model(state: &State) -> View {
        View {
            lanes: state.lanes().map(LaneView::of_model).collect(),
            nsx: Nsx::of_model(state),
        }
    }

    /// What the world says.
    ///
    /// # Errors
    /// Names what in it the model has no word for.
    pub fn of_world(world: &World) -> Result<View, Unmapped> {
        calls::nobodys(world)?;
        let lanes = world.lanes.slots();
        let lanes = lanes.map(|slot| LaneView::of_world(world, slot));
        Ok(View {
            lanes: lanes.collect::<Result<_, _>>()?,
            nsx: nsx::view(world)?,
        })
    }

    /// Where this, the model's, and the world's differ.
    pub fn differences(&self, world: &View) -> Vec<Difference> {
        let mut all = Vec::new();
        for (number, slot) in Slot::ALL.iter().enumerate() {
            let of = |field: &str| match slot {
                Slot::A => field.to_owned(),
                Slot::B | Slot::C => format!("{field} of {slot}"),
            };
            let lanes = [self, world].map(|view| view.lanes.get(number));
            let [servers, rest] = lane_differences(lanes, &of);
            all.extend(servers);
            let services = [self, world].map(|view| view.nsx.services.get(number));
            all.extend(difference(&of("nsx services"), services));
            if *slot == Slot::A {
                let pools = [self, world].map(|view| Some(&view.nsx.pool));
                all.extend(difference("nsx pool", pools));
            }
            all.extend(rest);
        }
        all
    }
}

impl LaneView {
    fn of_model(lane: &Lane) -> LaneView {
        let rival = Hop::ALL.iter().find_map(|&hop| {
            let view = HopView::of_model(lane, hop, Replica::Rival)?;
            (lane.rival.is_some()).then_some((hop, view))
        });
        LaneView {
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
            late: lane.late.map(|late| Late {
                request: calls::as_sent(late.request),
                ..late
            }),
            laggard: lane.laggard,
            hops: [Hop::Ccm, Hop::Vmop, Hop::Ncp].map(|hop| {
                HopView::of_model(lane, hop, Replica::First).unwrap_or_else(|| HopView::idle(hop))
            }),
            rival,
        }
    }

    fn of_world(world: &World, slot: Slot) -> Result<LaneView, Unmapped> {
        let words = &Of { world, slot };
        let stored = |kind| {
            let found = world.stored(slot, kind);
            found.map(|found| stored(words, kind, &found)).transpose()
        };
        let of = |hop, replica| {
            let service = slot;
            HopView::of_world(world, world.on(hop, At { service, replica }))
        };
        let first = |hop| of(hop, Replica::First);
        let rival = world.rival.map(|hop| Ok((hop, of(hop, Replica::Rival)?)));
        Ok(LaneView {
            service: stored(Kind::Service)?,
            vm_service: stored(Kind::VmService)?,
            supervisor_service: stored(Kind::SupervisorService)?,
            incarnations: KINDS.map(|kind| world.lanes[slot].identities.count(kind)),
            is_cluster_gone: world.owner(world.lanes.cluster_of(slot)).is_none(),
            is_abandoned: world
                .stored(slot, Kind::VmService)
                .is_some_and(|it| !world.is_owned(slot, &it)),
            late: calls::late_of(world, slot)?,
            laggard: laggard_of(world, slot)?,
            hops: [first(Hop::Ccm)?, first(Hop::Vmop)?, first(Hop::Ncp)?],
            rival: rival.transpose()?,
        })
    }
}

/// The differences of two views of a Service, the model's first: those at the servers, and those at
/// the hops.
fn lane_differences(
    lanes: [Option<&LaneView>; 2],
    of: &dyn Fn(&str) -> String,
) -> [Vec<Difference>; 2] {
    let field = |name: &str, get: &dyn Fn(&LaneView) -> String| {
        let [model, world] = lanes.map(|lane| lane.map_or("nothing".into(), get));
        Difference::between_texts(&of(name), model, world)
    };
    let servers = [
        field("service", &|lane| format!("{:?}", lane.service)),
        field("vm-service", &|lane| format!("{:?}", lane.vm_service)),
        field("supervisor-service", &|lane| {
            format!("{:?}", lane.supervisor_service)
        }),
        field("incarnations", &|lane| format!("{:?}", lane.incarnations)),
        field("cluster", &|lane| gone(lane.is_cluster_gone)),
        field("cluster of vm-service", &|lane| gone(lane.is_abandoned)),
    ];
    let late = [
        field("late", &|lane| format!("{:?}", lane.late)),
        field("laggard", &|lane| format!("{:?}", lane.laggard)),
    ];
    let mut rest: Vec<_> = late.into_iter().flatten().collect();
    for (number, hop) in Hop::ALL.iter().enumerate() {
        let views = lanes.map(|lane| lane.map(|lane| &lane.hops[number]));
        rest.extend(hops::differences(views, hop.name(), of));
    }
    let rivals = lanes.map(|lane| lane.and_then(|lane| lane.rival.as_ref()));
    let views = rivals.map(|rival| rival.map(|(_, view)| view));
    rest.extend(difference(
        &of("rival"),
        rivals.map(|it| it.map(|(hop, _)| hop)),
    ));
    rest.extend(hops::differences(views, "rival", of));
    [servers.into_iter().flatten().collect(), rest]
}

fn difference<T: std::fmt::Debug>(name: &str, sides: [Option<&T>; 2]) -> Option<Difference> {
    let [model, world] = sides.map(|side| side.map_or("nothing".into(), |it| format!("{it:?}")));
    Difference::between_texts(name, model, world)
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
        ports: dictionary::ports_of(words.slot(), found)?,
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

fn laggard_of(world: &World, slot: Slot) -> Result<Option<Laggard>, Unmapped> {
    let Some(laggard) = &world.lanes[slot].laggard else {
        return Ok(None);
    };
    let words = &Of { world, slot };
    let (hop, found) = (laggard.who.hop, laggard.found.as_ref());
    let kind = hopwise_protocol::upstream(hop);
    let view = if Object::from(kind) == laggard.object {
        let seen = found
            .map(|found| upstream(words, kind, found))
            .transpose()?;
        Delivered::Upstream(hop, seen)
    } else {
        let below = found.map(|found| downstream(words, Kind::SupervisorService, found));
        Delivered::Downstream(below.transpose()?)
    };
    let replica = laggard.who.replica;
    Ok(Some(Laggard { replica, view }))
}
