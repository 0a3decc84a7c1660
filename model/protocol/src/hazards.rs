//! What the chain as it is built today allows (`docs/hazards.md`): one sign per hazard, by which a
//! behaviour of the profile `as-built` shows it.

use crate::model::Chain;
use crate::nsx::Occupancy;
use crate::object::{Downstream, Kind, Stored};
use crate::state::{Lane, State};
use hopwise_vocab::{Safeguard, Slot};

/// A hazard of the chain as built.
pub struct Hazard {
    /// Its number, and what happens: the name of its trace.
    pub name: &'static str,
    /// What happens, to be read aloud.
    pub sentence: &'static str,
    /// The scenario that shows it.
    pub scenario: &'static str,
    /// What is off besides what the profile `as-built` has off.
    pub also_off: &'static [Safeguard],
    /// What the profile `reference` does about it.
    pub reference: Reference,
    /// By what it shows.
    pub sign: Sign,
}

/// What the profile `reference` does about a hazard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// The sign does not show.
    Prevents,
    /// The sign may show, and what is wrong then is corrected.
    Corrects,
}

/// By what a hazard shows.
#[derive(Clone, Copy)]
pub enum Sign {
    /// A state that is reached.
    State(fn(&Chain, &State) -> bool),
    /// A step that is taken.
    Step(fn(&State, &State) -> bool),
    /// A state that is reached and never left, whatever is fair.
    Forever(fn(&Chain, &State) -> bool),
}

/// Every hazard that the model shows, in the order of `docs/hazards.md`.
pub const HAZARDS: &[Hazard] = &[
    Hazard {
        name: "h01-a-terminating-object-is-adopted",
        sentence: "A re-created Service shows the address of the object that is still going away.",
        scenario: "late-recreate",
        also_off: &[],
        reference: Reference::Prevents,
        sign: Sign::State(|_, state| {
            let lane = lane(state);
            live(lane, Kind::Service).is_some_and(|service| {
                lane.vm_service.object().is_some_and(|going| {
                    !going.is_live() && going.stands_for != service.uid && shows(service, going)
                })
            })
        }),
    },
    Hazard {
        name: "h02-the-service-is-gone-and-its-address-is-not",
        sentence: "The Service and its finalizer are gone while its address is still taken.",
        scenario: "late-recreate",
        also_off: &[],
        reference: Reference::Prevents,
        sign: Sign::State(|_, state| {
            lane(state).service.object().is_none() && state.pool.contains(&Occupancy::Held)
        }),
    },
    Hazard {
        name: "h03-a-new-address-never-reaches-the-guest",
        sentence: "The address changes on the Supervisor, and the guest shows the old one for ever.",
        scenario: "out-of-band",
        also_off: &[],
        reference: Reference::Prevents,
        sign: Sign::Forever(|_, state| {
            let lane = lane(state);
            let shown = live(lane, Kind::Service).and_then(|found| found.told.address());
            let there = live(lane, Kind::VmService).and_then(|found| found.told.address());
            shown.is_some() && there.is_some() && shown != there
        }),
    },
    Hazard {
        name: "h04-a-missing-object-is-not-made-again",
        sentence: "The VirtualMachineService is gone, and nobody makes it again.",
        scenario: "out-of-band",
        also_off: &[],
        reference: Reference::Prevents,
        sign: Sign::Forever(|_, state| {
            let lane = lane(state);
            live(lane, Kind::Service).is_some() && lane.vm_service.object().is_none()
        }),
    },
    Hazard {
        name: "h05-the-node-sync-takes-an-edit-back",
        sentence: "The node sync writes the ports that it remembers, and nobody writes the new ones.",
        scenario: "partition",
        also_off: &[],
        reference: Reference::Prevents,
        sign: Sign::Forever(|_, state| {
            let lane = lane(state);
            let wanted = live(lane, Kind::Service).map(|found| found.ports);
            let there = live(lane, Kind::VmService).map(|found| found.ports);
            lane.user.edits == 0 && wanted.is_some() && there.is_some() && wanted != there
        }),
    },
    Hazard {
        name: "h06-the-annotation-of-another-is-removed",
        sentence: "ccm removes an annotation that somebody else made.",
        scenario: "out-of-band",
        also_off: &[],
        reference: Reference::Prevents,
        sign: Sign::Step(|before, after| {
            let (before, after) = (lane(before), lane(after));
            let there = before.vm_service.object().filter(|found| found.annotated);
            there.is_some_and(|there| {
                let still = after.vm_service.incarnation(there.uid);
                still.is_some_and(|still| !still.annotated)
            })
        }),
    },
    Hazard {
        name: "h08-the-service-below-is-adopted-by-name",
        sentence: "A new VirtualMachineService shows the address of its predecessor's Service.",
        scenario: "late-recreate",
        also_off: &[],
        reference: Reference::Prevents,
        sign: Sign::State(|_, state| {
            let lane = lane(state);
            live(lane, Kind::VmService).is_some_and(|there| {
                lane.supervisor_service
                    .object()
                    .is_some_and(|below| below.stands_for != there.uid && shows(there, below))
            })
        }),
    },
    Hazard {
        name: "h09-a-late-delete-hits-the-successor",
        sentence: "A DELETE by name that lands late deletes what stands for the new Service.",
        scenario: "late-recreate",
        also_off: &[],
        reference: Reference::Prevents,
        sign: Sign::Step(|before, after| {
            let landed = lane(before).late.is_some() && lane(after).late.is_none();
            let stands = |state| {
                let lane: &Lane = lane(state);
                let service = live(lane, Kind::Service)?;
                live(lane, Kind::VmService).filter(|there| there.stands_for == service.uid)
            };
            landed && stands(before).is_some() && stands(after).is_none()
        }),
    },
    Hazard {
        name: "h10-a-blind-write-takes-an-edit-back",
        sentence: "A write of the whole object as it was seen undoes what the user asked for since.",
        scenario: "edit",
        also_off: &[],
        reference: Reference::Prevents,
        sign: Sign::State(|_, state| {
            let lane = lane(state);
            live(lane, Kind::Service).is_some_and(|service| service.ports != lane.user.asked)
        }),
    },
    Hazard {
        name: "h11-the-finalizer-comes-last",
        sentence: "A VirtualMachineService that was not held yet is gone, and its Service is there.",
        scenario: "crash",
        // A sweep would need a poll, and as built nothing polls for a Service that is gone.
        also_off: &[Safeguard::FinalizerBeforeCreate, Safeguard::SweepOrphans],
        reference: Reference::Prevents,
        sign: Sign::State(|_, state| {
            let lane = lane(state);
            let held_once =
                lane.vm_service.incarnations == 1 && lane.vmop.vm_service.seen().is_some();
            let gone = lane.vm_service.object().is_none() && held_once;
            gone && live(lane, Kind::SupervisorService).is_some_and(|below| {
                !lane
                    .vmop
                    .vm_service
                    .seen()
                    .is_some_and(|seen| seen.object.held)
                    && below.is_live()
            })
        }),
    },
    Hazard {
        name: "h14-a-new-cluster-adopts-what-the-old-one-left",
        sentence: "What a new cluster shows goes with the old one of its name, whose it is.",
        scenario: "cluster",
        also_off: &[],
        reference: Reference::Prevents,
        sign: Sign::Step(|before, after| {
            let (before, after) = (lane(before), lane(after));
            let shown = live(before, Kind::Service).zip(live(before, Kind::VmService));
            let adopted = shown.filter(|(service, there)| {
                before.cluster.is_gone(there.origin) && shows(*service, *there)
            });
            adopted.is_some_and(|(_, there)| {
                let still = after.vm_service.incarnation(there.uid);
                live(after, Kind::Service).is_some() && !still.is_some_and(|still| still.is_live())
            })
        }),
    },
    Hazard {
        name: "h16-a-lost-address-stays-shown",
        sentence: "The address is another Service's by now, and the first one shows it for ever.",
        scenario: "taken",
        also_off: &[],
        reference: Reference::Prevents,
        sign: Sign::Forever(|_, state| {
            let other = &state.lane(Slot::B).places;
            let mut taken = other.iter().filter_map(|place| place.allocation);
            let shown = live(lane(state), Kind::Service).and_then(|found| found.told.address());
            shown.is_some() && taken.any(|allocation| allocation.address() == shown)
        }),
    },
    Hazard {
        name: "h19-another-controller-removes-the-finalizer",
        sentence: "Somebody else who knows the finalizer removes it, and what it held for is left.",
        scenario: "stripped",
        also_off: &[],
        reference: Reference::Corrects,
        sign: Sign::State(|_, state| {
            let lane = lane(state);
            lane.service.object().is_none() && live(lane, Kind::VmService).is_some()
        }),
    },
];

fn lane(state: &State) -> &Lane {
    state.lane(Slot::A)
}

fn live(lane: &Lane, kind: Kind) -> Option<Stored> {
    lane.store(kind).object().filter(Stored::is_live)
}

/// Whether the one shows the address that the other is told.
fn shows(upper: Stored, lower: Stored) -> bool {
    let Downstream { told, .. } = lower.as_downstream();
    upper.told == told && told.address().is_some()
}
