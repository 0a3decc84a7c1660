//! What one process knows of a Service and does about it, as the model's.

use super::calls::{self, call_of, poll_of};
use super::{downstream, upstream};
use crate::call::Asked;
use crate::dictionary::Unmapped;
use crate::difference::Difference;
use crate::seen::{Polled, event};
use crate::who::On;
use crate::wire::Found;
use crate::words::{Of, Words};
use crate::world::World;
use hopwise_protocol::{Call, Downstream, Kind, Lane, Poll, Seen, Topology, Upstream, Watch};
use hopwise_vocab::{Hop, Object, Replica};

/// What a process knows of a Service and does about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopView {
    /// The upstream object as seen.
    pub upstream: Option<Upstream>,
    /// What has happened to it since.
    pub events: Vec<Option<Upstream>>,
    /// The call that its pass waits for.
    pub call: Option<Call>,
    /// How it learns of its downstream object.
    pub below: Below,
}

/// How a process learns of its downstream object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Below {
    /// It polls: what the polls told it, and the poll under way.
    Polls(Seen, Poll),
    /// It watches: what it has seen, and what has happened since.
    Watches(Option<Downstream>, Vec<Option<Downstream>>),
    /// It reads in every pass.
    Reads,
}

impl HopView {
    /// What the model says; nothing where there is no such process.
    pub(super) fn of_model(lane: &Lane, hop: Hop, replica: Replica) -> Option<HopView> {
        let view = |watch: &Watch<Upstream>, below| {
            let pass = lane.pass(hop, replica)?;
            Some(HopView {
                upstream: watch.seen(),
                events: watch.events.iter().collect(),
                call: pass.call.map(calls::without_what_is_not_sent),
                below,
            })
        };
        match hop {
            Hop::Ccm => {
                let ccm = lane.ccm(replica)?;
                // The model's ccm polls in `direct` too, where there is none.
                let below = match lane.topology {
                    Topology::Hops => Below::Polls(ccm.vm_service, ccm.poll),
                    Topology::Direct => Below::Polls(Seen::NotPolled, Poll::Idle),
                };
                view(&ccm.service, below)
            }
            Hop::Vmop => {
                let vmop = lane.vmop(replica)?;
                let below = &vmop.supervisor_service;
                let events = below.events.iter().collect();
                view(&vmop.vm_service, Below::Watches(below.seen(), events))
            }
            Hop::Ncp => view(&lane.ncp(replica)?.supervisor_service, Below::Reads),
        }
    }

    /// What a process that there is not knows and does.
    pub(super) fn idle(hop: Hop) -> HopView {
        HopView {
            upstream: None,
            events: Vec::new(),
            call: None,
            below: match hop {
                Hop::Ccm => Below::Polls(Seen::NotPolled, Poll::Idle),
                Hop::Vmop => Below::Watches(None, Vec::new()),
                Hop::Ncp => Below::Reads,
            },
        }
    }

    /// What the world says.
    pub(super) fn of_world(world: &World, on: On) -> Result<HopView, Unmapped> {
        let (who, words) = (
            on.who,
            &Of {
                world,
                slot: on.slot,
            },
        );
        let kind = hopwise_protocol::upstream(who.hop);
        let seen = &world.lanes[on.slot].seen;
        let above = seen.upstream(who);
        let below = match who.hop {
            Hop::Ccm => Below::Polls(polled(words, seen.polled(who))?, poll_of(world, on)?),
            Hop::Vmop => {
                let kind = Kind::SupervisorService;
                let below = seen.watched(who, kind.into());
                let below = below.map(|found| downstream(words, kind, found));
                Below::Watches(below.transpose()?, events(world, on, kind, downstream)?)
            }
            Hop::Ncp => Below::Reads,
        };
        Ok(HopView {
            upstream: above
                .map(|found| upstream(words, kind, found))
                .transpose()?,
            events: events(world, on, kind, upstream)?,
            call: call_of(world, on)?,
            below,
        })
    }
}

/// The differences of two views of a process, the model's first, under its name.
pub(super) fn differences(
    views: [Option<&HopView>; 2],
    name: &str,
    of: &dyn Fn(&str) -> String,
) -> Vec<Difference> {
    let field = |field: &str, get: fn(&HopView) -> Option<String>| {
        let [model, world] = views.map(|view| view.and_then(get).unwrap_or_default());
        Difference::between_texts(&of(&format!("{name} {field}")), model, world)
    };
    let fields = [
        field("upstream seen", |view| Some(format!("{:?}", view.upstream))),
        field("upstream events", |view| Some(format!("{:?}", view.events))),
        field("call", |view| Some(format!("{:?}", view.call))),
        field("polled", |view| match &view.below {
            Below::Polls(polled, _) => Some(format!("{polled:?}")),
            Below::Watches(..) | Below::Reads => None,
        }),
        field("poll", |view| match &view.below {
            Below::Polls(_, poll) => Some(format!("{poll:?}")),
            Below::Watches(..) | Below::Reads => None,
        }),
        field("downstream seen", |view| match &view.below {
            Below::Watches(seen, _) => Some(format!("{seen:?}")),
            Below::Polls(..) | Below::Reads => None,
        }),
        field("downstream events", |view| match &view.below {
            Below::Watches(_, events) => Some(format!("{events:?}")),
            Below::Polls(..) | Below::Reads => None,
        }),
    ];
    fields.into_iter().flatten().collect()
}

fn polled(words: &dyn Words, polled: &Polled) -> Result<Seen, Unmapped> {
    Ok(match polled {
        Polled::Never => Seen::NotPolled,
        Polled::Absent => Seen::Absent,
        Polled::There(found) => Seen::There(downstream(words, Kind::VmService, found)?),
    })
}

/// The events of a watch about a Service that nobody has delivered yet.
fn events<T>(
    world: &World,
    on: On,
    kind: Kind,
    map: fn(&dyn Words, Kind, &Found) -> Result<T, Unmapped>,
) -> Result<Vec<Option<T>>, Unmapped> {
    let object = Object::from(kind);
    let words = &Of {
        world,
        slot: on.slot,
    };
    let (listed, lines) = match world.list_of(on, object) {
        Some((found, lines)) => (Some(Some(found)), lines),
        None => (
            None,
            world.gate.look(|waiting| {
                let watches = waiting.watches();
                let ours = watches.iter().filter(|(_, watch)| {
                    watch.who == on.who && watch.asked == Asked::Watch(object) && watch.lag() > 0
                });
                ours.flat_map(|(_, watch)| watch.waiting())
                    .collect::<Vec<_>>()
            }),
        ),
    };
    let subject = &world.lanes[on.slot].subject;
    let events = lines.iter().filter_map(|line| {
        let line = serde_json::from_slice(line).unwrap_or_default();
        event(subject, object, &line)
    });
    let all = listed.into_iter().chain(events);
    all.map(|found| found.map(|found| map(words, kind, &found)).transpose())
        .collect()
}
