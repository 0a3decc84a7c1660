//! The traces that are kept: shortest ways to what a reader wants to see, and to what goes wrong
//! where a safeguard is off.

use hopwise_checker::{Bounds, Graph, explore_packed, witness};
use hopwise_protocol::{
    Address, Allocation, Chain, Control, INVARIANTS, LEADS_TO, Lane, Occupancy, PLACES, Place,
    Ports, State, Told, UnknownScenario, scenario,
};
use hopwise_vocab::{Action, Claim, Header, Safeguards, Slot, Step, Trace};

/// A state that a kept trace leads to.
pub struct Goal {
    /// The trace's name.
    pub name: &'static str,
    /// What a reader sees.
    pub sentence: &'static str,
    /// Its scenario.
    pub scenario: &'static str,
    /// Whether a state is it.
    pub is_reached: fn(&State) -> bool,
}

/// What a reader wants to see.
pub const GOALS: &[Goal] = &[
    Goal {
        name: "create",
        sentence: "A Service is created and shows its address.",
        scenario: "create",
        is_reached: |state| shown(state).is_some(),
    },
    Goal {
        name: "edit",
        sentence: "The ports of a Service with an address are changed, and NSX-T serves them.",
        scenario: "delete-race",
        is_reached: |state| {
            let there = lane(state).places[0].load_balancer;
            there.is_some_and(|there| there.serves(Ports::B))
        },
    },
    Goal {
        name: "delete",
        sentence: "A Service with an address is deleted; nothing is left, the address is free.",
        scenario: "recreate",
        is_reached: |state| {
            let user = lane(state).user;
            user.deletes == 0 && user.creates == 1 && is_empty(state)
        },
    },
    Goal {
        name: "delete-during-create",
        sentence: "A Service is deleted while its address is on the way; nothing is left of it.",
        scenario: "create",
        is_reached: |state| {
            let Lane {
                service,
                vm_service,
                supervisor_service,
                user,
                ..
            } = lane(state);
            let incarnations = [service, vm_service, supervisor_service];
            let was_asked = incarnations.iter().all(|store| store.incarnations == 1);
            was_asked && user.deletes == 0 && is_empty(state)
        },
    },
    Goal {
        name: "recreate",
        sentence: "A deleted Service is created again under its name and shows its own address.",
        scenario: "recreate",
        is_reached: |state| lane(state).service.incarnations == 2 && shown(state).is_some(),
    },
    Goal {
        name: "wait",
        sentence: "A Service is told that there is no address, and shows one when another is deleted.",
        scenario: "two-services",
        is_reached: |state| {
            let is_gone = lane(state).service.object().is_none();
            is_gone && shown_by(state.lane(Slot::B)).is_some()
        },
    },
    Goal {
        name: "share",
        sentence: "Two Services show the two addresses, and a third shows that there is none left.",
        scenario: "three-services",
        is_reached: |state| {
            let last = state.lane(Slot::C).service.object();
            let is_told = last.is_some_and(|service| service.told == Told::Exhausted);
            is_told
                && [Slot::A, Slot::B]
                    .map(|slot| shown_by(state.lane(slot)))
                    .iter()
                    .all(Option::is_some)
        },
    },
    Goal {
        name: "clusters",
        sentence: "Two Services of one name in two clusters each show their own address.",
        scenario: "two-clusters",
        is_reached: |state| {
            [Slot::A, Slot::B]
                .map(|slot| shown_by(state.lane(slot)))
                .iter()
                .all(Option::is_some)
        },
    },
    Goal {
        name: "nsx-admin",
        sentence: "A load balancer that is deleted in NSX-T by hand is programmed again and serves.",
        scenario: "nsx-admin",
        is_reached: |state| {
            let there = lane(state).places[0].load_balancer;
            lane(state).user.admin_deletes == 0 && there.is_some_and(|it| it.is_realized())
        },
    },
    Goal {
        name: "rival-ccm",
        sentence: "Two ccms delete a Service, the second by an old view; nothing is left.",
        scenario: "two-ccm",
        is_reached: |state| {
            let is_spent = state.faults == 0 && lane(state).user.edits == 1;
            is_spent && is_empty(state)
        },
    },
    Goal {
        name: "rival-vmop",
        sentence: "A second vmop makes a Supervisor Service again, which gets an address as before.",
        scenario: "two-vmop",
        is_reached: |state| {
            let below = lane(state).supervisor_service;
            let is_told = below.object().is_some_and(|it| it.told.address().is_some());
            state.faults == 0 && below.incarnations == 2 && is_told && shown(state).is_some()
        },
    },
    Goal {
        name: "rival-ncp",
        sentence: "A second ncp removes what NSX-T holds for a Service; nothing is left.",
        scenario: "two-ncp",
        is_reached: |state| {
            let is_spent = state.faults == 0 && lane(state).user.edits == 1;
            is_spent && is_empty(state)
        },
    },
];

fn lane(state: &State) -> &Lane {
    state.lane(Slot::A)
}

/// The address that the first Service shows and that is allocated to it.
fn shown(state: &State) -> Option<Address> {
    shown_by(lane(state))
}

/// The address that a live guest Service shows and that is allocated to it.
fn shown_by(lane: &Lane) -> Option<Address> {
    let service = lane.service.object().filter(|service| service.is_live())?;
    let places = lane.places.iter();
    let allocations = places.filter_map(|place| place.allocation);
    let mut own = allocations.filter(|allocation| allocation.origin == service.uid);
    own.find_map(|allocation: Allocation| allocation.address())
        .filter(|own| service.told.address() == Some(*own))
}

fn is_empty(state: &State) -> bool {
    let lane = lane(state);
    let stores = [lane.service, lane.vm_service, lane.supervisor_service];
    stores.iter().all(|store| store.object().is_none())
        && lane.places == [Place::default(); PLACES]
        && state.pool.iter().all(|use_| *use_ == Occupancy::Free)
}

/// The shortest way to a goal; none if the model has no such state.
///
/// # Errors
/// When the goal's scenario is not known.
pub fn to_goal(goal: &Goal) -> Result<Option<Trace>, UnknownScenario> {
    let chain = Chain {
        scenario: scenario(goal.scenario)?,
        safeguards: Safeguards::reference(),
    };
    let graph = explore_packed(&chain, &Bounds::default());
    let found = witness(&graph, goal.is_reached);
    let claim = Claim::Witness(goal.sentence.into());
    let header = Header::new(goal.name, goal.scenario, claim);
    Ok(found.map(|trace| Trace::new(header, trace.steps.into_iter().map(|(action, _)| action))))
}

/// What goes wrong where a property's control is off: one trace per property and control.
///
/// # Errors
/// When a control's scenario is not known.
pub fn without_safeguards() -> Result<Vec<Trace>, UnknownScenario> {
    let mut traces = Vec::new();
    for invariant in INVARIANTS {
        for control in invariant.controls {
            let chain = ablated(control)?;
            let graph = search(&chain, control);
            let found = invariant.judge(&graph);
            traces.extend(found.counterexample().map(|trace| {
                let header = breaks(&chain, invariant.id, control);
                Trace::new(header, trace.steps.iter().map(|(action, _)| *action))
            }));
        }
    }
    for family in LEADS_TO {
        for control in family.controls {
            let chain = ablated(control)?;
            let graph = search(&chain, control);
            let lasso = (family.instances)(&chain.scenario)
                .iter()
                .find_map(|of| family.judge(&graph, of).counterexample().cloned());
            traces.extend(lasso.map(|lasso| {
                let step = |(action, cycle): (Action, bool)| Step { action, cycle };
                let stem = lasso.stem.steps.iter().map(|(action, _)| (*action, false));
                let mut begins = true;
                let cycle = lasso
                    .cycle
                    .iter()
                    .map(|(action, _)| (*action, std::mem::take(&mut begins)));
                Trace {
                    header: breaks(&chain, family.id, control),
                    steps: stem.chain(cycle).map(step).collect(),
                }
            }));
        }
    }
    Ok(traces)
}

fn ablated(control: &Control) -> Result<Chain, UnknownScenario> {
    Ok(Chain {
        scenario: scenario(control.scenario)?,
        safeguards: control
            .off
            .iter()
            .fold(Safeguards::reference(), |on, off| on.without(*off)),
    })
}

fn search<'m>(chain: &'m Chain, control: &Control) -> Graph<'m, Chain> {
    explore_packed(
        chain,
        &Bounds {
            depth: control.depth,
            ..Bounds::default()
        },
    )
}

fn breaks(chain: &Chain, property: &str, control: &Control) -> Header {
    let words = property.replace(" ⇝ ", "-").replace('_', "-");
    let off: Vec<_> = control.off.iter().map(|off| off.name()).collect();
    let name = format!("{words}-without-{}", off.join("-and-"));
    let mut header = Header::new(name, control.scenario, Claim::Breaks(property.into()));
    header.off = chain.safeguards.clone();
    header
}
