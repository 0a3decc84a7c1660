//! The chain as a model: which steps a state has, and where each leads.

use crate::nsx::{Occupancy, VirtualServer};
use crate::object::Kind;
use crate::pass::Pass;
use crate::properties;
use crate::scenarios::{Clusters, Fault, Grain, Scenario, Topology};
use crate::state::{Lane, Poll, Rival, State, User};
use crate::{ccm, faults, laggard, steps, sweeps, user};
use hopwise_vocab::{
    Action, AdminStep, At, Deed, Hop, Object, Realizable, Replica, Safeguard, Safeguards, Slot,
    UserStep, Verb,
};
use stateright::{Model, Property};

/// The protocol of `docs/protocol.md` within bounds.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The bounds.
    pub scenario: Scenario,
    /// The rules that are on.
    pub safeguards: Safeguards,
}

/// Every watch: the hop and what it watches.
pub(crate) const WATCHES: [(Hop, Object); 4] = [
    (Hop::Ccm, Object::Service),
    (Hop::Vmop, Object::VmService),
    (Hop::Vmop, Object::SupervisorService),
    (Hop::Ncp, Object::SupervisorService),
];

impl Model for Chain {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let alone = self.without_rival();
        let mut state = alone.beginning();
        for action in alone.prelude() {
            state = alone
                .next_state(&state, action)
                .expect("a prelude is made of enabled actions");
        }
        self.add_rival(&mut state);
        vec![state]
    }

    /// The actions there can be, without most of those that are not enabled: `next_state` takes
    /// those that are.
    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for service in self.slots() {
            let first = At {
                service,
                replica: Replica::First,
            };
            let mut push = |deed| actions.push(Action { deed, at: first });
            let lane = state.lane(service);
            let user = &lane.user;
            let users = UserStep::ALL.iter().filter(|step| user.may(**step));
            users.for_each(|&step| push(Deed::User(step)));
            let admins = AdminStep::ALL.iter().filter(|step| user.lets(**step));
            admins.for_each(|&step| push(Deed::Admin(step)));
            if lane.waits_for(Realizable::Allocation) {
                push(Deed::Realize(Realizable::Allocation));
            }
            if lane.waits_for(Realizable::LoadBalancer) {
                push(Deed::Realize(Realizable::LoadBalancer));
                if self.has(Fault::Fail) {
                    push(Deed::Fail(Realizable::LoadBalancer));
                }
            }
            push(Deed::Collect(Object::VmService));
            push(Deed::Collect(Object::SupervisorService));
            if let Some(late) = lane.late {
                push(Deed::Land(late.hop, late.request.verb, late.request.object));
            }
            self.replica_actions(state, first, actions);
            if self.scenario.rival.is_some() {
                let replica = Replica::Rival;
                self.replica_actions(state, At { replica, ..first }, actions);
            }
        }
        if state.lowest_quarantined().is_some() {
            actions.push(Deed::Free.into());
        }
        if self.has(Fault::Cut) {
            actions.extend([Deed::Cut, Deed::Mend].map(Action::from));
        }
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let Action { deed, at } = action;
        match deed {
            Deed::User(step) => user::step(before, self, at.service, step),
            Deed::Admin(step) => user::admin(before, self, at.service, step),
            Deed::Poll => ccm::poll(before, self, at),
            Deed::Tick(hop) => steps::tick(before, self, at, hop),
            Deed::Deliver(hop, object) => steps::deliver(before, self, at, (hop, object)),
            Deed::Serve(Hop::Ccm, Verb::List, _) => ccm::serve_poll(before, self, at),
            Deed::Hear(Hop::Ccm, Verb::List, _) => ccm::hear_poll(before, self, at),
            Deed::Serve(hop, _, object) => {
                (!faults::is_cut_off(before, self, at, hop, object)).then_some(())?;
                self.calls(before, at, hop, deed).then_some(())?;
                steps::serve(before, self, at, hop)
            }
            Deed::Hear(hop, ..) => {
                self.calls(before, at, hop, deed).then_some(())?;
                steps::hear(before, self, at, hop)
            }
            Deed::Realize(what) => self.realize(before, at.service, what),
            Deed::Free => free(before),
            Deed::Sweep(Hop::Ccm) => sweeps::sweep_vm_service(before, self, at),
            Deed::Sweep(Hop::Ncp) => sweeps::sweep_nsx(before, self, at),
            Deed::Sweep(Hop::Vmop) => None,
            Deed::Collect(object) => sweeps::collect(before, self, at, object),
            Deed::Remember => ccm::remember(before, self, at),
            Deed::Rewrite => ccm::rewrite(before, at),
            Deed::Lose(hop, ..) => faults::lose(before, self, at, hop),
            Deed::LoseReply(hop, ..) => faults::lose_reply(before, self, at, hop),
            Deed::Delay(hop, ..) => faults::delay(before, self, at, hop),
            Deed::Land(..) => faults::land(before, at),
            Deed::Crash(hop) => faults::crash(before, self, at, hop),
            Deed::Relist(hop, object) => faults::relist(before, self, at, (hop, object)),
            Deed::Cut => faults::cut(before, self),
            Deed::Mend => faults::mend(before),
            Deed::Fail(what) => faults::fail(before, self, at.service, what),
            Deed::Lag(hop, object) => laggard::lag(before, self, at, (hop, object)),
            Deed::Rewind(hop, object) => laggard::rewind(before, self, at, (hop, object)),
        }
    }

    /// No behaviour of a scenario leaves the boundary while every safeguard is on.
    fn within_boundary(&self, state: &State) -> bool {
        state.has_room()
    }

    /// The invariants, so that stateright's own search and explorer judge them too.
    fn properties(&self) -> Vec<Property<Self>> {
        properties::INVARIANTS
            .iter()
            .map(|invariant| Property::always(invariant.id, invariant.for_stateright))
            .collect()
    }
}

impl Chain {
    /// The beginning: the controllers have started, there is nothing yet, nothing is polled.
    pub fn beginning(&self) -> State {
        let mut state = State {
            faults: self.scenario.faults.budget,
            others: vec![Lane::default(); self.scenario.users.len().saturating_sub(1)],
            ..State::default()
        };
        for (slot, budget) in self.slots().zip(self.scenario.users) {
            let lane = state.lane_mut(slot);
            lane.topology = self.scenario.topology;
            lane.user = User {
                creates: budget.creates,
                edits: budget.edits,
                deletes: budget.deletes,
                retypes: budget.retypes,
                strips: budget.strips,
                admin_deletes: budget.admin_deletes,
                annotates: budget.annotates,
                clusters: budget.clusters,
                ..User::default()
            };
        }
        state
    }

    /// The same with one replica of each hop.
    fn without_rival(&self) -> Chain {
        Chain {
            scenario: Scenario {
                rival: None,
                ..self.scenario
            },
            safeguards: self.safeguards.clone(),
        }
    }

    /// A second replica that has seen what the first one has, and has done nothing yet.
    fn add_rival(&self, state: &mut State) {
        let Some(hop) = self.scenario.rival else {
            return;
        };
        for slot in self.slots() {
            let lane = state.lane_mut(slot);
            lane.rival = Some(Box::new(match hop {
                Hop::Ccm => Rival::Ccm(lane.ccm),
                Hop::Vmop => Rival::Vmop(lane.vmop),
                Hop::Ncp => Rival::Ncp(lane.ncp),
            }));
        }
    }

    /// The Services that the scenario has.
    pub fn slots(&self) -> impl Iterator<Item = Slot> + use<> {
        Slot::ALL.iter().copied().take(self.scenario.users.len())
    }

    /// The replicas that the scenario has of some hop.
    pub fn replicas(&self) -> &'static [Replica] {
        if self.scenario.rival.is_some() {
            Replica::ALL
        } else {
            &[Replica::First]
        }
    }

    /// The Services of the same guest cluster.
    pub(crate) fn cluster_of(&self, slot: Slot) -> impl Iterator<Item = Slot> + use<> {
        let clusters = self.scenario.clusters;
        self.slots().filter(move |&other| match clusters {
            Clusters::One => true,
            Clusters::Each => other == slot,
        })
    }

    /// The Service that stands for the process of a hop that serves this one: actions of the whole
    /// process are written as actions about it.
    pub(crate) fn process_of(&self, hop: Hop, slot: Slot) -> Slot {
        match (hop, self.scenario.clusters) {
            (Hop::Ccm, Clusters::Each) => slot,
            (Hop::Ccm, Clusters::One) | (Hop::Vmop | Hop::Ncp, _) => Slot::A,
        }
    }

    /// The kind of the users' own Services.
    pub fn users_kind(&self) -> Kind {
        match self.scenario.topology {
            Topology::Hops => Kind::Service,
            Topology::Direct => Kind::SupervisorService,
        }
    }

    /// The actions of one replica about one Service.
    fn replica_actions(&self, state: &State, at: At, actions: &mut Vec<Action>) {
        let lane = state.lane(at.service);
        let mut push = |deed| actions.push(Action { deed, at });
        if let Some(ccm) = lane.ccm(at.replica)
            && self.scenario.topology == Topology::Hops
        {
            push(Deed::Sweep(Hop::Ccm));
            if !self.safeguards.has(Safeguard::FreshIntent) {
                push(Deed::Remember);
                push(Deed::Rewrite);
            }
            if self.process_of(Hop::Ccm, at.service) == at.service {
                push(match ccm.poll {
                    Poll::Idle => Deed::Poll,
                    Poll::Sent => Deed::Serve(Hop::Ccm, Verb::List, Object::VmService),
                    Poll::Answered(_) => Deed::Hear(Hop::Ccm, Verb::List, Object::VmService),
                });
            }
        }
        push(Deed::Sweep(Hop::Ncp));
        let is_idle = |hop| lane.pass(hop, at.replica).is_some_and(Pass::is_idle);
        if self.scenario.grain != Grain::Fine && is_idle(Hop::Vmop) {
            push(Deed::Tick(Hop::Vmop));
        }
        if is_idle(Hop::Ncp) {
            push(Deed::Tick(Hop::Ncp));
        }
        for (hop, object) in WATCHES {
            if lane.has_event(at.replica, hop, object).is_some() {
                push(Deed::Deliver(hop, object));
            }
        }
        for &hop in Hop::ALL {
            if let Some(call) = lane.pass(hop, at.replica).and_then(|pass| pass.call) {
                push(call.next_deed(hop));
            }
        }
        if let Some(laggard) = lane.laggard.filter(|it| it.replica == at.replica) {
            let (hop, object) = laggard.view.watch();
            push(Deed::Rewind(hop, object));
        }
        if state.faults > 0 || state.is_cut {
            self.fault_actions(state, at, actions);
        }
    }

    /// What can go wrong for one replica about one Service.
    fn fault_actions(&self, state: &State, at: At, actions: &mut Vec<Action>) {
        let lane = state.lane(at.service);
        let mut push = |deed| actions.push(Action { deed, at });
        for &hop in Hop::ALL {
            let Some(pass) = lane.pass(hop, at.replica) else {
                continue;
            };
            if self.may(state, Fault::Crash, hop) {
                push(Deed::Crash(hop));
            }
            if let Some(call) = pass.call.filter(|call| !call.is_answered()) {
                let (verb, object) = call.name(hop);
                if state.is_cut || self.may(state, Fault::Lose, hop) {
                    push(Deed::Lose(hop, verb, object));
                }
                if self.may(state, Fault::LoseReply, hop) {
                    push(Deed::LoseReply(hop, verb, object));
                }
                if self.may(state, Fault::Delay, hop) {
                    push(Deed::Delay(hop, verb, object));
                }
            }
        }
        for (hop, object) in WATCHES {
            if self.may(state, Fault::Relist, hop) {
                push(Deed::Relist(hop, object));
            }
            if self.may(state, Fault::Rewind, hop) {
                push(Deed::Lag(hop, object));
            }
        }
    }

    /// Whether this kind of fault happens in the scenario.
    fn has(&self, fault: Fault) -> bool {
        self.scenario.faults.kinds.contains(&fault)
    }

    /// Whether the call of a hop's pass waits for just this.
    fn calls(&self, state: &State, at: At, hop: Hop, deed: Deed) -> bool {
        let call = state.lane(at.service).pass(hop, at.replica);
        let call = call.and_then(|pass| pass.call);
        call.is_some_and(|call| call.next_deed(hop) == deed)
    }

    /// `realize allocation`, `realize load-balancer`: something accepted waits for it.
    fn realize(&self, before: &State, slot: Slot, what: Realizable) -> Option<State> {
        before.lane(slot).waits_for(what).then_some(())?;

        let mut after = before.clone();
        match what {
            Realizable::Allocation => after.realize_allocation(slot, self.scenario.addresses),
            Realizable::LoadBalancer => after.realize_load_balancer(slot, VirtualServer::Realized),
        }
        Some(after)
    }
}

/// `free address`: the quarantine of the lowest address in it ends.
fn free(before: &State) -> Option<State> {
    let quarantined = before.lowest_quarantined()?;

    let mut after = before.clone();
    *after.occupancy_mut(quarantined) = Occupancy::Free;
    Some(after)
}
